import numpy as np
import pytest

from core.deployment import export
from core.deployment.export import latency

PICTURE = np.zeros((4, 4, 3), np.uint8)


class Sleeper:
    """Slow at first, as a model that is still being compiled. Its time passes in no time."""

    def __init__(self, seconds: float) -> None:
        self.calls = 0
        self.now = 0.0
        self._seconds = seconds

    def predict(self, image: np.ndarray) -> None:
        self.calls += 1
        self.now += 0.3 if self.calls == 1 else self._seconds


@pytest.fixture
def sleeper(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sleeper:
    sleeper = Sleeper(request.param)
    monkeypatch.setattr(export, "perf_counter", lambda: sleeper.now)
    return sleeper


@pytest.mark.parametrize("sleeper", [0.01], indirect=True)
def test_the_first_run_does_not_count(sleeper: Sleeper) -> None:
    assert latency(sleeper, PICTURE, seconds=0.195) == pytest.approx(10)  # type: ignore[arg-type]
    assert sleeper.calls == 21


@pytest.mark.parametrize("sleeper", [0.05], indirect=True)
def test_a_slow_model_runs_three_times(sleeper: Sleeper) -> None:
    latency(sleeper, PICTURE, seconds=0.01)  # type: ignore[arg-type]
    assert sleeper.calls == 4

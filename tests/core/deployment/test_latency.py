"""How often a model runs until its speed is known; the clock is the test's own."""

import numpy as np
import pytest

from core.deployment.export import latency

PICTURE = np.zeros((4, 4, 3), np.uint8)


class Model:
    """Slow at first, as one that is still being compiled."""

    def __init__(self, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.now = 0.0
        self.seconds = seconds
        monkeypatch.setattr("core.deployment.latency.perf_counter", lambda: self.now)

    def predict(self, image: np.ndarray) -> None:
        self.calls += 1
        self.now += 0.3 if self.calls == 1 else self.seconds


def test_the_first_run_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(0.01, monkeypatch)
    assert latency(model, PICTURE, seconds=0.195) == pytest.approx(10)  # type: ignore[arg-type]
    assert model.calls == 1 + 20


def test_a_slow_model_runs_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(0.05, monkeypatch)
    latency(model, PICTURE, seconds=0.01)  # type: ignore[arg-type]
    assert model.calls == 1 + 3

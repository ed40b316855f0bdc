import time

import numpy as np
import pytest

from core.deployment.latency import latency


class Sleeper:
    """Slow at first, as a model that is still being compiled."""

    def __init__(self, seconds: float) -> None:
        self.calls = 0
        self._seconds = seconds

    def predict(self, image: np.ndarray) -> None:
        self.calls += 1
        time.sleep(0.3 if self.calls == 1 else self._seconds)


def test_the_first_run_does_not_count() -> None:
    sleeper = Sleeper(0.01)
    assert latency(sleeper, np.zeros((4, 4, 3), np.uint8), seconds=0.2) == pytest.approx(10, abs=6)  # type: ignore[arg-type]
    assert 5 <= sleeper.calls <= 21


def test_a_slow_model_runs_three_times() -> None:
    sleeper = Sleeper(0.05)
    latency(sleeper, np.zeros((4, 4, 3), np.uint8), seconds=0.01)  # type: ignore[arg-type]
    assert sleeper.calls == 4

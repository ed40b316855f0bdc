"""The learning rate over a training, and what counts as standing still."""

from typing import Any

import pytest

from core.recipes.schema import TrainingSettings
from core.training.schedule import PlateauTracker, Schedule


def schedule(total: int = 1000, **settings: Any) -> Schedule:
    defaults: dict[str, Any] = {"learning_rate": 0.1, "warmup_iterations": 9, "minimum_learning_rate": 0.001}
    return Schedule(TrainingSettings(**defaults | settings), total)


def test_the_rate_rises_linearly_and_then_stays() -> None:
    rates = [schedule().rate(step) for step in range(20)]
    assert rates[:10] == pytest.approx([0.01 * (step + 1) for step in range(10)])
    assert rates[10:] == [0.1] * 10


def test_without_warm_up_the_first_step_has_the_full_rate() -> None:
    assert schedule(warmup_iterations=0).rate(0) == 0.1


def test_the_rate_falls_when_ap_stands_still_longer_than_the_patience() -> None:
    plateau = schedule(plateau_patience=2, plateau_factor=0.1)
    for value in (0.2, 0.3, 0.3, 0.3):
        plateau.observe(value)
    assert plateau.rate(500) == 0.1
    plateau.observe(0.3)
    assert plateau.rate(500) == pytest.approx(0.01)
    for _ in range(9):
        plateau.observe(0.3)
    assert plateau.rate(500) == 0.001  # the lowest


def test_half_a_cosine_reaches_from_the_warm_up_to_the_last_step() -> None:
    cosine = schedule(total=109, decay="cosine", minimum_learning_rate=0.0)
    assert cosine.rate(9) == pytest.approx(0.1)
    assert cosine.rate(59) == pytest.approx(0.05)
    assert cosine.rate(109) == pytest.approx(0.0)
    cosine.observe(0.1)
    assert cosine.rate(59) == pytest.approx(0.05)


def test_flat_then_half_a_cosine_in_the_second_half() -> None:
    flat = schedule(total=200, decay="flat_cosine", minimum_learning_rate=0.0)
    assert [flat.rate(step) for step in (9, 50, 100)] == pytest.approx([0.1] * 3)
    assert flat.rate(150) == pytest.approx(0.05)
    assert flat.rate(200) == pytest.approx(0.0)
    assert flat.rate(0) == pytest.approx(0.01)  # the warm-up is its own
    short = schedule(total=12, decay="flat_cosine", minimum_learning_rate=0.0)
    assert short.rate(9) == pytest.approx(0.1)  # a warm-up longer than half of it


def test_a_longer_training_follows_the_longer_curve() -> None:
    first = schedule(total=109, decay="cosine", minimum_learning_rate=0.0)
    longer = schedule(total=209, decay="cosine", minimum_learning_rate=0.0)
    longer.load_state_dict(first.state_dict())
    assert longer.rate(109) == pytest.approx(0.05)
    assert longer.rate(109, longer.planned) == first.rate(109) == pytest.approx(0.0)


def test_a_resumed_schedule_goes_on() -> None:
    first, second = schedule(plateau_patience=1), schedule(plateau_patience=1)
    for value in (0.5, 0.4, 0.4, 0.4):
        first.observe(value)
    second.load_state_dict(first.state_dict())
    for each in (first, second):
        each.observe(0.4)
    assert first.rate(100) == second.rate(100)
    assert second.rate(100) < 0.1


def test_patience_is_spent_only_by_a_model_that_has_found_something() -> None:
    progress = PlateauTracker(delta=0.01)
    for _ in range(5):
        progress.observe(0.0)
    assert progress.waited == 0
    for value in (0.2, 0.205, 0.208):
        progress.observe(value)
    assert progress.waited == 2
    progress.observe(0.22)
    assert progress.waited == 0

"""What a training says and decides between its steps, without a network."""

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from core.errors import UserError
from core.recipes.schema import TrainingSettings
from core.runs import control
from core.runs.control import never
from core.runs.events import AnyEvent, Epoch, Eta, Plan, Step, Validation, Warning
from core.training import event_callback, stopping
from core.training.data.loader import Batch
from core.training.event_callback import EventCallback
from core.training.module import TrainingModule
from core.training.schedule import Schedule
from core.training.stopping import StopConditions
from core.training.validation import ValidationCallback

PLAN = Plan(
    epochs=10,
    steps_per_epoch=100,
    train_images=200,
    validation_images=5,
    device="",
    precision="fp32",
    parameters=1,
    patience=3,
)
BATCH = Batch(torch.zeros(2, 4, 4, 3), [None, None], [])  # type: ignore[list-item]


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (event_callback, control):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(stopping, "time", clock)
    return clock


def train_epoch(
    clock: Clock,
    events: list[AnyEvent],
    losses: list[float],
    seconds: float,
    batches: Sequence[Batch] = (),
    **limits: float,
) -> None:
    """One epoch whose steps take so long and lose so much."""
    validating = SimpleNamespace(seconds_left=lambda epoch: 60.0)
    settings = TrainingSettings(early_stopping_patience=3, **limits)
    callback = EventCallback(events.append, validating, StopConditions(settings), PLAN)  # type: ignore[arg-type]
    optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    module: Any = TrainingModule.__new__(TrainingModule)
    torch.nn.Module.__init__(module)
    module.bad_steps = torch.zeros(2, dtype=torch.int64)
    trainer: Any = SimpleNamespace(
        current_epoch=0, global_step=0, optimizers=[optimizer], lightning_module=module, is_global_zero=True
    )
    callback.on_train_epoch_start(trainer, module)
    for index, loss in enumerate(losses):
        trainer.global_step += 1
        clock.now += seconds
        bad = not math.isfinite(loss)
        module.bad_steps = torch.stack([(module.bad_steps[0] + 1) * bad, module.bad_steps[1] + bad])
        outputs = {"losses": {"mask": torch.tensor(loss / 2), "total": torch.tensor(loss)}}
        callback.on_train_batch_end(trainer, module, outputs, batches[index] if batches else BATCH, index)
    callback.on_train_epoch_end(trainer, module)


def test_steps_are_told_four_times_a_second_at_most_and_none_is_lost(clock: Clock) -> None:
    events: list[AnyEvent] = []
    losses = [float(number) for number in range(100)]
    train_epoch(clock, events, losses, seconds=1 / 16)
    steps = [event for event in events if isinstance(event, Step)]
    assert len(steps) == 25
    assert [step.step for step in steps] == list(range(4, 101, 4))
    assert steps[0].losses == {"mask": 0.75, "total": 1.5}  # the mean of four
    assert steps[0].images_per_second == pytest.approx(32)
    [epoch] = [event for event in events if isinstance(event, Epoch)]
    assert epoch.losses["total"] == pytest.approx(49.5)
    assert epoch.seconds == pytest.approx(6.25)


def test_the_time_left_counts_steps_and_validations(clock: Clock) -> None:
    events: list[AnyEvent] = []
    train_epoch(clock, events, [1.0] * 100, seconds=0.5)
    etas = [event for event in events if isinstance(event, Eta)]
    assert etas[-1].seconds == pytest.approx(900 * 0.5 + 60, abs=1)
    assert (etas[-1].epochs_left, etas[-1].patience_left) == (10, 3)
    assert len(etas) <= 51  # once a second


def test_the_time_left_is_no_longer_than_the_time_that_is_given(clock: Clock) -> None:
    events: list[AnyEvent] = []
    train_epoch(clock, events, [1.0] * 100, seconds=0.5, stop_after_minutes=2)
    etas = [event for event in events if isinstance(event, Eta)]
    assert etas[-1].seconds == pytest.approx(120 - 50, abs=1)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_step_whose_loss_is_no_number_is_told_of_and_counts_in_no_mean(clock: Clock, value: float) -> None:
    events: list[AnyEvent] = []
    train_epoch(clock, events, [1.0] * 5 + [value] + [1.0] * 5, seconds=1.0)
    [warning] = [event for event in events if isinstance(event, Warning)]
    assert "1 step left out, before step 7" in warning.message
    assert "learning rate" in warning.hint
    assert [event.losses["total"] for event in events if isinstance(event, Step)] == [1.0] * 10
    assert [event.losses["total"] for event in events if isinstance(event, Epoch)] == [1.0]


def test_many_such_steps_in_a_row_end_it_before_the_epoch_is_over(clock: Clock) -> None:
    with pytest.raises(UserError, match="10 steps in a row up to step 13") as caught:
        train_epoch(clock, [], [1.0] * 3 + [float("nan")] * 20, seconds=1.0)
    assert "learning rate" in caught.value.hint


def validate(values: list[float], clock: Clock, **settings: Any) -> tuple[int, float, str]:
    """After how many of these validations, a minute each, training was ended, the learning rate then, and why."""
    chosen = TrainingSettings(epochs=len(values), warmup_iterations=0, **settings)
    found = iter(values)
    validator: Any = SimpleNamespace(run=lambda module, epoch, check: next(found), best=None, seconds=1.0)
    when = StopConditions(chosen)
    callback = ValidationCallback(validator, chosen, when, never)
    module: Any = TrainingModule.__new__(TrainingModule)
    torch.nn.Module.__init__(module)
    module.schedule = Schedule(chosen, 100)
    trainer: Any = SimpleNamespace(current_epoch=0, should_stop=False)
    while trainer.current_epoch < len(values) and not trainer.should_stop:
        clock.now += 60
        callback.on_train_epoch_end(trainer, module)
        trainer.current_epoch += 1
    return trainer.current_epoch, module.schedule.rate(50), when.reason


VALUES = [0.0, 0.0, 0.0, 0.1, 0.3, 0.3, 0.3005, 0.29, 0.5]


@pytest.mark.parametrize(
    ("settings", "ends", "reason"),
    [
        ({"early_stopping_patience": 3}, 8, "early stopping: mask mAP has not risen by 0.001 for 3 validations"),
        ({"early_stopping_patience": 4}, 9, ""),
        ({}, 9, ""),
        ({"stop_at_map": 0.3}, 5, "good enough: mask mAP 0.300 has reached 0.3"),
        ({"stop_at_map": 0.9}, 9, ""),
        ({"stop_after_minutes": 6.5}, 7, "time limit: its 6.5 minutes are over"),
        ({"stop_without_progress_minutes": 3}, 3, "no progress: mask mAP has not risen for 3 minutes"),
        ({"stop_without_progress_minutes": 4}, 9, ""),
    ],
)
def test_when_a_training_ends_and_why(clock: Clock, settings: dict[str, Any], ends: int, reason: str) -> None:
    ended, _, why = validate(VALUES, clock, **{"early_stopping_patience": 0} | settings)
    assert (ended, why) == (ends, reason)


def test_who_trains_on_gives_patience_and_time_again(clock: Clock) -> None:
    settings = TrainingSettings(early_stopping_patience=2, stop_without_progress_minutes=30)
    first, second = StopConditions(settings), StopConditions(settings)
    for value in (0.5, 0.5, 0.5):
        clock.now += 900
        first.observe(value)
    assert first.reason and first.patience_left == 0
    second.load_state_dict(first.state_dict())
    second.start()
    assert second.patience_left == 2
    clock.now += 60
    second.observe(0.5)
    assert (second.reason, second.patience_left, second.seconds) == ("", 1, 2760)


def test_the_learning_rate_falls_on_a_plateau(clock: Clock) -> None:
    settings: dict[str, Any] = {"early_stopping_patience": 0, "plateau_patience": 1, "learning_rate": 0.1}
    assert validate([0.3, 0.3], clock, **settings)[1] == pytest.approx(0.1)
    assert validate([0.3, 0.3, 0.3], clock, **settings)[1] == pytest.approx(0.01)


def test_validation_waits_for_its_turn_and_never_misses_the_last_epoch() -> None:
    chosen = TrainingSettings(epochs=7, validate_every=3)
    epochs: list[int] = []
    validator: Any = SimpleNamespace(
        run=lambda module, epoch, check: epochs.append(epoch),
        best=None,
        seconds=2.0,  # no images, no AP
    )
    callback = ValidationCallback(validator, chosen, StopConditions(chosen), never)
    module: Any = TrainingModule.__new__(TrainingModule)
    torch.nn.Module.__init__(module)
    for epoch in range(7):
        trainer: Any = SimpleNamespace(current_epoch=epoch, should_stop=False)
        callback.on_train_epoch_end(trainer, module)
    assert epochs == [3, 6, 7]
    assert callback.seconds_left(0) == 6.0
    assert callback.seconds_left(6) == 2.0


def test_what_was_best_survives_an_interruption() -> None:
    best = Validation(epoch=3, map=0.4, map50=0.6, box_map=0.5, per_class={"nut": 0.4}, best=True, seconds=1.0)
    first: Any = SimpleNamespace(best=best, seconds=3.0)
    second: Any = SimpleNamespace(best=None, seconds=0.0)
    saved = ValidationCallback(first, TrainingSettings(), StopConditions(TrainingSettings()), never)
    saved.due = True
    restored = ValidationCallback(second, TrainingSettings(), StopConditions(TrainingSettings()), never)
    restored.load_state_dict(saved.state_dict())
    assert second.best == best
    assert restored.due
    assert restored.seconds_left(99) == 3.0


def test_annotations_that_cannot_be_learnt_are_told_of_once(clock: Clock) -> None:
    events: list[AnyEvent] = []
    batches = [Batch(BATCH.images, BATCH.instances, [], found) for found in ({3: 1}, {}, {4: 2}, {3: 1})]
    train_epoch(clock, events, [1.0] * 8, seconds=1, batches=batches * 2)
    [warning] = [event for event in events if isinstance(event, Warning)]
    assert warning.message.startswith("3 annotations of 2 training images cannot be learnt")

"""Whole trainings of the real RTMDet, at a size that takes a second."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import cv2
import msgspec
import pytest
import torch
from safetensors.torch import load_file

from core.errors import UserError
from core.inference.torch_predictor import load_run
from core.recipes.catalogue import with_settings
from core.runs.control import CancelRequested, Check, PauseRequested, StopRequested
from core.runs.events import (
    TERMINAL,
    AnyEvent,
    Checkpoint,
    Done,
    Epoch,
    Eta,
    Log,
    Paused,
    Plan,
    SamplePredictions,
    Stage,
    Step,
    Stopped,
    Validation,
    Warning,
)
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile
from core.training import fit, stopping
from core.training.module import TrainingModule
from core.training.validation import Validator
from tests.core.training.conftest import job_for
from tests.core.training.pieces import after, of, run, state


def test_it_says_what_it_does_and_keeps_the_best_model(make_job: Callable, make_run: Callable) -> None:
    job = make_job(epochs=2)
    folder = make_run(job)
    events = run(job, folder)

    stages = [stage.name for stage in of(Stage, events)]
    compared = "Comparing training and validation pictures"
    assert stages[:5] == ["Reading the dataset", compared, "Loading libraries", "Preparing the model", "Training"]
    [plan] = of(Plan, events)
    assert (plan.epochs, plan.steps_per_epoch, plan.train_images, plan.validation_images) == (2, 3, 10, 3)
    assert plan.first_epoch == 1
    assert [epoch.epoch for epoch in of(Epoch, events)] == [1, 2]
    steps = of(Step, events)
    assert steps[-1].step == 6
    assert steps[-1].losses["total"] == pytest.approx(
        sum(value for name, value in steps[-1].losses.items() if name != "total"), rel=1e-4
    )
    assert steps[-1].images_per_second > 0
    assert 100 < steps[-1].memory_mb < 10_000
    assert of(Eta, events)
    assert [validation.epoch for validation in of(Validation, events)] == [1, 2]
    for sample in of(SamplePredictions, events):
        assert len(sample.files) == 3
        assert all(cv2.imread(str(folder.path / file)) is not None for file in sample.files)
    assert {(c.path, c.best) for c in of(Checkpoint, events)} == {
        ("checkpoints/best.safetensors", True),
        ("checkpoints/last.ckpt", False),
    }
    assert [type(event) for event in events if isinstance(event, TERMINAL)] == [Done]
    assert isinstance(events[-1], Done)
    assert events[-1].summary["epochs"] == 2
    assert events[-1].summary["ended"] == "all epochs: 2 of 2"
    assert events[-1].summary["best_epoch"] == 2  # with nothing found yet, the later model is the better one

    # what is kept is the average, and anyone can load it
    average = {k.removeprefix("ema.model."): v for k, v in state(folder)["state_dict"].items() if "ema.model." in k}
    kept = load_file(folder.checkpoints / "best.safetensors")
    assert kept.keys() == average.keys()
    assert all(torch.equal(kept[name], average[name]) for name in kept)
    assert load_run(folder).spec.input.width == 64
    assert not (folder.path / "lightning_logs").exists()


RESUMED = {"epochs": 3, "ema_decay": 0.9, "decay": "cosine", "scale_jitter": 0.3}


@pytest.fixture(scope="module")
def whole(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[AnyEvent], RunFolder]:
    """A training that nobody interrupts."""
    job = job_for(sample, **RESUMED)
    folder = RunFolder.create(tmp_path_factory.mktemp("whole"), "test", JobFile(job=job, created=0.0, command=""))
    return run(job, folder), folder


@pytest.mark.parametrize(
    ("checks", "request_", "end"),
    [
        (9, PauseRequested, Paused),
        (9, StopRequested, Stopped),
        (4, PauseRequested, Paused),
        (6, PauseRequested, Paused),
        (7, StopRequested, Stopped),
    ],
    ids=[
        "paused in an epoch",
        "stopped in an epoch",
        "paused after the last step of an epoch",
        "paused while validating",
        "stopped at the end of an epoch",
    ],
)
def test_a_resumed_training_is_the_one_that_was_not_interrupted(
    make_job: Callable,
    make_run: Callable,
    whole: tuple[list[AnyEvent], RunFolder],
    checks: int,
    request_: type[Exception],
    end: type[AnyEvent],
) -> None:
    expected, unbroken = whole
    job = make_job(**RESUMED)
    broken = make_run(job)
    before = run(job, broken, after(checks, request_))
    assert isinstance(before[-1], end)
    assert len(of(Epoch, before)) < 3
    later = run(msgspec.structs.replace(job, resume=True), broken)
    assert isinstance(later[-1], Done)
    assert of(Plan, later)[0].first_epoch == len(of(Epoch, before)) + 1

    losses = [epoch.losses for epoch in of(Epoch, before) + of(Epoch, later)]
    assert [epoch.epoch for epoch in of(Epoch, before) + of(Epoch, later)] == [1, 2, 3]
    for mine, theirs in zip(losses, [epoch.losses for epoch in of(Epoch, expected)], strict=True):
        assert mine == pytest.approx(theirs, abs=1e-6)
    assert of(Step, later)[-1].learning_rate == of(Step, expected)[-1].learning_rate
    mine, theirs = state(broken), state(unbroken)
    assert mine["global_step"] == theirs["global_step"] == 9
    for name, value in theirs["state_dict"].items():
        assert torch.allclose(mine["state_dict"][name].float(), value.float(), atol=1e-6), name
    assert mine["schedule"] == theirs["schedule"]


def test_a_paused_training_says_where_and_leaves_at_once(make_job: Callable, make_run: Callable) -> None:
    job = make_job(epochs=50)
    folder = make_run(job)
    events = run(job, folder, after(3, PauseRequested))
    assert isinstance(events[-1], Paused)
    assert events[-1].step == state(folder)["global_step"] > 0
    assert events[-1].epoch == 1
    assert not of(Validation, events)  # what it costs to know how good it is, it costs when it goes on


def test_a_time_limit_takes_effect_in_the_middle_of_an_epoch(
    make_job: Callable, make_run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(epochs=50, batch_size=1, stop_after_minutes=5)
    folder = make_run(job)
    passed = iter(range(10_000))
    monkeypatch.setattr(stopping, "time", SimpleNamespace(monotonic=lambda: next(passed) * 60.0))
    events = run(job, folder)
    assert isinstance(events[-1], Done)
    assert events[-1].summary["ended"] == "time limit: its 5 minutes are over"
    assert any("5 minutes are over" in log.message for log in of(Log, events))
    assert not of(Epoch, events)
    assert [validation.epoch for validation in of(Validation, events)] == [1]  # of the model of that moment
    assert state(folder)["global_step"] == events[-1].summary["steps"] > 1
    load_run(folder)


def test_more_epochs_go_on_where_fewer_ended_and_say_what_changes(make_job: Callable, make_run: Callable) -> None:
    job = make_job(epochs=1, decay="cosine", warmup_iterations=0)
    folder = make_run(job)
    run(job, folder)
    longer = with_settings(job.recipe, {"epochs": 2})
    events = run(msgspec.structs.replace(job, recipe=longer, resume=True), folder)
    assert [epoch.epoch for epoch in of(Epoch, events)] == [2]
    assert of(Plan, events)[0].epochs == 2
    [log] = [log.message for log in of(Log, events) if "goes on to epoch 2" in log.message]
    assert "longer curve: 0.00035 instead of 4e-06" in log
    assert isinstance(events[-1], Done) and events[-1].summary["steps"] == 6


def test_good_enough_ends_a_training(make_job: Callable, make_run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def better_each_time(validator: Validator, module: TrainingModule, epoch: int, check: Check) -> float:
        validator._keep(module, epoch)
        return 0.25 * epoch

    monkeypatch.setattr(Validator, "run", better_each_time)
    job = make_job(epochs=50, stop_at_map=0.5)
    folder = make_run(job)
    events = run(job, folder)
    assert events[-1].summary["ended"] == "good enough: mask mAP 0.500 has reached 0.5"
    assert [epoch.epoch for epoch in of(Epoch, events)] == [1, 2]
    assert state(folder)["global_step"] == 6


def test_resuming_a_run_without_a_checkpoint_begins_anew(make_job: Callable, make_run: Callable) -> None:
    job = msgspec.structs.replace(make_job(epochs=1), resume=True)
    events = run(job, make_run(job))
    assert any("begins anew" in warning.message for warning in of(Warning, events))
    assert isinstance(events[-1], Done)


def test_a_run_that_begins_anew_starts_from_its_weights(make_job: Callable, make_run: Callable) -> None:
    own = make_run(make_job(epochs=1))
    run(make_job(epochs=1), own)
    kept = load_file(own.weights)
    job = msgspec.structs.replace(make_job(epochs=1, learning_rate=1e-12), resume=True, weights=str(own.path))
    folder = make_run(job)
    run(job, folder)
    weights = load_file(folder.weights)
    assert weights.keys() == kept.keys()
    learned = [name for name in kept if name.endswith("weight")]
    assert learned and all(torch.allclose(weights[name], kept[name], atol=1e-6) for name in learned)


def test_a_broken_checkpoint_is_named(make_job: Callable, make_run: Callable) -> None:
    job = msgspec.structs.replace(make_job(epochs=1), resume=True)
    folder = make_run(job)
    folder.checkpoints.mkdir()
    (folder.checkpoints / "last.ckpt").write_bytes(b"half a check")
    with pytest.raises(UserError, match=r"last\.ckpt cannot be read"):
        run(job, folder)


def test_a_checkpoint_of_something_else_is_named(make_job: Callable, make_run: Callable) -> None:
    job = make_job(epochs=2)
    folder = make_run(job)
    run(job, folder, after(4, PauseRequested))
    whole = state(folder)
    weights = whole["state_dict"]
    of_another = {name: value[:1] if value.ndim else value for name, value in weights.items()}
    without = {name: value for name, value in whole.items() if name != "schedule"}
    resumed = msgspec.structs.replace(job, resume=True)
    for content in (weights, without, whole | {"state_dict": of_another}, whole | {"optimizer_states": [{}]}):
        torch.save(content, folder.checkpoints / "last.ckpt")
        with pytest.raises(UserError, match=r"last\.ckpt cannot be read") as caught:
            run(resumed, folder)
        assert "new training" in caught.value.hint
    torch.save(whole, folder.checkpoints / "last.ckpt")
    assert isinstance(run(resumed, folder)[-1], Done)


def test_more_gpus_than_there_are_is_said_at_once(
    make_job: Callable, make_run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "choose_device", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    job = msgspec.structs.replace(make_job(), devices=3)
    with pytest.raises(UserError, match=r"3 devices .* has 2 GPUs"):
        run(job, make_run(job))


def test_stopping_in_the_first_epoch_keeps_a_model_and_its_figures(make_job: Callable, make_run: Callable) -> None:
    job = make_job(epochs=50)
    folder = make_run(job)
    events = run(job, folder, after(3, StopRequested))
    assert not of(Epoch, events)
    assert [validation.epoch for validation in of(Validation, events)] == [1]
    assert isinstance(events[-1], Stopped)
    assert events[-1].summary["map"] is not None
    assert events[-1].summary["ended"] == "on request: in epoch 1 of 50"
    load_run(folder)


def test_a_cancelled_training_says_so(make_job: Callable, make_run: Callable) -> None:
    job = make_job(epochs=50)
    with pytest.raises(CancelRequested):
        run(job, make_run(job), after(3, CancelRequested))

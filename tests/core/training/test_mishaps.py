"""What goes wrong while a training runs: it goes on, or ends with the best model kept, and says so."""

import contextlib
import itertools
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import psutil
import pytest
import torch
from safetensors.torch import load_file

from core.errors import UserError
from core.execution.run import execute
from core.inference.torch_predictor import load_run
from core.models.rtmdet_inst import RTMDetInst
from core.runs.control import PauseRequested, never
from core.runs.events import AnyEvent, Checkpoint, Done, Epoch, Failed, Paused, Stage, Step, Validation, Warning
from core.training import fit, train
from core.training.preparation import open_data
from tests.core.training.pieces import after, dataset, of, run, state

resource = pytest.importorskip("resource")


def test_without_validation_images_the_last_model_is_kept(
    make_job: Callable, make_run: Callable, tmp_path: Path
) -> None:
    job = msgspec.structs.replace(make_job(dataset(tmp_path / "d", 1, 0), epochs=2), validation_fraction=0.0)
    folder = make_run(job)
    events = run(job, folder)
    warnings = " ".join(warning.message for warning in of(Warning, events))
    assert "no validation images" in warnings
    assert "unseen" in warnings
    assert not of(Validation, events)
    assert isinstance(events[-1], Done)
    assert events[-1].summary["map"] is None
    load_run(folder)


def test_nothing_to_learn_is_said_before_the_libraries_are_loaded(
    make_job: Callable, make_run: Callable, tmp_path: Path
) -> None:
    job = make_job(dataset(tmp_path / "d", 2, 1, instances=False))
    events: list[AnyEvent] = []
    with pytest.raises(UserError, match="no annotations to learn from"):
        train(job, make_run(job), events.append, never)
    assert [stage.name for stage in of(Stage, events)] == ["Reading the dataset"]


def test_validation_images_that_are_trained_on_are_told_of(make_job: Callable, tmp_path: Path) -> None:
    folder = dataset(tmp_path / "data", 2, 1)
    shutil.copytree(folder / "images" / "train", folder / "images", dirs_exist_ok=True)
    for split in ("train", "val"):
        shutil.rmtree(folder / "images" / split)
    shutil.copy(folder / "annotations" / "instances_train.json", folder / "annotations" / "instances_val.json")
    events: list[AnyEvent] = []
    open_data(make_job(folder), events.append)
    (warning,) = (event for event in of(Warning, events) if "training images too" in event.message)
    assert warning.message.startswith("2 of 2 validation images") and warning.matters


def test_boxes_alone_cannot_be_learnt_from(make_job: Callable, make_run: Callable, tmp_path: Path) -> None:
    data = dataset(tmp_path / "d", 2, 1)
    file = data / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    for annotation in content["annotations"]:
        del annotation["segmentation"]
    file.write_text(json.dumps(content))
    job = make_job(data)
    with pytest.raises(UserError, match="instance with a mask"):
        train(job, make_run(job), [].append, never)


def test_an_image_that_breaks_in_between_is_named_once_and_left_out(
    make_job: Callable, make_run: Callable, tmp_path: Path
) -> None:
    data = dataset(tmp_path / "d", 3, 1)
    (data / "images" / "train" / "train_2.png").write_bytes(b"\x89PNG nothing more")
    job = make_job(data, epochs=2)
    events = run(job, make_run(job))
    assert [("train_2.png" in w.message) for w in of(Warning, events) if "left out" in w.message] == [True]
    assert isinstance(events[-1], Done)


def test_of_many_images_that_break_a_few_are_named(make_job: Callable, make_run: Callable, tmp_path: Path) -> None:
    data = dataset(tmp_path / "d", 12, 1)
    for number in range(2, 13):
        (data / "images" / "train" / f"train_{number}.png").write_bytes(b"\x89PNG nothing more")
    job = make_job(data, epochs=2)
    warnings = [warning.message for warning in of(Warning, run(job, make_run(job)))]
    assert sum("An image is left out" in message for message in warnings) == 5
    assert sum("11 training images cannot be read" in message for message in warnings) == 1


def test_no_readable_image_at_all_ends_it(make_job: Callable, make_run: Callable, tmp_path: Path) -> None:
    data = dataset(tmp_path / "d", 1, 1)
    (data / "images" / "train" / "train_1.png").write_bytes(b"\x89PNG nothing more")
    job = make_job(data, epochs=2)
    with pytest.raises(UserError, match="could be read"):
        run(job, make_run(job))


def test_files_that_vanish_while_it_runs_are_told_of_and_the_last_model_that_was_measured_stays(
    make_job: Callable, make_run: Callable, tmp_path: Path
) -> None:
    data = dataset(tmp_path / "d", 2, 1)
    job = make_job(data, epochs=3)
    folder = make_run(job)
    events: list[AnyEvent] = []

    def report(event: AnyEvent) -> None:
        events.append(event)
        if isinstance(event, Validation):
            shutil.rmtree(data / "images", ignore_errors=True)

    train(job, folder, report, never)
    assert [validation.epoch for validation in of(Validation, events)] == [1]
    warnings = [warning.message for warning in of(Warning, events)]
    assert any("val_1.png is left out" in message for message in warnings)
    assert any("No AP is known after epoch 3" in message for message in warnings)
    assert [epoch.epoch for epoch in of(Epoch, events)] == [1, 2, 3]  # what it has in memory is enough to train on
    assert isinstance(events[-1], Done) and events[-1].summary["best_epoch"] == 1
    load_run(folder)


def test_annotations_without_area_are_told_of_and_the_others_learnt(
    make_job: Callable, make_run: Callable, tmp_path: Path
) -> None:
    data = dataset(tmp_path / "d", 2, 1)
    file = data / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    flat = {"bbox": [20, 20, 0, 30], "area": 0, "segmentation": [[20, 20, 20, 50, 20, 30]]}
    content["annotations"] += [content["annotations"][0] | flat | {"id": 100}]
    file.write_text(json.dumps(content))
    job = make_job(data, epochs=1)
    events = run(job, make_run(job))
    assert any("cannot be learnt" in warning.message for warning in of(Warning, events))
    assert isinstance(events[-1], Done)


@contextlib.contextmanager
def losses(monkeypatch: pytest.MonkeyPatch, spoil: Callable[[int], float | None]) -> Iterator[None]:
    """The network's losses, times what ``spoil`` says to the number of the call."""
    calls = iter(range(1, 10_000))
    real = RTMDetInst.losses

    def spoilt(self: RTMDetInst, images: torch.Tensor, targets: Any) -> dict[str, torch.Tensor]:
        factor = spoil(next(calls))
        return {name: value * (factor or 1) for name, value in real(self, images, targets).items()}

    monkeypatch.setattr(RTMDetInst, "losses", spoilt)
    yield
    monkeypatch.undo()


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("bad", [1, 3])
def test_a_step_whose_loss_is_no_number_leaves_the_weights_as_they_were(
    make_job: Callable, make_run: Callable, monkeypatch: pytest.MonkeyPatch, optimizer: str, bad: int
) -> None:
    job = make_job(epochs=1, batch_size=2, optimizer=optimizer, ema_decay=0.0, warmup_iterations=0)
    folder = make_run(job)
    weights: list[torch.Tensor] = []
    real = RTMDetInst.losses

    def watched(self: RTMDetInst, images: torch.Tensor, targets: Any) -> dict[str, torch.Tensor]:
        weights.append(torch.cat([parameter.detach().flatten() for parameter in self.parameters()]))
        found = real(self, images, targets)
        return {name: value * float("nan") for name, value in found.items()} if len(weights) == bad else found

    monkeypatch.setattr(RTMDetInst, "losses", watched)
    events = run(job, folder)
    assert len(weights) == 5
    changed = [not torch.equal(before, after_) for before, after_ in itertools.pairwise(weights)]
    assert changed == [number != bad for number in range(1, 5)]
    assert all(torch.isfinite(each).all() for each in weights)
    [warning] = [warning for warning in of(Warning, events) if "not a number" in warning.message]
    assert "1 step left out" in warning.message
    assert isinstance(events[-1], Done)
    assert all(torch.isfinite(value).all() for value in load_file(folder.weights).values())
    assert all(value == value for step in of(Step, events) for value in step.losses.values())


@pytest.mark.parametrize(("factor", "left_out"), [(1e30, False), (float("inf"), True)], ids=["variance", "loss too"])
def test_a_forward_pass_that_overflows_leaves_no_trace_in_running_statistics(
    make_job: Callable, make_run: Callable, monkeypatch: pytest.MonkeyPatch, factor: float, left_out: bool
) -> None:
    job = make_job(epochs=1, batch_size=2, warmup_iterations=0)
    folder = make_run(job)
    means: list[torch.Tensor] = []
    real = RTMDetInst.losses

    def overflowing(self: RTMDetInst, images: torch.Tensor, targets: Any) -> dict[str, torch.Tensor]:
        means.append(torch.cat([value.clone() for name, value in self.named_buffers() if "running_mean" in name]))
        if len(means) != 3:
            return real(self, images, targets)
        found = real(self, images * factor, targets)
        assert not all(value.isfinite().all() for value in self.buffers())
        return found

    monkeypatch.setattr(RTMDetInst, "losses", overflowing)
    events = run(job, folder)
    assert any("1 step left out" in warning.message for warning in of(Warning, events)) == left_out
    assert [torch.equal(before, now) for before, now in itertools.pairwise(means)] == [False, False, True, False]
    assert all(torch.isfinite(value).all() for value in load_file(folder.weights).values())
    assert all(torch.isfinite(value).all() for value in state(folder)["state_dict"].values())


@pytest.mark.parametrize("good", [0, 12], ids=["from the start", "after the first validation"])
def test_losses_that_stay_no_number_end_it_and_the_model_is_kept(
    make_job: Callable, make_run: Callable, monkeypatch: pytest.MonkeyPatch, good: int
) -> None:
    job = make_job(epochs=30, batch_size=1)
    folder = make_run(job)
    with (
        losses(monkeypatch, lambda call: float("nan") if call > good else None),
        pytest.raises(UserError, match=r"1\d steps in a row") as caught,
    ):
        run(job, folder)
    assert "learning rate" in caught.value.hint
    assert all(torch.isfinite(value).all() for value in load_file(folder.weights).values())


def test_too_little_memory_at_a_step_keeps_the_best_model_and_has_a_hint(
    make_job: Callable, make_run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(epochs=3)
    folder = make_run(job)
    events: list[AnyEvent] = []

    def spoil(call: int) -> None:
        if call == 5:
            torch.empty(2**50)

    with losses(monkeypatch, spoil):
        failed = execute(job, folder, events.append, never)
    assert isinstance(failed, Failed)
    assert "out of memory" in failed.message and "smaller batch" in failed.hint
    assert [validation.epoch for validation in of(Validation, events)] == [1]
    load_run(folder)


def test_too_little_shared_memory_for_loaders_is_said_at_once(
    make_job: Callable, make_run: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fit, "_SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=64_000_000))
    job = make_job(epochs=1, workers=8, batch_size=64, input_size=640)
    with pytest.raises(UserError, match=r"8 loader processes need .* 64 MB are free") as caught:
        run(job, make_run(job))
    assert "workers" in caught.value.hint


def test_a_loader_that_the_system_kills_is_said_and_the_best_model_kept(make_job: Callable, make_run: Callable) -> None:
    job = make_job(epochs=100, workers=1)
    folder = make_run(job)

    def report(event: AnyEvent) -> None:
        if isinstance(event, Validation):
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):  # it was killed after the validation before
                    if "spawn_main" in " ".join(child.cmdline()):
                        child.kill()

    failed = execute(job, folder, report, never)
    assert isinstance(failed, Failed) and not failed.traceback
    assert "loads images was ended by the system" in failed.message and "workers" in failed.hint
    load_run(folder)


@contextlib.contextmanager
def full_disk(room: int = 2**20) -> Iterator[None]:
    """No file may grow beyond ``room`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_from_the_start_is_said_in_words_and_leaves_no_half_file(
    make_job: Callable, make_run: Callable
) -> None:
    job = make_job(epochs=1)
    folder = make_run(job)
    with full_disk(), pytest.raises(UserError, match="no model could be kept") as caught:
        run(job, folder)
    assert "space" in caught.value.hint
    assert list(folder.checkpoints.iterdir()) == []


def test_of_two_mishaps_the_first_is_told(
    make_job: Callable, make_run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(epochs=30, batch_size=1)
    with (
        losses(monkeypatch, lambda call: float("nan")),
        full_disk(),
        pytest.raises(UserError, match="no longer a number"),
    ):
        run(job, make_run(job))


def test_a_disk_that_is_full_for_a_while_costs_the_checkpoints_of_that_time(
    make_job: Callable, make_run: Callable
) -> None:
    job = make_job(epochs=3)
    folder = make_run(job)
    events: list[AnyEvent] = []
    with contextlib.ExitStack() as disk:

        def report(event: AnyEvent) -> None:
            events.append(event)
            if isinstance(event, Epoch) and event.epoch == 2:
                disk.enter_context(full_disk())
            if isinstance(event, Epoch) and event.epoch == 3:
                disk.close()

        train(job, folder, report, never)
    assert [(c.path.rpartition(".")[2], c.epoch) for c in of(Checkpoint, events)] == [
        ("safetensors", 1),
        ("ckpt", 1),
        ("safetensors", 3),
        ("ckpt", 3),
    ]
    warnings = " ".join(warning.message for warning in of(Warning, events))
    assert "The model of epoch 2 is not kept" in warnings and "No checkpoint to resume from" in warnings
    assert [validation.best for validation in of(Validation, events)] == [True, False, True]
    assert isinstance(events[-1], Done) and events[-1].summary["best_epoch"] == 3
    assert [path.name for path in folder.path.rglob("*.tmp")] == []
    load_run(folder)


def test_sigterm_is_answered_by_who_started_the_training(make_job: Callable, make_run: Callable) -> None:
    job = make_job(epochs=2)
    heard: list[int] = []

    def report(event: AnyEvent) -> None:
        events.append(event)
        if isinstance(event, Step) and not heard:
            os.kill(os.getpid(), signal.SIGTERM)

    events: list[AnyEvent] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    try:
        train(job, make_run(job), report, never)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]
    assert isinstance(events[-1], Done)


def test_a_pause_that_cannot_be_kept_is_not_said_to_be_one(make_job: Callable, make_run: Callable) -> None:
    job = make_job(epochs=3)
    folder = make_run(job)
    run(job, folder, after(8, PauseRequested))
    before = state(folder)["global_step"]
    events: list[AnyEvent] = []
    with full_disk(), pytest.raises(UserError, match=r"no room left on the disk for .*last\.ckpt"):
        train(msgspec.structs.replace(job, resume=True), folder, events.append, after(4, PauseRequested))
    assert not of(Paused, events)
    assert state(folder)["global_step"] == before  # the earlier pause still holds

"""What a training may become when it goes on, and on which data."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from core.dataset.class_order import ClassesError
from core.errors import UserError
from core.execution.run import execute
from core.jobs import AnyJob, EvaluateJob, TrainJob
from core.recipes.catalogue import find, with_settings
from core.recipes.model_spec import ModelSpec
from core.runs import events
from core.runs.control import Check, PauseRequested, never
from core.runs.event_log import EventWriter
from core.runs.events import AnyEvent, Paused, Warning
from core.runs.folder import RunFolder
from core.runs.job_file import describe
from core.training.preparation import DatasetMissingError
from core.training.resuming import resume
from tests.core.training import pieces
from tests.core.training.conftest import job_for
from tests.core.training.pieces import after, of, state


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two classes: “seen”, id 1, and “unseen”, id 2."""
    return pieces.dataset(tmp_path / "data", 4, 1)


@pytest.fixture
def made(tmp_path: Path, data: Path) -> Callable[..., RunFolder]:
    """A run of ten epochs that said this."""

    def make(*said: AnyEvent) -> RunFolder:
        job = TrainJob(recipe=with_settings(find("rtmdet_inst_tiny"), {"epochs": 10}), dataset=str(data))
        folder = RunFolder.create(tmp_path / "runs", "run", describe(job))
        with EventWriter(folder.events) as write:
            for event in said:
                write(event)
        return folder

    return make


def plan() -> events.Plan:
    return events.Plan(
        epochs=10,
        steps_per_epoch=1,
        train_images=1,
        validation_images=1,
        device="",
        precision="",
        parameters=1,
        patience=1,
    )


def epoch(number: int) -> events.Validation:
    return events.Validation(epoch=number, map=0.1, map50=0.1, box_map=0.1, per_class={}, best=True, seconds=1.0)


PAUSED = (plan(), epoch(4), events.Paused(epoch=5, step=5))
DONE = (plan(), epoch(10), events.Done())
ENDED_EARLY = (plan(), epoch(6), events.Done())


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        (PAUSED, {}),
        (PAUSED, {"epochs": 4}),
        (DONE, {"epochs": 11}),
        (DONE, {"epochs": "20", "stop_at_map": "0.5"}),
        (ENDED_EARLY, {"stop_after_minutes": 9}),
    ],
)
def test_it_goes_on_and_the_folder_knows(
    made: Callable[..., RunFolder], said: tuple[AnyEvent, ...], changes: dict[str, Any]
) -> None:
    folder = made(*said)
    file = resume(folder, changes)
    assert folder.read_job() == file
    assert isinstance(file.job, TrainJob) and file.job.resume
    assert file.job.recipe.settings.epochs == int(changes.get("epochs", 10))
    assert file.command.split()[:4] == ["maskwright", "train", "--resume", str(folder.path)]
    assert all(f"{name}={value}" in file.command for name, value in changes.items())


@pytest.mark.parametrize(
    ("said", "changes", "why"),
    [
        (DONE, {}, "is done"),
        (DONE, {"epochs": 10}, "come to epoch 10"),
        (PAUSED, {"epochs": 3}, "come to epoch 4"),
        (PAUSED, {"learning_rate": 1.0}, "keeps its learning_rate"),
        (PAUSED, {"epochs": "many"}, "epochs"),
    ],
)
def test_what_cannot_go_on_says_why_and_stays_as_it_was(
    made: Callable[..., RunFolder], said: tuple[AnyEvent, ...], changes: dict[str, Any], why: str
) -> None:
    folder = made(*said)
    before = folder.read_job()
    with pytest.raises(UserError, match=why):
        resume(folder, changes)
    assert folder.read_job() == before


def test_only_a_training_goes_on(tmp_path: Path) -> None:
    other = RunFolder.create(tmp_path, "other", describe(EvaluateJob(model="/m", dataset="/d")))
    with pytest.raises(UserError, match="not a training"):
        resume(other, {})


def test_a_dataset_that_has_moved_is_found_where_it_is_said_to_be(
    made: Callable[..., RunFolder], data: Path, tmp_path: Path
) -> None:
    folder = made(*PAUSED)
    moved = Path(shutil.move(data, tmp_path / "moved"))
    before = folder.read_job()
    with pytest.raises(DatasetMissingError, match="does not exist") as told:
        resume(folder, {})
    assert f"train --resume {folder.path} --data FOLDER" in told.value.hint
    assert folder.read_job() == before
    file = resume(folder, {"epochs": 12}, moved)
    assert isinstance(file.job, TrainJob) and file.job.dataset == str(moved)
    assert file.command == f"maskwright train --resume {folder.path} --data {moved} --set epochs=12"


def edited(data: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """The annotations of the data, changed by somebody."""
    for file in (data / "annotations").iterdir():
        content = json.loads(file.read_text())
        change(content)
        file.write_text(json.dumps(content))


def rename(content: dict[str, Any]) -> None:
    content["categories"][0]["name"] = "noticed"


def add(content: dict[str, Any]) -> None:
    content["categories"].append({"id": 3, "name": "new"})
    content["annotations"][0]["category_id"] = 3


def remove(content: dict[str, Any]) -> None:
    content["categories"].pop()


def renumber(content: dict[str, Any]) -> None:
    for category in content["categories"]:
        category["id"] = 3 - category["id"]
    for annotation in content["annotations"]:
        annotation["category_id"] = 3 - annotation["category_id"]
    content["categories"].reverse()


def content_of(folder: RunFolder) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("change", "words"), [(rename, "new: noticed, gone: seen"), (add, "new: new"), (remove, "gone: unseen")]
)
def test_other_classes_are_said_before_anything_is_written(
    made: Callable[..., RunFolder], data: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    folder = made(*PAUSED)
    describe_model(folder, ["seen", "unseen"])
    before = content_of(folder)
    edited(data, change)
    with pytest.raises(ClassesError, match=words) as told:
        resume(folder, {"epochs": 20})
    assert "new training" in told.value.hint and f"--weights {folder.path}" in told.value.hint
    assert content_of(folder) == before


def describe_model(folder: RunFolder, classes: list[str]) -> None:
    """Leave what a training that has come to a checkpoint leaves."""
    folder.checkpoints.mkdir()
    folder.checkpoint.touch()
    folder.weights.touch()
    spec = {"recipe": "", "architecture": "rtmdet_inst", "backbone": "", "input": None}
    spec["input"] = {"height": 64, "width": 64, "pad_value": 0, "mean": [0, 0, 0], "std": [1, 1, 1]}
    spec["classes"] = [{"id": number, "name": name} for number, name in enumerate(classes, 1)]
    folder.model.write_bytes(msgspec.json.encode(spec))


def test_a_run_that_does_not_know_its_classes_any_more_says_so(made: Callable[..., RunFolder]) -> None:
    folder = made(*PAUSED)
    describe_model(folder, ["seen", "unseen"])
    folder.model.write_bytes(b"\xff")
    with pytest.raises(UserError, match=r"model\.json cannot be read: the classes") as told:
        resume(folder, {})
    assert "new training" in told.value.hint


def work(job: AnyJob, folder: RunFolder, check: Check = never) -> list[AnyEvent]:
    """Do it as a child or the command would; what was said."""
    said: list[AnyEvent] = []
    with EventWriter(folder.events) as write:
        execute(job, folder, lambda event: (said.append(event), write(event))[1], check)
    return said


def test_renumbered_classes_change_nothing_but_are_told(tmp_path: Path, data: Path) -> None:
    """The training goes on to the very weights that it would have come to, and the run's classes stay."""
    job = job_for(data, epochs=3, batch_size=2)
    folder = RunFolder.create(tmp_path / "runs", "run", describe(job))
    assert of(Paused, work(job, folder, after(7, PauseRequested)))
    began = folder.read_job()
    assert began.fingerprint is not None and began.dataset_hash == began.fingerprint.hash != ""
    other = RunFolder(Path(shutil.copytree(folder.path, tmp_path / "runs" / "other")))
    before = folder.read_model()
    assert not of(Warning, [one for one in work(resume(folder, {}).job, folder) if "changed" in str(one)])

    edited(data, renumber)
    told = [warning.message for warning in of(Warning, work(resume(other, {}).job, other))]
    assert any("dataset has changed since" in message for message in told), told
    assert other.read_job().dataset_hash != began.dataset_hash
    assert folder.read_model() == other.read_model() == before
    classes = msgspec.json.decode(other.model.read_bytes(), type=ModelSpec).classes
    assert [item.name for item in classes] == ["seen", "unseen"]
    one, two = state(folder)["state_dict"], state(other)["state_dict"]
    assert all(torch.equal(one[name], two[name]) for name in one)

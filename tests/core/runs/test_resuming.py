"""What a training may become when it goes on."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import UserError
from core.recipes.catalogue import find, with_settings
from core.runs import events
from core.runs.command import describe
from core.runs.events import AnyEvent
from core.runs.folder import EventWriter, RunFolder
from core.runs.job import EvaluateJob, TrainJob
from core.runs.resuming import resume


def made(parent: Path, *said: AnyEvent) -> RunFolder:
    """A run of ten epochs that said this."""
    job = TrainJob(recipe=with_settings(find("rtmdet_inst_tiny"), {"epochs": 10}), dataset="/data")
    folder = RunFolder.create(parent, "run", describe(job))
    with EventWriter(folder.events) as write:
        for event in said:
            write(event)
    return folder


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
def test_it_goes_on_and_the_folder_knows(tmp_path: Path, said: tuple[AnyEvent, ...], changes: dict[str, Any]) -> None:
    folder = made(tmp_path, *said)
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
    tmp_path: Path, said: tuple[AnyEvent, ...], changes: dict[str, Any], why: str
) -> None:
    folder = made(tmp_path, *said)
    before = folder.read_job()
    with pytest.raises(UserError, match=why):
        resume(folder, changes)
    assert folder.read_job() == before


def test_only_a_training_goes_on(tmp_path: Path) -> None:
    other = RunFolder.create(tmp_path, "other", describe(EvaluateJob(model="/m", dataset="/d")))
    with pytest.raises(UserError, match="not a training"):
        resume(other, {})

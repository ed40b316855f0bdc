"""What tests of the window are made of: runs written as a job would, and children that pretend."""

import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
from PySide6.QtWidgets import QLabel, QWidget

from app.pages.page import PAGES, Page
from core.jobs import AnyJob, TrainJob
from core.recipes.catalogue import find, with_settings
from core.recipes.fields import fields
from core.recipes.model_spec import ClassSpec, InputSpec, ModelSpec
from core.runs import events
from core.runs.event_log import EventWriter
from core.runs.events import AnyEvent
from core.runs.folder import RunFolder
from core.runs.job_file import describe
from core.runs.lock import write_mark

ROOT = Path(__file__).parents[2]
CLASSES = ("nut", "bolt")

Spawn = Callable[[RunFolder], "subprocess.Popen[bytes]"]


def train_job(dataset: Path, **changes: object) -> TrainJob:
    return TrainJob(recipe=with_settings(find("rtmdet_inst_tiny"), changes), dataset=str(dataset))


def plan(epochs: int = 4) -> events.Plan:
    return events.Plan(
        epochs=epochs,
        steps_per_epoch=2,
        train_images=4,
        validation_images=1,
        device="cpu",
        precision="fp32",
        parameters=5_000_000,
        patience=3,
    )


def step(number: int, total: float = 1.0) -> events.Step:
    return events.Step(
        epoch=(number + 1) // 2,
        step=number,
        losses={"total": total, "mask": total / 2},
        learning_rate=0.001,
        images_per_second=3.1,
        memory_mb=512,
    )


def validation(epoch: int, score: float, best: bool = True) -> events.Validation:
    return events.Validation(
        epoch=epoch,
        map=score,
        map50=score + 0.2,
        box_map=score + 0.05,
        per_class={"nut": score + 0.1, "bolt": score - 0.1},
        best=best,
        seconds=1.0,
    )


def make_run(runs: Path, job: AnyJob, *said: AnyEvent, model: bool = False) -> RunFolder:
    """A run folder with its job and what was said."""
    folder = RunFolder.create(runs, getattr(getattr(job, "recipe", None), "name", "job"), describe(job))
    write = EventWriter(folder.events)
    for event in said:
        write(event)
    write.close()
    if model:
        folder.model.write_bytes(msgspec.json.encode(spec()))
        folder.checkpoints.mkdir()
        folder.weights.touch()
    return folder


def spec() -> ModelSpec:
    size = InputSpec(height=64, width=64, pad_value=0, mean=(0, 0, 0), std=(1, 1, 1))
    classes = tuple(ClassSpec(id=number, name=name) for number, name in enumerate(CLASSES, 1))
    return ModelSpec(recipe="rtmdet_inst_tiny", architecture="rtmdet_inst", backbone="", classes=classes, input=size)


PROLOGUE = """
import os, psutil, signal, sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from core.runs import events
from core.runs.event_log import EventWriter
from core.runs.folder import RunFolder
from core.runs.lock import write_mark
folder = RunFolder(Path(sys.argv[1]))
write_mark(folder.path, psutil.Process())
say = EventWriter(folder.events)
say(events.Stage(name="Working"))
"""

UNTIL_ASKED = """
while not (asked := folder.asked()):
    time.sleep(0.02)
say(events.Stopped(summary={"map": 0.5}) if asked == "stop" else events.Cancelled())
"""


def child(body: str) -> Spawn:
    """A ``spawn`` that runs ``body`` where the real one runs ``python -m app.entry job``."""
    script = PROLOGUE.format(root=str(ROOT)) + body

    def spawn(folder: RunFolder) -> "subprocess.Popen[bytes]":
        (folder.path / "control.jsonl").unlink(missing_ok=True)  # as the real one does
        with folder.log.open("ab") as log:
            command = [sys.executable, "-c", script, str(folder.path)]
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        with contextlib.suppress(psutil.Error, OSError):
            write_mark(folder.path, psutil.Process(process.pid))  # as the real one does, before the folder is let go of
        return process

    return spawn


def page_of(window: QWidget, key: str) -> Page:
    """A page of the window that was shown before."""
    (title,) = (entry.title for entry in PAGES if entry.key == key)
    return next(page for page in window.findChildren(Page) if page.title == title)


def texts(widget: QWidget) -> list[str]:
    """What its labels say that a person sees."""
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def unfold(page, qtbot) -> None:
    """Unfold all settings, and wait until they are made."""
    form = page.setup.form
    complete = len(form.cells) == len(fields())
    with qtbot.waitSignal(form.made, timeout=10_000, raising=not complete):
        form.rest.button.click()
    assert len(form.cells) == len(fields())

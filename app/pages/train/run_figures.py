"""The numbers of a training and pictures of what its model finds."""

import os
from pathlib import Path

from PySide6.QtWidgets import QProgressBar, QWidget

from app.gallery.picture_strip import PictureStrip
from app.runs import run_labels
from app.runs.job_list import Run
from app.style import tokens
from app.widgets.containers import column, row
from app.widgets.figure import Figure
from app.widgets.labels import label
from core.runs.events import Sample

_STRIP = 128


class RunFigures(QWidget):
    """The numbers a person watches, over one progress bar."""

    def __init__(self) -> None:
        super().__init__()
        self.stage, self.epoch, self.best = Figure("Stage"), Figure("Epoch"), Figure("Best mask mAP")
        self.time, self.speed, self.patience = Figure("Time left"), Figure("Speed"), Figure("Patience left")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        tiles = row(self.stage, self.epoch, self.best, self.time, self.speed, self.patience, gap=tokens.MEDIUM)
        for index, share in enumerate((6, 3, 4, 5, 5, 5)):
            tiles.setStretch(index, share)
        self.setLayout(column(tiles, self.bar))

    def show_run(self, run: Run, now: float) -> None:
        """The figures of a run, its age told as of ``now``."""
        history = run.history
        self.stage.show_value(*run_labels.stage(run))
        self.epoch.show_value(run_labels.epoch(history))
        self.best.show_value(*run_labels.best(history))
        caption, left, note = run_labels.time_left(run, now)
        self.time.show_value(left, note, caption)
        self.speed.show_value(*run_labels.speed(history))
        caption, left, note = run_labels.patience(run)
        self.patience.show_value(left, note, caption)
        fraction = history.fraction
        waiting = fraction is None and run.state == "running"
        self.bar.setRange(0, 0 if waiting else 1000)
        self.bar.setValue(round((fraction or 0) * 1000))
        self.bar.setVisible(run.state in ("running", "paused"))


class Samples(QWidget):
    """What the model sees on a few validation images, renewed with each validation; of the model that was kept when the
    training is over."""

    def __init__(self) -> None:
        super().__init__()
        self._title = label("Validation samples", "heading")
        self.epoch = label("", "caption")
        self.strip = PictureStrip(_STRIP, "Validation sample")
        self._shown: Sample | None = None
        self.setLayout(column(row(self._title, self.epoch, None), self.strip))

    def clear(self) -> None:
        self._shown = None
        self.strip.clear()

    def show_run(self, run: Run) -> None:
        samples = run.history.telling_samples
        self.setVisible(samples is not None)
        if samples is None:
            return
        self.epoch.setText(run_labels.of_samples(run, samples))
        if samples is not self._shown:
            self._shown = samples
            self.strip.note = f"Validation sample of epoch {samples.epoch}"
            self.strip.show_files([file for name in samples.files if (file := _inside(run.folder.path, name))])


def _inside(folder: Path, name: str) -> Path | None:
    """A file of a run, as its events name it; ``None`` for what is not there, is no file, or is not inside."""
    root = os.path.realpath(folder)
    try:
        path = Path(os.path.realpath(folder / name))
        return path if path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError):
        return None

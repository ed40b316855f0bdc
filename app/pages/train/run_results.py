"""What has come of a run so far: its figures, its curves, and what its model sees on a few validation images."""

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QProgressBar, QStackedLayout, QWidget

from app.gallery.picture_strip import PictureStrip
from app.runs import run_labels
from app.runs.job_list import Run
from app.style import tokens
from app.threads.warm_up import when_warm
from app.threads.workers import LatestWorker
from app.widgets.buttons import tool_button
from app.widgets.containers import Figure, column, row
from app.widgets.labels import label
from core.runs.events import SamplePredictions
from core.runs.history import RunHistory
from core.words import tr

if TYPE_CHECKING:
    from app.plots.run_charts import RunCharts

_STRIP = 128


class RunFigures(QWidget):
    """The numbers a person watches, over one progress bar."""

    def __init__(self) -> None:
        super().__init__()
        self.stage, self.epoch, self.best = Figure(tr("Stage")), Figure(tr("Epoch")), Figure(tr("Best mask mAP"))
        self.time, self.speed = Figure(tr("Time left")), Figure(tr("Speed"))
        self.patience = Figure(tr("Patience left"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        tiles = row(self.stage, self.epoch, self.best, self.time, self.speed, self.patience, gap=tokens.MEDIUM)
        for index, share in enumerate((6, 3, 4, 5, 5, 5)):
            tiles.setStretch(index, share)
        self.setLayout(column(tiles, self.bar))

    def show_run(self, run: Run, now: float) -> None:
        """The figures of a run; ``now`` is when its age is asked for, in seconds since the epoch."""
        history = run.history
        self.stage.show_value(*run_labels.stage(run))
        self.epoch.show_value(f"{history.epoch} / {history.plan.epochs}" if history.plan else "")
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


class TrainingCurves(QWidget):
    """Two plots with their switches: their place is there at once. ``charts`` is ``None`` until pyqtgraph has been
    imported, in a thread."""

    earlier_toggled = Signal()
    """Earlier runs are to be drawn too, or no longer."""

    def __init__(self) -> None:
        super().__init__()
        self.charts: RunCharts | None = None
        self._shown: tuple[RunHistory, Sequence[RunHistory]] | None = None
        self._smoothing = tool_button("waves", tr("Smooth the losses"), checkable=True)
        self.earlier = tool_button(
            "stack", tr("Earlier runs of this recipe on this dataset, faintly behind"), checkable=True
        )
        for switch in (self._smoothing, self.earlier):
            switch.setProperty("small", True)
            switch.setFixedSize(24, 20)
        self._smoothing.setChecked(True)
        self.earlier.setChecked(True)
        self._smoothing.toggled.connect(self._on_smoothing_toggled)
        self.earlier.toggled.connect(self.earlier_toggled)
        self._wait = label("", "dim")
        self._wait.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._place = QStackedLayout(self)  # of its own, it would show what is put into it as a window
        self._place.addWidget(self._wait)
        self.setMinimumHeight(200)
        worker = LatestWorker(self)
        worker.done.connect(self._on_imported)
        worker.failed.connect(self._on_import_failed)
        when_warm(self, lambda: worker.run(import_module, "app.plots.run_charts"))

    def show_history(self, history: RunHistory, earlier: Sequence[RunHistory]) -> None:
        """Draw a run, and others behind it."""
        self._shown = history, earlier
        drawn = bool(history.losses or history.validations)
        if drawn:
            self._wait.setText(tr("The plots are coming …"))
        elif history.end is None:
            self._wait.setText(tr("Plots begin with the first step of training"))
        else:
            self._wait.setText(tr("Nothing to plot"))
        if self.charts is not None:
            self.charts.show_history(history, earlier)
            self._place.setCurrentWidget(self.charts if drawn else self._wait)

    def clear(self) -> None:
        """Another run is coming."""
        self._shown = None
        if self.charts is not None:
            self.charts.clear()

    @Slot(object)
    def _on_import_failed(self, error: Exception) -> None:
        self._wait.setText(tr("The plots cannot be drawn: {error}", error=error))

    @Slot(object)
    def _on_imported(self, module: Any) -> None:
        self.charts = module.RunCharts()
        self._place.addWidget(self.charts)
        self.charts.losses.corner.addWidget(self._smoothing)
        self.charts.scores.corner.addWidget(self.earlier)
        self._on_smoothing_toggled(self._smoothing.isChecked())
        QTimer.singleShot(0, self, self._show)  # the lines are as much work again as the plots

    @Slot()
    def _show(self) -> None:
        if self._shown is not None:
            self.show_history(*self._shown)

    def _on_smoothing_toggled(self, on: bool) -> None:
        if self.charts is not None:
            self.charts.losses.smooth(on)


class Samples(QWidget):
    """What the model sees on a few validation images, renewed with each validation; of the model that was kept when the
    training is over."""

    def __init__(self) -> None:
        super().__init__()
        self._title = label(tr("Validation samples"), "heading")
        self.epoch = label("", "caption")
        self.strip = PictureStrip(_STRIP, tr("Validation sample"))
        self._shown: SamplePredictions | None = None
        self.setLayout(column(row(self._title, self.epoch, None), self.strip))

    def clear(self) -> None:
        """Another run is coming."""
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
            self.strip.note = tr("Validation sample of epoch {epoch}", epoch=samples.epoch)
            self.strip.show_files([file for name in samples.files if (file := _file_inside(run.folder.path, name))])


def _file_inside(folder: Path, name: str) -> Path | None:
    """A file of a run, as its events name it; ``None`` for what is not there, is no file, or is not inside."""
    root = os.path.realpath(folder)
    try:
        path = Path(os.path.realpath(folder / name))
        return path if path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError):
        return None

"""A running job in a list: what it is, its stage and the time left, stop, log."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QProgressBar, QWidget

from app import tokens, words
from app.widgets.buttons import button, link_button
from app.widgets.containers import column, row
from app.widgets.labels import ElidedLabel
from core.runs.job import EvaluateJob, ExportJob, PredictJob, TrainJob

if TYPE_CHECKING:
    from app.jobs import JobList, Run


class JobRow(QWidget):
    """One job; call ``refresh`` when it has changed."""

    asked = Signal(object)
    """The person wants to see the ``Run``."""

    def __init__(self, run: "Run", jobs: "JobList") -> None:
        super().__init__()
        self.run = run
        self._line = ElidedLabel(role="dim")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(f"Progress of {run.name}")
        name = link_button(title(run), "Show this run")
        name.clicked.connect(lambda: self.asked.emit(run))
        log = button("Log", tip="Open the log file")
        log.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.folder.log))))
        self._stop = button("Stop", tip="Stop and keep what has been reached")
        self._stop.clicked.connect(lambda: jobs.stop(run))
        self.setLayout(column(row(name, None, log, self._stop), self._bar, self._line, gap=tokens.TINY))
        self.refresh()

    def refresh(self) -> None:
        self._line.setText(progress(self.run))
        self._stop.setEnabled(self.run.asked is None)
        fraction = self.run.history.fraction
        self._bar.setRange(0, 0 if fraction is None else 1000)
        self._bar.setValue(round((fraction or 0) * 1000))


def title(run: "Run") -> str:
    """What a job is called in a list."""
    match run.job:
        case TrainJob(recipe=recipe):
            return f"Training {recipe.title}"
        case EvaluateJob():
            return "Evaluation"
        case ExportJob():
            return "Export"
        case PredictJob():
            return "Prediction"
        case _:
            return "Making the sample"


def progress(run: "Run") -> str:
    """Stage, how far and how long still, in one line."""
    history = run.history
    parts = ["Stopping" if run.asked else history.stage or "Starting"]
    if parts == [title(run)]:
        parts = []
    if history.plan and history.epoch:
        parts.append(f"epoch {history.epoch} of {history.plan.epochs}")
    elif history.progress and history.progress.total:
        parts.append(f"{history.progress.done:,} of {history.progress.total:,} {history.progress.unit}".rstrip())
    if history.eta:
        left = history.eta.seconds - max(time.time() - history.latest, 0)
        if left > 0:
            parts.append(f"{words.duration(left)} left")
    return " · ".join(parts)

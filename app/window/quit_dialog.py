"""What happens to running jobs when the window is closed: the person says."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from app.runs.job_list import Run
from app.style import format, tokens
from app.widgets.buttons import button, primary_button
from app.widgets.containers import column, row
from app.widgets.labels import label
from core.jobs import TrainJob
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList


class QuitDialog(QDialog):
    """Asks, does to the jobs what the answer says, and gives ``agreed``; Escape stays."""

    agreed = Signal()
    """The window may close."""

    def __init__(self, window: QWidget, jobs: "JobList") -> None:
        super().__init__(window)
        self._jobs = jobs
        running = jobs.running()
        training = any(isinstance(run.job, TrainJob) for run in running)
        what = tr("A training is running") if training else tr("A job is running")
        self.setWindowTitle(what if len(running) == 1 else tr("{running} jobs are running", running=len(running)))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.go_on = primary_button(tr("Let it go on") if len(running) == 1 else tr("Let them go on"))
        self.stop = button(tr("Stop and keep"), tip=tr("End soon, keep what has been reached, and close the window"))
        self.pause = button(tr("Pause"), tip=tr("Free the device and close the window; go on later at the same step"))
        if not all(isinstance(run.job, TrainJob) for run in running):
            self.pause.hide()
        self.cancel = button(tr("Cancel and throw away"), tip=tr("End now and close the window"))
        self.stay = button(tr("Stay"), tip=tr("Do not close the window (Esc)"))
        self.go_on.clicked.connect(self.accept)
        self.pause.clicked.connect(lambda: self._end(jobs.pause))
        self.stop.clicked.connect(lambda: self._end(jobs.stop))
        self.cancel.clicked.connect(lambda: self._end(jobs.cancel))
        self.stay.clicked.connect(self.reject)
        self.accepted.connect(self.agreed)
        self.go_on.setDefault(True)
        lines = [label(describe(run), "dim", wrap=True) for run in running]
        why = tr("It can go on without the window. Open Maskwright again to see how far it has come.")
        parts = column(label(self.windowTitle(), "figure"), *lines, label(why, wrap=True), tokens.SMALL)
        parts.addLayout(row(self.stay, None, self.cancel, self.stop, self.pause, self.go_on))
        parts.setContentsMargins(tokens.LARGE, tokens.LARGE, tokens.LARGE, tokens.MEDIUM)
        self.setLayout(parts)
        self.setMinimumWidth(600)

    def _end(self, how: Callable[[Run], None]) -> None:
        for run in self._jobs.running():
            how(run)
        self.accept()


def describe(run: Run) -> str:
    """A running job in one line."""
    if not isinstance(run.job, TrainJob):
        return " · ".join(filter(None, (run.job.title, run.history.stage)))
    parts = [run.job.title]
    if run.history.plan is not None:
        parts.append(tr("epoch {epoch} of {epochs}", epoch=run.history.epoch, epochs=run.history.plan.epochs))
    if run.history.best is not None:
        parts.append(tr("best mask mAP {map:.3f}", map=run.history.best.map))
    if run.history.eta is not None:
        parts.append(tr("{seconds} left", seconds=format.duration(run.history.eta.seconds)))
    return " · ".join(parts)

"""A job in a list: what it is, its stage and the time left, what one can do about it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QProgressBar, QToolTip, QWidget

from app.runs.job_list import Run
from app.style import format, tokens
from app.style.format import caption, tool_tip
from app.style.icons import Icon
from app.widgets.buttons import button, link_button
from app.widgets.containers import column, row
from app.widgets.focus import hand_on
from app.widgets.labels import ElidedLabel
from app.widgets.open_dialogs import open_outside
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList


class JobRow(QWidget):
    """One job at work, or a training that is paused; call ``refresh`` when it has changed."""

    run_requested = Signal(object)
    """The person wants to see the ``Run``."""

    def __init__(self, run: Run, jobs: "JobList") -> None:
        super().__init__()
        self.run = run
        self._jobs = jobs
        self._line = ElidedLabel(role="dim")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(tr("Progress of {run}", run=run.folder.name))
        name = link_button(caption(run.job.title), tr("Show this run"))
        name.clicked.connect(lambda: self.run_requested.emit(run))
        log = button(tr("Log"), tip=tr("Open the log file"))
        log.clicked.connect(lambda: QToolTip.showText(QCursor.pos(), tool_tip(open_outside(run.folder.log)), log))
        self.pause = button(tr("Pause"), tip=tr("Free the device; go on later at the same step"))
        self.pause.clicked.connect(lambda: jobs.pause(run))
        self.stop = button(tr("Stop"), tip=tr("Stop and keep what has been reached"))
        self.stop.clicked.connect(lambda: jobs.stop(run))
        self.resume = button(tr("Resume"))
        self.resume.clicked.connect(lambda: jobs.resume(run))
        hand_on(self.pause, self.resume)
        hand_on(self.resume, self.pause)
        heading = row(Icon(run.job.icon, 16), name, None, log, self.pause, self.stop, self.resume)
        self.setLayout(column(heading, self._bar, self._line, gap=tokens.TINY))
        self.refresh()

    def refresh(self) -> None:
        self._line.setText(progress(self.run))
        running = self.run.state == "running"
        self.pause.setVisible(running and self.run.job.resumable)
        self.pause.setEnabled(self.run.asked is None)
        self.stop.setVisible(running)
        self.stop.setEnabled(self.run.asked in (None, "pause"))
        self.resume.setVisible(self.run.state == "paused")
        free = self._jobs.training() is None
        self.resume.setEnabled(free)
        self.resume.setToolTip(
            tr("Go on at the same step") if free else tr("A training is running: wait until it is done")
        )
        fraction = self.run.history.fraction
        self._bar.setRange(0, 0 if fraction is None and running else 1000)
        self._bar.setValue(round((fraction or 0) * 1000))


class JobRows(QWidget):
    """A row for each job at work, then for each training that is paused. A row stays as long as its run is listed."""

    run_requested = Signal(object)
    """The person wants to see the ``Run``."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[Run, JobRow] = {}
        self._stack = column(gap=tokens.MEDIUM)
        self.setLayout(self._stack)

    def show_jobs(self, jobs: "JobList") -> None:
        """Bring everything up to date."""
        listed = [*jobs.running(), *jobs.paused()]
        for run in self.rows.keys() - set(listed):
            gone = self.rows.pop(run)
            gone.hide()
            gone.deleteLater()
        for place, run in enumerate(listed):
            if run not in self.rows:
                self.rows[run] = JobRow(run, jobs)
                self.rows[run].run_requested.connect(self.run_requested)
            if self._stack.indexOf(self.rows[run]) != place:
                self._stack.insertWidget(place, self.rows[run])
            self.rows[run].refresh()
        self.setVisible(bool(listed))


def progress(run: Run) -> str:
    """Stage, how far and how long still, in one line."""
    history = run.history
    stage = {"pause": tr("Pausing"), "stop": tr("Stopping"), "cancel": tr("Cancelling")}.get(run.asked or "", "")
    parts = [tr("Paused") if run.state == "paused" else stage or history.stage or tr("Starting")]
    if parts == [run.job.title]:
        parts = []
    if history.plan and history.epoch:
        parts.append(tr("epoch {epoch} of {epochs}", epoch=history.epoch, epochs=history.plan.epochs))
    elif history.progress and history.progress.total:
        done, total, unit = history.progress.done, history.progress.total, history.progress.unit
        parts.append(
            tr("{done:,} of {total:,} {unit}", done=done, total=total, unit=unit)
            if unit
            else tr("{done:,} of {total:,}", done=done, total=total)
        )
    if history.eta:
        left = history.eta.seconds - (history.silence if run.state == "running" else 0.0)
        if left > 0:
            parts.append(tr("{left} left", left=format.duration(left)))
    return " · ".join(parts)

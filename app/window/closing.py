"""Closing the window: jobs that run may go on or end, what was drawn is written; nothing is lost without a word."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QWidget

from app.document.document import Document
from app.style import format, tokens
from app.widgets.buttons import button, primary_button
from app.widgets.containers import column, row
from app.widgets.labels import label
from app.widgets.states import error_texts
from core.jobs import TrainJob
from core.words import tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run


class Closing(QObject):
    """Says whether the window may close. Where it may not yet, ``agreed`` follows unless the person stays."""

    agreed = Signal()

    def __init__(self, window: QWidget, document: Document, jobs: "JobList") -> None:
        super().__init__(window)
        self._window, self._document, self._jobs = window, document, jobs
        self._jobs_settled = False
        """Whether it was decided what becomes of the jobs that run."""
        self._saving = False
        self._unsaved_accepted = False
        """Whether edits may stay in the journal, since the files could not be written."""
        self._unattended = False
        document.saver.changed.connect(self._on_saver_changed)

    def may_close(self) -> bool:
        """Whether nothing stands in the way. Asks about running jobs first, then writes what is not written."""
        if self._jobs.running() and not self._jobs_settled:
            dialog = QuitDialog(self._window, self._jobs)
            dialog.accepted.connect(self._on_jobs_settled)
            dialog.open()
        elif self._document.saver.unsaved and not self._unsaved_accepted:
            self._saving = True
            self._document.saver.save()
        else:
            return True
        return False

    def expect_nobody(self) -> None:
        """Show no dialogs from now on: runs go on without the window, and what cannot be saved stays in the journal."""
        self._jobs_settled = self._unattended = True

    @Slot()
    def _on_jobs_settled(self) -> None:
        self._jobs_settled = True
        self.agreed.emit()

    @Slot()
    def _on_saver_changed(self) -> None:
        saver = self._document.saver
        if not self._saving or saver.busy:
            return
        self._saving = False
        if saver.problem is None:
            self.agreed.emit()
        elif self._unattended:
            self._on_unsaved_accepted()
        else:
            dialog = UnsavedDialog(self._window, saver.problem, saver.unsaved)
            dialog.accepted.connect(self._on_unsaved_accepted)
            dialog.open()

    @Slot()
    def _on_unsaved_accepted(self) -> None:
        self._unsaved_accepted = True
        self.agreed.emit()


class UnsavedDialog(QDialog):
    """The files could not be written: what that means, and the choice to stay."""

    def __init__(self, window: QWidget, problem: Exception, edits: int) -> None:
        super().__init__(window)
        self.setWindowTitle(tr("Not saved"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.stay = primary_button(tr("Stay"), tip=tr("Do not close the window (Esc)"))
        self.close_anyway = button(tr("Close"), tip=tr("Close the window; the edits stay in the journal"))
        self.stay.clicked.connect(self.reject)
        self.close_anyway.clicked.connect(self.accept)
        self.stay.setDefault(True)
        message, hint, _ = error_texts(problem)
        journal = tr_n(
            "{n} edit will be kept in the journal and offered when the dataset is opened again.",
            "{n} edits will be kept in the journal and offered when the dataset is opened again.",
            edits,
        )
        parts = column(label(message, "heading", wrap=True), label(hint, "dim", wrap=True), label(journal, wrap=True))
        parts.addSpacing(tokens.SMALL)
        parts.addLayout(row(None, self.close_anyway, self.stay))
        parts.setContentsMargins(tokens.LARGE, tokens.LARGE, tokens.LARGE, tokens.MEDIUM)
        self.setLayout(parts)
        self.setMinimumWidth(480)


class QuitDialog(QDialog):
    """Jobs run: asks what becomes of them, and does it before it is accepted; Escape stays."""

    def __init__(self, window: QWidget, jobs: "JobList") -> None:
        super().__init__(window)
        self._jobs = jobs
        running = jobs.running()
        trainings = [isinstance(run.job, TrainJob) for run in running]
        title = tr("A training is running") if any(trainings) else tr("A job is running")
        if len(running) > 1:
            title = tr_n("{n} job is running", "{n} jobs are running", len(running))
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.go_on = primary_button(tr("Let it go on") if len(running) == 1 else tr("Let them go on"))
        self.stop = button(tr("Stop and keep"), tip=tr("End soon, keep what has been reached, and close the window"))
        self.pause = button(tr("Pause"), tip=tr("Free the device and close the window; go on later at the same step"))
        if not all(trainings):
            self.pause.hide()
        self.cancel = button(tr("Cancel and throw away"), tip=tr("End now and close the window"))
        self.stay = button(tr("Stay"), tip=tr("Do not close the window (Esc)"))
        self.go_on.clicked.connect(self.accept)
        self.pause.clicked.connect(lambda: self._end(jobs.pause))
        self.stop.clicked.connect(lambda: self._end(jobs.stop))
        self.cancel.clicked.connect(lambda: self._end(jobs.cancel))
        self.stay.clicked.connect(self.reject)
        self.go_on.setDefault(True)
        lines = [label(job_line(run), "dim", wrap=True) for run in running]
        why = tr("It can go on without the window. Open Maskwright again to see how far it has come.")
        parts = column(label(title, "figure"), *lines, label(why, wrap=True), tokens.SMALL)
        parts.addLayout(row(self.stay, None, self.cancel, self.stop, self.pause, self.go_on))
        parts.setContentsMargins(tokens.LARGE, tokens.LARGE, tokens.LARGE, tokens.MEDIUM)
        self.setLayout(parts)
        self.setMinimumWidth(600)

    def _end(self, command: "Callable[[Run], None]") -> None:
        for run in self._jobs.running():
            command(run)
        self.accept()


def job_line(run: "Run") -> str:
    """A running job in one line."""
    if not isinstance(run.job, TrainJob):
        return " · ".join(filter(None, (run.job.title, run.history.stage)))
    parts = [run.job.title]
    if run.history.plan is not None:
        parts.append(tr("epoch {epoch} of {epochs}", epoch=run.history.epoch, epochs=run.history.plan.epochs))
    if run.history.best is not None:
        parts.append(tr("best mask mAP {map:.3f}", map=run.history.best.map))
    if run.history.eta is not None:
        parts.append(tr("{time} left", time=format.duration(run.history.eta.seconds)))
    return " · ".join(parts)

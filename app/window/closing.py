"""Closing the window: what runs may go on or end, what was drawn is written; nothing is lost without a word."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QWidget

from app.document.document import Document
from app.style import tokens
from app.widgets.buttons import button, primary_button
from app.widgets.containers import column, row
from app.widgets.labels import label
from app.widgets.states import in_words
from core.words import tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList


class Closing(QObject):
    """Asked by the window whether it may close. Where it may not yet, ``agreed`` follows unless the person stays."""

    agreed = Signal()

    def __init__(self, window: QWidget, document: Document, jobs: "JobList") -> None:
        super().__init__(window)
        self._window, self._document, self._jobs = window, document, jobs
        self._left = self._gave_up = self._waiting = self._unattended = False
        document.saver.changed.connect(self._follow)

    def may(self) -> bool:
        """Whether nothing stands in the way. Asks about running jobs first, then writes what is not written."""
        if self._jobs.running() and not self._left:
            self._ask_about_jobs()
        elif self._document.saver.unsaved and not self._gave_up:
            self._waiting = True
            self._document.saver.save()
        else:
            return True
        return False

    def expect_nobody(self) -> None:
        """Ask nothing from now on: runs go on without the window, and what cannot be saved stays in the journal."""
        self._left = self._unattended = True

    def _ask_about_jobs(self) -> None:
        from app.window.quit_dialog import QuitDialog

        dialog = QuitDialog(self._window, self._jobs)
        dialog.agreed.connect(self._leave)
        dialog.open()

    def _leave(self) -> None:
        self._left = True
        self.agreed.emit()

    @Slot()
    def _follow(self) -> None:
        saver = self._document.saver
        if not self._waiting or saver.busy:
            return
        self._waiting = False
        if saver.problem is None:
            self.agreed.emit()
            return
        if self._unattended:
            self._give_up()
            return
        dialog = UnsavedDialog(self._window, saver.problem, saver.unsaved)
        dialog.accepted.connect(self._give_up)
        dialog.open()

    def _give_up(self) -> None:
        self._gave_up = True
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
        message, hint, _ = in_words(problem)
        kept = tr(
            "{edits} will be kept in the journal and offered when the dataset is opened again.",
            edits=tr_n("{n} edit", "{n} edits", edits),
        )
        parts = column(label(message, "heading", wrap=True), label(hint, "dim", wrap=True), label(kept, wrap=True))
        parts.addSpacing(tokens.SMALL)
        parts.addLayout(row(None, self.close_anyway, self.stay))
        parts.setContentsMargins(tokens.LARGE, tokens.LARGE, tokens.LARGE, tokens.MEDIUM)
        self.setLayout(parts)
        self.setMinimumWidth(480)

"""Copying a job as a line for a terminal."""

from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from app.style.format import tool_tip
from app.style.icons import icon
from app.widgets.buttons import ICON
from core.jobs import AnyJob
from core.runs.command import compose
from core.words import tr


class CommandButton(QPushButton):
    """Copies the command that does ``job()``, where there is one."""

    copied = Signal(str)
    """Says so, with the command."""

    def __init__(self, job: Callable[[], AnyJob | None]) -> None:
        super().__init__(tr("Copy as command"))
        self._job = job
        self.setIcon(icon("terminal-window"))
        self.setIconSize(ICON)
        self.setAutoDefault(True)
        self.setToolTip(tool_tip(tr("The line that does the same in a terminal")))
        self.clicked.connect(self._on_clicked)

    @Slot()
    def _on_clicked(self) -> None:
        if (job := self._job()) is not None:
            self.copied.emit(copy_command(job))


def copy_command(job: AnyJob) -> str:
    """Put the command that does ``job`` on the clipboard; returns the words that say so."""
    command = compose(job)
    QGuiApplication.clipboard().setText(command)
    return tr("Copied: {command}", command=command)

"""Editing the open dataset: all edits go through here, are kept in the journal, can be undone, and are saved."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from core.errors import UserError

if TYPE_CHECKING:  # NumPy comes with them: not before the first picture of the window
    from core.annotation.draft import Draft
    from core.annotation.edits import Edit


class Editing(QObject):
    """One stack of undo for the whole dataset: Ctrl+Z takes back what was done last, on whatever image it was."""

    began = Signal()
    """Another dataset is edited, or none: ``draft`` and ``history`` begin anew."""
    edited = Signal(object)
    """The ``Edit`` that was done; the inverse one when something was undone."""
    refused = Signal(object)
    """The ``UserError`` because of which an edit was not done."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.draft: Draft | None = None
        self.history = QUndoStack(self)

    def begin(self, draft: "Draft | None") -> None:
        """Edit this draft from now on."""
        self.history.clear()
        self.draft = draft
        self.began.emit()

    def do(self, edit: "Edit") -> bool:
        """Do ``edit`` as one step of undo. ``False``, and ``refused`` was emitted, when it could not be kept."""
        if not self._keep(edit):
            return False
        self.history.push(_Command(self, edit))  # before anybody hears of it: who does may do something more
        self.edited.emit(edit)
        return True

    def undo(self) -> None:
        """Take back the last edit."""
        self.history.undo()

    def redo(self) -> None:
        """Do again what was taken back."""
        self.history.redo()

    def _apply(self, edit: "Edit") -> bool:
        """Do ``edit`` without a step of its own."""
        if not self._keep(edit):
            return False
        self.edited.emit(edit)
        return True

    def _keep(self, edit: "Edit") -> bool:
        assert self.draft is not None
        try:
            self.draft.apply(edit)
        except UserError as error:
            self.refused.emit(error)
            return False
        return True


class _Command(QUndoCommand):
    """One edit on the stack. It was done before it was pushed, so that an edit that cannot be kept makes no step."""

    def __init__(self, editing: Editing, edit: "Edit") -> None:
        super().__init__(edit.name)
        self._editing, self._edit = editing, edit
        self._done = True

    def redo(self) -> None:
        if not self._done:
            self._done = self._editing._apply(self._edit)

    def undo(self) -> None:
        from core.annotation.edits import inverse

        if self._done:
            self._done = not self._editing._apply(inverse(self._edit))

"""Editing the open dataset: all edits go through here, are kept in the journal, can be undone, and are saved."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from core.errors import UserError

if TYPE_CHECKING:  # NumPy comes with them: not before the first picture of the window
    from core.annotation.draft import Draft
    from core.annotation.edits import Edit

_IN_PARTS = 1
"""``QUndoCommand.id`` of edits that may be parts of one gesture."""


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

    def do(self, edit: "Edit", gesture: object = None) -> bool:
        """Do ``edit`` as one step of undo. ``False``, and ``refused`` was emitted, when it could not be kept.

        Edits that follow each other and share a ``gesture`` are one step: what would take too long at once is done in
        parts.
        """
        if not self._keep(edit):
            return False
        self.history.push(_Command(self, edit, gesture))  # before anybody hears of it: who does may do something more
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

    def __init__(self, editing: Editing, edit: "Edit", gesture: object) -> None:
        super().__init__(edit.name)
        self._editing, self._edit, self._gesture = editing, edit, gesture
        self._done = True

    def id(self) -> int:
        return -1 if self._gesture is None else _IN_PARTS

    def mergeWith(self, other: QUndoCommand) -> bool:
        from core.annotation.edits import joined

        if not isinstance(other, _Command) or other._gesture is not self._gesture or not self._done:
            return False
        self._edit = joined(self._edit, other._edit)
        return True

    def redo(self) -> None:
        if not self._done:
            self._done = self._editing._apply(self._edit)

    def undo(self) -> None:
        from core.annotation.edits import inverse

        if self._done:
            self._done = not self._editing._apply(inverse(self._edit))

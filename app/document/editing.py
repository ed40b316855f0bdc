"""Editing the open dataset: all edits go through here, are kept in the journal, can be undone, and are saved."""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.document.background_edit import BackgroundEdit, EditRequest, EditResult, Prepare
from app.threads.frame_priority import frame_priority
from core.errors import UserError

if TYPE_CHECKING:  # NumPy comes with them: not before the first picture of the window
    from core.annotation.editing.draft import Draft
    from core.annotation.editing.edits import Edit, Step
    from core.annotation.storage.undo_history import UndoHistory

AT_ONCE = 100
"""Instances that are changed at once; more take a thread."""

_TELL = 0.5
"""Seconds after which it is said again how far a thread is."""
_IN_PARTS = 1
"""``QUndoCommand.id`` of edits that may be parts of one gesture."""

T = TypeVar("T")


class Editing(QObject):
    """One stack of undo for the whole dataset: Ctrl+Z takes back what was done last, on whatever image it was.

    What takes long is made in a thread, one edit after the other. Until it is done the draft is as it was.
    """

    began = Signal()
    """Another dataset is edited, or none: ``draft`` and ``history`` begin anew."""
    edited = Signal(object)
    """The ``Edit`` that was done; the inverse one when something was undone."""
    repeated = Signal(object)
    """After ``edited``: the edit is one that was undone or done again."""
    refused = Signal(object)
    """The ``UserError`` because of which an edit was not done."""
    working = Signal(str)
    """A thread makes the edit of this name, which may say how far it is; empty when it is done."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.draft: Draft | None = None
        self.history = QUndoStack(self)
        self.preparing: list[Callable[[], Prepare]] = []
        """Asked, when a thread begins with an edit, how to make ready there what will show it."""
        self._pending: BackgroundEdit | None = None
        self._waiting: deque[Callable[[], None]] = deque()
        """What was asked for while a thread is at work."""

    @property
    def last(self) -> "Edit | None":
        """What undo takes back next, with all parts of its gesture; ``None`` where that is no edit."""
        command = self.history.command(self.history.index() - 1)
        return command._edit if isinstance(command, _Command) else None

    @property
    def busy(self) -> bool:
        """Whether a thread makes an edit."""
        return self._pending is not None

    def begin(self, draft: "Draft | None", history: "UndoHistory | None" = None) -> None:
        """Edit this draft from now on; ``history`` is what was done to it before."""
        self.settle()
        self.history.clear()
        self.draft = draft
        if history is not None:
            self._restore(history)
        self.began.emit()

    @frame_priority
    def do(self, edit: "Edit", gesture: object = None) -> bool:
        """Do ``edit`` as one step of undo. ``False``, and ``refused`` was emitted, when it could not be kept.

        Edits that follow each other and share a ``gesture`` are one step: what would take too long at once is done in
        parts.
        """
        unfit = self._say_changed if self.busy else None
        self.settle()
        if not self._keep(edit, "part" if self._continues(gesture) else "do", unfit):
            return False
        self._push(edit, gesture)
        return True

    def perform(
        self,
        name: str,
        make: "Callable[[], Edit | None]",
        done: "Callable[[Edit], None]" = lambda edit: None,
        void: Callable[[], None] = lambda: None,
        *,
        long: bool,
    ) -> None:
        """Make an edit and do it as one step of undo: at once, or where that takes ``long`` in a thread.

        ``make`` looks at the draft and at what never changes. Where it returns ``None``, there is nothing to do, and
        ``void`` is called; otherwise ``done`` when the edit has been done.
        """

        def push(edit: "Edit") -> None:
            self._push(edit)
            done(edit)

        self._carry_out(EditRequest(name, make, push, void), long=long)

    @frame_priority
    def undo(self) -> None:
        """Take back the last edit."""
        self._when_free(self.history.undo)

    @frame_priority
    def redo(self) -> None:
        """Do again what was taken back."""
        self._when_free(self.history.redo)

    def paced(self, items: Collection[T]) -> Iterator[T]:
        """``items`` that the edit at work in a thread goes through: says how far it is, and lets frames go first."""
        pending, told = self._pending, time.monotonic()
        for number, item in enumerate(frame_priority.giving(items)):
            if pending is not None and time.monotonic() > told + _TELL:
                told = time.monotonic()
                self.working.emit(f"{pending.task.name} · {(pending.made + number / len(items)) / 2:.0%}")
            yield item

    def settle(self) -> None:
        """Wait for the edit that a thread makes, and for what waits for it."""
        while self._pending is not None:
            self._finish(self._pending)

    def _again(self, edit: "Edit", step: "Step", done: Callable[[], None], unfit: Callable[[], None] | None) -> None:
        """Do ``edit``, which takes back a step or does it again."""
        from core.annotation.editing.edits import instances

        def tell(edit: "Edit") -> None:
            done()
            self.edited.emit(edit)
            self.repeated.emit(edit)

        self._carry_out(
            EditRequest(edit.name, lambda: edit, tell, lambda: None, step, unfit), long=instances(edit) > AT_ONCE
        )

    def _push(self, edit: "Edit", gesture: object = None) -> None:
        self.history.push(_Command(self, edit, gesture))  # before anybody hears of it: who does may do something more
        self.edited.emit(edit)

    @frame_priority
    def _carry_out(self, task: EditRequest, *, long: bool) -> None:
        if long or self.busy:
            self._when_free(partial(self._start, task))
        elif (edit := task.make()) is None:
            task.void()
        elif self._keep(edit, task.step, task.unfit):
            task.done(edit)

    def _keep(self, edit: "Edit", step: "Step", unfit: Callable[[], None] | None) -> bool:
        assert self.draft is not None
        try:
            self.draft.apply(edit, step)
        except UserError as error:
            self.refused.emit(error)
            return False
        except ValueError:
            if unfit is None:
                raise
            unfit()
            return False
        return True

    def _say_changed(self) -> None:
        self.refused.emit(UserError("this was changed while you were at it", "do it once more"))

    # What was done before

    def _restore(self, history: "UndoHistory") -> None:
        commands = [_Command(self, edit, None, self._forget) for edit in history.steps]
        for number, command in enumerate(commands):
            self.history.push(command)
            command.done = number < history.done
        self.history.setIndex(history.done)

    def _forget(self) -> None:
        """A step of an earlier session is not what the files say now."""
        QTimer.singleShot(0, self.history.clear)  # it is at work just now
        self.refused.emit(UserError("this cannot be taken back or done again", "undo begins anew from here"))

    def _continues(self, gesture: object) -> bool:
        """Whether an edit of this gesture becomes a part of the last step."""
        last = self.history.command(self.history.index() - 1) if self.history.index() else None
        return gesture is not None and isinstance(last, _Command) and last.done and last.gesture is gesture

    # In a thread

    def _when_free(self, act: Callable[[], None]) -> None:
        if self.busy:
            self._waiting.append(act)
        else:
            act()

    def _start(self, task: EditRequest) -> None:
        assert self.draft is not None
        self._pending = BackgroundEdit(self.draft, task, tuple(ask() for ask in self.preparing))
        self._pending.done.connect(self._finish)
        self.working.emit(task.name)
        self._pending.begin()

    @Slot(object)
    @frame_priority
    def _finish(self, pending: BackgroundEdit) -> None:
        """Take what a thread has made; wait for it where it is not ready."""
        if pending is not self._pending:
            return  # somebody could not wait for the signal
        self._pending = None
        try:
            outcome = pending.outcome()
        except Exception as error:
            self._waiting.clear()  # it was meant to come after this
            if isinstance(error, ValueError) and pending.task.unfit is not None:
                pending.task.unfit()
            elif isinstance(error, UserError):
                self.refused.emit(error)
            else:
                raise
            return
        finally:
            self.working.emit("")
        self._apply(pending.task, outcome)
        while self._waiting and not self.busy:
            self._waiting.popleft()()

    def _apply(self, task: EditRequest, outcome: EditResult | None) -> None:
        assert self.draft is not None
        if outcome is None:
            task.void()
            return
        self.draft.take(outcome.edit, outcome.trial)
        for show in outcome.shows:
            show()
        task.done(outcome.edit)


class _Command(QUndoCommand):
    """One edit on the stack. It was done before it was pushed, so that an edit that cannot be kept makes no step."""

    def __init__(
        self, editing: Editing, edit: "Edit", gesture: object, unfit: Callable[[], None] | None = None
    ) -> None:
        super().__init__(edit.name)
        self._editing, self._edit, self._unfit = editing, edit, unfit
        self.gesture = gesture
        self.done = True

    def id(self) -> int:
        return -1 if self.gesture is None else _IN_PARTS

    def mergeWith(self, other: QUndoCommand) -> bool:
        from core.annotation.editing.edits import joined

        if not isinstance(other, _Command) or other.gesture is not self.gesture or not self.done:
            return False
        self._edit = joined(self._edit, other._edit)
        return True

    def redo(self) -> None:
        if not self.done:
            self._editing._again(self._edit, "redo", partial(self._mark, done=True), self._unfit)

    def undo(self) -> None:
        from core.annotation.editing.edits import inverse

        if self.done:
            self._editing._again(inverse(self._edit), "undo", partial(self._mark, done=False), self._unfit)

    def _mark(self, *, done: bool) -> None:
        self.done = done

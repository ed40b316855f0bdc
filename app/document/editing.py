"""Editing the open dataset: all edits go through here, are kept in the journal, can be undone, and are saved."""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.document.background_edit import BackgroundEdit, EditRequest, Prepare
from app.threads import workers
from app.threads.frame_priority import frame_priority
from core.errors import UserError
from core.runs.control import Throttle
from core.words import tr

if TYPE_CHECKING:  # NumPy comes with them: not before the first picture of the window
    from core.annotation.editing.draft import Draft
    from core.annotation.editing.edits import Edit, HistoryStep
    from core.annotation.storage.journal_lines import UndoHistory

AT_ONCE = 100
"""Instances that are changed at once; more take a thread."""

_REPORT_EVERY = 0.5
"""Seconds between two reports of how far a thread is."""
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
        self.preparers: list[Callable[[], Prepare]] = []
        """Functions of the views of the draft. Each is called on the GUI thread when an edit begins in a thread, and
        returns what that thread calls to prepare the view for the outcome."""
        self._pending: BackgroundEdit | None = None
        self._waiting: deque[Callable[[], None]] = deque()
        """What was requested while a thread is at work."""

    @property
    def last(self) -> "Edit | None":
        """What undo takes back next, with all parts of its gesture; ``None`` where that is no edit."""
        command = self.history.command(self.history.index() - 1)
        return command.edit if isinstance(command, _Command) else None

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
            commands = [_Command(self, edit, None, self._on_unfit_history) for edit in history.steps]
            for number, command in enumerate(commands):
                self.history.push(command)
                command.done = number < history.done
            self.history.setIndex(history.done)
        self.began.emit()

    @frame_priority
    def do(self, edit: "Edit", gesture: object = None) -> bool:
        """Do ``edit`` as one step of undo. ``False``, and ``refused`` was emitted, when it could not be kept.

        Edits that follow each other and share a ``gesture`` are one step: what would take too long at once is done in
        parts.
        """
        changed = UserError(tr("this was changed while you were at it"), tr("do it once more"))
        unfit = partial(self.refused.emit, changed) if self.busy else None
        self.settle()
        last = self.history.command(self.history.index() - 1)
        goes_on = gesture is not None and isinstance(last, _Command) and last.done and last.gesture is gesture
        if not self._keep(edit, "part" if goes_on else "do", unfit):
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
        pending, throttle = self._pending, Throttle(_REPORT_EVERY)
        for number, item in enumerate(frame_priority.paced(items)):
            if pending is not None and throttle.due():
                self.working.emit(f"{pending.request.name} · {(pending.made + number / len(items)) / 2:.0%}")
            yield item

    def settle(self) -> None:
        """Wait for the edit that a thread makes, and for what waits for it."""
        while self._pending is not None:
            self._on_made(self._pending)

    def _push(self, edit: "Edit", gesture: object = None) -> None:
        self.history.push(_Command(self, edit, gesture))  # before anybody hears of it: who does may do something more
        self.edited.emit(edit)

    @frame_priority
    def _carry_out(self, request: EditRequest, *, long: bool) -> None:
        """Make an edit and do it, in a thread where that takes ``long`` or one is at work."""
        if long or self.busy:
            self._when_free(partial(self._start, request))
        elif (edit := request.make()) is None:
            request.void()
        elif self._keep(edit, request.step, request.unfit):
            request.done(edit)

    def _keep(self, edit: "Edit", step: "HistoryStep", unfit: Callable[[], None] | None) -> bool:
        """Give the edit to the journal and the draft; whether that was possible."""
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

    def _on_unfit_history(self) -> None:
        """A step of an earlier session does not fit what the files say now."""
        QTimer.singleShot(0, self.history.clear)  # it is at work just now
        self.refused.emit(UserError(tr("this cannot be taken back or done again"), tr("undo begins anew from here")))

    # In a thread

    def _when_free(self, act: Callable[[], None]) -> None:
        if self.busy:
            self._waiting.append(act)
        else:
            act()

    def _start(self, request: EditRequest) -> None:
        assert self.draft is not None
        self._pending = BackgroundEdit(self.draft, request, tuple(preparer() for preparer in self.preparers))
        self._pending.done.connect(self._on_made)
        self.working.emit(request.name)
        workers.start(self._pending.work)

    @Slot(object)
    @frame_priority
    def _on_made(self, pending: BackgroundEdit) -> None:
        """Give the draft what a thread has made; wait for it where it is not ready."""
        if pending is not self._pending:
            return  # somebody could not wait for the signal
        self._pending, request = None, pending.request
        try:
            result = pending.result.result()
        except Exception as error:
            self._waiting.clear()  # it was meant to come after this
            if isinstance(error, ValueError) and request.unfit is not None:
                request.unfit()
            elif isinstance(error, UserError):
                self.refused.emit(error)
            else:
                raise
            return
        finally:
            self.working.emit("")
        if result is None:
            request.void()
        else:
            edit, check, shows = result
            assert self.draft is not None
            self.draft.take_over(edit, check)
            for show in shows:
                show()
            request.done(edit)
        while self._waiting and not self.busy:
            self._waiting.popleft()()


class _Command(QUndoCommand):
    """One edit on the stack. It was done before it was pushed, so that an edit that cannot be kept makes no step."""

    def __init__(
        self, editing: Editing, edit: "Edit", gesture: object, unfit: Callable[[], None] | None = None
    ) -> None:
        super().__init__(edit.name)
        self._editing, self._unfit = editing, unfit
        self.edit, self.gesture, self.done = edit, gesture, True

    def id(self) -> int:
        return -1 if self.gesture is None else _IN_PARTS

    def mergeWith(self, other: QUndoCommand) -> bool:
        from core.annotation.editing.edits import joined

        if not isinstance(other, _Command) or other.gesture is not self.gesture or not self.done:
            return False
        self.edit = joined(self.edit, other.edit)
        return True

    def redo(self) -> None:
        if not self.done:  # the stack calls it too when the command is pushed
            self._turn(self.edit, done=True)

    def undo(self) -> None:
        from core.annotation.editing.edits import inverse

        if self.done:
            self._turn(inverse(self.edit), done=False)

    def _turn(self, edit: "Edit", *, done: bool) -> None:
        """Do ``edit``, by which this step is ``done`` again or taken back."""
        from core.annotation.editing.edits import images, instances

        def announce(edit: "Edit") -> None:
            self.done = done
            self._editing.edited.emit(edit)
            self._editing.repeated.emit(edit)

        step: HistoryStep = "redo" if done else "undo"
        request = EditRequest(edit.name, lambda: edit, announce, lambda: None, step, self._unfit)
        self._editing._carry_out(request, long=max(instances(edit), len(images(edit))) > AT_ONCE)

"""Edits that take long, made in a thread: what is to be done, and what has come of it."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.threads.workers import start

if TYPE_CHECKING:  # NumPy comes with them: not before the first picture of the window
    from core.annotation.editing.draft import Draft
    from core.annotation.editing.edit_check import EditCheck
    from core.annotation.editing.edits import Edit, Step

Show = Callable[[], None]
Prepare = Callable[["EditCheck"], Show]
"""Makes ready, in a thread, what will show an edit; what it returns is called on the GUI thread, before anybody hears
of the edit."""


@dataclass(frozen=True, slots=True, eq=False)
class EditRequest:
    """An edit that is to be made."""

    name: str
    make: "Callable[[], Edit | None]"
    """May be called in a thread. ``None`` where there is nothing to do."""
    done: "Callable[[Edit], None]"
    """The draft has the edit now."""
    void: Callable[[], None]
    """There was nothing to do."""
    step: "Step" = "do"
    """What the edit is to the history."""
    unfit: Callable[[], None] | None = None
    """The edit does not fit what is there; ``None`` where that is a fault of ours."""


@dataclass(frozen=True, slots=True, eq=False)
class EditResult:
    """An edit that is kept in the journal and has only to be taken into the draft."""

    edit: "Edit"
    trial: "EditCheck"
    shows: tuple[Show, ...]


class BackgroundEdit(QObject):
    """One task at work. Its outcome may be waited for before ``done`` comes."""

    done = Signal(object)
    """This ``BackgroundEdit``."""

    def __init__(self, draft: "Draft", task: EditRequest, prepare: tuple[Prepare, ...]) -> None:
        super().__init__()
        self.task = task
        self.made = False
        """Whether the edit is made, and what shows it is to be made ready: the second half of the work."""
        self._draft, self._prepare = draft, prepare
        self._outcome: Future[EditResult | None] = Future()

    def begin(self) -> None:
        """Take a thread."""
        start(self._work)

    def outcome(self) -> EditResult | None:
        """Waits for it. Raises what ``Draft.apply`` raises; ``None`` where there was nothing to do."""
        return self._outcome.result()

    def _work(self) -> None:
        try:
            self._outcome.set_result(self._carry_out())
        except Exception as error:  # noqa: BLE001 - the thread's border: whoever asks for the outcome gets it
            self._outcome.set_exception(error)
        self.done.emit(self)

    def _carry_out(self) -> EditResult | None:
        edit = self.task.make()
        if edit is None:
            return None
        self.made = True
        trial = self._draft.tried(edit)
        shows = tuple(prepare(trial) for prepare in self._prepare)
        self._draft.keeper.append(edit, self.task.step)
        return EditResult(edit, trial, shows)

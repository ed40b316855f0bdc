"""An edit that is to be made, and one that a thread makes."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:  # NumPy comes with them: not before the first picture of the window
    from core.annotation.editing.draft import Draft
    from core.annotation.editing.edit_check import EditCheck
    from core.annotation.editing.edits import Edit, HistoryStep

Show = Callable[[], None]
"""Hands what a thread has computed to a view. Called on the GUI thread, before ``edited``."""
Prepare = Callable[["EditCheck"], Show]
"""Computes, in the thread that makes an edit, what a view needs to show the outcome: its shapes and their index."""


@dataclass(frozen=True, slots=True, eq=False)
class EditRequest:
    """An edit that is to be made."""

    name: str
    make: "Callable[[], Edit | None]"
    """May be called in a thread. ``None`` where there is nothing to do."""
    done: "Callable[[Edit], None]"
    """Called when the draft has the edit."""
    void: Callable[[], None]
    """Called when there was nothing to do."""
    step: "HistoryStep" = "do"
    """Whether the edit is a new one, or undoes or redoes one."""
    unfit: Callable[[], None] | None = None
    """Called when the edit does not fit the draft; ``None`` where that is a fault of the program."""


class BackgroundEdit(QObject):
    """An edit that a thread makes. ``result`` may be waited for before ``done`` comes."""

    done = Signal(object)
    """This object."""

    def __init__(self, draft: "Draft", request: EditRequest, prepare: tuple[Prepare, ...]) -> None:
        super().__init__()
        self.request = request
        self.made = False
        """Whether the edit is made, and the views are prepared: the second half of the work."""
        self.result: Future[tuple[Edit, EditCheck, tuple[Show, ...]] | None] = Future()
        """The edit, which is in the journal and not yet in the draft; ``None`` where there was nothing to do. Raises
        what ``Draft.apply`` raises."""
        self._draft, self._prepare = draft, prepare

    def work(self) -> None:
        """In the thread."""
        try:
            edit = self.request.make()
            if edit is None:
                self.result.set_result(None)
            else:
                self.made = True
                check = self._draft.tried(edit)
                shows = tuple(prepare(check) for prepare in self._prepare)
                self._draft.keeper.append(edit, self.request.step)
                self.result.set_result((edit, check, shows))
        except Exception as error:  # noqa: BLE001 - the thread's border: whoever asks for the result gets it
            self.result.set_exception(error)
        self.done.emit(self)

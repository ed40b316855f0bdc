"""Saving by itself: a moment after the last edit, and whenever somebody is about to need the files."""

from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot

from app.document.editing import Editing
from app.threads.workers import LatestWorker
from core.errors import UserError
from core.words import tr

if TYPE_CHECKING:  # NumPy comes with them: not before the first picture of the window
    from core.annotation.editing.draft import Snapshot
    from core.annotation.storage.journal import Journal
    from core.annotation.storage.saving import ConflictError

AFTER_MS, AT_LATEST_MS = 2000, 10_000
"""After the last edit; after the first one that no file has, however many follow."""

AGAIN_MS = 3000
"""After which a dataset that is not there is looked for again."""

_SOON_MS = 50


class AutoSave(QObject):
    """Writes the draft's COCO files in a worker. The journal keeps what is not written yet."""

    changed = Signal()
    """``words``, ``busy`` or ``problem`` say something else now."""
    saved = Signal()
    """The files hold everything that was edited until now."""

    moved = Signal(object)
    """Edits are in these files now, beside the dataset's own: a list of ``Path``."""
    returned = Signal()
    """The dataset, which was away, is there again."""

    def __init__(self, editing: Editing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.problem: Exception | None = None
        """Why the last save failed; ``None`` when it did not."""
        self._editing = editing
        self._journal: Journal | None = None
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_saved)
        self._worker.failed.connect(self._on_failed)
        self._since = QElapsedTimer()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.save)
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._write)
        editing.edited.connect(self._on_edited)
        self._known_aside: list[Path] = []

    @property
    def busy(self) -> bool:
        """Whether something that no file has yet is about to be written. What was rescued waits for an answer."""
        return self.problem is None and (self._timer.isActive() or self._worker.busy)

    @property
    def conflict(self) -> "ConflictError | None":
        """The problem, where it is that somebody else changed a file."""
        if self.problem is None:
            return None
        from core.annotation.storage.saving import ConflictError

        return self.problem if isinstance(self.problem, ConflictError) else None

    @property
    def away(self) -> bool:
        """Whether the problem is that the dataset is not there now: what is drawn is saved as soon as it is back."""
        if self.problem is None:
            return False
        from core.annotation.storage.presence import AwayError

        return isinstance(self.problem, AwayError)

    @property
    def unsaved(self) -> int:
        """How many edits no file has yet."""
        return self._editing.draft.unsaved if self._editing.draft is not None else 0

    @property
    def aside(self) -> list[Path]:
        """Files in which edits are saved that are not the dataset's own: somebody else changed those."""
        return self._journal.aside() if self._journal is not None else []

    @property
    def words(self) -> str:
        """Whether everything is saved, for the status bar."""
        if self.problem is not None:
            return tr("Not saved: your work is kept in the journal")
        if self._editing.draft is None or not self._editing.draft.revision:
            return ""
        if not self.unsaved and self._journal is not None and self._journal.problem is not None:
            return tr("Saved, but nothing more can be kept in the journal")
        if not self.unsaved and self.aside:
            return tr("Saved as {names}", names=", ".join(path.name for path in self.aside))
        if not self.unsaved:
            return tr("Saved")
        return tr("Saving …") if self.busy else tr("Not saved yet")

    def begin(self, journal: "Journal | None") -> None:
        """Another draft is edited, with this journal. What a crash left is written once the person has kept it, or
        goes on."""
        self._stop()
        self._journal, self.problem, self._known_aside = journal, None, []
        self.changed.emit()

    def leave(self) -> "tuple[Snapshot, Journal] | None":
        """What ``finish`` needs in a worker to write what is not saved and to let go of the journal."""
        self._editing.settle()
        self._stop()
        draft, journal = self._editing.draft, self._journal
        return (draft.snapshot(), journal) if draft is not None and journal is not None else None

    @Slot()
    def save(self) -> None:
        """Write now what is not written yet; where very much is being changed, what comes of it too."""
        if self._editing.busy:
            self._timer.start(_SOON_MS)
            return
        self._timer.stop()
        if self._write() and self.conflict is None:  # that lasts until it is seen to be over
            self.problem = None
            self.changed.emit()

    @Slot()
    def _write(self) -> bool:
        """``False`` when the files have everything."""
        from core.annotation.storage.saving import save

        draft = self._editing.draft
        if draft is None or not draft.unsaved or self._journal is None:
            return False
        snapshot = draft.snapshot()
        self._worker.run(_saved, snapshot, partial(save, snapshot, self._journal))
        return True

    def _stop(self) -> None:
        self._timer.stop()
        self._again.stop()
        self._worker.drop()

    def beside(self) -> None:
        """Somebody else changed the file: write ours beside it."""
        if (conflict := self.conflict) is not None:
            self._worker.run(_saved, conflict.snapshot, conflict.save_beside)

    def overwrite(self) -> None:
        """Somebody else changed the file: write ours in its place; theirs is kept as a backup."""
        if (conflict := self.conflict) is not None:
            self._worker.run(_saved, conflict.snapshot, conflict.overwrite)

    @Slot()
    def _on_edited(self) -> None:
        if self.conflict is None and not self.away:
            self.problem = None
            if self.unsaved <= 1 or not self._since.isValid():
                self._since.start()
            self._timer.start(min(AFTER_MS, max(AT_LATEST_MS - self._since.elapsed(), 0)))
        self.changed.emit()

    @Slot(object)
    def _on_saved(self, snapshot: "Snapshot") -> None:
        draft = self._editing.draft
        if draft is None:
            return
        draft.saved(snapshot)
        if self.away:
            self.returned.emit()
        self.problem = None
        if draft.unsaved:
            self._since.start()
            self._timer.start(min(AFTER_MS, AT_LATEST_MS))
        self.changed.emit()
        if not draft.unsaved:
            self.saved.emit()
        if self.aside != self._known_aside:
            self._known_aside = self.aside
            self.moved.emit(self._known_aside)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.problem = error
        if self.away:
            self._again.start(AGAIN_MS)
        self.changed.emit()


def finish(snapshot: "Snapshot", journal: "Journal") -> bool:
    """Write what no file has yet and let go of the journal, which keeps what cannot be written; whether there was
    anything to write. For a worker."""
    from core.annotation.storage.saving import save

    unsaved = snapshot.unsaved > 0
    with closing(journal), suppress(UserError):  # what cannot be written is offered when the dataset is opened again
        if unsaved:
            save(snapshot, journal)
    return unsaved


def _saved(snapshot: "Snapshot", write: Callable[[], object]) -> "Snapshot":
    """``write`` writes the snapshot."""
    write()
    return snapshot

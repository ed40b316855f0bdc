"""The open dataset, as every page sees it."""

import gc
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.document.autosave import AutoSave, finish
from app.document.editing import Editing
from app.document.opening import OpenedDataset, Stamps, are_as_known, count_splits, read, reread, stamps_of, turn
from app.document.splitting import Splitting, resplit
from app.settings.settings import Recent
from app.threads.workers import LatestWorker
from core.errors import UserError

_SOON_MS = 50

if TYPE_CHECKING:
    from core.annotation.editing.draft import Renewal
    from core.annotation.storage.recovery import Opened
    from core.dataset import Dataset, Image
    from core.dataset.folder.versions import Version


class Document(QObject):
    """Holds at most one dataset. A dataset opens in a thread; the one that is open stays until the new one is there.

    What is edited is in ``editing``; ``dataset`` is what the files say. The draft's edits lie over the same dataset:
    ``refresh`` reads it anew after a save, for both.
    """

    opening = Signal(object)
    """The ``Path`` that is being read."""
    opened = Signal(object)
    """The ``Dataset``."""
    renewed = Signal(object)
    """The same ``Dataset`` as its files say now, after edits were saved; its images are the same."""
    closed = Signal()
    settled = Signal()
    """``settle_split`` is done."""
    outdated = Signal()
    """``settle_split`` found that somebody else changed the files since they were read; they are read anew."""
    failed = Signal(object)
    """What went wrong while opening: a ``UserError``, or another exception when it is our fault."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self.path: Path | None = None
        """What was given to ``open``: the folder or file of ``dataset``."""
        self.pending: Path | None = None
        """What is being opened."""
        self.remark = ""
        """What is to be said about how the dataset was opened."""
        self.versions: tuple[Version, ...] = ()
        """Its files of which there is another version, since somebody else changed them while a person annotated."""
        self.unwritten: tuple[str, ...] = ()
        """Names of its images where these are some of a folder that a person chose, and no file says so yet."""
        self._entry: Recent | None = None
        self.names: frozenset[str] = frozenset()
        """The paths by which jobs may know ``dataset``: its folder, its only file."""
        self.split_counts: dict[str, int] = {}
        """The number of images in each split of ``dataset``."""
        self.editing = Editing(self)
        self.saver = AutoSave(self.editing, self)
        self.splitting = Splitting(self)
        self.locked: UserError | None = None
        """Why the dataset cannot be edited; ``None`` when it can."""
        self.opened_draft: Opened | None = None
        """The draft as it was opened, with what was rescued."""
        self.requested_image: Image | None = None
        """What another page wants to see annotated: the Annotate page turns to it when it comes into view."""
        self.requested_instance: int | None = None
        """The position of an instance in ``requested_image`` that is to be selected then."""
        self._stale = self._wanted = False
        """Whether the files were written since they were read, and whether somebody needs them as they are."""
        self._worker, self._renewing, self._settling = LatestWorker(self), LatestWorker(self), LatestWorker(self)
        self._worker.done.connect(self._on_read)
        self._worker.failed.connect(self._on_failed)
        self._renewing.done.connect(self._on_reread)
        self._renewing.failed.connect(self._on_reread_failed)
        self._settling.done.connect(self._on_settled)
        self._settling.failed.connect(self._on_settling_failed)
        self._comparing = LatestWorker(self)
        self._comparing.done.connect(self._on_compared)
        self._stamps: Stamps = ()
        self.saver.saved.connect(self._on_saved)
        self.saver.moved.connect(self._on_moved)

    def open(self, *paths: Path) -> None:
        """Read the dataset in a folder or file, or of some pictures; ``opened`` or ``failed`` follows."""
        self.pending = paths[0]
        self.opening.emit(self.pending)
        self._worker.run(read, paths, self.saver.leave())

    def open_pictures(self, folder: Path) -> None:
        """Read the pictures in a folder, whatever annotations of other formats lie beside them."""
        self.pending = folder
        self.opening.emit(folder)
        self._worker.run(read, (folder,), self.saver.leave(), only_coco=True)

    def show_other_version(self) -> None:
        """Open somebody else's version where the person's own is open, or the other way round. What was drawn is saved
        first, in its own version; ``opened`` or ``failed`` follows."""
        if self.path is None or self.dataset is None or not self.versions:
            return
        mine = [version for version in self.versions if version.is_mine]
        turned = mine or self.versions
        if not self.dataset.is_folder:  # a file was chosen, and no folder has to say which one counts
            self.open(turned[0].other)
            return
        self.pending = self.path
        self.opening.emit(self.path)
        self._worker.run(turn, self.path, turned, self.saver.leave())

    def refresh(self) -> None:
        """Somebody needs the files: save what was edited, then read them anew if they changed; ``renewed`` follows."""
        self.saver.save()
        self._wanted = self._stale or self.editing.busy or self.saver.unsaved > 0
        self._reread()

    def settle_split(self) -> None:
        """A training is about to start: have the dataset's file remember which images are validated on, where that was
        chosen just now. ``settled`` follows; ``outdated`` where somebody else changed the files. One that cannot be
        written remembers it with the next save; the same images give the same choice until then."""
        if self.dataset is None or self._stamps == stamps_of(file for file, _ in self._stamps):
            self._keep_split()
        else:
            self._comparing.run(are_as_known, self.dataset, self.opened_draft.journal if self.opened_draft else None)

    @Slot(bool)
    def _on_compared(self, known: bool) -> None:
        """Nothing is trained on but what is shown."""
        if known:
            self._keep_split()
        elif self.path is not None:
            self.outdated.emit()
            self.open(self.path)

    def _keep_split(self) -> None:
        if self.editing.draft is None or not self.editing.draft.keep_sides():
            self.settled.emit()
        else:
            self.save_facts()

    def save_facts(self) -> None:
        """Write the splits that the draft keeps beside edits. ``settled`` and ``renewed`` follow."""
        from core.annotation.storage.saving import save

        assert self.editing.draft is not None and self.opened_draft is not None
        self._settling.run(save, self.editing.draft.snapshot(), self.opened_draft.journal)

    def show_splits(self, before: "Dataset", after: "Dataset") -> None:
        """The images of ``before`` are in the splits of ``after`` now, and a file says so; ``renewed`` follows. Not
        while a thread has an edit."""
        if self.dataset is not before or self._renewing.busy:  # read anew meanwhile, or just now
            self._wanted = self._stale = True
            self._reread()
            return
        if self.editing.draft is not None and self.opened_draft is not None:
            resplit(self.editing.draft, after)
            self.opened_draft.journal.dataset = after
        self.dataset, self.split_counts = after, count_splits(after)
        self.renewed.emit(after)

    @property
    def entry(self) -> Recent | None:
        """The line about ``dataset`` in the list of recent ones, with what was drawn since it was opened."""
        draft = self.editing.draft
        if self.unwritten:
            return None  # opened again, it would be all of the folder
        if self._entry is None or draft is None:
            return self._entry
        instances = draft.class_counts().total()
        return replace(self._entry, instances=instances, classes=len(draft.categories))

    def is_open(self, dataset: str) -> bool:
        """Whether the open dataset is what a job knows by the path ``dataset``."""
        return dataset in self.names

    def finish(self) -> None:
        """The window closes: write what is left. The journal keeps what cannot be written."""
        last = self.saver.leave()
        self._entry = self.entry  # the draft, which counts, goes
        self.editing.begin(None)
        if last is not None:
            finish(*last)
        gc.unfreeze()

    def discard_rescued(self) -> None:
        """The person does not want what a crash left: edit the dataset as its files have it."""
        if self.opened_draft is not None and self.opened_draft.recovered is not None:
            self.editing.begin(self.opened_draft.recovered.discard())
            self.saver.begin(self.opened_draft.journal)

    def close(self) -> None:
        """Let go of the dataset."""
        self._worker.drop()
        for worker in (self._renewing, self._settling, self._comparing):
            worker.drop()
        self.splitting.forget()
        self.finish()
        self.saver.begin(None)
        self.dataset = self.path = self.pending = self._entry = None
        self.names, self.split_counts, self.versions = frozenset(), {}, ()
        self.closed.emit()

    @Slot(object)
    def _on_read(self, read: OpenedDataset) -> None:
        self.splitting.forget()
        self.dataset, self._entry, self.names, opened = read.dataset, read.entry, read.names, read.opened
        self.split_counts = read.split_counts
        self.path, self.pending = read.path, None
        self.requested_image, self.remark, self.unwritten = read.requested_image, read.remark, read.unwritten
        self.versions, self._stamps = read.versions, read.stamps
        self._comparing.drop()
        self._stale = self._wanted = False
        self._renewing.drop()
        self._settling.drop()
        self.locked = opened if isinstance(opened, UserError) else None
        self.opened_draft = None if isinstance(opened, UserError) else opened
        known = self.opened_draft
        self.editing.begin(known.draft if known else None, known.history if known else None)
        self.saver.begin(self.opened_draft.journal if self.opened_draft else None)
        gc.freeze()  # a large dataset is millions of objects and no cycle: a full collection would take a frame or more
        self.opened.emit(self.dataset)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.pending = None
        self.failed.emit(error)

    @Slot()
    def _on_saved(self) -> None:
        self._stale, self.unwritten = True, ()
        self._reread()

    @Slot(object)
    def _on_moved(self, files: list[Path]) -> None:
        """What was drawn is in ``files`` beside the dataset's own from now on: that is what is open, for every page."""
        if self.path is not None and self.dataset is not None:
            self.open(self.path if self.dataset.is_folder else files[0])

    @Slot()
    def _on_settled(self) -> None:
        self._wanted = self._stale = True
        self._reread()
        self.settled.emit()

    @Slot(object)
    def _on_settling_failed(self, error: Exception) -> None:
        """No reason not to train."""
        self._wanted = self._stale
        self._reread()
        self.settled.emit()
        if not isinstance(error, UserError):
            raise error  # a fault of ours, which the window shows

    def _reread(self) -> None:
        draft, opened = self.editing.draft, self.opened_draft
        if not self._wanted or not self._stale or self.path is None or draft is None or opened is None:
            return
        if not self._is_writing and not self.saver.aside:
            self._stale = False
            files = [(target.path, target.digest) for target in opened.journal.targets]
            self._renewing.run(reread, self.path, draft.snapshot(), files)

    @Slot(object)
    def _on_reread_failed(self, error: Exception) -> None:
        """The files cannot be read just now: they are as soon as somebody needs them once more."""
        self._stale = True
        if not isinstance(error, UserError):
            raise error  # a fault of ours, which the window shows

    @property
    def _is_writing(self) -> bool:
        """Whether the files are not what the draft is, and a save is at work or to come."""
        return self.saver.busy or self.saver.unsaved > 0 or self._settling.busy

    @Slot(object)
    def _on_reread(self, found: "tuple[Renewal, dict[str, int]] | None") -> None:
        draft, opened = self.editing.draft, self.opened_draft
        if draft is None or opened is None or self.path is None:
            return
        if found is None:
            if not self._is_writing:  # else that was our own save, and they are read once more after it
                self.open(self.path)
            return
        renewal, counts = found
        if self.editing.busy:
            QTimer.singleShot(_SOON_MS, self, lambda: self._on_reread(found))
        elif draft.dataset is renewal.saved.dataset:
            draft.renew(renewal)
            self.dataset = opened.journal.dataset = renewal.dataset
            self.split_counts, self._wanted = counts, False
            gc.freeze()
            self.renewed.emit(self.dataset)

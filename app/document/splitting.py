"""Giving images of the open dataset other splits, and taking that back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.threads.workers import LatestWorker
from core.errors import UserError
from core.words import tr, tr_n

if TYPE_CHECKING:
    from app.document.document import Document
    from core.annotation.editing.draft import Draft
    from core.dataset import Dataset
    from core.dataset.splits.split_file import SplitFile

_SOON_MS = 50


class Splitting(QObject):
    """Writes the file of splits in a worker, then has the document show the same images in them.

    Nothing of it is an edit: annotation files stay as they are, and undo of what was drawn does not take it back.
    """

    changed = Signal()
    """Other splits are there; ``done`` says what was done."""
    failed = Signal(object)
    """They could not be written: a ``UserError``, or another exception when it is our fault."""

    def __init__(self, document: "Document") -> None:
        super().__init__(document)
        self._document = document
        self.done = ""
        """What was done last, in words; empty when there is nothing to take back."""
        self._before: list[SplitFile | None] = []
        """The files that undo brings back, the last one first to come."""
        self._asked: tuple[str, bool] = "", False
        """What the request at work does, in words, and whether it is an undo."""
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_written)
        self._worker.failed.connect(self.failed)

    @property
    def undoable(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._before)

    def forget(self) -> None:
        """Another dataset is open: nothing of this one is taken back there."""
        self._worker.drop()
        self._before, self.done = [], ""

    def move(self, images: list[int], split: str) -> None:
        """Put the images with these ``Image.index`` into a split."""
        waiting = sum(self._is_unlabelled(index) for index in images)
        done = tr_n(
            "{n} image is in “{split}” now", "{n} images are in “{split}” now", len(images) - waiting, split=split
        )
        if waiting:
            later = tr_n(
                "{n} image is in “{split}” as soon as it is labelled",
                "{n} images are in “{split}” as soon as they are labelled",
                waiting,
                split=split,
            )
            done = f"{done} · {later}" if waiting < len(images) else later

        def moved(dataset: "Dataset") -> "SplitFile":
            from core.dataset.splitting import moved

            return moved(dataset, images, split)

        self.apply(moved, done)

    def apply(self, make: "Callable[[Dataset], SplitFile | None]", done: str) -> None:
        """Write the file that ``make`` makes of the dataset, in a worker; ``done`` says in words what that does."""
        self._run(make, done, undo=False)

    @Slot()
    def undo(self) -> None:
        """Bring back the splits of before."""
        if self._before and not self._worker.busy:
            before = self._before[-1]
            self._run(lambda dataset: before, tr("The splits are as before"), undo=True)

    def _is_unlabelled(self, index: int) -> bool:
        dataset = self._document.dataset
        return dataset is not None and dataset.images[index].split == "unlabelled"

    def _run(self, make: "Callable[[Dataset], SplitFile | None]", done: str, *, undo: bool) -> None:
        if self._document.dataset is not None and not self._worker.busy:
            self._asked = done, undo
            self._worker.run(_written, self._document.dataset, make)

    @Slot(object)
    def _on_written(self, found: "tuple[Dataset, Dataset]") -> None:
        before, after = found
        if self._document.editing.busy:
            QTimer.singleShot(_SOON_MS, self, lambda: self._on_written(found))
            return
        done, undo = self._asked
        if undo:
            self._before.pop()
        else:
            self._before.append(before.split_file)
        self.done = done
        self._document.show_splits(before, after)
        self.changed.emit()


def _written(dataset: "Dataset", make: "Callable[[Dataset], SplitFile | None]") -> "tuple[Dataset, Dataset]":
    """Write the file; the dataset as it was, and with its new splits. Raises ``UserError``."""
    from core.dataset.splits import split_file
    from core.dataset.splitting import resplit

    if split_file.read(dataset.root) != dataset.split_file:
        raise UserError(
            tr("somebody else changed the splits of this dataset meanwhile"), tr("open it again to see what they are")
        )
    file = make(dataset)
    after = resplit(dataset, file)
    split_file.write(dataset.root, file)
    return dataset, after


def resplit(draft: "Draft", dataset: "Dataset") -> None:
    """Lay the edits of a draft over the same dataset in other splits."""
    from core.annotation.editing.draft import Renewal
    from core.annotation.editing.unknown_fields import UnknownFields

    draft.renew(Renewal(dataset, draft.snapshot(), frozenset(), UnknownFields()))

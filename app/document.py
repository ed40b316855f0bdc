"""The open dataset, as every page sees it."""

import gc
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.settings import Recent
from app.workers import Lane

if TYPE_CHECKING:
    from core.dataset import Dataset


class Document(QObject):
    """Holds at most one dataset. A dataset opens in a thread; the one that is open stays until the new one is there."""

    opening = Signal(object)
    """The ``Path`` that is being read."""
    opened = Signal(object)
    """The ``Dataset``."""
    closed = Signal()
    failed = Signal(object)
    """What went wrong while opening: a ``UserError``, or another exception when it is our fault."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self.path: Path | None = None
        """What was given to ``open``: the folder or file of ``dataset``."""
        self.pending: Path | None = None
        """What is being opened."""
        self.entry: Recent | None = None
        """The line about ``dataset`` in the list of recent ones."""
        self.split_counts: dict[str, int] = {}
        """The number of images in each split of ``dataset``."""
        self._lane = Lane(self)
        self._lane.done.connect(self._take)
        self._lane.failed.connect(self._fail)

    def open(self, path: Path) -> None:
        """Read the dataset in a folder or file; ``opened`` or ``failed`` follows."""
        self.pending = path
        self.opening.emit(path)
        self._lane.run(_open, path)

    def close(self) -> None:
        """Let go of the dataset."""
        self._lane.drop()
        self.dataset = self.path = self.pending = self.entry = None
        self.split_counts = {}
        self.closed.emit()

    @Slot(object)
    def _take(self, answer: "tuple[Dataset, Recent, dict[str, int]]") -> None:
        self.dataset, self.entry, self.split_counts = answer
        self.path, self.pending = self.pending, None
        gc.freeze()  # what a large dataset is made of never becomes garbage in cycles; do not look at it again
        self.opened.emit(self.dataset)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self.pending = None
        self.failed.emit(error)


def _open(path: Path) -> "tuple[Dataset, Recent, dict[str, int]]":
    from core.dataset import open_dataset  # NumPy and OpenCV: not before the first picture of the window

    dataset = open_dataset(path)
    cover = next((image for image in dataset.images if dataset.labels(image) and dataset.has_picture(image)), None)
    entry = Recent(
        path=str(path),
        name=dataset.name,
        images=len(dataset.images),
        instances=int(dataset.class_counts().sum()),
        classes=len(dataset.categories),
        opened=time.time(),
        cover=str(dataset.image_path(cover)) if cover is not None else "",
    )
    counted = Counter(image.split for image in dataset.images)
    return dataset, entry, {split: counted[split] for split in dataset.splits}

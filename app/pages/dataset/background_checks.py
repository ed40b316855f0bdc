"""What is found out about an open dataset once it is shown: names in order, what is wrong."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.gallery.model import ImageIndex
from app.threads.workers import LatestWorker
from core.dataset.health.checks import examine
from core.runs.control import CancelRequested

_IMAGES_PER_MS = 50
_LONGEST_MS = 2500


class BackgroundChecks(QObject):
    """Works in threads, until another dataset is shown. The more images there are, the longer it leaves the processor
    to the first thumbnails."""

    begun = Signal(object)
    """The ``ImageIndex`` whose first thumbnails had their time: what is counted beside may begin."""
    found = Signal(object)
    """All problems of the dataset, a list of ``Problem``."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._index: ImageIndex | None = None
        self._examining, self._sorting = LatestWorker(self), LatestWorker(self)
        self._sorting.done.connect(self._on_sorted)
        self._examining.done.connect(self.found)
        self._waiting = QTimer(self, singleShot=True)
        self._waiting.timeout.connect(self._on_due)

    def show_index(self, index: ImageIndex | None) -> None:
        """Check this dataset soon; ``None``: none any more."""
        self._index = index
        self._waiting.stop()
        self._sorting.drop()
        self._examining.drop()
        if index is not None:
            self._waiting.start(min(len(index.rows) // _IMAGES_PER_MS, _LONGEST_MS))

    @Slot()
    def _on_due(self) -> None:
        index = self._index
        assert index is not None
        self._sorting.run(lambda: index.name_ranks)  # before somebody asks for them
        self.begun.emit(index)

    @Slot()
    def _on_sorted(self) -> None:
        """The longest work comes last and alone: a person scrolls meanwhile."""
        index = self._index
        assert index is not None

        def check() -> None:
            if self._index is not index:
                raise CancelRequested

        self._examining.run(examine, index.dataset, check=check)

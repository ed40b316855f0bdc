"""Whether validation images of the open dataset show what training images show, looked for while nobody waits."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.threads.workers import LatestWorker

if TYPE_CHECKING:
    from core.dataset import Dataset

_SECONDS = 5.0
"""For which pictures are compared; it need not be all of them."""


class LeakWatch(QObject):
    """Looks in a worker, and again only where images or splits have become others."""

    changed = Signal()
    """``text`` says something else."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.text = ""
        """What was found, in words; empty where nothing was, or not yet."""
        self._known: Dataset | None = None
        """The dataset that was looked through, or is."""
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_found)

    def look(self, dataset: "Dataset | None", *, now: bool) -> None:
        """This dataset is open; look through it, if ``now`` somebody wants to know and it is not known yet."""
        known = self._known
        if dataset is None or known is None or dataset.root != known.root or [*dataset.images] != [*known.images]:
            self._known, self.text = None, ""
            self._worker.drop()
        if dataset is not None and self._known is None and now:
            self._known = dataset
            self._worker.run(_found, dataset)

    @Slot(str)
    def _on_found(self, text: str) -> None:
        self.text = text
        self.changed.emit()


def _found(dataset: "Dataset") -> str:
    from core.dataset.health.quick_leaks import look_for_leaks

    leaks = look_for_leaks(dataset, dataset.of_split("train"), dataset.of_split("val"), _SECONDS)
    return leaks.in_words(dataset)

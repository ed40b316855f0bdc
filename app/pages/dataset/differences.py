"""The differences between the open dataset and another one, and which of them are settled."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.document.document import Document
from app.document.editing import AT_ONCE
from app.threads.workers import LatestWorker
from core.dataset import Dataset, open_dataset
from core.dataset.several.comparison import Comparison, Difference, read_comparison, right_names
from core.errors import UserError
from core.words import tr, tr_n

if TYPE_CHECKING:
    from core.annotation.editing.adopting import Adoption
    from core.annotation.editing.edits import Edit


LEAST_IOU = 0.75
"""At first."""
MOST_IOU = 0.95
"""Shapes that overlap by more are never told apart."""


class Differences(QObject):
    """Taking what the other one has is an edit of the draft, so that undo opens the difference again; keeping what is
    there changes nothing, and is remembered here."""

    loaded = Signal()
    """Another comparison is there."""
    failed = Signal(object)
    """The exception because of which there is none."""
    changed = Signal()
    """Other ones are settled."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.comparison: Comparison | None = None
        self.right: Dataset | None = None
        self.names: list[str] = []
        """What the open dataset calls the classes of the other one."""
        self.least_iou = LEAST_IOU
        """Shapes that overlap by less are different."""
        self.kept: set[Difference] = set()
        self.taken: set[Difference] = set()
        self._adoption: Adoption | None = None
        self._of_image: dict[int, list[Difference]] = {}
        self._touched: set[int] = set()
        """Images in which what is taken is not known."""
        self._reading, self._checking = LatestWorker(self), LatestWorker(self)
        self._reading.done.connect(self._on_read)
        self._reading.failed.connect(self.failed)
        self._checking.done.connect(self._on_checked)
        document.editing.edited.connect(self._on_edited)

    def load(self, folder: Path) -> None:
        """Read what a compare job left in its folder; ``loaded`` or ``failed`` follows."""
        self._reading.run(_read, folder)

    def clear(self) -> None:
        """Forget the comparison."""
        self._reading.drop()
        self._checking.drop()
        self.comparison = self.right = self._adoption = None
        self._of_image = {}

    def belongs(self) -> bool:
        """Whether the comparison is of the draft that is edited now."""
        draft = self._document.editing.draft
        return self._adoption is not None and draft is self._adoption.draft

    def open(self, name: str = "") -> list[Difference]:
        """Those that nobody has decided about; of the class ``name`` if one is given."""
        settled = self.kept | self.taken
        return [
            each
            for each in self.all()
            if (not name or name in (each.left_class, each.right_class)) and each not in settled
        ]

    def all(self) -> list[Difference]:
        """All of them, settled or not."""
        found = self.comparison.differences if self.comparison is not None else []
        return [each for each in found if each.kind != "shape" or each.iou < self.least_iou]

    def keep(self, differences: Iterable[Difference]) -> None:
        """What the open dataset has counts."""
        self.kept.update(differences)
        self.changed.emit()

    def reopen(self) -> None:
        """Nothing is kept any more."""
        self.kept.clear()
        self.changed.emit()

    def take(self, differences: list[Difference]) -> None:
        """What the other one has counts: an edit, in a thread where it is of many."""
        adoption, editing = self._adoption, self._document.editing
        if adoption is None or not differences:
            return
        if not self.belongs() or editing.draft is None:
            editing.refused.emit(UserError(tr("the dataset was opened anew since"), tr("compare once more")))
            return
        name = tr_n("Accept {n} difference", "Accept {n} differences", len(differences))
        many = len(differences) > 1 or editing.draft.instance_count(differences[0].image) > AT_ONCE
        editing.perform(name, lambda: adoption.edit(differences), void=self._check, long=many)

    @Slot(object)
    def _on_read(self, found: tuple[Comparison, Dataset]) -> None:
        from core.annotation.editing.adopting import Adoption

        draft = self._document.editing.draft
        if draft is None:
            self.failed.emit(self._document.locked or UserError(tr("no dataset is open"), tr("open one")))
            return
        self.comparison, self.right = found
        self.names = right_names(draft.dataset, self.right)
        self._adoption = Adoption(draft, self.right)
        self.kept, self.taken, self._touched = set(), set(), set()
        of_image: defaultdict[int, list[Difference]] = defaultdict(list)
        for each in self.comparison.differences:
            of_image[each.image].append(each)
        self._of_image = of_image
        self.loaded.emit()

    @Slot(object)
    def _on_edited(self, edit: "Edit") -> None:
        from core.annotation.editing.edits import images

        if touched := images(edit) & self._of_image.keys():
            self._touched |= touched
            self._check()

    @Slot()
    def _check(self) -> None:
        adoption, images = self._adoption, frozenset(self._touched)
        if adoption is not None:
            some = [each for image in images for each in self._of_image[image]]
            self._checking.run(lambda: (images, adoption.done(some)))

    @Slot(object)
    def _on_checked(self, found: tuple[frozenset[int], set[Difference]]) -> None:
        images, done = found
        self._touched -= images
        self.taken = {each for each in self.taken if each.image not in images} | done
        self.changed.emit()


def _read(folder: Path) -> tuple[Comparison, Dataset]:
    comparison = read_comparison(folder)
    return comparison, open_dataset(Path(comparison.right))

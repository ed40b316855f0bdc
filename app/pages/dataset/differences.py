"""The differences between the open dataset and another one, and which of them are settled."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from app.document.document import Document
from app.document.editing import AT_ONCE
from app.threads.workers import LatestWorker
from core.dataset import Dataset, open_dataset
from core.dataset.several.comparison import KINDS, Comparison, Difference, Kind, read_comparison, right_names
from core.errors import UserError
from core.words import tr, tr_n

if TYPE_CHECKING:
    from core.annotation.editing.adopting import Adoption
    from core.annotation.editing.edits import Edit

LEAST_IOU = 0.75
"""At first."""
MOST_IOU = 0.95
"""Shapes that overlap by more are never told apart."""
Positions = NDArray[np.intp]
"""Of differences in ``Comparison.differences``, ascending."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedComparison:
    """A comparison with what is looked up of its ``N`` differences, so that ten thousands are filtered in no time."""

    comparison: Comparison
    right: Dataset
    kinds: NDArray[np.int8]
    """Places in ``KINDS``, shape ``(N,)``."""
    ious: NDArray[np.float64]
    images: NDArray[np.int64]
    """``Image.index`` of each."""
    classes: dict[str, Positions]
    """Those of each class."""


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
        self.found: LoadedComparison | None = None
        self.names: list[str] = []
        """What the open dataset calls the classes of the other one."""
        self.least_iou = LEAST_IOU
        """Shapes that overlap by less are different."""
        self.kept, self._taken = np.zeros(0, bool), np.zeros(0, bool)
        """For each difference, whether somebody has decided so."""
        self._adoption: Adoption | None = None
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
        self.found = self._adoption = None

    def belongs(self) -> bool:
        """Whether the comparison is of the draft that is edited now."""
        draft = self._document.editing.draft
        return self._adoption is not None and draft is self._adoption.draft

    def at(self, position: int) -> Difference:
        """The difference at a position."""
        assert self.found is not None
        return self.found.comparison.differences[position]

    def all(self, name: str = "") -> Positions:
        """All of them, settled or not; those of the class ``name`` if one is given."""
        found = self.found
        if found is None:
            return np.zeros(0, np.intp)
        differ = (found.kinds != KINDS.index("shape")) | (found.ious < self.least_iou)
        if not name:
            return np.flatnonzero(differ)
        of_class = found.classes.get(name, np.zeros(0, np.intp))
        wanted: Positions = of_class[differ[of_class]]
        return wanted

    def open(self, name: str = "") -> Positions:
        """Those of them that nobody has decided about."""
        every = self.all(name)
        unsettled: Positions = every[~(self.kept | self._taken)[every]]
        return unsettled

    def of_kind(self, positions: Positions, kind: Kind | None) -> Positions:
        """Those of a kind among some; ``None``: of all kinds."""
        if kind is None or self.found is None:
            return positions
        wanted: Positions = positions[self.found.kinds[positions] == KINDS.index(kind)]
        return wanted

    def keep(self, positions: Iterable[int]) -> None:
        """What the open dataset has counts."""
        self.kept[[*positions]] = True
        self.changed.emit()

    def reopen(self) -> None:
        """Nothing is kept any more."""
        self.kept[:] = False
        self.changed.emit()

    def take(self, positions: Positions) -> None:
        """What the other one has counts: an edit, in a thread where it is of many."""
        adoption, editing = self._adoption, self._document.editing
        if adoption is None or not len(positions):
            return
        if not self.belongs() or editing.draft is None:
            editing.refused.emit(UserError(tr("the dataset was opened anew since"), tr("compare once more")))
            return
        name = tr_n("Accept {n} difference", "Accept {n} differences", len(positions))
        many = len(positions) > 1 or editing.draft.instance_count(self.at(int(positions[0])).image) > AT_ONCE
        editing.perform(name, lambda: adoption.edit(map(self.at, positions)), void=self._check, long=many)

    @Slot(object)
    def _on_read(self, found: LoadedComparison) -> None:
        from core.annotation.editing.adopting import Adoption

        draft = self._document.editing.draft
        if draft is None:
            self.failed.emit(self._document.locked or UserError(tr("no dataset is open"), tr("open one")))
            return
        self.found = found
        self.names = right_names(draft.dataset, found.right)
        self._adoption = Adoption(draft, found.right)
        self.kept, self._taken = (np.zeros(len(found.kinds), bool) for _ in range(2))
        self._touched = set()
        self.loaded.emit()

    @Slot(object)
    def _on_edited(self, edit: "Edit") -> None:
        from core.annotation.editing.edits import images

        if self.found is not None:
            self._touched |= images(edit)
            self._check()

    @Slot()
    def _check(self) -> None:
        if self._adoption is not None and self.found is not None:
            self._checking.run(_taken, self._adoption, self.found, frozenset(self._touched))

    @Slot(object)
    def _on_checked(self, answer: tuple[frozenset[int], Positions, Positions]) -> None:
        images, there, taken = answer
        self._touched -= images
        if len(there):
            self._taken[there] = False
            self._taken[taken] = True
            self.changed.emit()


def _read(folder: Path) -> LoadedComparison:
    comparison = read_comparison(folder)
    some = comparison.differences
    classes: dict[str, list[int]] = {}
    for place, each in enumerate(some):
        for name in {each.left_class, each.right_class} - {""}:
            classes.setdefault(name, []).append(place)
    return LoadedComparison(
        comparison,
        open_dataset(Path(comparison.right)),
        np.array([KINDS.index(each.kind) for each in some], np.int8),
        np.array([each.iou for each in some], float),
        np.array([each.image for each in some], np.int64),
        {name: np.array(places, np.intp) for name, places in classes.items()},
    )


def _taken(
    adoption: "Adoption", found: LoadedComparison, images: frozenset[int]
) -> tuple[frozenset[int], Positions, Positions]:
    """The differences on some images, and those of them on which the draft agrees with the other one."""
    there = np.flatnonzero(np.isin(found.images, [*images]))
    done = adoption.done(found.comparison.differences[place] for place in there)
    taken = [place for place in there if found.comparison.differences[place] in done]
    return images, there, np.array(taken, np.intp)

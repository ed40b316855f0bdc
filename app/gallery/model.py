"""The images of a dataset as the gallery filters and sorts them, and their Qt model."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.style.format import tool_tip
from core.dataset import Dataset, Image, Problem
from core.plain_text import natural_key
from core.words import size_in_words, tr_n

StateFilter = Literal["any", "masks", "bare", "problems"]
"""With instances, without, with something wrong."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which images to show; what is empty means all."""

    classes: frozenset[int] = frozenset()
    """Labels of which at least one is in the image."""
    split: str = ""
    state: StateFilter = "any"
    text: str = ""
    """Part of the file name."""
    images: frozenset[int] | None = None
    """Only those with these ``Image.index``; ``None``: all."""


OrderKey = Literal["file", "name", "instances", "size", "split", "review"]


@dataclass(frozen=True, slots=True)
class Order:
    """In which order to show images; those that are equal stay as they are in the files."""

    key: OrderKey = "file"
    descending: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One image."""

    image: Image
    count: int
    """Instances."""


Indices = NDArray[np.int64]
_REVIEWS = ("to do", "to fix", "", "done")
"""What needs work first."""


class Rows(Sequence[Row]):
    """Images of a dataset in an order; ``indices`` has their ``Image.index``. Each row is made when it is asked for:
    of a hundred thousand, a few are in view."""

    def __init__(self, dataset: Dataset | None = None, indices: Indices | None = None) -> None:
        self._dataset = dataset
        self.indices = np.zeros(0, np.int64) if indices is None else indices

    def __len__(self) -> int:
        return int(self.indices.size)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> "Rows": ...
    def __getitem__(self, place: int | slice) -> "Row | Rows":
        if isinstance(place, slice):
            return Rows(self._dataset, self.indices[place])
        index = self.indices[place]
        assert self._dataset is not None
        image = self._dataset.images[index]
        return Row(image, self._dataset.instance_count(image))


class ImageIndex:
    """All images of a dataset in columns, ready to be filtered and sorted: a hundred thousand in milliseconds. Make it
    in a worker."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        images, table = dataset.images, dataset.annotations
        self.rows = Rows(dataset, np.arange(len(images)))
        self._names = [image.file_name.lower() for image in images]
        self._counts = np.diff(table.starts)
        self._owners = np.repeat(np.arange(len(images)), self._counts)
        splits = {split: place for place, split in enumerate(dataset.splits)}
        self._splits = np.fromiter((splits[image.split] for image in images), np.int64, len(images))
        self.colors = [dataset.color(label) for label in range(len(dataset.categories))]
        self.class_counts: list[int] = dataset.class_counts().tolist()
        counted = np.bincount(self._splits, minlength=len(splits)).tolist()
        self.split_counts = Counter(dict(zip(dataset.splits, counted, strict=True)))
        masks = int(np.count_nonzero(self._counts))
        self.states: dict[StateFilter, int] = {"any": len(images), "masks": masks, "bare": len(images) - masks}
        self.set_problems(dataset.problems)

    def set_problems(self, problems: Iterable[Problem]) -> None:
        """These are the problems of the dataset now."""
        self._faulty = np.zeros(len(self.rows), bool)
        self._faulty[[problem.image for problem in problems if problem.image is not None]] = True
        self._faulty[self.dataset.without_picture] = True
        self.states["problems"] = int(np.count_nonzero(self._faulty))

    def select(self, filter: Filter, order: Order | None = None) -> Rows:
        """The images that fit, in this order; without one in that of the dataset."""
        fits = np.ones(len(self.rows), bool)
        if filter.images is not None:
            fits[:] = False
            fits[np.fromiter(filter.images, np.int64, len(filter.images))] = True
        if filter.split:
            splits = self.dataset.splits  # without those that have no image, where some may be dropped
            fits &= self._splits == (splits.index(filter.split) if filter.split in splits else -1)
        if filter.classes:
            wanted = np.zeros(len(self.dataset.categories), bool)
            wanted[list(filter.classes)] = True
            shown = np.zeros(len(self.rows), bool)
            shown[self._owners[wanted[self.dataset.annotations.labels]]] = True
            fits &= shown
        if filter.state == "problems":
            fits &= self._faulty
        elif filter.state != "any":
            fits &= (self._counts > 0) == (filter.state == "masks")
        for word in filter.text.lower().split():
            left = np.flatnonzero(fits)
            fits[left] = [word in self._names[index] for index in left.tolist()]
        return Rows(self.dataset, self._sorted(np.flatnonzero(fits), order or Order()))

    def _sorted(self, indices: Indices, order: Order) -> Indices:
        if order.key == "file":
            return indices[::-1] if order.descending else indices
        keys = self._key(order.key)[indices]
        return indices[np.argsort(-keys if order.descending else keys, kind="stable")]

    def _key(self, key: OrderKey) -> Indices:
        """What images are sorted by, shape ``(images,)``."""
        images = self.dataset.images
        match key:
            case "name":
                return self.name_ranks
            case "instances":
                return self._counts
            case "size":
                return np.fromiter((image.width * image.height for image in images), np.int64, len(images))
            case "split":
                return self._splits
        reviews = (_REVIEWS.index(self.dataset.review(image)) for image in images)
        return np.fromiter(reviews, np.int64, len(images))

    @cached_property
    def name_ranks(self) -> Indices:
        """The place of each image by its name, 2 before 10. Takes a moment with very many images: ask for it in a
        worker first."""
        order = sorted(range(len(self._names)), key=[natural_key(name) for name in self._names].__getitem__)
        ranks = np.empty(len(order), np.int64)
        ranks[order] = np.arange(len(order))
        return ranks


_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class GalleryModel(QAbstractListModel):
    """The rows that passed the filter."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = Rows()
        self._places = np.zeros(0, np.int64)

    def show_rows(self, rows: Rows) -> None:
        """Show other images."""
        self.beginResetModel()
        self.rows = rows
        self._places = np.full(int(rows.indices.max(initial=-1)) + 1, -1)
        self._places[rows.indices] = np.arange(len(rows))
        self.endResetModel()

    def place(self, image_index: int) -> int | None:
        """The row of the image with this ``Image.index``; ``None`` when the filter hides it."""
        place = int(self._places[image_index]) if image_index < self._places.size else -1
        return place if place >= 0 else None

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.image.file_name
        instances = tr_n("{n} instance", "{n} instances", row.count)
        size = size_in_words((row.image.height, row.image.width))
        text = f"{row.image.file_name}\n{size} · {instances} · {row.image.split}"
        return tool_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text

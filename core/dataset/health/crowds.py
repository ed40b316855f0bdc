"""Instances that are marked as crowd regions, and whether they look as if they were meant as such.

COCO marks groups that nobody outlined one by one (``iscrowd``: 1), a hundredth of its instances; they are neither
learnt nor measured. Some tools mark every mask so that was painted with a brush.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from core.dataset.coco.foreign_forms import is_crowd
from core.dataset.dataset import Dataset
from core.dataset.lenient_json import number
from core.dataset.model import Image
from core.reading import UNREADABLE
from core.words import tr, tr_n

HINT = tr(
    "some tools mark what a brush painted so; where they are single objects, set “iscrowd” to 0 in the file, or select "
    "them on the Annotate page and press Ctrl+R"
)
_MOST = 0.5
"""Share of the instances of a class from which on crowds are hardly meant as such."""
_MANY = 0.1
"""The same where they are not larger than single objects."""
_LARGER = 2.0
_NAMED = 3
"""Classes that are named."""

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


class _Fields(msgspec.Struct, gc=False):
    iscrowd: Any = 0
    area: Any = None


_decode = msgspec.json.Decoder(_Fields).decode


def crowds(dataset: Dataset, images: Iterable[Image]) -> "Crowds":
    """The crowds among the instances of some images. Fast: no shape is decoded."""
    table = dataset.annotations
    crowd, areas = dataset.once("crowds", lambda: _read_crowds(table.entries[row] for row in table.order.tolist()))
    inside = np.zeros(len(dataset.images), bool)
    inside[[image.index for image in images]] = True
    rows = np.repeat(inside, np.diff(table.starts))
    names = [category.name for category in dataset.categories]
    return crowds_among(table.labels[rows], crowd[rows], areas[rows], names)


def _read_crowds(raws: Iterable[Raw]) -> tuple[Flags, Floats]:
    """Which annotations are marked as crowds, and the areas that they state, 0 where they state none. Fast: nothing
    else is decoded."""
    crowd, areas = [], []
    for raw in raws:
        try:
            fields = _decode(raw)
        except UNREADABLE:
            fields = _Fields()
        crowd.append(is_crowd(fields.iscrowd))
        areas.append(number(fields.area) or 0.0)
    return np.array(crowd, bool), np.array(areas, np.float64)


@dataclass(frozen=True, slots=True)
class Crowds:
    """The crowds among some instances."""

    instances: int
    """All of them."""
    per_class: NDArray[np.int64]
    """The number of crowds of each label."""
    doubtful: dict[str, tuple[int, int]]
    """The classes whose crowds look like single objects: how many those are, and how many instances there are."""

    def doubt(self) -> str:
        """What is to be said of doubtful ones; empty where there are none."""
        if not self.doubtful:
            return ""
        marked = sum(crowds for crowds, _ in self.doubtful.values())
        named = [
            tr("all of class {name}", name=name)
            if crowds == instances
            else tr("{crowds:,} of {instances:,} of class {name}", crowds=crowds, instances=instances, name=name)
            for name, (crowds, instances) in list(self.doubtful.items())[:_NAMED]
        ]
        if (more := len(self.doubtful) - _NAMED) > 0:
            named.append(tr_n("and of {n} other class", "and of {n} other classes", more))
        return tr_n(
            "{n} of {instances} ({classes}) is marked as a crowd (iscrowd 1), and neither learnt nor measured",
            "{n} of {instances} ({classes}) are marked as crowds (iscrowd 1), and neither learnt nor measured",
            marked,
            instances=tr_n("{n} instance", "{n} instances", self.instances),
            classes=", ".join(named),
        )


def crowds_among(labels: NDArray[np.int64], crowd: Flags, areas: Floats, names: Sequence[str]) -> Crowds:
    """The crowds among instances with these labels, arrays of shape ``(N,)``; ``names`` are those of the classes."""
    doubtful: dict[str, tuple[int, int]] = {}
    for label in np.unique(labels[crowd]).tolist():
        own = labels == label
        marked, single = own & crowd, own & ~crowd
        share = float(marked.sum() / own.sum())
        several = share >= _MANY and marked.sum() > 1 and single.any()
        alike = several and np.median(areas[marked]) <= _LARGER * np.median(areas[single])
        if share >= _MOST or alike:
            doubtful[names[label]] = int(marked.sum()), int(own.sum())
    return Crowds(labels.size, np.bincount(labels[crowd], minlength=len(names)), doubtful)

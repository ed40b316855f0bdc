"""What merging datasets makes, before anything is written: which classes there are, which pictures are the same, and
which of their instances."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.dataset.dataset import Dataset
from core.dataset.model import Image
from core.dataset.several.carried import Carried, Joined, carried, join
from core.dataset.several.class_names import suggested, typed_mapping
from core.dataset.several.matching import SAME, encoded_masks, one_to_one, overlaps
from core.dataset.several.same_pictures import Place, Same, twins
from core.jobs import MergeJob
from core.reading import read_json
from core.runs.control import Check, Report, ignore, never
from core.words import tr

LISTED = 1000
"""Pictures that several datasets have that are listed one by one."""


class MergedClass(msgspec.Struct, frozen=True):
    """What becomes of a class of one of the datasets."""

    dataset: int
    """Its position among the datasets."""
    name: str
    into: str
    """The name in the result; empty where the class is left out."""
    instances: int


class SharedPicture(msgspec.Struct, frozen=True):
    """An image whose picture an earlier dataset has too."""

    dataset: int
    file_name: str
    first_dataset: int
    first_file_name: str


class MergedDataset(msgspec.Struct, frozen=True):
    """One of the datasets."""

    path: str
    name: str
    images: int
    instances: int


class MergeReport(msgspec.Struct, frozen=True):
    """What merging makes, or would make; ``merge.json`` in the folder of the job."""

    datasets: list[MergedDataset]
    classes: list[MergedClass]
    shared: int
    """Images whose picture an earlier dataset has."""
    shared_pictures: list[SharedPicture]
    """``LISTED`` of them at most."""
    repeated: int
    """Instances on such pictures that are left out."""
    images: int
    instances: int
    splits: dict[str, int]
    """Images of the result by split."""
    carried: Carried
    output: str
    written: bool


@dataclass(frozen=True, slots=True, eq=False)
class MergePlan:
    """What is to be written."""

    datasets: Sequence[Dataset]
    names: Sequence[str]
    """Classes of the result."""
    labels: Sequence[NDArray[np.int64]]
    """For each dataset, the label in the result of each of its labels; -1 for one that is left out."""
    twins: Mapping[Place, Place]
    """Images that are not written, and the one with the same picture that is."""
    left_out: Mapping[Place, frozenset[int]]
    """Of images: the positions of instances that are not written, since the result has them already."""
    unfit: Sequence[Place] = field(default_factory=list)
    """Of ``twins``, those whose masks are not of the size of the one that is written, and so are left out."""
    joined: Mapping[Place, Joined] = field(default_factory=dict)
    """What becomes of the entries of images that are written and that ``twins`` add something to."""

    def written(self, number: int, image: Image) -> list[int]:
        """The positions of the instances of an image of the dataset with this number that are written."""
        labels = self.datasets[number].annotations.labels[self.datasets[number].annotations.rows(image.index)]
        without = self.left_out.get((number, image.index), frozenset())
        return [place for place, label in enumerate(self.labels[number][labels]) if label >= 0 and place not in without]

    def split(self, number: int, image: Image) -> str:
        """The split in which an image of the dataset with this number is written."""
        joined = self.joined.get((number, image.index))
        return joined.split if joined is not None else image.split

    def report(self, paths: Sequence[str], output: str, *, written: bool) -> MergeReport:
        """The figures of it; ``paths`` are where the datasets were read."""
        classes, splits, instances, repeated = [], Counter[str](), 0, 0
        for number, dataset in enumerate(self.datasets):
            counts = dataset.class_counts()
            for label, category in enumerate(dataset.categories):
                new = self.labels[number][label]
                into = self.names[new] if new >= 0 else ""
                classes.append(MergedClass(number, category.name, into, int(counts[label])))
            for image in dataset.images:
                instances += len(self.written(number, image))
                repeated += len(self.left_out.get((number, image.index), ()))
                splits[self.split(number, image)] += (number, image.index) not in self.twins
        shared = [
            SharedPicture(number, self._name(number, index), first, self._name(first, other))
            for (number, index), (first, other) in list(self.twins.items())[:LISTED]
        ]
        of_each = [
            MergedDataset(path, dataset.name, len(dataset.images), int(dataset.class_counts().sum()))
            for path, dataset in zip(paths, self.datasets, strict=True)
        ]
        present = {split: number for split, number in splits.items() if number}
        return MergeReport(
            of_each,
            classes,
            len(self.twins),
            shared,
            repeated,
            sum(present.values()),
            instances,
            present,
            carried(self.datasets, self.joined),
            output,
            written,
        )

    def _name(self, number: int, index: int) -> str:
        return self.datasets[number].images[index].file_name


def read_merge_report(folder: Path) -> MergeReport:
    """What a merge job made or would make, by its run folder. Raises ``UserError``."""
    return read_json(folder / MergeJob.result, MergeReport, tr("{path} is not of a merge: {reason}"))


def plan_merge(
    datasets: Sequence[Dataset],
    mapping: Iterable[str] = (),
    duplicates: str = "join",
    same: Same = "pixels",
    report: Report = ignore,
    check: Check = never,
) -> MergePlan:
    """Plan the merge of ``datasets``: the classes of the first stay, ``mapping`` (``OLD=NEW``) says what becomes of
    those of the others, ``duplicates`` and ``same`` are as ``MergeJob`` has them. Raises ``UserError`` for a wrong
    mapping."""
    names, labels = _classes(datasets, mapping)
    shared = {} if duplicates == "keep" else twins([(each, each.images) for each in datasets], report, check, same)
    plan = MergePlan(datasets, names, labels, shared, {}, [])
    return plan if not shared else _without_repeated(plan, duplicates, check)


def _classes(datasets: Sequence[Dataset], mapping: Iterable[str]) -> tuple[list[str], list[NDArray[np.int64]]]:
    own = [[category.name for category in dataset.categories] for dataset in datasets]
    typed = typed_mapping(mapping, list(dict.fromkeys(name for some in own[1:] for name in some)))
    names = list(own[0])
    labels = [np.arange(len(names))]
    for some in own[1:]:
        meant = suggested(some, names) | {name: into for name, into in typed.items() if name in some}
        names += [into for into in dict.fromkeys(meant.values()) if into and into not in names]
        place = {name: label for label, name in enumerate(names)} | {"": -1}
        labels.append(np.array([place[meant[name]] for name in some], np.int64))
    return names, labels


def _without_repeated(plan: MergePlan, duplicates: str, check: Check) -> MergePlan:
    """Leave out what images that are not written have of what the image that is has already: all of their instances,
    or those that have a like one of the same class."""
    groups: dict[Place, list[Place]] = {}
    for place, first in plan.twins.items():
        groups.setdefault(first, []).append(place)
    left_out: dict[Place, frozenset[int]] = {}
    unfit: list[Place] = []
    joined: dict[Place, Joined] = {}
    for first, others in groups.items():
        check()
        masks, kinds = _drawn(plan, first)
        size = _size(plan, first)
        fitting = [place for place in others if _size(plan, place) == size]
        if duplicates == "join":
            joined[first] = join(_image(plan, first), [_image(plan, place) for place in fitting])
        for place in others:
            dataset, image = _image(plan, place)
            count, fits = dataset.instance_count(image), place in fitting
            if duplicates == "first" or not fits:
                left_out[place] = frozenset(range(count))
                if not fits and count:
                    unfit.append(place)
                continue
            other_masks, other_kinds = _drawn(plan, place)
            pairs = overlaps(masks, other_masks)
            of_one_class = [
                kinds[row] == other_kinds[column] and kinds[row][0] >= 0
                for row, column in zip(pairs.rows.tolist(), pairs.columns.tolist(), strict=True)
            ]
            same = one_to_one(pairs.among(np.array(of_one_class, bool)), kinds, other_kinds, SAME)
            left_out[place] = frozenset(column for column, _ in same.values())
            new = [column for column in range(count) if column not in left_out[place]]
            masks += [other_masks[column] for column in new]
            kinds += [other_kinds[column] for column in new]
    return replace(plan, left_out=left_out, unfit=unfit, joined=joined)


def _image(plan: MergePlan, place: Place) -> tuple[Dataset, Image]:
    dataset = plan.datasets[place[0]]
    return dataset, dataset.images[place[1]]


def _size(plan: MergePlan, place: Place) -> tuple[int, int]:
    """Height and width that a dataset states for an image."""
    _, image = _image(plan, place)
    return image.height, image.width


def _drawn(plan: MergePlan, place: Place) -> tuple[list[dict[str, object]], list[tuple[int, bool]]]:
    """The masks of an image's instances, and of each its class in the result and whether it is a crowd."""
    dataset, image = _image(plan, place)
    instances = dataset.instances(image)
    kinds = [(int(plan.labels[place[0]][one.label]), one.crowd) for one in instances]
    return encoded_masks(image, instances), kinds

"""Where two annotations of the same images differ, instance by instance, and how far they agree."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from core.dataset.dataset import Dataset
from core.dataset.model import Image
from core.dataset.several.class_names import suggested
from core.dataset.several.matching import encoded_masks, inside, one_to_one, overlaps
from core.dataset.several.same_pictures import pairs
from core.jobs import CompareJob
from core.reading import read_json
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress
from core.words import tr

ONE_OBJECT = 0.3
"""IoU from which on two instances are taken for one object, drawn twice; below it they are two objects."""
Kind = Literal["left", "right", "class", "shape"]
"""Only the left one has the instance, or only the right one; both have it, of different classes; or of one class, and
their masks overlap too little."""
KINDS: tuple[Kind, ...] = ("left", "right", "class", "shape")


class Difference(msgspec.Struct, frozen=True):
    """One object on which two annotations do not agree."""

    kind: Kind
    image: int
    """``Image.index`` in the left dataset."""
    other_image: int
    """In the right one."""
    left: int | None
    """The number by which ``Dataset.ids`` knows the instance; ``None`` where only the right one has it."""
    right: int | None
    """The same in the right one."""
    left_class: str
    """Empty where only the right one has it."""
    right_class: str
    """As the left one calls it where it has such a class."""
    iou: float


class ClassAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """How far two agree on a class; crowds are not counted."""

    name: str
    left: int
    """Instances."""
    right: int
    agreed: int
    """Objects that both have, and say are of this class."""
    iou: float | None
    """The mean of these; ``None`` without any."""
    ap: float | None = None
    """Mask AP of the right one measured against the left one, 0–1."""

    @property
    def share(self) -> float:
        """The share of instances of either on which the two agree, 0–1."""
        return 2 * self.agreed / max(self.left + self.right, 1)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two annotations compared; ``comparison.json`` in the folder of the job."""

    left: str
    """What ``open_dataset`` opens."""
    right: str
    images: int
    """That both have, at one size."""
    only_left: list[str]
    """File names of images that the other has not."""
    only_right: list[str]
    other_size: list[str]
    """Images that both have, at different sizes: they cannot be compared."""
    least_iou: float
    left_instances: int
    right_instances: int
    matched: int
    """Objects that both have, of whatever class."""
    iou: float | None
    """Their mean."""
    kappa: float | None
    """Cohen's kappa of the classes of the objects that both have (Educational and Psychological Measurement 20, 1960):
    1 where all are the same, 0 where no more are than by chance."""
    ap: float | None = None
    """Mask AP of the right one measured against the left one, by COCO’s protocol. No instance has a score, so that they
    count in the order of images and files, as ``pycocotools`` takes equal scores."""
    ap50: float | None = None
    reverse_ap: float | None = None
    """Of the left one measured against the right one."""
    classes: list[ClassAgreement]
    differences: list[Difference]

    def counts(self) -> dict[Kind, int]:
        """Differences of each kind."""
        found = Counter(difference.kind for difference in self.differences)
        return {kind: found[kind] for kind in KINDS}


def read_comparison(folder: Path) -> Comparison:
    """What a compare job found, by its run folder. Raises ``UserError``."""
    return read_json(folder / CompareJob.result, Comparison, tr("{path} is not a comparison: {reason}"))


def right_names(left: Dataset, right: Dataset) -> list[str]:
    """What the left one calls each class of the right one."""
    meant = suggested([item.name for item in right.categories], [item.name for item in left.categories])
    return [meant[item.name] for item in right.categories]


@dataclass(slots=True)
class Compared:
    """What is found on the way."""

    pairs: list[tuple[Image, Image]] = field(default_factory=list)
    """Images that were compared."""
    other_size: list[tuple[str, str]] = field(default_factory=list)
    """What the two call images that have different sizes."""
    differences: list[Difference] = field(default_factory=list)
    matched: list[tuple[str, str, float]] = field(default_factory=list)
    """Of each object that both have: its two classes and the IoU; no crowds."""
    counts: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))
    """Instances of each class, left and right; no crowds, and none that only one has where the other has not
    labelled."""


def compare_instances(
    left: Dataset, right: Dataset, least_iou: float, report: Report = ignore, check: Check = never
) -> Compared:
    """Match the instances of all images that both datasets have. Takes a millisecond or two an image."""
    found, names = Compared(), ([item.name for item in left.categories], right_names(left, right))
    both, progress = pairs(left, right, report, check), Throttle(PROGRESS_EVERY)
    for done, (one, other) in enumerate(both, 1):
        check()
        if (one.width, one.height) != (other.width, other.height):
            found.other_size.append((one.file_name, other.file_name))
        else:
            found.pairs.append((one, other))
            _compare_image(found, (left, one), (right, other), names, least_iou)
        if progress.due() or done == len(both):
            report(Progress(done=done, total=len(both), unit=tr("images")))
    return found


def _compare_image(
    found: Compared,
    left: tuple[Dataset, Image],
    right: tuple[Dataset, Image],
    names: tuple[Sequence[str], Sequence[str]],
    least_iou: float,
) -> None:
    instances = [dataset.instances(image) for dataset, image in (left, right)]
    kinds = [[(own[one.label], one.crowd) for one in some] for own, some in zip(names, instances, strict=True)]
    masks = [encoded_masks(image, some) for (_, image), some in zip((left, right), instances, strict=True)]
    pairs = overlaps(*masks)
    crowds = [np.array([crowd for _, crowd in some], bool) for some in kinds]
    alike = crowds[0][pairs.rows] == crowds[1][pairs.columns]  # a group is no object of its own
    same = one_to_one(pairs.among(alike), kinds[0], kinds[1], min(ONE_OBJECT, least_iou))
    met, size = (set(same), {there for there, _ in same.values()}), (left[1].height, left[1].width)
    unseen = [inside(own, of.not_labelled(at), size) for own, (of, at) in zip(masks, (right, left), strict=True)]
    alone = [
        [at for at, out in enumerate(some) if at not in both and not out]
        for some, both in zip(unseen, met, strict=True)
    ]
    for counts, some, both, single in zip(found.counts, kinds, met, alone, strict=True):
        counts.update(some[place][0] for place in (*both, *single) if not some[place][1])
    image, other = left[1].index, right[1].index
    ids, other_ids = (dataset.ids(own) for dataset, own in (left, right))
    for place in sorted((*same, *alone[0])):
        name, crowd = kinds[0][place]
        if place not in same:
            found.differences.append(Difference("left", image, other, ids[place], None, name, "", 0.0))
            continue
        there, value = same[place]
        also = kinds[1][there][0]
        if not crowd:
            found.matched.append((name, also, value))
        if name != also or value < least_iou:
            kind: Kind = "class" if name != also else "shape"
            found.differences.append(Difference(kind, image, other, ids[place], other_ids[there], name, also, value))
    for there in alone[1]:
        found.differences.append(Difference("right", image, other, None, other_ids[there], "", kinds[1][there][0], 0.0))


def agreement_of_classes(found: Compared, order: Sequence[str]) -> list[ClassAgreement]:
    """Of each class that one of them has; those in ``order`` first."""
    of_class: defaultdict[str, list[float]] = defaultdict(list)
    for name, also, iou in found.matched:
        if name == also:
            of_class[name].append(iou)
    left, right = found.counts
    present = [name for name in dict.fromkeys([*order, *left, *right]) if left[name] or right[name]]
    return [
        ClassAgreement(
            name=name,
            left=left[name],
            right=right[name],
            agreed=len(of_class[name]),
            iou=float(np.mean(of_class[name])) if of_class[name] else None,
        )
        for name in present
    ]


def kappa(found: Compared) -> float | None:
    """Cohen's kappa of the classes of what both have; ``None`` where nothing is, 1 where all is of one class."""
    total = len(found.matched)
    if not total:
        return None
    agreed = sum(one == other for one, other, _ in found.matched) / total
    left, right = (Counter(pair[side] for pair in found.matched) for side in (0, 1))
    chance = sum(left[name] * right[name] for name in left) / total**2
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)

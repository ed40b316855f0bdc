"""All that is wrong with a dataset, found in one go: its annotations, its classes, its pictures, and which of these are
alike."""

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from core.dataset.dataset import Dataset
from core.dataset.health import leaks
from core.dataset.health.classes import class_findings
from core.dataset.health.crowds import HINT, crowds
from core.dataset.health.findings import CheckReport, Finding, Listing
from core.dataset.health.image_sizes import Look, evidence
from core.dataset.health.instances import OVERLAPPING, CheckedImage, checked, examine_image, unusual, usual_overlaps
from core.dataset.health.kinds import ACROSS, KINDS
from core.dataset.lenient_json import number
from core.dataset.model import Image
from core.dataset.problems import MISSING_PICTURE
from core.dataset.splits.splits import EXCLUDED, UNLABELLED
from core.errors import UserError
from core.geometry.segmentation import Box
from core.reading import UNREADABLE
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress, Stage
from core.words import sentences, size_in_words, tr

PICTURES = frozenset(("broken_picture", "turned", "unturned", "swapped_size", "other_size", "pages"))
"""Kinds for which every picture is opened."""
LIKENESS = frozenset((*ACROSS, "duplicate"))
"""Kinds for which all pictures are compared."""
_WRITTEN = frozenset(("lost", "form"))
"""Kinds of faults in how an annotation is written; its shape and its sizes are looked at here."""
_FOUND_ANEW = frozenset((MISSING_PICTURE, "lost", "form", "no mask", "box", "area", "unseen", "shares", *PICTURES))
"""Kinds of ``Problem`` that an earlier, coarser look may have noted."""
MAYBE_UNTURNED = frozenset(("outside", "beyond", "lost"))
"""Kinds that all images have that were annotated unturned."""
_ACROSS = {"same": "leak", "alike": "leak", "frames": "frames", "tiles": "tiles", "crops": "crops"}
_WITHIN = {"same": "duplicate", "alike": "duplicate"}


class _Stated(msgspec.Struct, gc=False):
    bbox: Any = None
    area: Any = None


_decode = msgspec.json.Decoder(_Stated).decode


def survey(
    dataset: Dataset, kinds: Collection[str] = KINDS, report: Report = ignore, check: Check = never
) -> CheckReport:
    """Find everything of these kinds. Opens every picture, and compares all, where one of the kinds asks for it."""
    report(Stage(name=tr("Looking at annotations")))
    listing = Listing()

    def add(findings: Iterable[Finding]) -> None:
        here = (each.in_splits(*(dataset.images[index].split for index in each.images)) for each in findings)
        listing.add(each for each in here if each and each.kind in kinds)

    add(_general(dataset))
    suspects: set[int] = set()
    usual = _of_annotations(dataset, add, suspects, report, check)
    if not PICTURES.isdisjoint(kinds):
        report(Stage(name=tr("Looking at pictures")))
        add(_of_pictures(dataset, suspects, report, check))
    if not LIKENESS.isdisjoint(kinds):
        report(Stage(name=tr("Comparing pictures")))
        paths = [dataset.image_path(image) if dataset.has_picture(image) else None for image in dataset.images]
        add(_of_pairs(dataset, leaks.find(dataset.images, paths, report, check)))
    order = list(KINDS)
    found = sorted(listing.findings, key=lambda each: order.index(each.kind))
    about = {index for each in found for index in each.images}.union(*listing.more.values())
    names = {index: dataset.images[index].file_name for index in sorted(about)}
    return CheckReport(found, names, usual, len(dataset.images), listing.more)


def stated_sizes(dataset: Dataset, image: Image) -> list[tuple[Box | None, float | None]]:
    """Box and area of each instance of an image as the file states them, ``None`` for what it does not."""
    table = dataset.annotations
    rows = table.rows(image.index)
    return [_stated(table.entries[place]) for place in table.order[rows].tolist()]


def _stated(raw: msgspec.Raw) -> tuple[Box | None, float | None]:
    try:
        fields = _decode(raw)
    except UNREADABLE:
        return None, None
    box = [number(side) for side in fields.bbox] if isinstance(fields.bbox, list) else []
    whole = len(box) == 4 and None not in box
    return (box[0], box[1], box[2], box[3]) if whole else None, number(fields.area)  # type: ignore[return-value]


def _looked_at(dataset: Dataset, image: Image) -> list[Finding]:
    """What is wrong with the annotations of an image, and with how they are written."""
    size, names = (image.height, image.width), {each.id: each.name for each in dataset.categories}
    instances, findings = [], []
    sizes = stated_sizes(dataset, image)
    for place, (id, reading) in enumerate(zip(dataset.ids(image), dataset.read_instances(image), strict=True)):
        each = reading.instance
        category = dataset.categories[each.label].id
        shape = each.segmentation
        instances.append(checked(id, category, shape, each.box, size, crowd=each.crowd, stated=sizes[place]))
        for message, remedy in reading.faults:
            if remedy.kind in _WRITTEN:
                fields: dict[str, str | int | float] = {"id": id, "reason": message}
                findings.append(Finding(remedy.kind, (image.index,), (id,), fields=fields))
    return findings + examine_image(CheckedImage(image.index, size, instances, names))


def _of_annotations(
    dataset: Dataset, add: Callable[[list[Finding]], None], suspects: set[int], report: Report, check: Check
) -> dict[int, float]:
    """Add what is wrong with instances, and the images that may have been annotated unturned; returns the overlap that
    is usual in each class. What may be usual waits until all is seen."""
    overlapping: list[Finding] = []
    progress = Throttle(PROGRESS_EVERY)
    for done, image in enumerate(dataset.images, 1):
        check()
        found = _looked_at(dataset, image)
        if any(each.kind in MAYBE_UNTURNED for each in found):
            suspects.add(image.index)
        add([each for each in found if each.kind not in OVERLAPPING])
        overlapping += (each for each in found if each.kind in OVERLAPPING)
        if progress.due() or done == len(dataset.images):
            report(Progress(done=done, total=len(dataset.images), unit=tr("images")))
    counts = dict(zip((each.id for each in dataset.categories), dataset.class_counts().tolist(), strict=True))
    usual = usual_overlaps(overlapping, counts)
    add(unusual(overlapping, usual))
    return usual


def _general(dataset: Dataset) -> Iterator[Finding]:
    """What needs no look at shapes and pictures: classes, images without annotations, and what came up when the files
    were opened."""
    ids = [category.id for category in dataset.categories]

    def counts(split: str | None = None) -> dict[int, int]:
        return dict(zip(ids, dataset.class_counts(split).tolist(), strict=True))

    names = {category.id: category.name for category in dataset.categories}
    yield from class_findings(names, counts(), {split: counts(split) for split in dataset.splits})
    if dataset.class_counts().sum():
        for image in dataset.images:
            looked_at = dataset.review(image) or dataset.not_labelled(image)
            if not dataset.instance_count(image) and image.split not in (UNLABELLED, EXCLUDED) and not looked_at:
                yield Finding("bare", (image.index,), fields={"name": image.file_name})
    for (first, end), file in zip(pairwise(dataset.first_images), dataset.files, strict=True):
        if doubt := crowds(dataset, dataset.images[first:end]).doubt():
            yield Finding("problem", fields={"text": sentences(f"{file.path.name}: {doubt}", HINT)})
    for image in dataset.images:
        if not dataset.has_picture(image):
            yield Finding("missing_picture", (image.index,), fields={"name": image.file_name})
    for problem in dataset.problems:
        images = () if problem.image is None else (problem.image,)
        if problem.kind not in _FOUND_ANEW:
            text = " ".join(filter(None, (problem.file, problem.entry, problem.message)))
            yield Finding("problem", images, fields={"text": sentences(text, problem.hint)})


def _of_pictures(dataset: Dataset, suspects: Collection[int], report: Report, check: Check) -> Iterator[Finding]:
    """Pictures that cannot be read, that break off, or that have another size than the file states; of ``suspects``,
    images with masks that reach outside, those that were drawn on the picture before it was turned."""
    from core.images.decoding import faults, picture_size

    progress = Throttle(PROGRESS_EVERY)
    for done, image in enumerate(dataset.images, 1):
        check()
        if progress.due() or done == len(dataset.images):
            report(Progress(done=done, total=len(dataset.images), unit=tr("images")))
        if not dataset.has_picture(image):
            continue
        path, stated = dataset.image_path(image), (image.height, image.width)
        try:
            found = faults(path, stated)
        except UserError as error:
            yield Finding("broken_picture", (image.index,), fields={"name": image.file_name, "reason": error.message})
            continue
        if image.index in suspects:
            yield from annotated_unturned(image, path, dataset.instances)
        for fault in found:
            fields: dict[str, str | int | float] = {"name": image.file_name, "reason": fault.message}
            if fault.kind != "broken_picture":
                fields |= {"own": size_in_words(picture_size(path)), "stated": size_in_words(stated)}
            yield Finding(fault.kind, (image.index,), fields=fields)


def annotated_unturned(image: Image, path: Path, look: Look) -> Iterator[Finding]:
    """Whether the instances of an image were drawn on its picture before that was turned. Raises ``UserError`` where
    the picture cannot be read."""
    from core.images.decoding import both_sizes

    (stored, own), stated = both_sizes(path), (image.height, image.width)
    if stored != own == stated and evidence(image, stored, look) > 0:
        turn: dict[str, str | int | float] = {"own": size_in_words(own), "stored": size_in_words(stored)}
        yield Finding("unturned", (image.index,), fields={"name": image.file_name, **turn})


def _of_pairs(dataset: Dataset, pairs: list[leaks.Pair]) -> Iterator[Finding]:
    for pair in pairs:
        one, other = dataset.images[pair.one], dataset.images[pair.other]
        if kind := (_ACROSS if pair.across else _WITHIN).get(pair.kind):
            fields: dict[str, str | int | float] = {"one": one.file_name, "other": other.file_name, "alike": pair.alike}
            fields |= {"one_split": one.split, "other_split": other.split}
            yield Finding(kind, (pair.one, pair.other), fields=fields)

"""Which images of several datasets have the same picture: by what is in the files, or by what they are called."""

import hashlib
import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from core.dataset.dataset import Dataset
from core.dataset.model import Image
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress
from core.words import tr

Place = tuple[int, int]
"""The position of a dataset among several, and ``Image.index`` of one of its images."""


def twins(
    datasets: Sequence[tuple[Dataset, Sequence[Image]]], report: Report = ignore, check: Check = never
) -> dict[Place, Place]:
    """For each of some images of datasets whose picture an earlier one of these has too, to the byte, the first image
    that has it. Only files of which another dataset has one of the same length are read."""
    by_length: defaultdict[int, list[tuple[Place, Path]]] = defaultdict(list)
    for number, (dataset, images) in enumerate(datasets):
        for image in images:
            check()
            if dataset.has_picture(image):
                path = dataset.image_path(image)
                by_length[_length(path)].append(((number, image.index), path))
    suspects = [
        some for length, some in by_length.items() if length > 0 and len({number for (number, _), _ in some}) > 1
    ]
    found: dict[Place, Place] = {}
    total, done, progress = sum(map(len, suspects)), 0, Throttle(PROGRESS_EVERY)
    for some in suspects:
        first: dict[bytes, Place] = {}
        for place, path in some:
            check()
            known = first.setdefault(_digest(path), place)
            if known[0] < place[0]:
                found[place] = known
            done += 1
            if progress.due():
                report(Progress(done=done, total=total, unit=tr("images")))
    return found


def pairs(left: Dataset, right: Dataset, report: Report = ignore, check: Check = never) -> list[tuple[Image, Image]]:
    """Images of two datasets that are the same, in the order of ``left``: those of one path; of the others those of one
    file name; and of the rest those with the same picture. What could be several is none of them."""
    found: dict[int, Image] = {}
    rest = list(left.images), list(right.images)
    for called in (_path, _name):
        known = _unique(rest[1], called)
        for name, image in _unique(rest[0], called).items():
            if name in known:
                found[image.index] = known[name]
        taken = {image.index for image in found.values()}
        rest = [one for one in rest[0] if one.index not in found], [one for one in rest[1] if one.index not in taken]
    same: defaultdict[int, list[int]] = defaultdict(list)
    for (_, other), (_, one) in twins(((left, rest[0]), (right, rest[1])), report, check).items():
        same[one].append(other)
    found |= {one: right.images[others[0]] for one, others in same.items() if len(others) == 1}
    return [(left.images[index], found[index]) for index in sorted(found)]


def _unique(images: Iterable[Image], called: Callable[[Image], str]) -> dict[str, Image]:
    """By what they are called, those that share it with no other."""
    named = [(called(image), image) for image in images]
    counts = Counter(name for name, _ in named)
    return {name: image for name, image in named if counts[name] == 1}


def _path(image: Image) -> str:
    return posixpath.normpath(image.file_name.replace("\\", "/")).casefold()


def _name(image: Image) -> str:
    return posixpath.basename(_path(image))


def _length(path: Path) -> int:
    """Bytes; -1 for a file that cannot be read."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _digest(path: Path) -> bytes:
    """Of what is in a file; of one that cannot be read its name's, which no other has."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest()
    except OSError:
        return str(path).encode(errors="surrogateescape")

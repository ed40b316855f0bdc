"""Which images of several datasets have the same picture: by what is in the files, by their pixels, by their looks, or
by what they are called."""

import hashlib
import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from core.dataset.dataset import Dataset
from core.dataset.health.likeness import THREADS, like_pairs, look_at
from core.dataset.model import Image
from core.errors import UserError
from core.geometry.masks import Size
from core.images import disk_cache
from core.images.jpeg_file import coded_data
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress
from core.words import tr

Place = tuple[int, int]
"""The position of a dataset among several, and ``Image.index`` of one of its images."""
Same = Literal["file", "pixels", "look"]
"""What makes two pictures one: the same bytes; or the same pixels, however they are compressed and whatever else the
file says; or that they look nearly the same at the same size, as after another compression, but as frames of a film,
too."""

_AT_ONCE = 64
_VERSION = 2
"""Of how pictures are read: digests of an earlier one are made again."""
_JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")


class _File(NamedTuple):
    """The picture of an image."""

    place: Place
    path: Path
    size: Size
    """That the dataset states."""


def twins(
    datasets: Sequence[tuple[Dataset, Sequence[Image]]],
    report: Report = ignore,
    check: Check = never,
    same: Same = "pixels",
) -> dict[Place, Place]:
    """For each of some images of datasets whose picture an earlier one of these has too, the first image that has it.

    As little is read as tells pictures apart: lengths before files; then, of images of one size, where the coded data
    of JPEG files begin before their pixels.
    """
    files = [
        _File((number, image.index), dataset.image_path(image), (image.height, image.width))
        for number, (dataset, images) in enumerate(datasets)
        for image in images
        if dataset.has_picture(image)
    ]
    found = _later(_sharing(_sharing([files], _length, report, check), _digest, report, check))
    if same != "file":
        rest = _sharing([_without(files, found)], lambda file: file.size, report, check)
        later = _later(_sharing(_not_told_apart(rest, report, check), _pixels, report, check))
        found = {place: later.get(first, first) for place, first in found.items()} | later
    if same == "look":
        for some in _sharing([_without(files, found)], lambda file: file.size, report, check):
            found |= _alike(some, found, report, check)
    return found


def _sharing(
    groups: Iterable[Sequence[_File]], key: Callable[[_File], Hashable], report: Report, check: Check
) -> list[list[_File]]:
    """The files of ``groups`` in smaller groups with one ``key``, as far as several datasets have it; ``None`` is no
    key."""
    suspects, found, done, progress = list(groups), [], 0, Throttle(PROGRESS_EVERY)
    total = sum(map(len, suspects))
    with ThreadPoolExecutor(THREADS) as pool:
        for group in suspects:
            of_key: defaultdict[Hashable, list[_File]] = defaultdict(list)
            for first in range(0, len(group), _AT_ONCE):
                check()
                some = group[first : first + _AT_ONCE]
                for file, value in zip(some, pool.map(key, some), strict=True):
                    if value is not None:
                        of_key[value].append(file)
                done += len(some)
                if progress.due():
                    report(Progress(done=done, total=total, unit=tr("images")))
            found += [some for some in of_key.values() if len({file.place[0] for file in some}) > 1]
    return found


def _later(groups: Iterable[Sequence[_File]]) -> dict[Place, Place]:
    """Of files with one picture, those of a later dataset than the first."""
    return {file.place: some[0].place for some in groups for file in some if file.place[0] > some[0].place[0]}


def _without(files: Iterable[_File], found: Container[Place]) -> list[_File]:
    return [file for file in files if file.place not in found]


def _not_told_apart(groups: Iterable[list[_File]], report: Report, check: Check) -> Iterator[list[_File]]:
    """Of pictures of one size those that may be the same: JPEG files that begin alike; or all of them where there are
    other files, too, for a PNG may have been a JPEG."""
    for some in groups:
        if all(file.path.suffix.lower() in _JPEG for file in some):
            yield from _sharing([some], _beginning, report, check)
        else:
            yield some


def _alike(files: Sequence[_File], known: Mapping[Place, Place], report: Report, check: Check) -> dict[Place, Place]:
    """Like ``twins``, of pictures of one size those that look the same, one of a dataset for one of another, the most
    alike first; and of those that are ``known`` to be the same as one of them."""
    groups = {file.place: [file.place] for file in files}
    for later, first in known.items():
        if first in groups:
            groups[first].append(later)
    likeness = look_at([file.path for file in files], report, check)
    like = like_pairs(likeness, [file.place[0] for file in files], check)
    for one, other, _ in sorted(like, key=lambda pair: -pair[2]):
        some, more = groups[files[one].place], groups[files[other].place]
        if {number for number, _ in some}.isdisjoint(number for number, _ in more):
            some += more
            groups |= dict.fromkeys(more, some)
    return {place: min(group) for group in groups.values() for place in group if place != min(group)}


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


def _length(file: _File) -> int | None:
    """Bytes, where there are any."""
    with suppress(OSError):
        return file.path.stat().st_size or None
    return None


def _digest(file: _File) -> bytes | None:
    """Of what is in the file."""
    with suppress(OSError), file.path.open("rb") as opened:
        return hashlib.file_digest(opened, lambda: hashlib.blake2b(digest_size=16)).digest()
    return None


def _beginning(file: _File) -> tuple[int, bytes] | None:
    """Of the coded data; all files that are no JPEG, whatever they are called, have the same."""
    with suppress(OSError):
        return coded_data(file.path) or (0, b"")
    return None


def _pixels(file: _File) -> bytes | None:
    """A digest of the picture: as it is seen, or of all that is stored where there is more than one sees, so that deep
    pictures that are equally dark are not one. None where the rest is in other pages. It is kept, since another mapping
    of classes is another look."""
    from core.images.decoding import is_plain, read_image, stored_pixels  # Pillow: not in the window
    from core.images.pages import is_stack

    kept = disk_cache.entry("pixels", file.path, _VERSION)
    with suppress(OSError):
        digest = kept.read_bytes()
        disk_cache.mark_used(kept)
        return digest
    try:
        if is_stack(file.path):
            return None
        picture, turn = (read_image(file.path), "") if is_plain(file.path) else stored_pixels(file.path)
    except UserError:
        return None
    said = f"{picture.shape}{picture.dtype}{turn}"
    digest = hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=16).digest() + said.encode()
    with suppress(OSError):  # a full or read-only disk costs time
        disk_cache.write_file(kept, digest)
    return digest

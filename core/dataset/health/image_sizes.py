"""Which size an image has where its file and its picture disagree, found out without opening every picture.

A tool that states wrong sizes states them everywhere. So the pictures of some images of a file are looked at, and those
of all only where that finds a size that cannot be meant: width and height swapped, or masks that reach beyond it and
fit the picture. There the picture's own size is taken. Other differences are fitted when the picture is read (see
``core.images``), or are those of a picture that was annotated as it is stored; ``checks`` reports them.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec

from core.dataset.model import Image, Instance
from core.dataset.problems import Remedy
from core.errors import UserError
from core.geometry.masks import Size
from core.geometry.segmentation import parts_of
from core.words import size_in_words, tr

Find = Callable[[Sequence[Image]], Sequence[Path | None]]
"""Where the pictures of images are."""
Look = Callable[[Image], Sequence[Instance]]
"""The instances of an image."""

OWN_SIZE_TAKEN = Remedy("own size taken", tr("the picture's own size is taken, and written when the dataset is saved"))
_PROBED = 300
"""Images of a file that are looked at, evenly spread: a twentieth of a second."""
_THREADS = 4
_SLACK = 2
"""Pixels by which a size or a mask may be off because some tool rounded."""


def own_sizes(images: Sequence[Image], find: Find, look: Look) -> dict[int, tuple[Image, str]]:
    """Those of the ``images`` of a file whose stated size cannot be meant, by ``Image.index``: each with the size of
    its picture, and what is wrong with the one that is stated."""
    probed = images[:: max(len(images) // _PROBED, 1)]
    taken = _judged(probed, find, look)
    return _judged(images, find, look) if taken and len(probed) < len(images) else taken


class _Case(NamedTuple):
    """An image whose picture has another size than the file states."""

    image: Image
    stored: Size
    own: Size
    """Of the upright picture."""
    evidence: int
    """Which size its masks fit: 1 for the picture's own, -1 for the stated one, 0 for both or neither."""

    @property
    def stated(self) -> Size:
        return self.image.height, self.image.width


def _judged(images: Sequence[Image], find: Find, look: Look) -> dict[int, tuple[Image, str]]:
    """Whether masks lie on the stored pixels or upright is the same in all of a file, and most masks fit both."""
    cases = _cases(images, find, look)
    upright = sum(case.evidence for case in cases if case.stated == case.stored) > 0
    judged = ((case, _fault(case, upright)) for case in cases)
    return {case.image.index: (sized(case.image, case.own), fault) for case, fault in judged if fault}


def _fault(case: _Case, upright: bool) -> str:
    """What is wrong with the stated size; empty where it may be meant. ``upright`` is whether the masks of the file fit
    the upright size, where the file states how pictures are stored."""
    own, stated = size_in_words(case.own), size_in_words(case.stated)
    if case.stated == case.stored:
        if case.evidence > 0:
            return tr(
                "is {own} pixels upright, as EXIF says; the file states {stated}, as it is stored, but its masks reach "
                "beyond that",
                own=own,
                stated=stated,
            )
        if upright and case.evidence == 0:
            return tr(
                "is {own} pixels upright, as EXIF says; the file states {stated}, as it is stored, but other masks of "
                "the file lie upright",
                own=own,
                stated=stated,
            )
        return ""
    if case.stated == case.own[::-1] and case.evidence >= 0:
        return tr("is {own} pixels; the file states {stated}, width and height swapped", own=own, stated=stated)
    if case.evidence <= 0:
        return ""
    if case.own != case.stored:
        return tr(
            "is {own} pixels upright, as EXIF says; the file states {stated}, beyond which its masks reach",
            own=own,
            stated=stated,
        )
    return tr("is {own} pixels; the file states {stated}, beyond which its masks reach", own=own, stated=stated)


def _cases(images: Sequence[Image], find: Find, look: Look) -> list[_Case]:
    from core.images.decoding import both_sizes  # Pillow, which not everybody who opens a dataset needs

    def sizes_of(path: Path | None) -> tuple[Size, Size] | None:
        try:
            return both_sizes(path) if path is not None else None
        except UserError:
            return None  # it is told when every picture is looked at

    with ThreadPoolExecutor(_THREADS) as threads:
        found = list(threads.map(sizes_of, find(images)))
    return [
        _Case(image, *both, evidence(image, both[1], look))
        for image, both in zip(images, found, strict=True)
        if both is not None and max(abs(both[1][0] - image.height), abs(both[1][1] - image.width)) > _SLACK
    ]


def evidence(image: Image, own: Size, look: Look) -> int:
    """Which of two sizes alone has room for all instances, and lets all be read: one that is encoded has a size."""
    sizes = (image.height, image.width), own
    read = [look(sized(image, size)) for size in sizes]
    lost = [sum(each.segmentation is None for each in instances) for instances in read]
    fits = [
        lost[place] == min(lost) and all(_has_room(size, each) for each in read[place])
        for place, size in enumerate(sizes)
    ]
    return fits[1] - fits[0]


def sized(image: Image, size: Size) -> Image:
    """The image with another size, height and width."""
    return msgspec.structs.replace(image, width=size[1], height=size[0])


def _has_room(size: Size, instance: Instance) -> bool:
    x, y, width, height = instance.box
    right, bottom = x + width, y + height
    if parts := parts_of(instance.segmentation):
        right, bottom = (max(max(part[side::2]) for part in parts) for side in (0, 1))
    return bottom <= size[0] + _SLACK and right <= size[1] + _SLACK

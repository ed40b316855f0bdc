"""Fields of entries that COCO does not know and that we read: the color of a class; the review state of an image, the
split that was chosen for it, how large its pixels are, and where in it nobody has labelled anything."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import Raw

from core.dataset.coco.coco_file import CocoFile
from core.dataset.coco.entries import ImageEntry, image_places
from core.dataset.coco.entry_list import mentions
from core.dataset.lenient_json import color
from core.dataset.model import Image, Review, Side
from core.geometry.mask_style import Color
from core.images.pixel_size import PixelSize
from core.reading import UNREADABLE

Value = TypeVar("Value")


class _Fields(msgspec.Struct, gc=False):
    color: Any = None
    review: Any = ""
    split: Any = ""
    pixel_size: Any = None
    not_labelled: Raw = Raw()


_decoder = msgspec.json.Decoder(_Fields)


def _read(raw: Raw) -> _Fields:
    try:
        return _decoder.decode(raw)
    except UNREADABLE:
        return _Fields()


def read_color(raw: Raw) -> Color | None:
    """The color that a category states, if it does."""
    return color(_read(raw).color)


def read_review(raw: Raw) -> Review:
    """The review state that an image states; empty where it states none of ours."""
    review = _read(raw).review
    return review if isinstance(review, str) and review in get_args(Review) else ""  # type: ignore[return-value]


def read_side(raw: Raw) -> Side | None:
    """The split that an image states, if it states one of ours."""
    side = _read(raw).split
    return side if isinstance(side, str) and side in get_args(Side) else None  # type: ignore[return-value]


def read_split(raw: Raw) -> str | None:
    """The split that an image of another tool states, in whatever words that tool has."""
    split = _read(raw).split
    return split if isinstance(split, str) else None


def read_pixel_size(raw: Raw) -> PixelSize | None:
    """The size of its pixels that an image states, if it states one that can be: ``{"value": 0.65, "unit": "µm"}``."""
    try:
        return msgspec.convert(_read(raw).pixel_size, PixelSize)
    except UNREADABLE:
        return None


def read_field(raw: Raw, name: str) -> Any:
    """What an entry says in a field of any name; ``None`` where it says nothing."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any]).get(name)
    except UNREADABLE:
        return None


def read_not_labelled(raw: Raw) -> Raw | None:
    """What an image states of where it is not labelled, undecoded; see ``annotations.read_shape``."""
    return _read(raw).not_labelled or None


def read_of_images(
    files: Sequence[CocoFile],
    entries: Sequence[Sequence[ImageEntry | Image]],
    field: str,
    read: Callable[[Raw], Value | None],
) -> dict[int, Value]:
    """What images state in ``field``, by ``Image.index``; only those that state something. ``entries`` are the images
    of each file. A file that nowhere has such a key is not looked through."""
    found: dict[int, Value] = {}
    first = 0
    for file, images in zip(files, entries, strict=True):
        places = image_places(file.images) if mentions(file.images, f'"{field}"'.encode()) else {}
        for index, image in enumerate(images if places else (), first):
            if value := read(file.images[places[image.id]]):
                found[index] = value
        first += len(images)
    return found

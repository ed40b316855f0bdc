"""What the entries of images state in fields that COCO does not know: their review, and the side that they are on."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Raw

from core.dataset.coco.coco_file import CocoFile
from core.dataset.coco.entries import ImageEntry, image_places

Value = TypeVar("Value")


def stated(
    files: Sequence[CocoFile],
    entries: Sequence[Sequence[ImageEntry]],
    field: str,
    read: Callable[[Raw], Value | None],
) -> dict[int, Value]:
    """What images state in ``field``, by ``Image.index``; only those that state something. ``entries`` are the images
    of each file. A file in which nothing is called so is not looked through."""
    found: dict[int, Value] = {}
    first = 0
    for file, images in zip(files, entries, strict=True):
        places = image_places(file.images) if f'"{field}"'.encode() in file.data else {}
        for index, image in enumerate(images if places else (), first):
            if value := read(file.images[places[image.id]]):
                found[index] = value
        first += len(images)
    return found

"""A folder of pictures that nobody has annotated: a dataset whose COCO file is yet to be written."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from core.dataset.coco_file import ABSENT, CocoFile
from core.dataset.layout import WANTED
from core.dataset.picture_finder import SUFFIXES, PictureFinder
from core.errors import UserError

FILE = Path("annotations") / "instances.json"
"""Where the annotations will be, relative to the folder."""

_THREADS = 8


def plain_folder(root: Path) -> CocoFile:
    """The file that ``root`` would have: every picture in it, in depth, as an image to do, and nothing else.

    Sizes come from the headers: a second or two for ten thousand pictures. A picture that cannot be read is an image
    without a size, which is reported when the entries are read. Raises ``UserError`` when there is no picture.
    """
    names = sorted(_pictures(PictureFinder(root)), key=lambda name: (name.count("/"), _natural(name)))
    if not names:
        raise UserError(f"there is no COCO annotation file in {root}, and no picture", WANTED)
    with ThreadPoolExecutor(_THREADS) as threads:
        sizes = threads.map(lambda name: _size(root / name), names)
        images = [
            {"id": id, "file_name": name, "width": width, "height": height, "review": "to do"}
            for id, (name, (height, width)) in enumerate(zip(names, sizes, strict=True), 1)
        ]
    data = msgspec.json.encode({"images": images, "annotations": [], "categories": []})
    raws = msgspec.json.decode(data, type=dict[str, list[msgspec.Raw]])
    return CocoFile(root / FILE, data, raws["images"], raws["annotations"], raws["categories"], False, ABSENT)


def _pictures(finder: PictureFinder) -> Iterator[str]:
    """Paths of all pictures relative to the root."""
    for folder in finder.folders:
        for name in finder.scan(folder)[0]:
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield name if folder == "." else f"{folder}/{name}"


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """A key by which 2 comes before 10."""
    parts, number = [], ""
    for letter in name.casefold() + "\0":
        if letter.isdecimal():
            number += letter
            continue
        if number:
            parts.append((int(number), ""))
            number = ""
        parts.append((0x110000 + ord(letter), letter))
    return tuple(parts)


def _size(path: Path) -> tuple[int, int]:
    """Height and width, 0 where there is none to be had."""
    from core.dataset.pictures import picture_size

    try:
        return picture_size(path)
    except UserError:
        return 0, 0

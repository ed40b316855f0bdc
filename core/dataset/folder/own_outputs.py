"""What Maskwright made of pictures, masks drawn over them and lists of them, told apart from what it is to look at:
both often lie in the same folder. Such files carry a mark, wherever they are moved to.
"""

from pathlib import Path

from core.reading import open_regular

_MARK = b"drawn by Maskwright"
_COMMENT = b"\xff\xfe" + (len(_MARK) + 2).to_bytes(2) + _MARK
_SEGMENT_LENGTH = slice(4, 6)
"""Of a JPEG's first segment, which is JFIF's."""
_HEAD = 256
"""Bytes of a file among which the mark is."""
IMAGES, INSTANCES = "images.json", "predictions.json"
"""What the files of a prediction are called: the COCO file of its images, and COCO results beside it."""
PREDICTED = b'{"info":{"description":"predicted by Maskwright"},'
"""How the COCO file of the images of a prediction begins, as long as nobody has drawn in it."""
SOFTWARE = _MARK.decode()
"""What the text chunk ``Software`` of a PNG is to say."""


def with_mark(jpeg: bytes) -> bytes:
    """A JPEG file, as OpenCV encodes it, with the mark."""
    place = 4 + int.from_bytes(jpeg[_SEGMENT_LENGTH])
    return jpeg[:place] + _COMMENT + jpeg[place:]


def is_drawn(path: Path | str) -> bool:
    """Whether a file carries the mark. Reads a few bytes; ``False`` where they cannot be read."""
    return _MARK in _head(path)


def is_predicted(path: Path) -> bool:
    """Whether a JSON file lists the images of a prediction: annotations would be lost in it with the next one."""
    return _head(path).startswith(PREDICTED)


def is_result(path: Path) -> bool:
    """Whether a file holds the instances of a prediction: it is called so, and lies beside the list of its images."""
    return path.name == INSTANCES and is_predicted(path.with_name(IMAGES))


def _head(path: Path | str) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read(_HEAD)
    except OSError:
        return b""

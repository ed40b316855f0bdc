"""Pictures that Maskwright drew, masks over a picture and the like, told apart from those that it is to look at: they
often lie in the same folder. They carry a mark, wherever they are moved to.
"""

from pathlib import Path

from core.reading import open_regular

_MARK = b"drawn by Maskwright"
_COMMENT = b"\xff\xfe" + (len(_MARK) + 2).to_bytes(2) + _MARK
_SEGMENT_LENGTH = slice(4, 6)
"""Of a JPEG's first segment, which is JFIF's."""
_HEAD = 256
"""Bytes of a file among which the mark is."""
SOFTWARE = _MARK.decode()
"""What the text chunk ``Software`` of a PNG is to say."""


def marked(jpeg: bytes) -> bytes:
    """A JPEG file, as OpenCV encodes it, with the mark."""
    place = 4 + int.from_bytes(jpeg[_SEGMENT_LENGTH])
    return jpeg[:place] + _COMMENT + jpeg[place:]


def is_drawn(path: Path) -> bool:
    """Whether a file carries the mark. Reads a few bytes; ``False`` where they cannot be read."""
    try:
        with open_regular(path) as file:
            return _MARK in file.read(_HEAD)
    except OSError:
        return False

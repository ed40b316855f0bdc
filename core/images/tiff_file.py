"""The headers of TIFFs with any number of channels: Pillow knows those of photographs and of print."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, ORIENTATION, SAMPLES = 256, 257, 258, 259, 262, 274, 277
PLANAR, EXTRA, SAMPLE_FORMAT = 284, 338, 339
STRIPS, STRIP_ROWS, STRIP_BYTES, TILE_WIDTH, TILE_ROWS, TILES, TILE_BYTES = 273, 278, 279, 322, 323, 324, 325
"""Tags. TIFF, revision 6.0."""
ONE_PLANE = 1
_PREDICTOR, _FILL_ORDER, _JPEG_TABLES = 317, 266, 347
_BLACK_IS_ZERO, _RGB = 1, 2
_OPACITY = 2
_DEPTHS = {1: (8, 16, 32), 2: (8, 16, 32), 3: (32, 64)}
"""Bits of the whole, signed and floating-point numbers that libvips decodes."""
_MOST_CHANNELS = 256
_SIDEWAYS = range(5, 9)
_LONG = 4


class AnyTiffFile(TiffImageFile):
    """A TIFF as Pillow opens it. Where its channels are others than Pillow knows, nothing but its size and its tags is
    to be asked of it, and libvips decodes its pixels; ``mode`` is ``F`` then, which nobody takes for 8 bits."""

    def _setup(self) -> None:
        if not self._has_other_channels():
            super()._setup()
            return
        across, down = self.tag_v2[WIDTH], self.tag_v2[HEIGHT]
        sideways = self.tag_v2.get(ORIENTATION) in _SIDEWAYS
        self._size = (down, across) if sideways else (across, down)  # upright, as Pillow has it
        self._mode, self.tile = "F", []
        self.info["compression"] = "raw" if self.tag_v2.get(COMPRESSION, 1) == 1 else "packed"

    def _has_other_channels(self) -> bool:
        """Whether libvips reads the channels, and Pillow would refuse them or leave some out."""
        tags = self.tag_v2
        bits, kinds = set(tags.get(BITS, (1,))), set(tags.get(SAMPLE_FORMAT, (1,)))
        count, colors, extra = tags.get(SAMPLES, 1), tags.get(PHOTOMETRIC), tags.get(EXTRA, ())
        if not (len(bits) == len(kinds) == 1 and 1 < count <= _MOST_CHANNELS and {WIDTH, HEIGHT} <= set(tags)):
            return False
        (depth,), (kind,) = bits, kinds
        if depth not in _DEPTHS.get(kind, ()):
            return False
        if colors == _BLACK_IS_ZERO:
            return not (count == 2 and depth == 8 and _OPACITY in extra)
        return colors == _RGB and count >= 3 and (kind != 1 or depth > 16 or (count > 4 and not any(extra)))


def planes(tags: ImageFileDirectory_v2, path: Path) -> Iterator[bytes]:
    """Each channel of a TIFF that has them in planes, as a TIFF of its own: libvips mixes up planes that are not RGB,
    and refuses those in tiles. Raises ``LookupError`` where tags contradict each other."""
    places, sizes = (TILES, TILE_BYTES) if TILES in tags else (STRIPS, STRIP_BYTES)
    offsets, lengths = tags[places], tags[sizes]
    each = len(offsets) // tags[SAMPLES]
    if len(offsets) != len(lengths) or each * tags[SAMPLES] != len(offsets) or sum(lengths) > path.stat().st_size:
        raise LookupError
    of_plane = {PHOTOMETRIC: _BLACK_IS_ZERO, SAMPLES: 1} | {
        tag: tags[tag][0] for tag in (BITS, SAMPLE_FORMAT) if tag in tags
    }
    kept = (WIDTH, HEIGHT, COMPRESSION, STRIP_ROWS, TILE_WIDTH, TILE_ROWS, _PREDICTOR, _FILL_ORDER, _JPEG_TABLES)
    with path.open("rb") as file:
        for first in range(0, len(offsets), each):
            pieces = []
            for place in range(first, first + each):
                file.seek(offsets[place])
                pieces.append(file.read(lengths[place]))
            yield assembled(tags, kept, of_plane, pieces)


def assembled(
    tags: ImageFileDirectory_v2, kept: Iterable[int], changed: Mapping[int, int], pieces: list[bytes]
) -> bytes:
    """A TIFF of these strips, or tiles, with some of the tags of another one, and with others changed."""
    head = b"MM\0*\0\0\0\x08" if tags.prefix == b"MM" else b"II*\0\x08\0\0\0"
    made = ImageFileDirectory_v2(head)
    for tag in kept:
        if tag in tags:
            made.tagtype[tag] = tags.tagtype[tag]
            made[tag] = tags[tag]
    places, sizes = (TILES, TILE_BYTES) if TILES in tags else (STRIPS, STRIP_BYTES)
    ends = np.cumsum([len(piece) for piece in pieces]).tolist()
    starts = (0, *ends[:-1])  # Pillow takes those of strips from the end of the directory, and those of tiles as said
    for tag, number in {**changed, places: starts, sizes: tuple(map(len, pieces))}.items():
        made.tagtype[tag] = _LONG
        made[tag] = number
    if TILES in tags:
        begin = len(head) + len(made.tobytes(len(head)))
        made[TILES] = tuple(start + begin for start in starts)
    return head + made.tobytes(len(head)) + b"".join(pieces)

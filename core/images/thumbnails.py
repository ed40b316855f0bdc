"""Small pictures of pictures of any size, in little memory; some sizes are kept on the disk (see ``disk_cache``)."""

import contextlib
from pathlib import Path

import cv2
import numpy as np

from core.channel_settings import ChannelSettings
from core.geometry.masks import Size
from core.images import disk_cache, jpeg_file
from core.images.channels import Picture
from core.images.decoding import picture_size, thumbnail
from core.images.preview import read_reduced
from core.images.pyramids import is_huge, known_pyramid, upright_strips
from core.images.strips import Strips

SIDES = (256, 512)
"""Longer sides, in pixels, in which thumbnails are kept."""
_VERSION = 3
"""Of how pictures are read: thumbnails of an earlier one are made again."""
_SAMPLES = 2
"""Rows and columns of a huge picture that each one of a small picture is made of, at least."""


def kept_thumbnail(
    path: Path, side: int, stated: Size | None = None, settings: ChannelSettings | None = None
) -> Picture:
    """The picture in a file with a longer side of at least ``side`` pixels (unless it is smaller or ``side`` is beyond
    ``SIDES``), from the disk when it is there. Raises ``UserError`` like ``read_image``."""
    longer = next((known for known in SIDES if known >= side), SIDES[-1])
    file = disk_cache.entry("thumbnails", path, longer, stated, *filter(None, (settings,)), _VERSION, suffix=".jpg")
    with contextlib.suppress(OSError):  # there is none, or none any more
        if (kept := jpeg_file.decode(file)) is not None:
            disk_cache.mark_used(file)
            return kept
    picture = small_picture(path, longer, stated, settings)
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])
    with contextlib.suppress(OSError):  # a full or read-only disk costs time, not the thumbnail
        disk_cache.write_file(file, jpeg.tobytes())
    return picture


def small_picture(
    path: Path, side: int, stated: Size | None = None, settings: ChannelSettings | None = None
) -> Picture:
    """What ``decoding.thumbnail`` gives. Of a huge picture the whole is never in memory, and one that was made ready
    is not decoded again."""
    size = picture_size(path)
    if not is_huge(size):
        return thumbnail(path, side, stated, settings)
    stated = size if stated is None else stated
    scale = min(side / max(stated), 1.0)
    target = max(round(stated[0] * scale), 1), max(round(stated[1] * scale), 1)
    levels = [level for level in known_pyramid(path, stated, settings) or () if max(level.shape[:2]) >= side]
    found = levels[-1] if levels else None
    if found is None and settings is None:
        found = read_reduced(path, stated, target)
    if found is None and (rows := upright_strips(path, stated, settings)) is not None:
        found = _thinned(rows, stated, max(size) // (_SAMPLES * side))
    if found is None:
        return thumbnail(path, side, stated, settings)
    return np.asarray(cv2.resize(found, target[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def _thinned(strips: Strips, size: Size, step: int) -> Picture:
    """Every ``step``-th row and column of a picture of ``size``, one of each at least."""
    down, across = (max(min(step, length), 1) for length in size)
    kept, top = [], 0
    for strip in strips:
        first = (down // 2 - top) % down
        kept.append(strip[first::down, across // 2 :: across].copy())
        top += len(strip)
    return np.concatenate(kept)

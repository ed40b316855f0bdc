"""A small picture of a huge one within a second or two, where its file allows that."""

from pathlib import Path
from typing import cast

import cv2
import numpy as np
import PIL.Image
from PIL.TiffImagePlugin import TiffImageFile

from core.geometry.masks import Size
from core.images.channels import Picture
from core.images.decoding import reduced_jpeg
from core.images.image_file import JPEG, check_cost, opened
from core.images.orientation import Turn, needed_turn, orientation, turned
from core.images.strips import joined, strips
from core.images.tiff_sample import tiff_sample

_ROWS = 800
"""Rows of a TIFF that are decoded."""
_PAGES = 16
"""Pages of a TIFF among which a small copy of the first is looked for."""
_MOST = 40_000_000
"""Pixels of a small copy that is worth decoding."""
_OFF = 0.02
"""By how much the proportions of a small copy may be off: its sides are rounded."""


def read_preview(path: Path, stated: Size, target: Size, *, torn: bool = False) -> Picture | None:
    """The picture in ``path`` at about the size ``target``, lying as annotations of the size ``stated`` do; ``None``
    where there is no quicker way than to decode all of it: a PNG is one stream. Raises ``UserError`` when the file is
    missing or broken; with ``torn``, what is missing of a broken JPEG is grey."""
    with opened(path) as image:
        check_cost(image, path, memory=False)
        turn = needed_turn(image, stated)
        if turn.sideways:
            target = target[::-1]
        picture = None
        if image.format in JPEG:
            picture = reduced_jpeg(image, path, target, torn=torn)
        elif image.format == "TIFF":
            if orientation(image) is Turn.NONE:  # else each page has its own, or none
                picture = _small_page(image, path, target)
            if picture is None and (rows := tiff_sample(image, path, _ROWS)) is not None:
                width, how = target[1], cv2.INTER_AREA
                narrow = np.concatenate([cv2.resize(strip, (width, len(strip)), interpolation=how) for strip in rows])
                picture = np.asarray(cv2.resize(narrow, target[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
        return None if picture is None else turned(picture, turn)


def _small_page(image: PIL.Image.Image, path: Path, target: Size) -> Picture | None:
    """The smallest copy of the first page among the others that has the size ``target``, or else the largest."""
    width, height = image.size
    found: list[tuple[int, int]] = []
    for page in range(1, _PAGES):
        try:
            image.seek(page)
        except EOFError:
            break
        across, down = image.width / width, image.height / height
        if across < 1 and abs(across - down) <= _OFF * across and image.width * image.height <= _MOST:
            found.append((image.width, page))
    fine = [copy for copy in found if copy[0] >= target[1]]
    chosen = min(fine) if fine else max(found, default=None)
    picture = None
    if chosen is not None:
        image.seek(chosen[1])
        picture = joined(strips(image, path), (image.height, image.width))
    cast(TiffImageFile, image).seek(0)
    return picture

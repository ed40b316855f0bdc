"""The pages of a TIFF: a stack of planes, a series in time, channels (see ``axes``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL.TiffImagePlugin import TiffImageFile

from core.errors import UserError
from core.geometry.masks import Size
from core.images.axes import MOST_PAGES
from core.images.channels import Channels, Picture, Values, to_8_bits, to_rgb
from core.images.image_file import check_cost, check_page, opened, picture_errors
from core.images.orientation import needed_turn, turned, upright_size
from core.images.strips import channels_of, stored_values
from core.words import tr

_SUBFILE = 254
_SMALLER_OR_MASK = 1 | 4
"""Of a page that shows another one made smaller, or says which of its pixels count."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page, as long as the next one is not asked for."""

    number: int
    """From 0."""
    size: Size
    """Upright."""
    _image: PIL.Image.Image
    _path: Path

    def encoded(self) -> tuple[str, bytes]:
        """The page as a file, and how its name ends: with the values that are stored, if they are gray or RGB; else as
        it is shown. Raises ``UserError`` where it is broken."""
        channels, turn, values = channels_of(self._image), needed_turn(self._image, None), self._values()
        gray_or_rgb = channels is Channels.COLORS and self._image.mode not in ("P", "1")
        usual = values.dtype in (np.uint8, np.uint16)
        if gray_or_rgb and values.shape[2] == 1:
            gray = turned(values[:, :, 0] if usual else values[:, :, 0].astype(np.float32), turn)
            return (".png", _encoded(".png", gray)) if usual else (".tif", _encoded(".tif", gray))
        if not (gray_or_rgb and usual and values.shape[2] == 3):
            values = to_rgb(to_8_bits(values, channels), channels)
        return ".png", _encoded(".png", turned(values, turn)[..., ::-1])

    def shown(self) -> Picture:
        """The page as 8-bit RGB, upright. Raises ``UserError`` where it is broken."""
        channels = channels_of(self._image)
        return turned(to_rgb(to_8_bits(self._values(), channels), channels), needed_turn(self._image, None))

    def _values(self) -> NDArray[Any]:
        with picture_errors(self._path):
            check_cost(self._image, self._path)
            return stored_values(self._image, self._path)


def _encoded(suffix: str, values: Values) -> bytes:
    data: bytes = cv2.imencode(suffix, np.ascontiguousarray(values))[1].tobytes()
    return data


def is_stack(path: Path) -> bool:
    """Whether a file is a TIFF of several pages. Fast; ``False`` also for what cannot be read."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        return False
    try:
        return any(page.number for page in pages(path))
    except UserError:
        return False


def pages(path: Path) -> Iterator[Page]:
    """The pages of a TIFF, but for those that show another one smaller. Raises ``UserError``, also for too many."""
    with opened(path) as image:
        if image.format != "TIFF":
            yield Page(0, upright_size(image), image, path)
            return
        place = number = 0
        while True:
            try:
                image.seek(place)
            except EOFError:
                return
            if place >= MOST_PAGES:
                raise UserError(
                    tr("{path} has more than {n:,} pages", path=path, n=MOST_PAGES), tr("cut it into several files")
                )
            place += 1
            if int(cast(TiffImageFile, image).tag_v2.get(_SUBFILE, 0)) & _SMALLER_OR_MASK:
                continue
            check_page(image, path)
            yield Page(number, upright_size(image), image, path)
            number += 1

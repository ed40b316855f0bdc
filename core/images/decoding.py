"""Reading pictures as they were annotated: 8-bit RGB, upright (see ``orientation``), whatever the file holds (see
``channels``). Of several frames or pages, the first counts."""

from pathlib import Path
from typing import NamedTuple, cast

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL.TiffImagePlugin import TiffImageFile

from core.channel_settings import ChannelSettings
from core.geometry.masks import Size
from core.images import jpeg_file
from core.images.channels import Picture, Values
from core.images.file_end import breaks_off
from core.images.image_file import ENDS_EARLY, JPEG, check_cost, opened
from core.images.orientation import Turn, needed_turn, orientation, stored_size, turned, upright_size
from core.images.pages import is_stack
from core.images.strips import channel_count, chosen_values, stored_values, strips, whole_picture
from core.images.tiff_file import BITS
from core.words import size_in_words, tr


class PictureFault(NamedTuple):
    """What is wrong with a picture."""

    message: str
    hint: str
    kind: str
    """What it is known by, in any language."""


_SAMPLED = 100_000
"""Pixels of which values are taken, about."""
_SLACK = 2
"""Pixels by which a picture may miss its stated size because some tool rounded."""


def read_image(path: Path, stated: Size | None = None, settings: ChannelSettings | None = None) -> Picture:
    """The picture in a file; with ``settings``, of the channels and values that they say.

    With ``stated``, the (height, width) that annotations give for it, the result has that size and lies under the
    masks: as it is stored if they were drawn so; a line or two cut off or repeated at the right and the bottom;
    otherwise scaled. Raises ``UserError`` when the file is missing, is not a picture, is broken or is too large.
    """
    with opened(path) as image:
        check_cost(image, path)
        turn = needed_turn(image, stated)
        picture = turned(whole_picture(strips(image, path, settings), stored_size(image)), turn)
        return picture if stated is None else _fitted(picture, stated)


def picture_size(path: Path) -> Size:
    """Height and width of the upright picture, from its header. Raises ``UserError`` like ``read_image``."""
    with opened(path) as image:
        return upright_size(image)


def is_plain(path: Path) -> bool:
    """Whether a picture has 8 bits a channel at most and the channels of a photograph, so that there is nothing to
    choose. Raises ``UserError`` like ``read_image``."""
    with opened(path) as image:
        deep = image.format == "TIFF" and max(cast(TiffImageFile, image).tag_v2.get(BITS, (1,))) > 8
        deep = deep or ";16" in str(getattr(image, "tile", "")) or image.mode.startswith(("I", "F"))
        return not deep and channel_count(image) <= 4


def channels_to_choose(path: Path) -> int:
    """How many channels a picture has, in one page or in several. From its header; raises ``UserError`` like
    ``read_image``."""
    with opened(path) as image:
        return channel_count(image)


def sampled_values(path: Path, settings: ChannelSettings) -> NDArray[np.float32]:
    """Some of the stored values, evenly spread, of the channels that ``settings`` show. Raises ``UserError`` like
    ``read_image``."""
    with opened(path) as image:
        check_cost(image, path)
        values, shown = chosen_values(image, path, settings)
        sources = sorted({min(source, values.shape[2] - 1) for source in shown.sources})
        step = max(int(np.sqrt(values.shape[0] * values.shape[1] / _SAMPLED)), 1)
        return np.nan_to_num(values[::step, ::step, sources].astype(np.float32), posinf=0, neginf=0).ravel()


def stored_pixels(path: Path) -> tuple[Values, Turn]:
    """All values of the first page as they are stored, and how they have to be turned to be upright. Raises
    ``UserError`` like ``read_image``."""
    with opened(path) as image:
        check_cost(image, path)
        return stored_values(image, path), orientation(image)


def both_sizes(path: Path) -> tuple[Size, Size]:
    """Height and width of the pixels as they are stored, and of the upright picture. Raises ``UserError`` like
    ``read_image``."""
    with opened(path) as image:
        return stored_size(image), upright_size(image)


def stored_as(path: Path) -> tuple[Turn, Size]:
    """How the pixels have to be turned to be upright, and their height and width as they are stored. Raises
    ``UserError`` like ``read_image``."""
    with opened(path) as image:
        return orientation(image), stored_size(image)


def faults(path: Path, stated: Size) -> list[PictureFault]:
    """What is wrong with a picture of which annotations give the size (height, width) ``stated``, or is not read of it:
    seen from its header and from the end of its file. Raises ``UserError`` like ``read_image``."""
    with opened(path) as image:
        ends = (
            [PictureFault(tr("is broken: {reason}", reason=ENDS_EARLY), _BREAKS_OFF, "broken_picture")]
            if breaks_off(image, path)
            else []
        )
        more = [PictureFault(tr("has several pages"), _FIRST_PAGE, "pages")] if is_stack(path) else []
        return ends + more + _size_faults(image, stated)


def size_faults(path: Path, stated: Size) -> list[PictureFault]:
    """The same from the header alone."""
    with opened(path) as image:
        return _size_faults(image, stated)


def _size_faults(image: PIL.Image.Image, stated: Size) -> list[PictureFault]:
    upright = upright_size(image)
    own, other = size_in_words(upright), size_in_words(stated)
    if stated == upright:
        return []
    if stated == stored_size(image):
        message = tr(
            "is {own} pixels upright, as EXIF says; the file states {stated}, as it is stored", own=own, stated=other
        )
        return [PictureFault(message, _SIDEWAYS, "turned")]
    if stated == upright[::-1]:
        message = tr("is {own} pixels; the file states {stated}, width and height swapped", own=own, stated=other)
        return [PictureFault(message, _SWAPPED, "swapped_size")]
    message = tr("is {own} pixels; the file states {stated}", own=own, stated=other)
    return [PictureFault(message, _SIZE, "other_size")]


_BREAKS_OFF = tr("it cannot be shown or trained on; copy or export it again, or remove its entry")
_FIRST_PAGE = tr("the first is read; drop the file by itself on the Home page to get an image of each")
_SIDEWAYS = tr(
    "masks are taken as drawn on the picture as it is stored; state the upright size if they were drawn upright"
)
_SWAPPED = tr("what lies outside the stated size is cut; correct it in the file")
_SIZE = tr("the picture is fitted to the stated size: a line or two are cut or repeated, more is scaled")


def thumbnail(path: Path, side: int, stated: Size | None = None, settings: ChannelSettings | None = None) -> Picture:
    """The picture scaled down so that its longer side has at most ``side`` pixels; never scaled up.

    Decodes JPEG at a fraction of its size. Works in any thread. Raises ``UserError`` like ``read_image``.
    """
    with opened(path) as image:
        check_cost(image, path, memory=image.format not in JPEG or bool(image.info.get("progressive")))
        turn = needed_turn(image, stated)
        height, width = stored_size(image)
        scale = min(side / max(height, width), 1.0)
        small = max(round(height * scale), 1), max(round(width * scale), 1)
        picture = reduced_jpeg(image, path, small) if settings is None else None
        if picture is None:
            picture = whole_picture(strips(image, path, settings), (height, width))
        return turned(_resized(picture, small) if scale < 1 else picture, turn)


def reduced_jpeg(image: PIL.Image.Image, path: Path, target: Size, *, torn: bool = False) -> Picture | None:
    """The stored pixels of a JPEG made smaller while it is decoded, but not smaller than ``target``; ``None`` where
    that cannot be. With ``torn`` that of a broken one too, with grey for what is missing."""
    scale = min(image.height // target[0], image.width // target[1])
    reduction = next((each for each in jpeg_file.REDUCTIONS if each <= scale), 1)
    if image.format not in JPEG or reduction == 1 or image.mode not in ("RGB", "L"):
        return None
    picture = jpeg_file.decode(path, reduction, torn=torn)
    if picture is not None and not torn:
        jpeg_file.check(path, picture[-1, -1], progressive=bool(image.info.get("progressive")))
    return picture


def _fitted(picture: Picture, stated: Size) -> Picture:
    """``picture`` at the stated size."""
    height, width = stated
    more_rows, more_columns = height - picture.shape[0], width - picture.shape[1]
    swapped = picture.shape[:2] == stated[::-1]  # nobody means a squeezed picture
    if max(abs(more_rows), abs(more_columns)) > _SLACK and not swapped:
        return _resized(picture, stated)
    if more_rows > 0 or more_columns > 0:
        picture = np.pad(picture, ((0, max(more_rows, 0)), (0, max(more_columns, 0)), (0, 0)), "edge")
    return np.ascontiguousarray(picture[:height, :width])


def _resized(picture: Picture, size: Size) -> Picture:
    smaller = size[0] < picture.shape[0]
    resized = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.asarray(resized, np.uint8)

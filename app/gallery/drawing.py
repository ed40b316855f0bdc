"""Makes thumbnails: a small picture, kept on the disk, with the masks of the dataset drawn over it each time."""

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.style import tokens
from core.dataset import Dataset, Image
from core.dataset.palette import Color
from core.errors import UserError
from core.geometry.segmentation import Segmentation, mask_of, parts_of
from core.images.thumbnails import kept_thumbnail
from core.pacing import paced

Shapes = Callable[[Image], Iterable[tuple[Segmentation | None, Color]]]
"""What is drawn over an image, with colors; the last on top. Called in threads."""


def shapes_of(dataset: Dataset) -> Shapes:
    """The instances of a dataset, small ones on top."""

    def of(image: Image) -> Iterable[tuple[Segmentation | None, Color]]:
        for instance in sorted(dataset.instances(image), key=lambda instance: -instance.area):
            yield instance.segmentation, dataset.color(instance.label)

    return of


def draw(dataset: Dataset, image: Image, room: tuple[int, int], shapes: Shapes | None) -> NDArray[np.uint8] | None:
    """The image as RGB, as large as it goes into ``room`` (width, height), or ``None`` when it cannot be read."""
    try:
        picture = kept_thumbnail(dataset.image_path(image), max(room), (image.height, image.width))
    except UserError:
        return None
    height, width = picture.shape[:2]
    scale = min(room[0] / width, room[1] / height)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    if size != (width, height):
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        picture = cv2.resize(picture, size, interpolation=how).astype(np.uint8, copy=False)
    if shapes is not None and image.width and image.height:
        for segmentation, color in paced(shapes(image)):
            _tint(picture, _coverage(image, segmentation, picture.shape), color)
    return picture


def rounded(picture: NDArray[np.uint8], radius: float) -> QImage:
    """The picture with round corners: cut once here, it is painted many times faster than through a clip."""
    height, width = picture.shape[:2]
    radius = max(radius, 0.5)  # sharp corners
    x = np.maximum(radius - 0.5 - np.minimum(np.arange(width), np.arange(width)[::-1]), 0)
    y = np.maximum(radius - 0.5 - np.minimum(np.arange(height), np.arange(height)[::-1]), 0)
    share = np.clip(radius + 0.5 - np.hypot(x[None, :], y[:, None]), 0, 1)
    alpha = (share * 255).astype(np.uint8)
    bgra = cv2.cvtColor(picture, cv2.COLOR_RGB2BGRA)
    corner = share < 1
    bgra[corner, :3] = (bgra[corner, :3] * share[corner, None]).astype(np.uint8)
    bgra[:, :, 3] = alpha
    return QImage(bgra.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


def _coverage(image: Image, segmentation: Segmentation | None, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """How much of each pixel of the thumbnail a mask covers, 0–255, shape ``(height, width)``."""
    coverage = np.zeros(shape[:2], np.uint8)
    across, down = shape[1] / image.width, shape[0] / image.height
    if parts := parts_of(segmentation):
        for polygon in parts:
            points = np.array(polygon).reshape(-1, 2) * (across * 16, down * 16)
            cv2.fillPoly(coverage, [points.round().astype(np.int32)], 255, cv2.LINE_AA, shift=4)
        return coverage
    mask = mask_of(segmentation, (image.height, image.width))
    if mask.bitmap.size:
        to_thumbnail = np.array([[across, 0, mask.x * across], [0, down, mask.y * down]])
        smooth = cv2.blur(mask.bitmap * 255, (max(round(1 / across), 1), max(round(1 / down), 1)))
        cv2.warpAffine(smooth, to_thumbnail, (shape[1], shape[0]), coverage, cv2.INTER_LINEAR)
    return coverage


def _tint(picture: NDArray[np.uint8], coverage: NDArray[np.uint8], color: tuple[int, int, int]) -> None:
    """Lay ``color`` over the picture, in place: the fill as in the picture view, and a thin edge."""
    x, y, width, height = cv2.boundingRect(coverage)
    if not width:
        return
    part, cover = picture[y : y + height, x : x + width], coverage[y : y + height, x : x + width]
    share = cover.astype(np.float32) * (tokens.MASK_OPACITY / 255)
    framed = cv2.copyMakeBorder(cover, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    edge = (cover - cv2.erode(framed, np.ones((3, 3), np.uint8))[1:-1, 1:-1]).astype(np.float32) / 255
    share = np.maximum(share, edge * 0.9)[:, :, None]
    part[:] = (part * (1 - share) + np.array(color, np.float32) * share).astype(np.uint8)

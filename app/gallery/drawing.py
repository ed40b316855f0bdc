"""Makes thumbnails: a small picture, kept on the disk, with the masks of the dataset drawn over it each time."""

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from core.dataset import Dataset, Image
from core.dataset.palette import Color
from core.errors import UserError
from core.geometry import mask_painting
from core.geometry.segmentation import Segmentation
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
            mask_painting.tint(picture, segmentation, (image.height, image.width), color)
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

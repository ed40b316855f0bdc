"""Masks painted into pixels: the one painter of thumbnails, overlay files and samples of a training.

Pictures are RGB, uint8 of shape ``(height, width, 3)``, and are painted in place. (The window's canvas, which zooms,
has one of its own in Qt, ``app.canvas.overlay``; both take their figures from ``mask_style``.)
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.bridged_rings import loops, to_ring
from core.geometry.mask_style import MASK_OPACITY, Color
from core.geometry.masks import Mask, Size
from core.geometry.segmentation import Segmentation, mask_of, parts_of

Picture = NDArray[np.uint8]

Fill = Literal["full", "hatched", "none"]
"""What is inside the edge of an instance in a small picture."""

_THIN = 0.9
"""Opacity of the edge, one pixel wide, that masks have in small pictures."""
_HATCHING = 6
"""Pixels from one line of a hatched area to the next, along a row."""


def fill(picture: Picture, mask: Mask, color: Color) -> None:
    """Lay ``color`` over the pixels of a mask."""
    height, width = mask.bitmap.shape
    view = picture[mask.y : mask.y + height, mask.x : mask.x + width]
    _blend(view, mask.bitmap * np.float32(MASK_OPACITY), color)


def outline(picture: Picture, mask: Mask, color: Color, width: float, *, dashed: bool = False) -> None:
    """Draw lines around a mask and its holes, ``width`` pixels wide: at four times the size, then averaged down to how
    much of a pixel they cover, so that the width may be a fraction."""
    zoom, margin = 4, int(np.ceil(width)) + 1
    height, length = (side + 2 * margin for side in mask.bitmap.shape)
    coverage = np.zeros((height * zoom, length * zoom), np.uint8)
    contours, _ = cv2.findContours(mask.bitmap, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        points = ((contour[:, 0] + margin + 0.5) * zoom).astype(np.int32)
        closed = np.vstack([points, points[:1]])
        lines = _dashes(closed, int(width * zoom * 4)) if dashed else [closed]
        cv2.polylines(coverage, list(lines), False, 255, max(round(width * zoom), 1))
    share = cv2.resize(coverage, (length, height), interpolation=cv2.INTER_AREA) / np.float32(255)
    top, left = mask.y - margin, mask.x - margin
    rows = slice(max(top, 0), min(top + height, picture.shape[0]))
    columns = slice(max(left, 0), min(left + length, picture.shape[1]))
    share = share[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    _blend(picture[rows, columns], share, color)


def tint(picture: Picture, shape: Segmentation | None, size: Size, color: Color, fill: Fill = "full") -> None:
    """Paint an instance of an image of ``size`` (height, width) into a small picture of the whole image: its ``fill``
    and a thin edge, both smooth."""
    coverage = _coverage(picture.shape[:2], shape, size)
    x, y, width, height = cv2.boundingRect(coverage)
    if not width:
        return
    part, cover = picture[y : y + height, x : x + width], coverage[y : y + height, x : x + width]
    framed = cv2.copyMakeBorder(cover, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    edge = cover - cv2.erode(framed, np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    opacity: np.float32 | NDArray[np.float32] = np.float32(MASK_OPACITY / 255 if fill == "full" else 0)
    if fill == "hatched":  # keeps its place in the picture; its lines are as much stronger as they leave bare
        lines = np.add.outer(np.arange(y, y + height), np.arange(x, x + width)) % _HATCHING < _HATCHING // 2
        opacity = lines * np.float32(2 * MASK_OPACITY / 255)
    _blend(part, np.maximum(cover * opacity, edge * np.float32(_THIN / 255)), color)


def _blend(part: Picture, share: NDArray[np.float32], color: Color) -> None:
    """Replace a ``share`` of each pixel, 0–1 of shape ``(height, width)``, by ``color``."""
    opaque = share[:, :, None]
    part[:] = np.rint(part * (1 - opaque) + np.array(color, np.float32) * opaque)


def _coverage(shown: Size, shape: Segmentation | None, size: Size) -> NDArray[np.uint8]:
    """How much of each pixel of a picture of the size ``shown`` a mask covers, 0–255, of shape ``shown``."""
    coverage = np.zeros(shown, np.uint8)
    down, across = shown[0] / size[0], shown[1] / size[1]
    if parts := parts_of(shape):
        for polygon in parts:
            # Ring by ring: of a way into a hole or to another part, and back, a line would be seen.
            rings = [ring * (across * 16, down * 16) for ring in loops(to_ring(polygon))]
            cv2.fillPoly(coverage, [ring.round().astype(np.int32) for ring in rings], 255, cv2.LINE_AA, shift=4)
        return coverage
    mask = mask_of(shape, size)
    if mask.bitmap.size:
        to_shown = np.array([[across, 0, mask.x * across], [0, down, mask.y * down]])
        smooth = cv2.blur(mask.bitmap * 255, (max(round(1 / across), 1), max(round(1 / down), 1)))
        cv2.warpAffine(smooth, to_shown, shown[::-1], coverage, cv2.INTER_LINEAR)
    return coverage


def _dashes(closed: NDArray[np.int32], length: int) -> Iterator[NDArray[np.int32]]:
    """Every other stretch of a closed line, whose last point is its first."""
    way = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    count = max(round(way[-1] / length / 2), 1) * 2
    cuts = np.searchsorted(way, np.linspace(0, way[-1], count + 1))
    for index, (start, end) in enumerate(pairwise(cuts)):
        if index % 2 == 0:
            yield closed[start : end + 1]

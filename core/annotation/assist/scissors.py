"""Scissors: the way between two points that follows the edges of a picture best.

E. N. Mortensen, W. A. Barrett: Intelligent scissors for image composition, SIGGRAPH 1995. OpenCV's implementation,
looking only at the surroundings of the two points.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.mask_ops import Point
from core.geometry.tiles import shrunk

_MOST_PIXELS = 150_000
"""Surroundings that are larger are looked at in a smaller size: about 0.1 s."""

_AROUND = 0.35
"""How far the way may leave the straight line, as a share of its length."""

_LEAST_AROUND = 16
_CANNY = 32, 100
_STRONGEST = 200.0


def path(pixels: NDArray[np.uint8], start: Point, end: Point) -> NDArray[np.float64]:
    """Points, shape ``(N, 2)``, from ``start`` to ``end``, both included, a pixel or so apart in between. ``pixels`` is
    RGB, shape ``(height, width, 3)``; points outside of it are taken as the nearest ones inside."""
    height, width = pixels.shape[:2]
    ends = np.array([start, end], float)
    inside = np.clip(ends, 0, np.array([width, height]) - 1e-3)
    around = max(_AROUND * math.dist(*inside), _LEAST_AROUND)
    left, top = np.maximum(np.floor(inside.min(0) - around), 0).astype(int)
    right, bottom = np.minimum(np.ceil(inside.max(0) + around), (width, height)).astype(int)
    part = pixels[top:bottom, left:right]
    scale = min(math.sqrt(_MOST_PIXELS / (part.shape[0] * part.shape[1])), 1.0)
    if scale < 1:
        part = shrunk(part, (max(round(part.shape[0] * scale), 1), max(round(part.shape[1] * scale), 1)))
    factor = np.array([part.shape[1] / (right - left), part.shape[0] / (bottom - top)])
    limit = np.array(part.shape[1::-1]) - 1
    places = np.minimum(((inside - (left, top)) * factor).astype(int), limit)
    way = _follow(np.ascontiguousarray(part), places[0], places[1])
    between = (way[1:-1] + 0.5) / factor + (left, top)
    return np.concatenate([ends[:1], between, ends[1:]])


def snap(pixels: NDArray[np.uint8], at: Point, reach: float) -> Point:
    """The middle of the pixel with the strongest edge no farther than ``reach`` (image pixels) from ``at``, where those
    nearby count for more; ``at`` where the picture is even."""
    height, width = pixels.shape[:2]
    left, top = max(math.floor(at[0] - reach), 0), max(math.floor(at[1] - reach), 0)
    right, bottom = min(math.ceil(at[0] + reach), width), min(math.ceil(at[1] + reach), height)
    if right - left < 2 or bottom - top < 2:
        return at
    # One pixel more on each side, where there is one: the rim has no gradient of its own.
    rim_left, rim_top = min(left, 1), min(top, 1)
    part = pixels[top - rim_top : bottom + 1, left - rim_left : right + 1]
    gray = cv2.GaussianBlur(cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY), (3, 3), 0)
    strength = np.hypot(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1))
    strength = strength[rim_top : rim_top + bottom - top, rim_left : rim_left + right - left]
    x, y = np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5
    strength = strength * np.maximum(1 - np.hypot(x[None] - at[0], y[:, None] - at[1]) / reach, 0)
    row, column = np.unravel_index(int(strength.argmax()), strength.shape)
    return (float(x[column]), float(y[row])) if strength[row, column] > 0 else at


def _follow(part: NDArray[np.uint8], start: NDArray[np.intp], end: NDArray[np.intp]) -> NDArray[np.float64]:
    """The way through ``part``, shape ``(N, 2)``, as columns and rows."""
    tool = cv2.segmentation.IntelligentScissorsMB()
    tool.setEdgeFeatureCannyParameters(*_CANNY)
    tool.setGradientMagnitudeMaxLimit(_STRONGEST)
    tool.applyImage(cv2.cvtColor(part, cv2.COLOR_RGB2BGR))
    tool.buildMap((int(start[0]), int(start[1])))
    return np.asarray(tool.getContour((int(end[0]), int(end[1]))), float).reshape(-1, 2)

"""Putting outlines into a picture: which pixels each covers, and which of them remain its own."""

from typing import NamedTuple

import cv2
import numpy as np

from core.sample.noise import Array
from starting_weights.shapes import Shape

MOST = 250
"""Instances in a scene: they are numbered in 8 bits."""
_SMALLEST = 24
"""Pixels of an instance that is worth learning."""
_LEAST_VISIBLE = 0.4
"""Of what lies within the picture."""


class Sprite(NamedTuple):
    """An outline at its place: arrays over a window that lies within the picture."""

    rows: slice
    columns: slice
    alpha: Array
    """Share of each pixel that is covered."""
    u: Array
    v: Array
    """The window's pixels in coordinates of the outline, which fits the unit circle."""
    whole: int
    """Pixels that it covers, those beyond the picture's edge included."""

    @property
    def place(self) -> tuple[slice, slice]:
        return self.rows, self.columns

    @property
    def inside(self) -> Array:
        """Its pixels, bool."""
        within: Array = self.alpha > 0.5
        return within

    def distance(self) -> Array:
        """Pixels to its edge, 0 outside."""
        padded = np.pad(self.inside.view(np.uint8), 1)
        return cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]


def place(shape: Shape, centre: tuple[float, float], radius: float, angle: float, size: int) -> Sprite | None:
    """A shape in a picture of ``size``; ``None`` where it lies outside. ``centre`` (x, y) and ``radius`` in pixels."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    low, high = (np.array(centre) + sign * (radius + 2) for sign in (-1, 1))
    left, top = np.floor(low).astype(int)
    right, bottom = np.ceil(high).astype(int)
    if right <= 0 or bottom <= 0 or left >= size or top >= size:
        return None
    twice = np.zeros((2 * (bottom - top), 2 * (right - left)), np.uint8)
    polygons = [
        np.rint(((points @ turn * radius + centre - (left, top)) * 2 - 0.5) * 16).astype(np.int32)
        for points in (shape.outer, *shape.holes)
    ]
    cv2.fillPoly(twice, polygons, 255, shift=4)
    alpha = cv2.resize(twice, (right - left, bottom - top), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    rows, columns = slice(max(top, 0), min(bottom, size)), slice(max(left, 0), min(right, size))
    x = (np.arange(columns.start, columns.stop, dtype=np.float32) + np.float32(0.5 - centre[0]))[None]
    y = (np.arange(rows.start, rows.stop, dtype=np.float32) + np.float32(0.5 - centre[1]))[:, None]
    across, along = np.float32(np.cos(angle) / radius), np.float32(np.sin(angle) / radius)
    return Sprite(
        rows,
        columns,
        alpha[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left],
        x * across + y * along,
        y * across - x * along,
        int(np.count_nonzero(alpha > 0.5)),
    )


class Layers:
    """Who owns which pixel. What comes later lies on top."""

    def __init__(self, size: int) -> None:
        self.numbers = np.zeros((size, size), np.uint8)
        """0 the ground, ``i`` the ``i``-th instance."""
        self.labels: list[int] = []
        self._whole = [0]

    def admit(self, sprite: Sprite, label: int, hidden: float) -> bool:
        """Give a sprite its pixels, unless it is too small, hides more than a share ``hidden`` of another, or leaves
        another too little to be seen."""
        inside, region = sprite.inside, self.numbers[sprite.place]
        pixels = int(np.count_nonzero(inside))
        if pixels < max(_SMALLEST, _LEAST_VISIBLE * sprite.whole) or len(self.labels) == MOST:
            return False
        covered = np.bincount(region[inside], minlength=len(self._whole))
        left = np.bincount(self.numbers.ravel(), minlength=len(self._whole)) if covered[1:].any() else covered
        for number in np.flatnonzero(covered[1:]) + 1:
            whole = self._whole[number]
            if covered[number] > hidden * whole or left[number] - covered[number] < max(
                _SMALLEST, _LEAST_VISIBLE * whole
            ):
                return False
        self.labels.append(label)
        self._whole.append(pixels)
        region[inside] = len(self.labels)
        return True

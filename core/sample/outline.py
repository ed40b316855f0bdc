"""Where an item of a scene is in a picture: its outline on a grid of samples, exact to a fraction of one."""

from typing import NamedTuple

import cv2
import numpy as np

from core.sample.noise import Array
from core.sample.scene import Camera, PlacedPart

Slices = tuple[slice, slice]
"""Rows and columns."""


class PixelRect(NamedTuple):
    """A rectangle of pixels, which may reach beyond the picture."""

    x: int
    y: int
    width: int
    height: int

    def grow(self, margin: int) -> "PixelRect":
        return PixelRect(self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin)

    def clip(self, size: int) -> tuple[Slices, Slices]:
        """The part of a picture of this size that the window covers, and the part of the window that lies in it."""
        x1, y1 = (min(max(value, 0), size) for value in (self.x, self.y))
        x2, y2 = (min(max(value, 0), size) for value in (self.x + self.width, self.y + self.height))
        inner = slice(y1 - self.y, y2 - self.y), slice(x1 - self.x, x2 - self.x)
        return (slice(y1, y2), slice(x1, x2)), inner


class Silhouette(NamedTuple):
    """Where an item is; arrays over its window, at ``sampling`` samples a pixel and side; distances in samples."""

    window: PixelRect
    u: Array
    v: Array
    top: Array
    """Signed distance of the upper face."""
    swept: Array
    """Signed distance of everything seen: the upper face and the walls below it."""
    unit: float
    """Samples in one radius."""


def trace(item: PlacedPart, camera: Camera, size: int, sampling: int = 1) -> Silhouette:
    unit = item.radius * size
    matrix = (
        unit
        * camera.shorten
        @ np.array([[np.cos(item.angle), -np.sin(item.angle)], [np.sin(item.angle), np.cos(item.angle)]])
    )
    rise = (item.lift + item.part.thickness) * unit
    x, y = item.x * size + camera.lean[0] * rise, item.y * size + camera.lean[1] * rise
    wall = np.array(camera.lean) * item.part.thickness * unit
    reach_x, reach_y = np.hypot(matrix[0, 0], matrix[0, 1]) * 1.06 + 2, np.hypot(matrix[1, 0], matrix[1, 1]) * 1.06 + 2
    left, top = int(np.floor(min(x, x - wall[0]) - reach_x)), int(np.floor(min(y, y - wall[1]) - reach_y))
    right, bottom = int(np.ceil(max(x, x - wall[0]) + reach_x)), int(np.ceil(max(y, y - wall[1]) + reach_y))
    window = PixelRect(left, top, right - left, bottom - top)
    columns = (np.arange(window.width * sampling, dtype=np.float32) + 0.5) / sampling + (left - x)
    rows = (np.arange(window.height * sampling, dtype=np.float32) + 0.5) / sampling + (top - y)
    inverse = np.linalg.inv(matrix).astype(np.float32)
    u = inverse[0, 0] * columns[None] + inverse[0, 1] * rows[:, None]
    v = inverse[1, 0] * columns[None] + inverse[1, 1] * rows[:, None]
    scale = unit * sampling
    distance = (item.part.outline(u, v) * scale).astype(np.float32)
    return Silhouette(window, u, v, distance, sweep(distance, -wall * sampling), scale)


def sweep(distance: Array, along: Array) -> Array:
    """The signed distance of a shape drawn along a straight line (x, y in samples)."""
    steps = int(np.ceil(max(abs(along[0]), abs(along[1]))))
    if steps == 0:
        return distance
    side = 2 * steps + 1
    line = np.zeros((side, side), np.uint8)
    # erosion looks up where the kernel points: against the direction of the sweep
    end = (round(steps - float(along[0])), round(steps - float(along[1])))
    cv2.line(line, (steps, steps), end, 1)
    return cv2.erode(distance, line, borderType=cv2.BORDER_REPLICATE)

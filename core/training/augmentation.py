"""Random changes to a training image. Whatever moves the picture moves its masks by the same affine map."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Mask, Size
from core.recipes.schema import Settings

Picture = NDArray[np.uint8]

_HUE = 9
"""Largest shift of the hue at full colour jitter, in OpenCV's units of two degrees."""


@dataclass(frozen=True, slots=True)
class View:
    """How a picture is laid into the network's input: mirrored or not, scaled to ``size``, its part from ``offset`` on
    cut to ``window`` and placed top left."""

    size: Size
    offset: tuple[int, int]
    """y, x in pixels of the scaled picture."""
    window: Size
    flip: bool = False

    def matrix(self, source: Size) -> NDArray[np.float64]:
        """The map ``(2, 3)`` from pixel centres of a picture of size ``source`` to pixel centres of the input, as
        ``cv2.resize`` maps them."""
        (height, width), (y, x) = source, self.offset
        scale_y, scale_x = self.size[0] / height, self.size[1] / width
        step_x, start_x = (-scale_x, scale_x * (width - 1)) if self.flip else (scale_x, 0.0)
        return np.array(
            [
                [step_x, 0.0, start_x + 0.5 * scale_x - 0.5 - x],
                [0.0, scale_y, 0.5 * scale_y - 0.5 - y],
            ]
        )

    def visible(self) -> Size:
        """Height and width of the input that the picture covers; the rest is padding."""
        return min(self.size[0] - self.offset[0], self.window[0]), min(self.size[1] - self.offset[1], self.window[1])


def choose_view(random: np.random.Generator, picture: Size, window: Size, settings: Settings) -> View:
    """A random view of a picture that was scaled to fit ``window``: mirrored by chance, zoomed, and moved when zoomed
    beyond the window."""
    flip = bool(random.random() < settings.flip)
    zoom = 1.0 + settings.scale_jitter * random.uniform(-1.0, 1.0)
    height, width = (max(round(side * zoom), 1) for side in picture)
    y, x = (int(random.integers(max(side - room, 0) + 1)) for side, room in zip((height, width), window, strict=True))
    return View((height, width), (y, x), window, flip)


def lay_picture(picture: Picture, view: View, pad_value: int) -> Picture:
    """The view of an RGB picture ``(h, w, 3)``: ``(H, W, 3)``, padded right and below."""
    if view.flip:
        picture = picture[:, ::-1]
    if picture.shape[:2] != view.size:
        picture = np.asarray(cv2.resize(picture, view.size[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    (y, x), (height, width) = view.offset, view.visible()
    canvas = np.empty((*view.window, 3), np.uint8)
    canvas[height:], canvas[:height, width:] = pad_value, pad_value
    canvas[:height, :width] = picture[y : y + height, x : x + width]
    return canvas


def lay_mask(mask: Mask, view: View) -> Mask:
    """The same view of a mask; no pixels when it lies outside. Only the mask's own box is warped."""
    matrix = view.matrix(mask.size)
    height, width = mask.bitmap.shape
    corners = matrix @ np.array(
        [[mask.x - 0.5, mask.x + width - 0.5], [mask.y - 0.5, mask.y + height - 0.5], [1.0, 1.0]]
    )
    rows, columns = view.visible()
    low, high = np.floor(corners.min(1) + 0.5).astype(int), np.ceil(corners.max(1) + 0.5).astype(int)
    left, top = max(int(low[0]), 0), max(int(low[1]), 0)
    right, bottom = min(int(high[0]), columns), min(int(high[1]), rows)
    if not mask.bitmap.size or right <= left or bottom <= top:
        return Mask(0, 0, np.zeros((0, 0), np.uint8), view.window)
    # from pixels of the cropped bitmap to pixels of the box that is written
    local = matrix.copy()
    local[:, 2] += matrix[:, :2] @ (mask.x, mask.y) - (left, top)
    warped = cv2.warpAffine(mask.bitmap * 255, local, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    inside = (warped > 127).view(np.uint8)
    x, y, w, h = cv2.boundingRect(inside)
    return Mask(left + x, top + y, inside[y : y + h, x : x + w], view.window)


def jitter_color(random: np.random.Generator, picture: Picture, strength: float) -> Picture:
    """Random brightness, contrast, saturation and hue; at ``strength`` 1 by up to 80 %, 80 %, 100 % and 18 degrees."""
    brightness, contrast, saturation, hue = 1 + strength * random.uniform(-1, 1, 4) * (0.8, 0.8, 1.0, _HUE)
    levels = np.arange(256)
    mean = float(picture.mean()) * brightness
    relit = cv2.LUT(picture, _table((levels * brightness - mean) * contrast + mean))
    shift = (levels + round(hue - 1)) % 180  # OpenCV's hue runs from 0 to 179
    tables = np.stack([_table(shift), _table(levels * saturation), _table(levels)], axis=-1)
    hsv = cv2.LUT(cv2.cvtColor(relit, cv2.COLOR_RGB2HSV), tables[None])
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


def _table(values: NDArray[np.floating] | NDArray[np.integer]) -> NDArray[np.uint8]:
    """A look-up table for ``cv2.LUT``."""
    table: NDArray[np.uint8] = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return table

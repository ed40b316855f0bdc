"""Random changes to what the network trains on: where a picture lies in its input, and its colors.

All that moves pixels is one affine map for the picture and its masks (see ``warping``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Size
from core.geometry.tiles import Tile
from core.images.channels import Picture
from core.inference.preprocessing import placement
from core.recipes.model_spec import InputSpec
from core.recipes.schema import TrainingSettings
from core.training.data.warping import Matrix, chain, moving, resizing, turning

SMALLEST_PART = 0.25
"""Of a picture's area, when it is cropped."""

_LONGEST_PART = 4 / 3
"""A part may be so much longer or shorter, for its width, than the picture is."""

_MOSAIC_ZOOM = 0.5, 1.0
"""Pictures of a mosaic are at least half as large as alone: then all four fit in. At full size, a corner of each is
seen, at the scale of an inference."""

_HUE = 9
"""Largest shift of the hue at full color jitter, in OpenCV's units of two degrees."""


@dataclass(frozen=True, slots=True, eq=False)
class InputView:
    """How a picture is laid into the network's input."""

    part: Tile | None
    """What is shown of the picture; ``None`` is all of it."""
    matrix: Matrix
    """From the part to the input."""


def largest_zoom(settings: TrainingSettings) -> float:
    """How much larger than by inference a picture may be shown."""
    return max(1.0 + settings.scale_jitter, 1.0 if not settings.crop else SMALLEST_PART**-0.5)


def plain_view(random: np.random.Generator, picture: Size, fitted: Size, settings: TrainingSettings) -> InputView:
    """All of a picture as inference sees it, at most mirrored. ``fitted`` is the size at which it fits the input."""
    return InputView(None, _laid(random, picture, fitted, settings))


def choose_view(
    random: np.random.Generator, picture: Size, fitted: Size, spec: InputSpec, settings: TrainingSettings, *, crop: bool
) -> InputView:
    """A random view: mirrored by chance; a part of the picture by chance if ``crop``, otherwise zoomed; turned,
    slanted, and moved where it is larger than the input."""
    part = random_part(random, picture) if crop and random.random() < settings.crop else None
    if part:
        picture, fitted = part.size, placement(part.size, spec)[:2]
    else:
        fitted = zoomed(fitted, _jitter(random, settings.scale_jitter))
    laid = _laid(random, picture, fitted, settings)
    return InputView(part, chain(laid, _framed(random, fitted, spec, settings)))


def choose_mosaic(
    random: np.random.Generator, pictures: Sequence[tuple[Size, Size]], spec: InputSpec, settings: TrainingSettings
) -> list[InputView]:
    """Views that put four pictures together, one corner to another (arXiv 2004.10934), and treat the whole as one
    picture. ``pictures`` has the size of each and the size at which it fits the input."""
    zoom = random.uniform(*_MOSAIC_ZOOM) * _jitter(random, settings.scale_jitter)
    sizes = [zoomed(fitted, zoom) for _, fitted in pictures]
    heights, widths = zip(*sizes, strict=True)
    above, left = max(heights[:2]), max(widths[::2])
    framed = _framed(random, (above + max(heights[2:]), left + max(widths[1::2])), spec, settings)
    views = []
    for index, ((picture, _), (height, width)) in enumerate(zip(pictures, sizes, strict=True)):
        corner = moving(left if index % 2 else left - width, above if index >= 2 else above - height)
        views.append(InputView(None, chain(_laid(random, picture, (height, width), settings), corner, framed)))
    return views


def random_part(random: np.random.Generator, picture: Size) -> Tile:
    """A rectangle of at least ``SMALLEST_PART`` of a picture's area, about as long for its width."""
    area, stretch = random.uniform(SMALLEST_PART, 1.0), _LONGEST_PART ** random.uniform(-0.5, 0.5)
    shares = min(math.sqrt(area) * stretch, 1.0), min(math.sqrt(area) / stretch, 1.0)
    height, width = (math.ceil(side * share) for side, share in zip(picture, shares, strict=True))
    y, x = (int(random.integers(room + 1)) for room in (picture[0] - height, picture[1] - width))
    return Tile(x, y, width, height)


def _jitter(random: np.random.Generator, strength: float) -> float:
    return 1.0 + strength * random.uniform(-1.0, 1.0)


def zoomed(size: Size, zoom: float) -> Size:
    """A size so many times as large, at least a pixel."""
    return max(round(size[0] * zoom), 1), max(round(size[1] * zoom), 1)


def _laid(random: np.random.Generator, source: Size, target: Size, settings: TrainingSettings) -> Matrix:
    """The map from ``source`` to ``target``, mirrored by chance."""
    mirrored, upside_down = random.random() < settings.flip, random.random() < settings.vertical_flip
    return resizing(source, target, mirrored, upside_down)


def _framed(random: np.random.Generator, size: Size, spec: InputSpec, settings: TrainingSettings) -> Matrix:
    """From a picture of ``size`` to the input: top left, or moved by chance where it is larger; then turned and slanted
    about the middle of what is seen."""
    window = spec.height, spec.width
    y, x = (int(random.integers(max(side - room, 0) + 1)) for side, room in zip(size, window, strict=True))
    degrees, slant = (float(value) for value in random.uniform(-1.0, 1.0, 2) * (settings.rotation, settings.shear))
    centre = (min(size[1], window[1]) - 1) / 2, (min(size[0], window[0]) - 1) / 2
    return chain(moving(-x, -y), turning(degrees, slant, centre))


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

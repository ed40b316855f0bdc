"""From what a file holds to 8-bit RGB.

Transparent parts lie on white, as annotation tools and viewers show them. Values of more than 8 bits, grey or color,
are divided by a power of two, so that black stays black and the brightest value lies in the upper half: cameras and
microscopes put 10, 12 or 14 bits into 16. Numbers without a scale are stretched between their least and their greatest.
"""

from collections.abc import Iterator
from enum import Enum, auto

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""RGB, shape ``(height, width, 3)``."""
Values = NDArray[np.generic]
"""What a file holds, shape ``(height, width, channels)``."""

_AT_ONCE = 1_000_000
"""Pixels that are stretched at a time, about: that takes twenty bytes for each."""


class Channels(Enum):
    """What the channels of a file mean: grey or RGB; the same with opacity as the last, by which the colors may be
    multiplied already; or cyan, magenta, yellow and black. Between colors and opacity may be some that mean nothing."""

    COLORS = auto()
    OPACITY = auto()
    MULTIPLIED = auto()
    CMYK = auto()

    @property
    def transparent(self) -> bool:
        """Whether the last channel is opacity."""
        return self in (Channels.OPACITY, Channels.MULTIPLIED)


def to_8_bits(values: Values, channels: Channels) -> NDArray[np.uint8]:
    """Values of any type, in the same shape. Takes the whole picture: its greatest value counts."""
    if values.dtype == np.uint8:
        return np.asarray(values, np.uint8)
    made = np.empty(values.shape, np.uint8)
    colors = values.shape[2] - channels.transparent
    for part in (slice(colors), slice(colors, None)):
        if values[:, :, part].size:
            _convert(values[:, :, part], made[:, :, part])
    return made


def _convert(values: Values, made: NDArray[np.uint8]) -> None:
    if np.issubdtype(values.dtype, np.integer) and int(values.min()) >= 0:
        surplus = max(int(values.max()).bit_length() - 8, 0)
        np.floor_divide(values, 1 << surplus, out=made, casting="unsafe")
    else:
        _stretch(values, made)


def _stretch(values: Values, made: NDArray[np.uint8]) -> None:
    """Numbers, from the least to the greatest; what is none counts as 0."""

    def numbers(rows: slice) -> NDArray[np.float64]:
        return np.nan_to_num(values[rows].astype(np.float64), posinf=0, neginf=0)

    ranges = [(part.min(), part.max()) for part in map(numbers, _parts(values))]
    low, high = float(min(low for low, _ in ranges)), float(max(high for _, high in ranges))
    for rows in _parts(values):
        made[rows] = np.rint((numbers(rows) - low) * (255 / max(high - low, 1e-12)))


def _parts(values: Values) -> Iterator[slice]:
    step = max(_AT_ONCE // values.shape[1], 1)
    return (slice(top, top + step) for top in range(0, len(values), step))


def to_rgb(values: NDArray[np.uint8], channels: Channels) -> Picture:
    """Values of 8 bits. Takes rows of a picture as well as the whole; conversions take ten bytes for each pixel."""
    if channels is Channels.CMYK:
        return _from_cmyk(values)
    colors = values.shape[2] - channels.transparent
    if values.shape[2] == 4:
        picture = np.asarray(cv2.cvtColor(values, cv2.COLOR_RGBA2RGB), np.uint8)  # copies faster than a slice is
    else:
        picture = values[:, :, :3] if colors >= 3 else values[:, :, :1]
    if channels.transparent and (opacity := values[:, :, -1:]).min() < 255:
        picture = _on_white(picture, opacity, multiplied=channels is Channels.MULTIPLIED)
    if picture.shape[2] == 1:
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_GRAY2RGB), np.uint8)
    return np.ascontiguousarray(picture)


def _on_white(colors: NDArray[np.uint8], opacity: NDArray[np.uint8], *, multiplied: bool) -> NDArray[np.uint8]:
    if multiplied:
        return np.asarray(np.minimum(colors, opacity) + (255 - opacity), np.uint8)
    share = opacity.astype(np.uint16)
    return ((colors * share + 255 * (255 - share) + 127) // 255).astype(np.uint8)


def _from_cmyk(values: NDArray[np.uint8]) -> Picture:
    light = 255 - values[:, :, 3:4]
    inks = (values[:, :, :3] * light.astype(np.uint16) + 127) // 255
    return np.asarray(light - inks.astype(np.uint8), np.uint8)

"""Noise to make surfaces of: periodic textures with a power-law spectrum, sampled at any coordinates."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""A float32 array over the pixels of a picture or of a part of one: ``(height, width)`` or ``(height, width, 3)``."""

_SIDE = 1024


@lru_cache(maxsize=128)
def _texture(slope: float, level: int) -> Array:
    """A periodic texture with amplitudes ~ frequency ** -slope, mean 0 and deviation 1, halved ``level`` times."""
    if level:
        side = _SIDE >> level
        return cv2.resize(_texture(slope, 0), (side, side), interpolation=cv2.INTER_AREA)
    rng = np.random.default_rng(round(slope * 100))
    spectrum = np.fft.rfft2(rng.standard_normal((_SIDE, _SIDE), np.float32))
    frequency = np.hypot(np.fft.fftfreq(_SIDE)[:, None], np.fft.rfftfreq(_SIDE)[None]).astype(np.float32)
    frequency[0, 0] = 1
    spectrum *= frequency**-slope
    spectrum[0, 0] = 0
    texture: Array = np.fft.irfft2(spectrum, (_SIDE, _SIDE))
    texture /= texture.std()
    return texture


def noise(x: Array, y: Array, slope: float, period: float = 2.0, period_y: float | None = None) -> Array:
    """Noise at coordinates ``x`` and ``y``, which repeats after ``period`` of their units (``period_y`` along y).

    ``slope`` 0 is white, 1 like a rough wall, 2 like clouds. Coarser copies are used where pixels are wider than
    the texture's, so that a small picture of a surface looks like a large one seen smaller.
    """
    along_x, along_y = _SIDE / period, _SIDE / (period_y or period)
    step = max(
        np.hypot(x[0, 1] - x[0, 0], x[1, 0] - x[0, 0]) * along_x,
        np.hypot(y[0, 1] - y[0, 0], y[1, 0] - y[0, 0]) * along_y,
    )
    level = int(np.clip(np.log2(max(step, 1e-6)), 0, 5))
    texture = _texture(slope, level)
    side = texture.shape[0]
    columns, rows = x * (along_x * side / _SIDE), y * (along_y * side / _SIDE)
    columns -= columns[0, 0] // side * side  # OpenCV keeps whole coordinates in 16 bits
    rows -= rows[0, 0] // side * side
    return cv2.remap(texture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def smoothstep(low: float, high: float, values: Array) -> Array:
    """0 below ``low``, 1 above ``high`` and smooth between (``low`` may exceed ``high``: then it falls)."""
    t = np.clip((values - low) / (high - low), 0, 1)
    smooth: Array = t * t * (3 - 2 * t)
    return smooth


def mix(first: Array | float, second: Array | float, share: Array) -> Array:
    """``first`` where ``share`` is 0, ``second`` where it is 1; colors mix with a share of one channel."""
    first, second = np.asarray(first, np.float32), np.asarray(second, np.float32)
    if max(first.ndim, second.ndim) in (1, 3) and share.ndim == 2:
        share = share[..., None]
    mixed: Array = first + (second - first) * share
    return mixed


def linear(red: int, green: int, blue: int) -> Array:
    """The linear-light color of 8-bit sRGB values, shape ``(3,)`` (gamma 2: close enough for a picture)."""
    color: Array = (np.array([red, green, blue], np.float32) / 255) ** 2
    return color

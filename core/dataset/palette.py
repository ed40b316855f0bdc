"""Colors for classes: one class, one color everywhere, and color-blind people can tell classes apart too."""

from collections.abc import Collection
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.geometry.mask_style import Color

OKABE_ITO: tuple[Color, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
"""The color-blind-safe palette of Okabe and Ito (Color Universal Design, 2008) without its black."""

_COLORS = 128
_LEVELS = 14  # of each channel, for the colors to choose from
_BLIND_WEIGHT = 2.0  # a difference that color-blind people see counts for more: it is worth having, and rarer

_EYES = (
    (1.0, np.eye(3)),
    (
        _BLIND_WEIGHT,  # deuteranopia
        np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    ),
    (
        _BLIND_WEIGHT,  # protanopia
        np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    ),
)
"""Weight, and what is seen of linear RGB (Machado, Oliveira, Fernandes 2009)."""


def class_color(label: int) -> Color:
    """The color of a class by its label: Okabe-Ito's seven, then ones as different as can be from all before."""
    return _palette()[label % _COLORS]


def new_colors(used: Collection[Color], first: int, number: int) -> list[Color]:
    """The colors of a ``number`` of new classes, which get the places from ``first`` on: those of the places, or where
    another class has that the first of the palette that nobody has."""
    avoided, colors = set(used), []
    for place in range(first, first + number):
        own = class_color(place)
        color = own if own not in avoided else next((each for each in _palette() if each not in avoided), own)
        colors.append(color)
        avoided.add(color)
    return colors


@cache
def _palette() -> tuple[Color, ...]:
    """Each further color is the one whose nearest neighbour, to the eyes that see it nearest, is farthest in CIELAB.
    Only colors that show on a photo and on both themes take part."""
    levels = np.linspace(0, 255, _LEVELS).round()
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3)
    lightness, a, b = lab(grid).T
    grid = grid[(lightness > 35) & (lightness < 92) & (np.hypot(a, b) > 25)]
    seen = _seen(grid)
    chosen = np.array(OKABE_ITO, float)
    nearest = np.min([_distances(seen, color) for color in _seen(chosen).swapaxes(0, 1)], axis=0)
    while len(chosen) < _COLORS:
        farthest = int(nearest.argmax())
        chosen = np.vstack([chosen, grid[farthest]])
        nearest = np.minimum(nearest, _distances(seen, seen[:, farthest]))
    return tuple((int(red), int(green), int(blue)) for red, green, blue in chosen)


def _distances(seen: NDArray[np.float64], color: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far colors, shape ``(3, N, 3)``, are from one of shape ``(3, 3)`` to the eyes that see them nearest."""
    distances: NDArray[np.float64] = np.linalg.norm(seen - color[:, None], axis=2).min(axis=0)
    return distances


def _seen(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted CIELAB, shape ``(3, N, 3)``, of sRGB colors, shape ``(N, 3)``, to each kind of eyes."""
    return np.stack([weight * _lab_of_linear(_linear(srgb) @ sight.T) for weight, sight in _EYES])


def lab(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB (D65) of sRGB colors in 0–255, shape ``(N, 3)``."""
    return _lab_of_linear(_linear(srgb))


def _linear(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    share = srgb / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _lab_of_linear(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = np.clip(linear, 0, 1) @ to_xyz.T / (0.9505, 1.0, 1.089)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)

"""Colours for classes: the same class has the same colour everywhere, told apart by colour-blind people too."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]

OKABE_ITO: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
"""Okabe and Ito's colour-blind-safe palette (Color Universal Design, 2008) without its black."""

_COLOURS = 256


def class_color(label: int) -> Colour:
    """The sRGB colour of a class by its label: Okabe-Ito first, then colours as far as possible from those before."""
    return _palette()[label % _COLOURS]


@cache
def _palette() -> tuple[Colour, ...]:
    """Each further colour is the one farthest, in CIELAB, from all before it, among those that show on a photo."""
    levels = np.linspace(0, 255, 14).round()
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3)
    lab = _lab(grid)
    visible = (lab[:, 0] > 35) & (lab[:, 0] < 92) & (np.hypot(lab[:, 1], lab[:, 2]) > 25)
    grid, lab = grid[visible], lab[visible]
    chosen = [np.array(colour, float) for colour in OKABE_ITO]
    nearest = np.full(len(grid), np.inf)
    for colour in chosen:
        nearest = np.minimum(nearest, np.linalg.norm(lab - _lab(colour[None]), axis=1))
    while len(chosen) < _COLOURS:
        farthest = int(nearest.argmax())
        chosen.append(grid[farthest])
        nearest = np.minimum(nearest, np.linalg.norm(lab - lab[farthest], axis=1))
    return tuple((int(red), int(green), int(blue)) for red, green, blue in chosen)


def _lab(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB (D65) of sRGB colours in 0–255, shape ``(N, 3)``."""
    share = srgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / (0.9505, 1.0, 1.089)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)

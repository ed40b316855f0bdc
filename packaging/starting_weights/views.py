"""Training views of scenes: turned, mirrored, zoomed, moved, recolored, four in one picture."""

from typing import NamedTuple

import cv2
import numpy as np

from core.sample.noise import Array
from starting_weights.pool import Pool

PAD = 114
"""Grey where a view shows more than its scene."""
_SMALLEST = 16
"""Pixels of an instance that is still learnt."""


class View(NamedTuple):
    """A picture and its n instances."""

    image: Array
    """uint8 RGB, ``(side, side, 3)``."""
    boxes: Array
    """float32 ``(n, 4)``: x1, y1, x2, y2."""
    labels: Array
    """int64 ``(n,)``"""
    masks: Array
    """uint8 0 or 1, ``(n, side, side)``; no two overlap."""


def random_view(rng: np.random.Generator, pool: Pool, side: int) -> View:
    """A view of one scene, or of four."""
    image = np.full((side, side, 3), PAD, np.uint8)
    numbers = np.zeros((side, side), np.uint16)
    labels = [np.zeros(1, np.uint8)]
    for rows, columns in _tiles(rng, side):
        index = int(rng.integers(len(pool.images)))
        height, width = rows.stop - rows.start, columns.stop - columns.start
        image[rows, columns], found = _warped(rng, pool.images[index], pool.numbers[index], (height, width))
        numbers[rows, columns] = np.where(found, found + np.uint16(sum(map(len, labels)) - 1), 0)
        labels.append(pool.labels[index, 1:])
    return _view(_recolored(rng, image), numbers, np.concatenate(labels))


def plain_view(pool: Pool, index: int) -> View:
    """A scene as it is."""
    return _view(pool.images[index], pool.numbers[index], pool.labels[index])


def _tiles(rng: np.random.Generator, side: int) -> list[tuple[slice, slice]]:
    if rng.random() < 0.65:
        return [(slice(0, side), slice(0, side))]
    middle = [int(value) for value in rng.uniform(0.3, 0.7, 2) * side]
    rows, columns = ((slice(0, at), slice(at, side)) for at in middle)
    return [(row, column) for row in rows for column in columns]


def _warped(rng: np.random.Generator, image: Array, numbers: Array, size: tuple[int, int]) -> tuple[Array, Array]:
    """A part of a scene, or all of it with some padding, in one of its eight orientations; colors and instance
    numbers ``size`` = (height, width) large."""
    whole = len(image)
    zoom = max(size) / whole * np.exp(rng.uniform(np.log(0.65), np.log(1.8)))
    offset = [rng.uniform(min(room, 0), max(room, 0)) for room in (extent - zoom * whole for extent in size[::-1])]
    turn = np.diag(rng.choice((-1.0, 1.0), 2))
    if rng.random() < 0.5:
        turn = turn[::-1]
    # about the middles of both, so that the turn keeps the scene where the offset puts it
    centre = (whole - 1) / 2
    move = np.array(offset) + (zoom * whole - 1) / 2 - zoom * (turn @ (centre, centre))
    matrix = np.column_stack((zoom * turn, move))
    smooth = cv2.GaussianBlur(image, (0, 0), 0.35 / zoom) if zoom < 0.7 else image
    return (
        cv2.warpAffine(smooth, matrix, size[::-1], flags=cv2.INTER_LINEAR, borderValue=(PAD, PAD, PAD)),
        cv2.warpAffine(numbers, matrix, size[::-1], flags=cv2.INTER_NEAREST).astype(np.uint16),
    )


def _recolored(rng: np.random.Generator, image: Array) -> Array:
    """Brightness, contrast and gamma of each channel, channels exchanged, grey, negative: each by chance."""
    if rng.random() < 0.2:
        image = image[..., rng.permutation(3)]
    if rng.random() < 0.08:
        image = np.repeat(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)[..., None], 3, axis=-1)
    if rng.random() < 0.05:
        image = 255 - image
    levels = np.linspace(0, 1, 256)[:, None]
    gamma = np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.04, 3))
    gain = np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.06, 3))
    table = np.clip(levels**gamma * gain + rng.normal(0, 0.03), 0, 1) * 255
    return cv2.LUT(np.ascontiguousarray(image), np.rint(table).astype(np.uint8)[None])


def _view(image: Array, numbers: Array, labels: Array) -> View:
    counts = np.bincount(numbers.ravel(), minlength=1)
    counts[0] = 0
    kept = np.flatnonzero(counts >= _SMALLEST)
    masks = numbers[None] == kept[:, None, None].astype(numbers.dtype)
    rows, columns = masks.any(2), masks.any(1)
    height, width = numbers.shape
    boxes = np.stack(
        (
            columns.argmax(1),
            rows.argmax(1),
            width - columns[:, ::-1].argmax(1),
            height - rows[:, ::-1].argmax(1),
        ),
        axis=1,
    ).astype(np.float32)
    return View(np.asarray(image, np.uint8), boxes, labels[kept].astype(np.int64), masks.view(np.uint8))

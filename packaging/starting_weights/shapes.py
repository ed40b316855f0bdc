"""Outlines of things, drawn at random: each fits the unit circle about the origin, x right and y down."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from core.sample.noise import Array

CLASSES = ("disc", "blob", "angular", "rod", "ring", "star", "cell", "flake", "fruit")
"""What a network learns to tell apart: families of outlines, three of which also have a look of their own."""


class Shape(NamedTuple):
    """Polygons of points ``(n, 2)``; a point inside an odd number of them belongs to the shape."""

    outer: Array
    holes: tuple[Array, ...] = ()


def _circle(points: int = 48) -> Array:
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False, dtype=np.float32)
    return np.stack((np.cos(angle), np.sin(angle)), axis=1)


def _fitted(points: Array) -> Array:
    points = points - (points.min(0) + points.max(0)) / 2
    fitted: Array = points / np.hypot(points[:, 0], points[:, 1]).max()
    return fitted


def _waves(rng: np.random.Generator, points: int, strength: float, highest: int) -> Array:
    """A smooth random function round the circle, about 0."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False, dtype=np.float32)
    orders = np.arange(2, highest + 1)
    amplitude = rng.normal(0, strength, len(orders)) / (orders - 1)
    waves: Array = (amplitude[:, None] * np.cos(orders[:, None] * angle + rng.uniform(0, 7, (len(orders), 1)))).sum(0)
    return waves


def disc(rng: np.random.Generator) -> Shape:
    """A circle or an ellipse."""
    return Shape(_circle() * (1, rng.uniform(0.5, 1)))


def blob(rng: np.random.Generator) -> Shape:
    """A smooth outline with bays: a few Fourier terms of the radius."""
    radius = np.exp(_waves(rng, 64, rng.uniform(0.1, 0.45), int(rng.integers(3, 8))))
    return Shape(_fitted(_circle(64) * radius[:, None] * (1, rng.uniform(0.6, 1))))


def angular(rng: np.random.Generator) -> Shape:
    """Straight edges: regular, convex or jagged, three to nine corners."""
    corners = int(rng.integers(3, 10))
    regular = rng.random() < 0.3
    spread = 0.0 if regular else 0.38
    angle = (np.arange(corners) + rng.uniform(-spread, spread, corners)) * (2 * np.pi / corners)
    radius = 1 - (0 if regular else rng.uniform(0, 0.5)) * rng.random(corners)
    points = np.stack((np.cos(angle), np.sin(angle)), axis=1) * radius[:, None]
    return Shape(_fitted(points * (1, rng.uniform(0.5, 1))))


def rod(rng: np.random.Generator) -> Shape:
    """A straight, bent or wavy band, its ends round or blunt, perhaps tapering."""
    t = np.linspace(-1, 1, 24, dtype=np.float32)
    bend, wave = rng.normal(0, 0.45), rng.normal(0, 0.12)
    x, y = t, bend * (t * t - 0.3) + wave * np.sin(t * 5)
    dx, dy = np.gradient(x), np.gradient(y)
    length = np.hypot(dx, dy)
    width = rng.uniform(0.07, 0.3) * (1 + rng.uniform(-0.5, 0.5) * t)
    if rng.random() < 0.7:
        width = width * np.sqrt(np.maximum(1 - t**8, 0.02))
    side = np.stack((-dy / length, dx / length), axis=1) * width[:, None]
    middle = np.stack((x, y), axis=1)
    return Shape(_fitted(np.concatenate((middle + side, (middle - side)[::-1]))))


def star(rng: np.random.Generator) -> Shape:
    """Points, petals or teeth round a middle."""
    arms = int(rng.integers(4, 13))
    angle = np.linspace(0, 2 * np.pi, 8 * arms, endpoint=False, dtype=np.float32)
    wave = np.cos(arms * angle)
    sharp = rng.uniform(0.6, 4)
    radius = 1 - rng.uniform(0.15, 0.5) * (0.5 - 0.5 * np.clip(wave * sharp, -1, 1))
    return Shape(np.stack((np.cos(angle), np.sin(angle)), axis=1) * radius[:, None])


def ring(rng: np.random.Generator) -> Shape:
    """Another outline with a hole, or two."""
    outer = (disc, blob, angular, star)[rng.choice(4, p=(0.5, 0.2, 0.2, 0.1))](rng).outer
    inner = outer if rng.random() < 0.5 else _circle()
    room = np.hypot(outer[:, 0], outer[:, 1]).min()
    if rng.random() < 0.15:
        pair = [_circle() * room * 0.3 + (shift * room * 0.45, 0) for shift in (-1, 1)]
        return Shape(outer, tuple(pair))
    size = rng.uniform(0.35, 0.8) * (1 if inner is outer else room)
    return Shape(outer, (inner * size,))


def cell(rng: np.random.Generator) -> Shape:
    """A cell or a nucleus: an ellipse with a little wobble, some bean-shaped."""
    points = _circle() * np.exp(_waves(rng, 48, 0.06, 5))[:, None] * (1, rng.uniform(0.5, 1))
    if rng.random() < 0.2:
        points = points + np.stack((0 * points[:, 0], rng.uniform(0.2, 0.5) * points[:, 0] ** 2), axis=1)
    return Shape(_fitted(points))


def flake(rng: np.random.Generator) -> Shape:
    """A splinter of a crystal: a stretched polygon with cut corners, edges straight."""
    corners = int(rng.integers(3, 8))
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    points = np.stack((np.cos(angle), np.sin(angle)), axis=1) * rng.uniform(0.5, 1, (corners, 1))
    return Shape(_fitted(points * (1, rng.uniform(0.35, 1)) + rng.normal(0, 0.02, points.shape)))


def fruit(rng: np.random.Generator) -> Shape:
    """An egg, a pear or a nut, uneven, some with a stem."""
    points = _circle(64) * (1, rng.uniform(0.55, 1))
    points[:, 1] *= 1 - rng.uniform(0, 0.35) * points[:, 0]
    points *= np.exp(_waves(rng, 64, 0.03, 9))[:, None]
    if rng.random() < 0.3:
        thickness, reach = rng.uniform(0.08, 0.16), rng.uniform(1.15, 1.6)
        tip = (np.abs(points[:, 1]) < thickness) & (points[:, 0] > 0.5)
        points[tip, 0] *= reach
    return Shape(_fitted(points))


SHAPES: dict[str, Callable[[np.random.Generator], Shape]] = {
    "disc": disc,
    "blob": blob,
    "angular": angular,
    "rod": rod,
    "ring": ring,
    "star": star,
    "cell": cell,
    "flake": flake,
    "fruit": fruit,
}
"""For every class: draw an outline."""

"""Drawing a scene: a table, fluorescence, transmitted light or a thin film, each with its own light and its own things.

Pictures are made in linear light and developed at the end: blur, noise, a tone curve, perhaps grey, perhaps JPEG.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from core.sample.compose import compose
from core.sample.noise import Array, smoothstep
from core.sample.render import render
from starting_weights.grounds import litter, plain, table
from starting_weights.looks import Look, near, pattern, random_color, random_look, shade
from starting_weights.shapes import CLASSES, SHAPES, Shape
from starting_weights.stage import Layers, Sprite, place

_OF_PART = {"bolt": "rod", "coin": "disc", "gear": "star", "nut": "ring", "washer": "ring"}
"""The class of each of the sample's parts."""


class Drawing(NamedTuple):
    """A drawn scene."""

    image: Array
    """uint8 RGB, shape ``(size, size, 3)``."""
    numbers: Array
    """uint8, shape ``(size, size)``: 0 the ground, ``i`` the visible pixels of the ``i``-th instance."""
    labels: list[int]
    """Index into ``CLASSES`` of each instance."""


@dataclass(frozen=True, slots=True)
class Species:
    """Things of one kind in a scene: alike, not equal."""

    name: str
    look: Look
    radius: float
    """Typical, in pixels."""
    shape: Shape | None
    """Where all are cut from one pattern."""
    variety: float

    def draw(self, rng: np.random.Generator) -> tuple[Shape, float]:
        radius = self.radius * np.exp(rng.normal(0, self.variety))
        return self.shape or SHAPES[self.name](rng), float(radius)


Paint = Callable[[np.random.Generator, Array, Sprite, Species], None]
"""Puts a sprite into a linear canvas."""


def draw(rng: np.random.Generator, size: int) -> Drawing:
    """A random scene of ``size`` × ``size`` pixels."""
    kinds = (_table, _fluorescence, _transmitted, _film, _parts)
    return kinds[rng.choice(len(kinds), p=(0.43, 0.17, 0.13, 0.15, 0.12))](rng, size)


def _table(rng: np.random.Generator, size: int) -> Drawing:
    """Solid and flat things in a lamp's light, with their shadows."""
    canvas = litter(rng, table(rng, size), rng.uniform(0, 1))
    azimuth, elevation = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(30, 75))
    light = (
        float(np.cos(azimuth) * np.cos(elevation)),
        float(np.sin(azimuth) * np.cos(elevation)),
        float(np.sin(elevation)),
    )
    ambient, depth = float(rng.uniform(0.25, 0.7)), rng.uniform(0, 0.7)

    def paint(rng: np.random.Generator, canvas: Array, sprite: Sprite, species: Species) -> None:
        _shadow(canvas, sprite, light, depth, species.radius)
        share = pattern(species.look, sprite.u, sprite.v, float(rng.uniform(0, 50)))
        color = shade(species.look, share, sprite.distance(), light, ambient) * np.exp(rng.normal(0, 0.12))
        alpha = sprite.alpha[..., None]
        canvas[sprite.place] += (color - canvas[sprite.place]) * alpha

    names = ("fruit", "fruit", "disc", "blob", "angular", "rod", "ring", "star")
    solid = rng.random() < 0.75
    species = _species(rng, size, names, solid=solid, few=0.75)
    stage = _populate(rng, canvas, species, paint, hidden=rng.uniform(0, 0.5))
    return _develop(rng, canvas, stage, grey=0.1)


def _shadow(canvas: Array, sprite: Sprite, light: tuple[float, float, float], depth: float, radius: float) -> None:
    high = 0.5 * radius
    dx, dy = (round(-value / light[2] * high * 0.6) for value in light[:2])
    margin = int(abs(dx) + abs(dy) + high * 0.5) + 3
    size = len(canvas)
    top, left = max(sprite.rows.start - margin, 0), max(sprite.columns.start - margin, 0)
    bottom, right = min(sprite.rows.stop + margin, size), min(sprite.columns.stop + margin, size)
    shadow = np.zeros((bottom - top, right - left), np.float32)
    shadow[sprite.rows.start - top : sprite.rows.stop - top, sprite.columns.start - left :][
        :, : sprite.alpha.shape[1]
    ] = sprite.alpha
    moved = cv2.warpAffine(shadow, np.array([[1.0, 0, dx], [0, 1.0, dy]]), shadow.shape[::-1])
    soft = cv2.GaussianBlur(np.maximum(moved, 0.5 * shadow), (0, 0), 0.8 + 0.15 * high)
    canvas[top:bottom, left:right] *= (1 - depth * soft)[..., None]


def _fluorescence(rng: np.random.Generator, size: int) -> Drawing:
    """Glowing things on black: their light adds up, and some are much brighter than others."""
    hue = np.ones(3, np.float32) if rng.random() < 0.6 else random_color(rng) + 0.02
    power = np.exp(rng.uniform(np.log(0.03), np.log(1.2)))
    haze = power * rng.uniform(0.002, 0.15)
    canvas = plain(rng, size, hue * haze)
    for x, y in rng.uniform(0, size, (rng.poisson(3), 2)):  # glow from out of focus
        glow = np.zeros((size, size), np.float32)
        cv2.circle(glow, (int(x), int(y)), int(rng.uniform(0.02, 0.1) * size), 1, -1)
        canvas += cv2.GaussianBlur(glow, (0, 0), 0.04 * size)[..., None] * hue * power * rng.uniform(0, 0.3)
    spread, soft = rng.uniform(0.1, 0.7), rng.uniform(0.4, 1.3)

    def paint(rng: np.random.Generator, canvas: Array, sprite: Sprite, species: Species) -> None:
        share = pattern(species.look, sprite.u, sprite.v, float(rng.uniform(0, 50)))
        dome = np.clip(sprite.distance() / (0.5 * species.radius + 1), 0, 1)
        value = (1 - 0.5 * species.look.strength * share) * (1 - species.look.bulge * 0.6 * (1 - dome))
        value = cv2.GaussianBlur(value * sprite.alpha, (0, 0), soft) * power * np.exp(rng.normal(0, spread))
        canvas[sprite.place] += value[..., None] * hue

    species = _species(rng, size, ("cell", "cell", "cell", "disc", "rod", "blob", "ring"), solid=True, few=0.25)
    stage = _populate(rng, canvas, species[:2], paint, hidden=rng.uniform(0, 0.3))
    return _develop(rng, litter(rng, canvas, 0.2), stage, grey=0.3)


def _transmitted(rng: np.random.Generator, size: int) -> Drawing:
    """Things that light shines through: they take color away, most at their rims or in their middles."""
    canvas = litter(rng, plain(rng, size, near(rng, np.full(3, rng.uniform(0.3, 0.9)), 0.15)), rng.uniform(0, 0.6))
    rim, inner = rng.uniform(-0.4, 0.9), rng.uniform(0, 0.9) * (rng.random() < 0.6)

    def paint(rng: np.random.Generator, canvas: Array, sprite: Sprite, species: Species) -> None:
        share = pattern(species.look, sprite.u, sprite.v, float(rng.uniform(0, 50)))
        distance = sprite.distance()
        edge = smoothstep(2.5 + 0.1 * species.radius, 0, distance) * rim
        core = smoothstep(0.5, 0.35, np.hypot(sprite.u - 0.1, sprite.v * 1.3)) * inner
        taken = (0.35 + 0.4 * species.look.strength * share + edge + core) * sprite.alpha
        kept = np.clip(species.look.colors[0], 0.05, 0.95)
        canvas[sprite.place] *= np.clip(1 - taken[..., None] * (1 - kept) * 0.8, 0.02, 1.6)

    names = ("cell", "cell", "cell", "rod", "disc", "blob", "ring")
    species = _species(rng, size, names, solid=False, few=0.4)
    stage = _populate(rng, canvas, species, paint, hidden=rng.uniform(0, 0.3))
    return _develop(rng, canvas, stage, grey=0.35)


def _film(rng: np.random.Generator, size: int) -> Drawing:
    """Thin flakes on a wafer: a tint of its color, from hardly visible to glaring, with or without a line round it."""
    canvas = litter(rng, plain(rng, size, np.maximum(random_color(rng), 0.05)), rng.uniform(0, 0.5))
    line = rng.uniform(-0.5, 0.5) * (rng.random() < 0.6)

    def paint(rng: np.random.Generator, canvas: Array, sprite: Sprite, species: Species) -> None:
        tint = species.look.colors[0] - canvas[sprite.place].mean((0, 1))
        thin = float(np.clip(species.look.strength + rng.normal(0, 0.1), 0.12, 1))
        share = pattern(species.look, sprite.u, sprite.v, float(rng.uniform(0, 50)))
        step = tint * (thin * (0.8 + 0.2 * np.round(2 * share))[..., None])
        edge = smoothstep(1.8, 0.5, sprite.distance()) * line
        canvas[sprite.place] += (step + edge[..., None] * canvas[sprite.place]) * sprite.alpha[..., None]

    species = _species(rng, size, ("flake", "flake", "flake", "angular"), solid=False, few=0.3)
    stage = _populate(rng, canvas, species, paint, hidden=0.4)
    return _develop(rng, np.maximum(canvas, 0), stage, grey=0.1)


def _parts(rng: np.random.Generator, size: int) -> Drawing:
    """A picture of the sample's nuts and bolts."""
    scene = compose(rng)
    picture = render(scene, size)
    numbers = np.zeros((size, size), np.uint8)
    for number, mask in enumerate(picture.masks, 1):
        numbers[mask] = number
    names = list(_OF_PART)
    return Drawing(picture.image, numbers, [CLASSES.index(_OF_PART[names[label]]) for label in picture.labels])


def _species(rng: np.random.Generator, size: int, names: tuple[str, ...], *, solid: bool, few: float) -> list[Species]:
    """One to four kinds; ``few`` is the chance that they are large and few rather than small and many."""
    if rng.random() < few:
        radius = np.exp(rng.uniform(np.log(0.04), np.log(0.22))) * size
    else:
        radius = np.exp(rng.uniform(np.log(0.013), np.log(0.05))) * size
    found = []
    for _ in range(rng.integers(1, 5)):
        name = names[rng.integers(len(names))]
        alike = rng.random() < 0.25
        found.append(
            Species(
                name,
                random_look(rng, solid=solid or name == "fruit"),
                max(float(radius * np.exp(rng.normal(0, 0.2))), 3.5),
                SHAPES[name](rng) if alike else None,
                0.05 if alike else float(rng.uniform(0.05, 0.4)),
            )
        )
    return found


def _populate(rng: np.random.Generator, canvas: Array, species: list[Species], paint: Paint, hidden: float) -> Layers:
    """Scatter things, evenly or in clumps, as many as the picture bears."""
    size = len(canvas)
    typical = float(np.mean([kind.radius for kind in species]))
    room = size * size / (np.pi * typical * typical)
    wanted = int(np.clip(room * np.exp(rng.uniform(np.log(0.08), np.log(0.6))), 1, 90))
    clumped = rng.uniform(0.3, 0.95) if rng.random() < 0.4 else 0.0
    closeness = rng.uniform(0.85, 1.15)
    stage, placed = Layers(size), list[tuple[float, float, float]]()
    for _ in range(2 * wanted):
        if len(placed) == wanted:
            break
        kind = species[rng.integers(len(species))]
        shape, radius = kind.draw(rng)
        centre = (float(rng.uniform(0, size)), float(rng.uniform(0, size)))
        if placed and rng.random() < clumped:
            x, y, other = placed[rng.integers(len(placed))]
            away, towards = (radius + other) * closeness * 0.85, rng.uniform(0, 2 * np.pi)
            centre = (x + away * float(np.cos(towards)), y + away * float(np.sin(towards)))
        sprite = place(shape, centre, radius, float(rng.uniform(0, 2 * np.pi)), size)
        if sprite and stage.admit(sprite, CLASSES.index(kind.name), hidden):
            paint(rng, canvas, sprite, kind)
            placed.append((*centre, radius))
    return stage


def _develop(rng: np.random.Generator, canvas: Array, stage: Layers, grey: float) -> Drawing:
    """What lens, sensor and file make of the light."""
    size = len(canvas)
    canvas = canvas * np.exp(rng.normal(0, 0.15, 3)).astype(np.float32) * np.float32(np.exp(rng.normal(0, 0.2)))
    if rng.random() < grey:
        canvas = np.repeat(canvas.mean(-1, keepdims=True), 3, axis=-1)
    soft = max(rng.uniform(-0.4, 1.1), 0)
    if soft > 0.25:
        canvas = cv2.GaussianBlur(canvas, (0, 0), soft)
    strength = np.exp(rng.uniform(np.log(0.002), np.log(0.05)))
    grain = rng.standard_normal((size, size, 1 if rng.random() < 0.6 else 3), np.float32)
    canvas = np.maximum(canvas, 0)
    canvas = canvas + grain * strength * np.sqrt(canvas + 0.01)
    canvas = np.maximum(canvas, 0) ** rng.uniform(0.4, 0.65)
    image: Array = np.clip(canvas * 255 + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = int(rng.integers(40, 96))
        jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
    return Drawing(image, stage.numbers, stage.labels)

"""Drawing scenes: how many parts, which, where, and what may hide what."""

import cv2
import numpy as np

from core.sample.light import random_light
from core.sample.outline import trace
from core.sample.parts import CATEGORIES, MAKERS
from core.sample.scene import Camera, Lens, PlacedPart, Scene
from core.sample.surfaces import SURFACES

_PLAN = 128
"""Side in pixels of the plan on which visibility is decided, the same for every size of picture."""
_SMALLEST_SIDE = 0.09
"""Of the box around what is visible of a part, in sides of the picture."""
_LEAST_VISIBLE = 0.3
"""Of a part's area; what is hidden or cut more is not put there at all."""
_RADII = {
    "bolt": (0.165, 0.235),
    "coin": (0.07, 0.105),
    "gear": (0.09, 0.15),
    "nut": (0.068, 0.1),
    "washer": (0.068, 0.11),
}
"""Range of a part's radius in sides of the picture, before perspective."""


def compose(rng: np.random.Generator) -> Scene:
    """Draw a scene of 6 to 14 parts."""
    tilt = float(rng.uniform(0.04, 0.42))
    heading = rng.normal(-np.pi / 2, 0.5)
    camera = Camera(tilt, (float(np.cos(heading)), float(np.sin(heading))), float(0.75 * np.sin(tilt)))
    light = random_light(rng)
    lens = Lens(
        exposure=float(np.exp(rng.normal(0, 0.16))),
        falloff=float(rng.uniform(0.15, 0.6)),
        vignette=float(rng.uniform(0.1, 0.45)),
        white=(float(np.exp(rng.normal(0, 0.05))), 1.0, float(np.exp(rng.normal(0, 0.06)))),
        blur=float(rng.uniform(0.4, 1.9)),
        noise=float(np.exp(rng.uniform(np.log(0.004), np.log(0.016)))),
        gloom=float(max(rng.uniform(-0.5, 0.6), 0)),
    )
    return Scene(
        items=_scatter(rng, camera),
        camera=camera,
        light=light,
        lens=lens,
        surface=int(rng.integers(len(SURFACES))),
        turn=float(rng.uniform(0, 2 * np.pi)),
        seed=int(rng.integers(2**31)),
    )


def _scatter(rng: np.random.Generator, camera: Camera) -> tuple[PlacedPart, ...]:
    """Parts from the top one down; one that would be hidden too far by those above it is not placed."""
    number = int(rng.integers(6, 15))
    zoom = rng.uniform(0.95, 1.25) * (1.12 if number < 9 else 0.92 if number > 11 else 1.0)
    crowding = rng.uniform(0.3, 0.9)
    items: list[PlacedPart] = []
    covered = np.zeros((_PLAN, _PLAN), np.float32)
    for _ in range(12 * number):
        if len(items) == number:
            break
        item = _place(rng, camera, float(zoom))
        outline = trace(item, camera, _PLAN)
        outer, inner = outline.window.clip(_PLAN)
        coverage = np.clip(0.5 - outline.swept, 0, 1)
        whole = float(coverage.sum())
        seen = coverage[inner] * (1 - covered[outer])
        if seen.sum() < max(_LEAST_VISIBLE, crowding) * whole:
            continue
        _, _, width, height = cv2.boundingRect((seen > 0.5).view(np.uint8))
        if min(width, height) < _SMALLEST_SIDE * _PLAN:
            continue
        covered[outer] = 1 - (1 - covered[outer]) * (1 - coverage[inner])
        items.append(item)
    return tuple(items)


def _place(rng: np.random.Generator, camera: Camera, zoom: float) -> PlacedPart:
    category = CATEGORIES[rng.integers(len(CATEGORIES))]
    part, material = MAKERS[category](rng)
    x, y = (float(value) for value in rng.uniform(-0.04, 1.04, 2))
    radius = float(rng.uniform(*_RADII[category]) * zoom * camera.scale(x, y))
    slant = rng.normal(0, 0.035, 2)
    return PlacedPart(
        part=part,
        material=material,
        x=x,
        y=y,
        radius=radius,
        angle=float(rng.uniform(0, 2 * np.pi)),
        slant=(float(slant[0]), float(slant[1])),
        lift=float(rng.uniform(0, 0.12)),
        texture=int(rng.integers(1000)),
    )

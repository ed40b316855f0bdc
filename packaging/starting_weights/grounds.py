"""What lies below the things of a scene, and what lies about: dust, hairs, scratches, letters, trays, stains."""

import cv2
import numpy as np

from core.sample.noise import Array, mix, noise, smoothstep
from core.sample.surfaces import SURFACES
from starting_weights.looks import near, pattern, random_color, random_look


def coordinates(size: int) -> tuple[Array, Array]:
    """x and y of the pixels of a square picture whose side is 1."""
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size
    x, y = np.meshgrid(axis, axis)
    return x, y


def table(rng: np.random.Generator, size: int) -> Array:
    """A surface of the sample, a patterned or a plain one; some with a tray or a cloth of another on it."""
    ground = _surface(rng, size)
    if rng.random() < 0.25:
        corners = cv2.boxPoints(((size / 2, size / 2), tuple(rng.uniform(0.5, 1.1, 2) * size), rng.uniform(-20, 20)))
        corners = corners + rng.normal(0, 0.15 * size, 2)
        tray = np.zeros((size, size), np.float32)
        cv2.fillPoly(tray, [corners.astype(np.int32)], 1)
        edge = cv2.GaussianBlur(tray, (0, 0), rng.uniform(0.5, 4))
        ground = mix(ground, _surface(rng, size) if rng.random() < 0.5 else ground * rng.uniform(0.5, 1.5), edge)
        ground = ground * (1 + rng.uniform(-0.6, 0.6) * (edge * (1 - edge) * 4))[..., None]
    return ground


def plain(rng: np.random.Generator, size: int, color: Array) -> Array:
    """One color with uneven light and faint clouds."""
    x, y = coordinates(size)
    away = float(rng.uniform(0, 9))
    slope = rng.normal(0, 0.25, 2)
    value = (
        1
        + slope[0] * (x - 0.5)
        + slope[1] * (y - 0.5)
        - max(rng.uniform(-0.3, 0.8), 0) * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
    )
    value = value + rng.uniform(0, 0.06) * noise(x + away, y, (0.5, 1.5, 2.0)[rng.integers(3)], 2.0)
    ground: Array = (color * np.maximum(value, 0.02)[..., None]).astype(np.float32)
    return ground


def _surface(rng: np.random.Generator, size: int) -> Array:
    kind = rng.random()
    if kind < 0.3:
        return plain(rng, size, random_color(rng))
    x, y = coordinates(size)
    turn, zoom, away = (float(value) for value in rng.uniform((0, 0.4, 0), (2 * np.pi, 1.6, 50)))
    u = zoom * (x * float(np.cos(turn)) - y * float(np.sin(turn)))
    v = zoom * (x * float(np.sin(turn)) + y * float(np.cos(turn)))
    if kind < 0.65:
        color = SURFACES[rng.integers(len(SURFACES))](rng, u + away, v - away).color
        return np.asarray(np.maximum(color * np.exp(rng.normal(0, 0.3)), 0), np.float32)
    look = random_look(rng, solid=False)
    share = pattern(look, u * 3, v * 3, away)
    return mix(look.colors[0], look.colors[1], (share - 0.5) * look.strength * rng.uniform(0.1, 1) + 0.5)


def litter(rng: np.random.Generator, ground: Array, amount: float) -> Array:
    """Marks that are no instances; ``amount`` 0 none … 1 a mess."""
    size = len(ground)
    for _ in range(rng.poisson(6 * amount)):
        coat = np.zeros((size, size), np.float32)
        _mark(rng, coat)
        soft = cv2.GaussianBlur(coat, (0, 0), rng.uniform(0.4, 1.2))
        shade = near(rng, ground[size // 2, size // 2], 1.0) if rng.random() < 0.6 else random_color(rng)
        ground = mix(ground, shade, soft * rng.uniform(0.15, 0.9))
    if rng.random() < 0.25 * amount:
        x, y = coordinates(size)
        stain = smoothstep(0.8, 1.3, noise(x + float(rng.uniform(0, 9)), y, 1.8, 3.0))
        ground = ground * (1 + rng.uniform(-0.4, 0.3) * stain)[..., None]
    return ground


def _mark(rng: np.random.Generator, coat: Array) -> None:
    """Draw a scratch, a hair, a letter or dust into ``coat``."""
    size = len(coat)
    start = rng.uniform(0, size, 2)
    kind = rng.integers(4)
    if kind == 0:
        cv2.line(coat, _whole(start), _whole(rng.uniform(0, size, 2)), 1, int(rng.integers(1, 3)), cv2.LINE_AA)
    elif kind == 1:
        steps = np.cumsum(np.cumsum(rng.normal(0, 0.25, (40, 2)), axis=0) + rng.normal(0, 1.5, 2), axis=0)
        cv2.polylines(coat, [(start + steps).astype(np.int32)], False, 1, 1, cv2.LINE_AA)
    elif kind == 2:
        letters = "".join(chr(rng.integers(48, 91)) for _ in range(rng.integers(1, 7)))
        cv2.putText(coat, letters, _whole(start), int(rng.integers(0, 8)), rng.uniform(0.3, 1), 1, 1, cv2.LINE_AA)
    else:
        for x, y in rng.uniform(0, size, (rng.integers(5, 40), 2)):
            cv2.circle(coat, (int(x), int(y)), int(rng.integers(0, 2)), rng.uniform(0.3, 1), -1, cv2.LINE_AA)


def _whole(point: Array) -> tuple[int, int]:
    return int(point[0]), int(point[1])

"""What the parts lie on: wood, brushed metal, cardboard, concrete, a cutting mat, cloth.

A surface is a function of a random generator and of coordinates ``x``, ``y`` on the table (the picture's side is about
1), both of shape ``(height, width)``.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from core.sample.noise import Array, linear, mix, noise, smoothstep


class Surface(NamedTuple):
    """How a surface looks before light falls on it."""

    color: Array
    """Linear, shape ``(height, width, 3)``."""
    relief: Array
    """Height, in thousandths of the picture's side, shape ``(height, width)``."""


def wood(rng: np.random.Generator, x: Array, y: Array) -> Surface:
    """Planed boards: growth rings cut at a flat angle, pores along the grain."""
    tones = (((112, 72, 40), (176, 126, 78)), ((178, 134, 88), (222, 186, 138)), ((70, 46, 32), (122, 84, 58)))
    dark, light = (linear(*rgb) for rgb in tones[rng.integers(len(tones))])
    width = rng.uniform(0.28, 0.7)
    board = np.floor(y / width)
    along = x + board * 3.7
    swirl = noise(along, y, 2.0, period=7.0, period_y=2.6)
    ring = (y * rng.uniform(7, 13) + swirl * rng.uniform(0.8, 2.2) + board * 0.37) % 1
    early = ring * ring * smoothstep(1.0, 0.9, ring)
    pores = smoothstep(0.9, 2.2, noise(along, y, 0.35, period=16.0, period_y=1.3))
    tint = 0.55 + 0.16 * noise(along, y, 1.6, period=6.0, period_y=1.5) + 0.14 * np.sin(board * 12.9898)
    share = np.clip(tint + 0.2 - 0.5 * early, 0, 1.25)
    color = mix(dark, light, share) * (1 - 0.45 * pores)[..., None]
    gap = np.abs(y / width - np.rint(y / width)) * width
    seam = smoothstep(0.0045, 0.002, gap)
    color *= (1 - 0.8 * seam)[..., None]
    return Surface(color, -0.5 * pores - 3 * seam + 0.25 * early)


def brushed_metal(rng: np.random.Generator, x: Array, y: Array) -> Surface:
    """A sheet brushed along x, with a broad sheen and a few scratches."""
    tone = rng.uniform(0.17, 0.42)
    brush = noise(x, y, 0.3, period=60.0, period_y=1.6)
    wear = noise(x, y, 1.5, period=3.0)
    sheen = np.cos((x * float(np.cos(0.3)) + y) * rng.uniform(1.5, 3.5) + rng.uniform(0, 6))
    value = tone * (1 + 0.13 * brush + 0.08 * wear + 0.2 * sheen)
    scratches = smoothstep(2.6, 3.4, noise(x * 0.4 + y, y - x * 0.3, 0.2, 30.0, 1.5))
    value = value + 0.15 * scratches
    tint = np.array([1, 1.01, 1.03], np.float32) if rng.random() < 0.7 else np.array([1.05, 1, 0.92], np.float32)
    return Surface(value[..., None] * tint, 0.12 * brush)


def cardboard(rng: np.random.Generator, x: Array, y: Array) -> Surface:
    """Brown board with the flutes showing faintly, fibres and stains."""
    base = linear(*((184, 144, 100), (164, 124, 84), (198, 164, 122))[rng.integers(3)])
    flutes = np.sin(x * (2 * np.pi * rng.uniform(16, 26)) + 0.6 * noise(x, y, 1.5, 3.0))
    fibres = noise(x, y, 0.45, period=3.2, period_y=1.5)
    stain = noise(x, y, 1.8, period=2.5)
    flecks = smoothstep(2.3, 3.2, noise(x, y, 0.5, 2.2, 1.4))
    value = 1 + 0.035 * flutes + 0.07 * fibres + 0.09 * stain - 0.45 * flecks
    return Surface(base * value[..., None], 0.5 * flutes + 0.25 * fibres)


def concrete(rng: np.random.Generator, x: Array, y: Array) -> Surface:
    """A floor of cement: clouds, grains of sand, pits."""
    base = linear(*((150, 148, 143), (122, 122, 122), (178, 172, 162), (96, 98, 102))[rng.integers(4)])
    cloud = noise(x, y, 1.7, period=2.2)
    grain = noise(x, y, 0.5, period=1.7)
    pits = smoothstep(2.0, 2.7, noise(x, y, 1.05, period=0.8))
    value = 1 + 0.17 * cloud + 0.12 * grain - 0.6 * pits
    return Surface(base * np.maximum(value, 0.1)[..., None], 0.4 * grain - 2 * pits)


def cutting_mat(rng: np.random.Generator, x: Array, y: Array) -> Surface:
    """A self-healing mat with printed lines and the cuts of knives."""
    base = linear(*((26, 92, 74), (34, 62, 92), (58, 60, 64), (30, 84, 52))[rng.integers(4)])
    ink = linear(188, 196, 150)
    pitch = rng.uniform(0.085, 0.15)
    lines = np.zeros_like(x)
    for across in (x, y):
        cell = across / pitch
        away = np.abs(cell - np.rint(cell)) * pitch
        strong = np.rint(cell) % 5 == 0
        lines = np.maximum(lines, smoothstep(0.0026, 0.001, away) * np.where(strong, 0.75, 0.42))
    worn = np.clip(0.85 + 0.25 * noise(x, y, 1.2, 1.5), 0, 1)
    cuts = smoothstep(2.9, 3.4, noise(x + y, y - x, 0.25, 40.0, 1.1))
    grain = noise(x, y, 0.2, period=1.4)
    value = 1 + 0.08 * grain + 0.1 * noise(x, y, 1.6, 2.0)
    color = mix(base * value[..., None], ink, lines * worn)
    return Surface(mix(color, color * 0.45, cuts), 0.35 * grain - 2 * cuts)


def cloth(rng: np.random.Generator, x: Array, y: Array) -> Surface:
    """Twill: threads over two and under two, in uneven yarn, with soft folds."""
    warp = linear(*((58, 78, 116), (96, 98, 104), (150, 132, 108), (118, 52, 46), (54, 84, 70))[rng.integers(5)])
    weft = warp * rng.uniform(1.25, 1.9)
    count = rng.uniform(56, 90)
    shift = 0.25 * noise(x, y, 1.6, 2.0)
    across, along = x * count + shift, y * count + shift
    over = np.sin((across + along) * np.pi) > 0
    bulge = np.where(over, np.abs(np.sin(across * np.pi)), np.abs(np.sin(along * np.pi)))
    yarn = noise(x, y, 0.4, period=1.6)
    folds = noise(x, y, 2.2, period=2.6)
    value = (0.62 + 0.42 * bulge) * (1 + 0.12 * yarn)
    color = np.where(over[..., None], warp, weft) * value[..., None]
    return Surface(color, 1.1 * bulge + 0.3 * yarn + 14 * folds)


SURFACES: tuple[Callable[[np.random.Generator, Array, Array], Surface], ...] = (
    wood,
    brushed_metal,
    cardboard,
    concrete,
    cutting_mat,
    cloth,
)


def slope_towards(relief: Array, direction: tuple[float, float], size: int) -> Array:
    """How steeply a relief rises away from ``direction`` (x, y): positive faces turn towards it."""
    scale = size / 1000 / 8
    gx = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3)
    gy = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3)
    return -(gx * direction[0] + gy * direction[1]) * scale

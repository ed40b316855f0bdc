"""What the things of a scene look like: colors, patterns, and how light falls on them."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.sample.noise import Array, mix, noise, smoothstep

PATTERNS = ("plain", "clouds", "grain", "stripes", "wrinkles", "spots", "fade")


@dataclass(frozen=True, slots=True)
class Look:
    """The surface of a kind of thing."""

    colors: Array
    """Two linear colors, ``(2, 3)``, between which the pattern runs."""
    pattern: str
    scale: float
    """Fineness of the pattern."""
    strength: float
    bulge: float
    """0 flat … 1 a dome."""
    bump: float
    """Depth of the pattern in the surface."""
    gloss: float
    speckle: float
    """How rough it looks from near, whatever its pattern."""


def random_color(rng: np.random.Generator) -> Array:
    """A linear color ``(3,)``: mostly muted, sometimes grey, black, white or vivid."""
    hue, kind = rng.uniform(0, 180), rng.random()
    if kind < 0.2:
        saturation, value = 0.0, rng.uniform(0.02, 1)
    elif kind < 0.75:
        saturation, value = rng.uniform(0.1, 0.6), rng.uniform(0.15, 0.95)
    else:
        saturation, value = rng.uniform(0.6, 1), rng.uniform(0.4, 1)
    pixel = np.array([[[hue, saturation * 255, value * 255]]], np.uint8)
    rgb: Array = cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32) / 255
    return rgb * rgb


def near(rng: np.random.Generator, color: Array, spread: float) -> Array:
    """A color not far from another."""
    close: Array = color * np.exp(rng.normal(0, spread)) * np.exp(rng.normal(0, spread / 3, 3))
    return close.astype(np.float32)


def random_look(rng: np.random.Generator, *, solid: bool) -> Look:
    """A look; ``solid`` things bulge and shine."""
    first = random_color(rng)
    second = random_color(rng) if rng.random() < 0.25 else near(rng, first, 0.6)
    return Look(
        colors=np.stack((first, second)),
        pattern=PATTERNS[rng.integers(len(PATTERNS))],
        scale=float(np.exp(rng.uniform(np.log(0.4), np.log(3)))),
        strength=float(rng.uniform(0.2, 1)),
        bulge=float(rng.uniform(0.4, 1)) if solid else float(max(rng.uniform(-0.4, 0.5), 0)),
        bump=float(max(rng.uniform(-0.3, 1), 0)),
        gloss=float(max(rng.uniform(-0.5, 1), 0)),
        speckle=float(max(rng.uniform(-0.4, 0.5), 0)),
    )


def pattern(look: Look, u: Array, v: Array, at: float) -> Array:
    """The pattern, about 0 to 1, in an object's coordinates (it fits the unit circle); ``at`` makes each another."""
    x, y = u + at, v - at
    share = _figure(look, u, v, x, y)
    if look.speckle:
        share = share + look.speckle * noise(x, y, 0.5, 9.0)
    return share


def _figure(look: Look, u: Array, v: Array, x: Array, y: Array) -> Array:
    match look.pattern:
        case "plain":
            return np.full_like(u, 0.5)
        case "fade":
            return smoothstep(-1, 1, u + 0.2 * noise(x, y, 1.6, 8.0))
        case "stripes":
            return 0.5 + 0.5 * np.sin(v * (9 * look.scale) + 1.2 * noise(x, y, 1.8, 9.0))
        case "wrinkles":
            return np.clip(0.7 * np.abs(noise(x, y, 1.5, 7.0 / look.scale)), 0, 1)
        case "spots":
            return smoothstep(0.7, 1.1, noise(x, y, 1.8, 12.0 / look.scale))
        case "grain":
            return np.clip(0.5 + 0.25 * noise(x, y, 0.5, 12.0 / look.scale), 0, 1)
        case _:
            return np.clip(0.5 + 0.3 * noise(x, y, 1.7, 8.0 / look.scale), 0, 1)


def shade(look: Look, share: Array, distance: Array, light: tuple[float, float, float], ambient: float) -> Array:
    """The linear color ``(h, w, 3)`` of a lit surface.

    ``share`` is its pattern, ``distance`` the pixels to its edge, ``light`` the unit vector towards the lamp.
    """
    color = np.maximum(mix(look.colors[0], look.colors[1], (share - 0.5) * look.strength + 0.5), 0)
    if look.bulge < 0.05 and look.bump < 0.02:
        return color
    half = max(float(distance.max()), 1.0)
    inward = 1 - distance / half
    dome = look.bulge * half * 0.8 * np.sqrt(np.maximum(1 - inward * inward, 0))
    height = cv2.GaussianBlur(dome + look.bump * 0.25 * half * share, (0, 0), 0.6 + 0.04 * half)
    gx = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8)
    gy = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8)
    z = 1 / np.sqrt(gx * gx + gy * gy + 1)
    facing = np.maximum((light[2] - gx * light[0] - gy * light[1]) * z, 0) / light[2]
    lit: Array = color * (ambient * (0.6 + 0.4 * z) + (1 - ambient) * facing)[..., None]
    if look.gloss:
        towards = np.array((light[0], light[1], light[2] + 1))
        towards /= np.linalg.norm(towards)
        mirrored = np.maximum((towards[2] - gx * towards[0] - gy * towards[1]) * z, 0)
        lit = lit + (0.8 * look.gloss * mirrored ** (12 + 50 * look.gloss))[..., None]
    return lit

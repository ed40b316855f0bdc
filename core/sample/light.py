"""The light of a scene: where it comes from, and how metal and plastic look in it.

A material is looked up by the direction of its surface in a small picture of a sphere made of it (a "matcap"): cheap,
and it gives metal what makes it look like metal, the reflection of lamps, windows and a dark horizon.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from core.sample.noise import Array, smoothstep

_SPHERE = 96
"""Side of a matcap in pixels."""


@dataclass(frozen=True, slots=True)
class Light:
    """A key light, a window somewhere else, and what all walls together give back."""

    key: tuple[float, float, float]
    """Unit vector towards the key light: x right, y down, z to the camera."""
    window: tuple[float, float, float]
    key_size: float
    """Cosine lost from its centre to its edge: 0.01 a bulb, 0.15 a softbox."""
    key_power: float
    ambient: float
    """Share of the light on an open surface that does not come from the key light."""
    warmth: float
    """-1 a blue, 1 an orange key light."""

    def color(self) -> Array:
        """Linear color of the key light, shape ``(3,)``, green 1."""
        return np.array([1 + 0.16 * self.warmth, 1, 1 - 0.22 * self.warmth], np.float32)


def random_light(rng: np.random.Generator) -> Light:
    """A light as in a workshop: from a side, 31° to 60° above the table."""

    def towards(low: float, high: float) -> tuple[float, float, float]:
        azimuth, elevation = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(low, high))
        return (
            float(np.cos(azimuth) * np.cos(elevation)),
            float(np.sin(azimuth) * np.cos(elevation)),
            float(np.sin(elevation)),
        )

    return Light(
        key=towards(31, 60),
        window=towards(15, 55),
        key_size=float(np.exp(rng.uniform(np.log(0.006), np.log(0.12)))),
        key_power=float(rng.uniform(2.2, 4.0)),
        ambient=float(rng.uniform(0.2, 0.42)),
        warmth=float(rng.normal(0.25, 0.4)),
    )


def metal_sphere(light: Light, roughness: float, ground: Array) -> Array:
    """The matcap of a mirror-colored metal, shape ``(96, 96, 3)``; ``roughness`` 0 polished … 1 cast.

    ``ground`` is the linear color of the table, which upright faces reflect.
    """
    x, y, z = _normals()
    # the view is along -z: what the surface shows lies in the reflected direction
    rx, ry, rz = 2 * z * x, 2 * z * y, 2 * z * z - 1
    sky: Array = 0.34 + 0.34 * smoothstep(-0.1, 0.9, rz) - 0.16 * np.exp((rz - 1) * 14)  # the camera itself is dark
    color: Array = sky[..., None] * np.array([0.96, 1.0, 1.05], np.float32)
    below = smoothstep(0.16, -0.1, rz)[..., None]
    color = color * (1 - below) + (0.04 + 0.6 * ground) * below
    lamp = _lobe(rx, ry, rz, light.key, light.key_size + 0.08 * roughness)
    window = _lobe(rx, ry, rz, light.window, 0.12)
    color += (lamp * light.key_power)[..., None] * light.color()
    color += (window * 0.8)[..., None] * np.array([0.92, 1.0, 1.1], np.float32)
    return cv2.GaussianBlur(color, (0, 0), 1.0 + 7 * roughness)


def matt_sphere(light: Light) -> Array:
    """The matcap of a white matt surface, shape ``(96, 96, 3)``; facing up it is about 1."""
    x, y, z = _normals()
    key = np.maximum(x * light.key[0] + y * light.key[1] + z * light.key[2], 0) / light.key[2]
    share = 1 - light.ambient
    color = (light.ambient * (0.55 + 0.45 * z))[..., None] + (share * key)[..., None] * light.color()
    return color


def look_up(sphere: Array, nx: Array, ny: Array) -> Array:
    """The colors of a matcap at surface directions (x and y of the unit normal), shape ``(height, width, 3)``."""
    half = (_SPHERE - 1) / 2
    return cv2.remap(sphere, nx * half + half, ny * half + half, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _normals() -> tuple[Array, Array, Array]:
    axis: Array = np.linspace(-1, 1, _SPHERE, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    length = np.maximum(np.hypot(x, y), 1)  # outside the sphere: as at its edge
    x, y = x / length, y / length
    return x, y, np.sqrt(np.maximum(1 - x * x - y * y, 0))


def _lobe(rx: Array, ry: Array, rz: Array, towards: tuple[float, float, float], size: float) -> Array:
    cosine = rx * towards[0] + ry * towards[1] + rz * towards[2]
    return smoothstep(1 - 1.6 * size, 1 - 0.5 * size, cosine)

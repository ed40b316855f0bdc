"""A scene: what lies where under which light, independent of the size of a picture."""

from dataclasses import dataclass

import numpy as np

from core.sample.light import Light
from core.sample.noise import Array
from core.sample.parts import CATEGORIES, Material, SamplePart


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera above the table, a little oblique."""

    tilt: float
    """Angle from upright, in radians."""
    up: tuple[float, float]
    """Unit vector in the picture along which things get farther and towards which high things lean."""
    strength: float
    """How much smaller things get across the picture."""

    def scale(self, x: Array | float, y: Array | float) -> Array:
        """Size of things at ``(x, y)`` relative to the middle of the picture."""
        along = (np.asarray(x) - 0.5) * self.up[0] + (np.asarray(y) - 0.5) * self.up[1]
        return (1 - self.strength * along).astype(np.float32)

    @property
    def shorten(self) -> Array:
        """The 2 × 2 matrix that foreshortens the table."""
        up = np.array(self.up)
        flat: Array = np.eye(2) - (1 - np.cos(self.tilt)) * np.outer(up, up)
        return flat

    @property
    def lean(self) -> tuple[float, float]:
        """Where something one unit high appears, in units right and down from its foot."""
        return self.up[0] * float(np.sin(self.tilt)), self.up[1] * float(np.sin(self.tilt))


@dataclass(frozen=True, slots=True)
class PlacedPart:
    """One part in its place."""

    part: SamplePart
    material: Material
    x: float
    """Middle of its foot, in sides of the picture."""
    y: float
    radius: float
    """In sides of the picture, perspective included."""
    angle: float
    slant: tuple[float, float]
    """How it leans on what lies below: added to the x and y of its surface's direction."""
    lift: float
    """Height of its foot above the ground, in radii."""
    texture: int

    @property
    def label(self) -> int:
        return CATEGORIES.index(self.part.category)


@dataclass(frozen=True, slots=True)
class Lens:
    """What camera and light do to the whole picture."""

    exposure: float
    falloff: float
    vignette: float
    white: tuple[float, float, float]
    blur: float
    """Deviation in thousandths of the picture's side."""
    noise: float
    gloom: float
    """Depth of a large soft shadow of something outside the picture."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a picture is made from; the first item lies on top."""

    items: tuple[PlacedPart, ...]
    camera: Camera
    light: Light
    lens: Lens
    surface: int
    turn: float
    """Rotation of the surface, in radians."""
    seed: int

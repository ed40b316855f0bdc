"""The parts: hexagon nuts, bolts, washers, coins and gears, each as an outline and a height map.

A part lives in its own coordinates ``u`` (right), ``v`` (down): it fits the unit circle and lies flat, top up.
``outline`` is its signed distance, negative inside, positive outside *and in holes*; ``height`` its surface above the
ground. Both take and return arrays of one shape.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from core.sample.noise import Array, linear, smoothstep
from core.sample.relief import coin_relief

CATEGORIES = ("bolt", "coin", "gear", "nut", "washer")


@dataclass(frozen=True, slots=True)
class Material:
    """What a part is made of."""

    color: tuple[float, float, float]
    """Linear reflectance."""
    roughness: float
    metal: bool
    dirt: float
    """How uneven its color is, 0 to 1."""


class SamplePart(ABC):
    """One shape with its proportions drawn."""

    __slots__ = ()
    category: ClassVar[str]
    thickness: float
    """Height of its upright outer walls (0 when it is rounded down to the ground)."""

    @property
    def bulk(self) -> float:
        """How high it stands, for its shadow."""
        return self.thickness

    @abstractmethod
    def outline(self, u: Array, v: Array) -> Array:
        """Signed distance to its outline, negative inside, in its radii."""

    @abstractmethod
    def height(self, u: Array, v: Array) -> Array:
        """Its surface above the ground, in its radii."""


@dataclass(frozen=True, slots=True)
class Nut(SamplePart):
    """A hexagon nut: chamfered corners, a threaded hole with a countersink."""

    category: ClassVar[str] = "nut"
    hole: float
    thickness: float

    def outline(self, u: Array, v: Array) -> Array:
        r, flat = np.hypot(u, v), np.abs(v)
        hexagon = np.maximum(flat, np.abs(u) * 0.8660254 + flat * 0.5)  # corners on the u axis
        return np.maximum(np.maximum(hexagon - 0.862, r - 0.985), self.hole - r)

    def height(self, u: Array, v: Array) -> Array:
        r = np.hypot(u, v)
        crest = self.hole + 0.12
        corner = np.maximum(r - 0.84, 0) * 0.7
        depth = np.maximum(crest - r, 0)
        thread = 0.022 * np.sin(depth * (2 * np.pi / 0.042) + np.arctan2(v, u))
        return self.thickness - corner - depth * 1.1 + thread * smoothstep(0.03, 0.05, depth)


@dataclass(frozen=True, slots=True)
class Washer(SamplePart):
    """A flat ring with broken edges and the marks of turning."""

    category: ClassVar[str] = "washer"
    hole: float
    thickness: float

    def outline(self, u: Array, v: Array) -> Array:
        r = np.hypot(u, v)
        return np.maximum(r - 0.99, self.hole - r)

    def height(self, u: Array, v: Array) -> Array:
        r = np.hypot(u, v)
        edge = np.minimum(0.99 - r, r - self.hole)
        rounded = 0.035 * (1 - smoothstep(0.0, 0.06, edge))
        turned: Array = 0.0006 * np.sin(r * 62)
        return self.thickness - rounded + turned


@dataclass(frozen=True, slots=True)
class Coin(SamplePart):
    """A disc with a raised rim and a struck design."""

    category: ClassVar[str] = "coin"
    design: int
    thickness: float = 0.13

    def outline(self, u: Array, v: Array) -> Array:
        return np.hypot(u, v) - 0.99

    def height(self, u: Array, v: Array) -> Array:
        relief = coin_relief(self.design)
        half = len(relief) / 2
        struck = cv2.remap(relief, u * half + half, v * half + half, cv2.INTER_LINEAR)
        return self.thickness + struck


@dataclass(frozen=True, slots=True)
class Gear(SamplePart):
    """A spur gear: teeth, a recessed web (some with round openings), a hub with a bore and a keyway."""

    category: ClassVar[str] = "gear"
    teeth: int
    bore: float
    openings: int
    keyway: bool
    thickness: float

    def outline(self, u: Array, v: Array) -> Array:
        r, angle = np.hypot(u, v), np.arctan2(v, u)
        wave = np.clip(1.5 * np.cos(angle * self.teeth), -1, 1)
        tooth = 1.1 / self.teeth
        teeth = (r - ((0.985 - tooth) + tooth * wave)) * 0.75
        inside = r - self.bore
        if self.keyway:
            slot = np.maximum(np.abs(v) - self.bore * 0.3, np.abs(u - self.bore) - self.bore * 0.4)
            inside = np.minimum(inside, slot)
        if self.openings:
            step, hub = 2 * np.pi / self.openings, self.bore + 0.15
            middle = (hub + self._rim) / 2
            turned = angle - np.rint(angle / step) * step
            away = np.hypot(r * np.cos(turned) - middle, r * np.sin(turned))
            inside = np.minimum(inside, away - min((self._rim - hub) * 0.42, 0.8 * middle * np.pi / self.openings))
        outline: Array = np.maximum(teeth, -inside)
        return outline

    def height(self, u: Array, v: Array) -> Array:
        r = np.hypot(u, v)
        hub, rim = self.bore + 0.15, self._rim
        web = smoothstep(hub, hub + 0.05, r) * smoothstep(rim, rim - 0.05, r)
        edge = smoothstep(self.bore + 0.05, self.bore, r) * 0.03
        return self.thickness * (1 - 0.4 * web) - edge

    @property
    def _rim(self) -> float:
        return 0.97 - 2.2 / self.teeth - 0.1


@dataclass(frozen=True, slots=True)
class Bolt(SamplePart):
    """A bolt lying on its side: a hexagon or cylinder head to the left, then a shank with a thread."""

    category: ClassVar[str] = "bolt"
    head_length: float
    head: float
    """Half the width of the head."""
    shank: float
    """Half the width of the shank."""
    threaded: float
    """Where the thread begins, in ``u``."""
    turns: int
    hexagon: bool
    thickness: float = 0.0

    @property
    def bulk(self) -> float:
        return 2 * self.shank

    def outline(self, u: Array, v: Array) -> Array:
        side = np.abs(v)
        top = -1 + self.head_length
        corner = np.maximum(side - self.head * 0.8, 0) * 0.6  # the chamfer of the head
        head = np.maximum(np.maximum(side - self.head, u - top), -0.99 + corner - u)
        shank = np.maximum(np.maximum(side - self._radius(u, v), u - 0.99), top - 0.05 - u)
        outline: Array = np.minimum(head, shank)
        return outline

    def height(self, u: Array, v: Array) -> Array:
        side = np.abs(v)
        radius = self._radius(u, v)
        shank = self.shank + np.sqrt(np.maximum(radius * radius - v * v, 0))
        if self.hexagon:
            head = np.minimum(0.866 * self.head, (self.head - side) * 1.732)
        else:
            knurl = 0.012 * np.cos(np.arcsin(np.clip(v / self.head, -1, 1)) * 24)
            head = np.sqrt(np.maximum(self.head**2 - v * v, 0)) + knurl
        outer = np.maximum(-0.94 - u, 0)
        surface: Array = np.where(u < -1 + self.head_length, self.shank + head - 1.2 * outer, shank)
        return surface

    def _radius(self, u: Array, v: Array) -> Array:
        pitch = (1 - self.threaded) / self.turns
        phase = 2 * np.pi * (u / pitch + v * (0.25 / self.shank))
        begun = smoothstep(self.threaded, self.threaded + pitch, u)
        thread = 0.11 * self.shank * (np.sin(phase) - 1) * begun
        tip = np.maximum(u - 0.99 + 0.5 * self.shank, 0) * 0.8
        radius: Array = self.shank + thread - tip
        return radius


_STEELS = ((205, 208, 212), (188, 192, 200), (222, 220, 214), (168, 170, 176))
_BRASSES = ((226, 190, 118), (214, 172, 98))
_BLACKS = ((92, 92, 96), (78, 76, 78))
_COINS = ((206, 140, 100), (226, 188, 110), (208, 206, 200), (176, 108, 74), (190, 190, 196))
_PLASTICS = ((236, 234, 226), (38, 38, 42), (214, 96, 34), (40, 92, 168), (178, 32, 36), (222, 182, 44))


def _pick(
    rng: np.random.Generator, *choices: tuple[float, tuple[tuple[int, int, int], ...]]
) -> tuple[float, float, float]:
    """A color from groups of sRGB colors drawn by weight."""
    weights = np.array([weight for weight, _ in choices])
    _, group = choices[rng.choice(len(choices), p=weights / weights.sum())]
    color = linear(*group[rng.integers(len(group))]) * rng.uniform(0.88, 1.1)
    return float(color[0]), float(color[1]), float(color[2])


def _metal(rng: np.random.Generator, color: tuple[float, float, float], low: float, high: float) -> Material:
    return Material(color, float(rng.uniform(low, high)), True, float(rng.beta(1.5, 3)))


def _bolt(rng: np.random.Generator) -> tuple[SamplePart, Material]:
    shank = rng.uniform(0.15, 0.19)
    head_length = rng.uniform(0.26, 0.36)
    bolt = Bolt(
        head_length=float(head_length),
        head=float(shank * rng.uniform(1.75, 1.95)),
        shank=float(shank),
        threaded=float(-1 + head_length + rng.uniform(0.05, 0.6)),
        turns=int(rng.integers(11, 18)),
        hexagon=bool(rng.random() < 0.7),
    )
    return bolt, _metal(rng, _pick(rng, (6, _STEELS), (2, _BRASSES), (2, _BLACKS)), 0.05, 0.5)


def _coin(rng: np.random.Generator) -> tuple[SamplePart, Material]:
    return Coin(int(rng.integers(16))), _metal(rng, _pick(rng, (1, _COINS)), 0.12, 0.5)


def _gear(rng: np.random.Generator) -> tuple[SamplePart, Material]:
    gear = Gear(
        teeth=int(rng.integers(12, 23)),
        bore=float(rng.uniform(0.15, 0.24)),
        openings=int(rng.choice((0, 0, 4, 5, 6))),
        keyway=bool(rng.random() < 0.5),
        thickness=float(rng.uniform(0.2, 0.36)),
    )
    if rng.random() < 0.35:
        return gear, Material(_pick(rng, (1, _PLASTICS)), float(rng.uniform(0.1, 0.5)), False, 0.1)
    return gear, _metal(rng, _pick(rng, (5, _STEELS), (3, _BRASSES), (2, _BLACKS)), 0.1, 0.6)


def _nut(rng: np.random.Generator) -> tuple[SamplePart, Material]:
    nut = Nut(hole=float(rng.uniform(0.4, 0.47)), thickness=float(rng.uniform(0.55, 0.9)))
    return nut, _metal(rng, _pick(rng, (6, _STEELS), (3, _BRASSES), (1.5, _BLACKS)), 0.05, 0.5)


def _washer(rng: np.random.Generator) -> tuple[SamplePart, Material]:
    washer = Washer(hole=float(rng.uniform(0.4, 0.54)), thickness=float(rng.uniform(0.1, 0.18)))
    return washer, _metal(rng, _pick(rng, (6, _STEELS), (2, _BRASSES), (1, _COINS[:1]), (1.5, _BLACKS)), 0.08, 0.5)


MAKERS: dict[str, Callable[[np.random.Generator], tuple[SamplePart, Material]]] = {
    "bolt": _bolt,
    "coin": _coin,
    "gear": _gear,
    "nut": _nut,
    "washer": _washer,
}
"""For every category: draw a part and its material."""

"""A scene: what lies where under which light (independent of size), and its picture at a size with exact masks."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from core.dataset.sample.light import Light, look_up, matt_sphere, metal_sphere, random_light
from core.dataset.sample.noise import Field, noise, smoothstep
from core.dataset.sample.parts import CATEGORIES, MAKERS, Material, Part
from core.dataset.sample.surfaces import SURFACES, Surface, slope_towards

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


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera above the table, a little oblique."""

    tilt: float
    """Angle from upright, in radians."""
    up: tuple[float, float]
    """Unit vector in the picture along which things get farther and towards which high things lean."""
    strength: float
    """How much smaller things get across the picture."""

    def scale(self, x: Field | float, y: Field | float) -> Field:
        """Size of things at ``(x, y)`` relative to the middle of the picture."""
        along = (np.asarray(x) - 0.5) * self.up[0] + (np.asarray(y) - 0.5) * self.up[1]
        return (1 - self.strength * along).astype(np.float32)

    @property
    def shorten(self) -> Field:
        """The 2 × 2 matrix that foreshortens the table."""
        up = np.array(self.up)
        return np.eye(2) - (1 - np.cos(self.tilt)) * np.outer(up, up)

    @property
    def lean(self) -> tuple[float, float]:
        """Where something one unit high appears, in units right and down from its foot."""
        return self.up[0] * float(np.sin(self.tilt)), self.up[1] * float(np.sin(self.tilt))


@dataclass(frozen=True, slots=True)
class Item:
    """One part in its place."""

    part: Part
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

    items: tuple[Item, ...]
    camera: Camera
    light: Light
    lens: Lens
    surface: int
    turn: float
    """Rotation of the surface, in radians."""
    seed: int


class Picture(NamedTuple):
    """A rendered scene."""

    image: Field
    """uint8 RGB, shape ``(size, size, 3)``."""
    labels: list[int]
    """Index into ``CATEGORIES`` of each instance."""
    masks: list[Field]
    """The visible pixels of each instance, bool, shape ``(size, size)``: at least half of each is covered by it."""


def compose(rng: np.random.Generator) -> Scene:
    """Draw a scene of 6 to 14 parts."""
    tilt = float(rng.uniform(0.04, 0.42))
    heading = rng.normal(-np.pi / 2, 0.5)
    camera = Camera(tilt, (float(np.cos(heading)), float(np.sin(heading))), float(0.75 * np.sin(tilt)))
    light = random_light(rng, rng.uniform(0.05, 0.35, 3))
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


def _scatter(rng: np.random.Generator, camera: Camera) -> tuple[Item, ...]:
    """Parts from the top one down; one that would be hidden too far by those above it is not placed."""
    wanted = int(rng.integers(6, 15))
    zoom = rng.uniform(0.95, 1.25) * (1.12 if wanted < 9 else 0.92 if wanted > 11 else 1.0)
    crowding = rng.uniform(0.3, 0.9)
    items: list[Item] = []
    covered = np.zeros((_PLAN, _PLAN), np.float32)
    for _ in range(12 * wanted):
        if len(items) == wanted:
            break
        item = _place(rng, camera, float(zoom))
        outline = _trace(item, camera, _PLAN)
        tile = outline.window.clip(_PLAN)
        coverage = np.clip(0.5 - outline.swept, 0, 1)
        whole = float(coverage.sum())
        seen = coverage[tile.inner] * (1 - covered[tile.outer])
        if seen.sum() < max(_LEAST_VISIBLE, crowding) * whole:
            continue
        _, _, width, height = cv2.boundingRect((seen > 0.5).view(np.uint8))
        if min(width, height) < _SMALLEST_SIDE * _PLAN:
            continue
        covered[tile.outer] = 1 - (1 - covered[tile.outer]) * (1 - coverage[tile.inner])
        items.append(item)
    return tuple(items)


def _place(rng: np.random.Generator, camera: Camera, zoom: float) -> Item:
    category = CATEGORIES[rng.integers(len(CATEGORIES))]
    part, material = MAKERS[category](rng)
    x, y = (float(value) for value in rng.uniform(-0.04, 1.04, 2))
    radius = float(rng.uniform(*_RADII[category]) * zoom * camera.scale(x, y))
    slant = rng.normal(0, 0.035, 2)
    return Item(
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


class _Clip(NamedTuple):
    outer: tuple[slice, slice]
    """The part of the picture a window covers …"""
    inner: tuple[slice, slice]
    """… and the part of the window that lies in the picture."""


class _Window(NamedTuple):
    """A rectangle of pixels, which may reach beyond the picture."""

    x: int
    y: int
    width: int
    height: int

    def grow(self, margin: int) -> "_Window":
        return _Window(self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin)

    def clip(self, size: int) -> _Clip:
        x1, y1 = (min(max(value, 0), size) for value in (self.x, self.y))
        x2, y2 = (min(max(value, 0), size) for value in (self.x + self.width, self.y + self.height))
        return _Clip((slice(y1, y2), slice(x1, x2)), (slice(y1 - self.y, y2 - self.y), slice(x1 - self.x, x2 - self.x)))


class _Outline(NamedTuple):
    """Where an item is; arrays over its window, at ``sampling`` samples a pixel and side; distances in samples."""

    window: _Window
    u: Field
    v: Field
    top: Field
    """Signed distance of the upper face."""
    swept: Field
    """Signed distance of everything seen: the upper face and the walls below it."""
    unit: float
    """Samples in one radius."""


def _trace(item: Item, camera: Camera, size: int, sampling: int = 1) -> _Outline:
    unit = item.radius * size
    matrix = (
        unit
        * camera.shorten
        @ np.array([[np.cos(item.angle), -np.sin(item.angle)], [np.sin(item.angle), np.cos(item.angle)]])
    )
    rise = (item.lift + item.part.thickness) * unit
    x, y = item.x * size + camera.lean[0] * rise, item.y * size + camera.lean[1] * rise
    wall = np.array(camera.lean) * item.part.thickness * unit
    reach_x, reach_y = np.hypot(matrix[0, 0], matrix[0, 1]) * 1.06 + 2, np.hypot(matrix[1, 0], matrix[1, 1]) * 1.06 + 2
    left, top = int(np.floor(min(x, x - wall[0]) - reach_x)), int(np.floor(min(y, y - wall[1]) - reach_y))
    right, bottom = int(np.ceil(max(x, x - wall[0]) + reach_x)), int(np.ceil(max(y, y - wall[1]) + reach_y))
    window = _Window(left, top, right - left, bottom - top)
    columns = (np.arange(window.width * sampling, dtype=np.float32) + 0.5) / sampling + (left - x)
    rows = (np.arange(window.height * sampling, dtype=np.float32) + 0.5) / sampling + (top - y)
    inverse = np.linalg.inv(matrix).astype(np.float32)
    u = inverse[0, 0] * columns[None] + inverse[0, 1] * rows[:, None]
    v = inverse[1, 0] * columns[None] + inverse[1, 1] * rows[:, None]
    scale = unit * sampling
    distance = (item.part.outline(u, v) * scale).astype(np.float32)
    return _Outline(window, u, v, distance, _sweep(distance, -wall * sampling), scale)


def _sweep(distance: Field, along: Field) -> Field:
    """The signed distance of a shape drawn along a straight line (x, y in samples)."""
    steps = int(np.ceil(max(abs(along[0]), abs(along[1]))))
    if steps == 0:
        return distance
    side = 2 * steps + 1
    line = np.zeros((side, side), np.uint8)
    # erosion looks up where the kernel points: against the direction of the sweep
    end = (round(steps - float(along[0])), round(steps - float(along[1])))
    cv2.line(line, (steps, steps), end, 1)
    return cv2.erode(distance, line, borderType=cv2.BORDER_REPLICATE)


def render(scene: Scene, size: int) -> Picture:
    """The picture of a scene, ``size`` pixels wide and high, and the masks of what can be seen."""
    rng = np.random.default_rng(scene.seed)
    canvas = _ground(scene, rng, size)
    direct, near = np.ones((size, size), np.float32), np.ones((size, size), np.float32)
    visible: list[tuple[int, Field]] = []
    shading = _Shading(scene)
    for item in reversed(scene.items):
        tile = _tile(item, scene, shading, size)
        _cast(tile, item, scene.light, size, direct, near)
        clip = tile.window.clip(size)
        alpha = tile.alpha[clip.inner]
        if alpha.size == 0:
            continue
        rest = 1 - alpha
        for _, coverage in visible:
            coverage[clip.outer] *= rest
        own = np.zeros((size, size), np.float32)
        own[clip.outer] = alpha
        visible.append((item.label, own))
        canvas[clip.outer] = canvas[clip.outer] * rest[..., None] + tile.colour[clip.inner]
        for shade in (direct, near):
            shade[clip.outer] = shade[clip.outer] * rest + alpha
    lit = scene.light.ambient + (1 - scene.light.ambient) * direct
    canvas *= (lit * near)[..., None]
    image = _develop(canvas, scene, rng)
    shown = [(label, coverage >= 0.5) for label, coverage in reversed(visible)]
    shown = [(label, mask) for label, mask in shown if mask.any()]
    return Picture(image, [label for label, _ in shown], [mask for _, mask in shown])


def _ground(scene: Scene, rng: np.random.Generator, size: int) -> Field:
    """The surface, lit by all light that is not blocked."""
    camera = scene.camera
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size
    px, py = np.meshgrid(axis, axis)
    scale = camera.scale(px, py)
    dx, dy = (px - 0.5) / scale, (py - 0.5) / scale
    turn = np.array([[np.cos(scene.turn), -np.sin(scene.turn)], [np.sin(scene.turn), np.cos(scene.turn)]])
    matrix = (turn @ np.linalg.inv(camera.shorten)).astype(np.float32)
    away = rng.uniform(0, 50, 2).astype(np.float32)
    x = matrix[0, 0] * dx + matrix[0, 1] * dy + away[0]
    y = matrix[1, 0] * dx + matrix[1, 1] * dy + away[1]
    surface: Surface = SURFACES[scene.surface](rng, x, y)
    light = scene.light
    steep = slope_towards(surface.relief, (light.key[0], light.key[1]), size) / light.key[2]
    shade = np.clip(1 + (1 - light.ambient) * steep, 0.35, 1.7)
    tint = light.ambient + (1 - light.ambient) * light.colour()
    return (surface.colour * shade[..., None] * tint).astype(np.float32)


class _Shading:
    """The matcaps of a scene, made when first asked for."""

    def __init__(self, scene: Scene) -> None:
        self._light = scene.light
        self._metal: dict[int, Field] = {}
        self.matt = matt_sphere(scene.light)

    def metal(self, roughness: float) -> Field:
        step = round(roughness * 8)
        if step not in self._metal:
            self._metal[step] = metal_sphere(self._light, step / 8)
        return self._metal[step]


class _Tile(NamedTuple):
    window: _Window
    alpha: Field
    colour: Field
    """Times alpha."""


def _tile(item: Item, scene: Scene, shading: _Shading, size: int) -> _Tile:
    """An item rendered at two samples a pixel and side, and averaged."""
    outline = _trace(item, scene.camera, size, sampling=2)
    top = np.clip(0.5 - outline.top, 0, 1)
    alpha = np.clip(0.5 - outline.swept, 0, 1)
    colour = _face(item, outline, shading)
    if item.part.thickness:
        colour = colour * top[..., None] + _wall(item, outline, shading) * (1 - top)[..., None]
    colour *= alpha[..., None]
    whole = (outline.window.width, outline.window.height)
    return _Tile(
        outline.window,
        cv2.resize(alpha, whole, interpolation=cv2.INTER_AREA),
        cv2.resize(colour, whole, interpolation=cv2.INTER_AREA),
    )


def _face(item: Item, outline: _Outline, shading: _Shading) -> Field:
    """Colour of the upper side."""
    material, u, v = item.material, outline.u, outline.v
    height = (item.part.height(u, v) * outline.unit).astype(np.float32)
    gx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    gy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    length = 1 / np.sqrt(gx * gx + gy * gy + 1)
    far = item.texture
    rough = noise(u + far, v, 0.4, period=5.0) * (0.008 + 0.045 * material.roughness)
    uneven = noise(u + far, v, 1.5, period=6.0)
    # seen from near, a flat face reflects a different direction at each of its points
    nx = -gx * length + rough + 0.045 * u + item.slant[0] + 0.012 * uneven
    ny = -gy * length + rough + 0.045 * v + item.slant[1] - 0.012 * uneven
    dirt = 1 - (0.5 * material.dirt) * smoothstep(0.1, 1.8, uneven)
    return _shine(material, shading, nx, ny) * dirt[..., None]


def _wall(item: Item, outline: _Outline, shading: _Shading) -> Field:
    """Colour of the upright sides, darker towards the foot."""
    gx = cv2.Sobel(outline.swept, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    gy = cv2.Sobel(outline.swept, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    length = 0.93 / (np.sqrt(gx * gx + gy * gy) + 1e-4)
    depth = np.clip(outline.top / (outline.unit * 0.3), 0, 1)
    return _shine(item.material, shading, gx * length, gy * length) * (0.9 - 0.4 * depth)[..., None]


def _shine(material: Material, shading: _Shading, nx: Field, ny: Field) -> Field:
    if material.metal:
        return look_up(shading.metal(material.roughness), nx, ny) * np.array(material.colour, np.float32)
    gloss = look_up(shading.metal(material.roughness), nx, ny) * 0.06
    return look_up(shading.matt, nx, ny) * np.array(material.colour, np.float32) + gloss


def _cast(tile: _Tile, item: Item, light: Light, size: int, direct: Field, near: Field) -> None:
    """Darken what lies below an item: its shadow in the key light, and the crevice around its foot."""
    unit = item.radius * size
    high = (item.lift + item.part.bulk) * unit
    shadow = np.array(light.shadow) * high
    soft = 0.004 * size + high * (0.12 + 1.2 * light.key_size)
    margin = int(np.ceil(max(abs(shadow[0]), abs(shadow[1])) + 2.5 * soft)) + 2
    window = tile.window.grow(margin)
    solid = cv2.copyMakeBorder(tile.alpha, margin, margin, margin, margin, cv2.BORDER_CONSTANT)
    clip = window.clip(size)
    fallen = cv2.GaussianBlur(1 - _sweep(1 - solid, shadow), (0, 0), soft)
    np.minimum(direct[clip.outer], 1 - 0.96 * fallen[clip.inner], out=direct[clip.outer])
    crevice = cv2.GaussianBlur(solid, (0, 0), 0.01 * size + 0.1 * unit * min(item.part.bulk + item.lift, 0.6))
    np.minimum(near[clip.outer], 1 - 0.5 * crevice[clip.inner], out=near[clip.outer])


def _develop(canvas: Field, scene: Scene, rng: np.random.Generator) -> Field:
    """What lens, sensor and camera make of the light: falloff, vignette, blur, noise, white balance, a tone curve."""
    size, lens = canvas.shape[0], scene.lens
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size - 0.5
    x, y = np.meshgrid(axis, axis)
    key = scene.light.key
    light = 1 + lens.falloff * (x * key[0] + y * key[1]) * 1.6
    light *= 1 - (lens.vignette * 2) * (x * x + y * y)
    if lens.gloom:
        edge = x * float(np.cos(scene.turn)) + y * float(np.sin(scene.turn)) + 0.03 * noise(x, y, 2.0, 3.0)
        light *= 1 - lens.gloom * smoothstep(0.08, 0.34, edge)
    canvas = canvas * (light * lens.exposure)[..., None] * np.array(lens.white, np.float32)
    canvas = cv2.GaussianBlur(canvas, (0, 0), max(lens.blur * size / 1000, 0.25))
    grain = rng.standard_normal(canvas.shape, np.float32)
    canvas += grain * np.sqrt(np.maximum(canvas, 0) * (lens.noise**2) * 4 + (lens.noise**2 / 8))
    canvas = np.maximum(canvas, 0) * 1.15
    canvas = canvas * (1 + canvas / 6) / (1 + canvas * 0.62)  # highlights roll off instead of clipping at once
    return np.clip(cv2.pow(canvas, 1 / 2.2) * 255 + 0.5, 0, 255).astype(np.uint8)

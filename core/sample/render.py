"""The picture of a scene at a size, with the exact pixels of everything in it."""

from typing import NamedTuple

import cv2
import numpy as np

from core.sample.light import Light, look_up, matt_sphere, metal_sphere
from core.sample.noise import Array, noise, smoothstep
from core.sample.outline import PixelRect, Silhouette, sweep, trace
from core.sample.parts import Material
from core.sample.scene import PlacedPart, Scene
from core.sample.surfaces import SURFACES, Surface, slope_towards

_TARNISH = np.array([0.4, 0.56, 0.68], np.float32)
"""What the dirtiest spot takes from red, green and blue: it browns."""


class RenderedScene(NamedTuple):
    """A rendered scene."""

    image: Array
    """uint8 RGB, shape ``(size, size, 3)``."""
    labels: list[int]
    """Index into ``CATEGORIES`` of each instance."""
    masks: list[Array]
    """The visible pixels of each instance, bool, shape ``(size, size)``: it covers more than half of each."""


def render(scene: Scene, size: int) -> RenderedScene:
    """The picture of a scene, ``size`` pixels wide and high, and the masks of what can be seen."""
    rng = np.random.default_rng(scene.seed)
    canvas = _ground(scene, rng, size)
    shading = _Shading(scene.light, canvas.mean((0, 1)))
    tiles = [_tile(item, scene, shading, size) for item in scene.items]
    # how much of the key light, and of all light, reaches each pixel
    direct, near = np.ones((size, size), np.float32), np.ones((size, size), np.float32)
    for item, tile in zip(reversed(scene.items), reversed(tiles), strict=True):
        _cast(tile, item, scene.light, size, direct, near)
        outer, inner = tile.window.clip(size)
        alpha = tile.alpha[inner]
        canvas[outer] = canvas[outer] * (1 - alpha)[..., None] + tile.color[inner]
        for shade in (direct, near):
            shade[outer] = shade[outer] * (1 - alpha) + alpha
    lit = scene.light.ambient + (1 - scene.light.ambient) * direct
    canvas *= (lit * near)[..., None]
    masks = _visible(tiles, size)
    labels = [item.label for item, mask in zip(scene.items, masks, strict=True) if mask.any()]
    return RenderedScene(_develop(canvas, scene, rng), labels, [mask for mask in masks if mask.any()])


def _ground(scene: Scene, rng: np.random.Generator, size: int) -> Array:
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
    tint = light.ambient + (1 - light.ambient) * light.color()
    return (surface.color * shade[..., None] * tint).astype(np.float32)


class _Shading:
    """The matcaps of a scene, made when first asked for."""

    def __init__(self, light: Light, ground: Array) -> None:
        self._light = light
        self._ground = ground
        self._metal: dict[int, Array] = {}
        self.matt = matt_sphere(light)

    def metal(self, roughness: float) -> Array:
        step = round(roughness * 8)
        if step not in self._metal:
            self._metal[step] = metal_sphere(self._light, step / 8, self._ground)
        return self._metal[step]


class _Tile(NamedTuple):
    window: PixelRect
    alpha: Array
    color: Array
    """Times alpha."""


def _tile(item: PlacedPart, scene: Scene, shading: _Shading, size: int) -> _Tile:
    """An item rendered at two samples a pixel and side, and averaged."""
    outline = trace(item, scene.camera, size, sampling=2)
    top = np.clip(0.5 - outline.top, 0, 1)
    alpha = np.clip(0.5 - outline.swept, 0, 1)
    color = _face(item, outline, shading)
    if item.part.thickness:
        color = color * top[..., None] + _wall(item, outline, shading) * (1 - top)[..., None]
    color *= alpha[..., None]
    whole = (outline.window.width, outline.window.height)
    return _Tile(
        outline.window,
        cv2.resize(alpha, whole, interpolation=cv2.INTER_AREA),
        cv2.resize(color, whole, interpolation=cv2.INTER_AREA),
    )


def _visible(tiles: list[_Tile], size: int) -> list[Array]:
    """The mask of what is seen of each tile; the first one lies on top."""
    free = np.ones((size, size), np.float32)
    masks = []
    for tile in tiles:
        outer, inner = tile.window.clip(size)
        mask = np.zeros((size, size), bool)
        mask[outer] = tile.alpha[inner] * free[outer] > 0.5
        free[outer] *= 1 - tile.alpha[inner]
        masks.append(mask)
    return masks


def _face(item: PlacedPart, outline: Silhouette, shading: _Shading) -> Array:
    """Color of the upper side."""
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
    dirt = material.dirt * smoothstep(0.1, 1.6, uneven)
    return _shine(material, shading, nx, ny) * (1 - dirt[..., None] * _TARNISH)


def _wall(item: PlacedPart, outline: Silhouette, shading: _Shading) -> Array:
    """Color of the upright sides, darker towards the foot."""
    gx = cv2.Sobel(outline.swept, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    gy = cv2.Sobel(outline.swept, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    length = 0.93 / (np.sqrt(gx * gx + gy * gy) + 1e-4)
    depth = np.clip(outline.top / (outline.unit * 0.3), 0, 1)
    return _shine(item.material, shading, gx * length, gy * length) * (0.9 - 0.4 * depth)[..., None]


def _shine(material: Material, shading: _Shading, nx: Array, ny: Array) -> Array:
    """The light that leaves a surface facing ``(nx, ny)``."""
    color = np.array(material.color, np.float32)
    reflected = look_up(shading.metal(material.roughness), nx, ny)
    if material.metal:
        return reflected * color
    return look_up(shading.matt, nx, ny) * color + 0.06 * reflected


def _cast(tile: _Tile, item: PlacedPart, light: Light, size: int, direct: Array, near: Array) -> None:
    """Darken what lies below an item: its shadow in the key light, and the crevice around its foot."""
    unit = item.radius * size
    high = (item.lift + item.part.bulk) * unit
    x, y, z = light.key
    shadow = np.array((-x / z, -y / z)) * high
    soft = 0.002 * size + high * (0.04 + 1.3 * light.key_size)
    margin = int(np.ceil(max(abs(shadow[0]), abs(shadow[1])) + 2.5 * soft)) + 2
    window = tile.window.grow(margin)
    solid = cv2.copyMakeBorder(tile.alpha, margin, margin, margin, margin, cv2.BORDER_CONSTANT)
    outer, inner = window.clip(size)
    fallen = cv2.GaussianBlur(1 - sweep(1 - solid, shadow), (0, 0), soft)
    np.minimum(direct[outer], 1 - 0.96 * fallen[inner], out=direct[outer])
    crevice = cv2.GaussianBlur(solid, (0, 0), 0.01 * size + 0.1 * unit * min(item.part.bulk + item.lift, 0.6))
    np.minimum(near[outer], 1 - 0.5 * crevice[inner], out=near[outer])


def _develop(canvas: Array, scene: Scene, rng: np.random.Generator) -> Array:
    """What lens, sensor and camera make of the light: falloff, vignette, blur, noise, white balance, a tone curve."""
    size, lens = canvas.shape[0], scene.lens
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size - 0.5
    x, y = np.meshgrid(axis, axis)
    key = scene.light.key
    light = 1 + lens.falloff * (x * key[0] + y * key[1]) * 1.6
    light *= 1 - 2 * lens.vignette * (x * x + y * y)
    if lens.gloom:
        edge = x * float(np.cos(scene.turn)) + y * float(np.sin(scene.turn)) + 0.03 * noise(x, y, 2.0, 3.0)
        light *= 1 - lens.gloom * smoothstep(0.08, 0.34, edge)
    canvas = canvas * (light * lens.exposure)[..., None] * np.array(lens.white, np.float32)
    canvas = cv2.GaussianBlur(canvas, (0, 0), max(lens.blur * size / 1000, 0.25))
    # a sensor sees one color a pixel: its noise is fine in brightness and coarse in color
    grain = rng.standard_normal((size, size, 1), np.float32) + 0.8 * cv2.resize(
        rng.standard_normal((size // 2, size // 2, 3), np.float32), (size, size), interpolation=cv2.INTER_LINEAR
    )
    canvas += grain * np.sqrt(lens.noise**2 * (4 * np.maximum(canvas, 0) + 0.125))
    canvas = np.maximum(canvas, 0) * 1.15
    canvas = canvas * (1 + canvas / 6) / (1 + canvas * 0.62)  # highlights roll off instead of clipping at once
    return np.clip(np.sqrt(canvas) * 255 + 0.5, 0, 255).astype(np.uint8)

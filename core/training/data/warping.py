"""Pictures and masks laid into the network's input by one affine map, so that they stay under each other.

A map is a matrix ``(2, 3)`` from the pixel centres of a picture to the pixel centres of the canvas: x, y.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Mask, Size
from core.images.channels import Picture

Matrix = NDArray[np.float64]

_NEAR = 1e-6
"""Pixels by which a number may miss a whole one and still count as one."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What a canvas shows of a picture."""

    x: int
    y: int
    pixels: Picture
    """``(h, w, 3)``, its top-left pixel at ``(x, y)`` of the canvas."""
    covered: NDArray[np.uint8] | None
    """``(h, w)``: where not 0, the picture lies. ``None``: everywhere."""


def resizing(source: Size, target: Size, mirrored: bool = False, upside_down: bool = False) -> Matrix:
    """The map of ``cv2.resize`` from ``source`` to ``target``, after turning the picture round if asked."""
    (height, width), (y, x) = source, (target[0] / source[0], target[1] / source[1])
    step_x, start_x = (-x, x * (width - 1)) if mirrored else (x, 0.0)
    step_y, start_y = (-y, y * (height - 1)) if upside_down else (y, 0.0)
    return np.array([[step_x, 0.0, start_x + 0.5 * x - 0.5], [0.0, step_y, start_y + 0.5 * y - 0.5]])


def moving(x: float, y: float) -> Matrix:
    """A shift to the right and down."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y]])


def turning(degrees: float, slant: float, centre: tuple[float, float]) -> Matrix:
    """A rotation after a horizontal shear, both in degrees, that leave ``centre`` = (x, y) in its place."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    linear = np.array([[cosine, sine], [-sine, cosine]]) @ np.array([[1.0, math.tan(math.radians(slant))], [0.0, 1.0]])
    return np.column_stack([linear, np.array(centre) - linear @ np.array(centre)])


def chain(first: Matrix, *others: Matrix) -> Matrix:
    """One map for several, the first one applied first."""
    for other in others:
        first = np.column_stack([other[:, :2] @ first[:, :2], other[:, :2] @ first[:, 2] + other[:, 2]])
    return first


def lay_picture(picture: Picture, matrix: Matrix, canvas: Size) -> Piece | None:
    """What a canvas of size ``canvas`` shows of an RGB picture ``(h, w, 3)``: the pixels whose centre falls into it,
    bilinear between its pixels. ``None`` when it lies outside.

    A picture that stays upright and begins and ends between two pixels is resized exactly as ``preprocessing`` does.
    """
    reach = _reach(np.array([[0, 0, picture.shape[1], picture.shape[0]]]), matrix)
    [(left, top, right, bottom)] = _seen(reach, canvas).tolist()
    if right <= left or bottom <= top:
        return None
    upright = not (matrix[0, 1] or matrix[1, 0])
    if upright and _are_whole(reach):
        x, y, x2, y2 = reach[0].round().astype(int).tolist()
        scaled = resized(_turned(picture, matrix), (y2 - y, x2 - x))
        return Piece(left, top, scaled[top - y : bottom - y, left - x : right - x], None)
    local = chain(matrix, moving(-left, -top))
    size = bottom - top, right - left
    pixels = cv2.warpAffine(picture, local, size[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Piece(left, top, np.asarray(pixels, np.uint8), _covered(picture.shape[:2], local, size))


def paste_piece(canvas: Picture, piece: Piece, pixels: Picture) -> None:
    """Put ``pixels``, those of ``piece`` or what became of them, into the canvas it was made for."""
    height, width = pixels.shape[:2]
    place = canvas[piece.y : piece.y + height, piece.x : piece.x + width]
    place[...] = pixels if piece.covered is None else cv2.copyTo(pixels, piece.covered, place.copy())


def soft(mask: Mask) -> Mask:
    """A mask as a picture has it: its bitmap from 0 to 255, the share of each pixel that lies inside."""
    return Mask(mask.x, mask.y, mask.bitmap * 255, mask.size)


def hard(mask: Mask) -> Mask:
    """The mask of a soft one: its pixels that lie inside by half or more, its box tight around them."""
    inside = (mask.bitmap > 127).view(np.uint8)
    left, top, width, height = cv2.boundingRect(inside) if inside.size else (0, 0, 0, 0)
    if not width:
        return Mask(0, 0, np.zeros((0, 0), np.uint8), mask.size)
    return Mask(mask.x + left, mask.y + top, inside[top : top + height, left : left + width], mask.size)


def lay_masks(masks: Sequence[Mask], matrix: Matrix, canvas: Size) -> list[Mask]:
    """What a canvas shows of soft masks: they are treated as the picture is, and stay soft. Without pixels where they
    are outside. Only the pixels of each mask's own box are touched."""
    reach = mapped_reaches(masks, matrix)
    # Whether the map only mirrors and shifts by whole pixels.
    keeps_pixels = np.abs(np.abs(matrix[:, :2]) - np.eye(2)).max() < _NEAR and _are_whole(matrix[:, 2])
    seen = _seen(reach, canvas)
    laid = []
    for mask, at, (left, top, right, bottom) in zip(masks, reach.round().tolist(), seen.tolist(), strict=True):
        if right <= left or bottom <= top or not mask.bitmap.size:
            bitmap = np.zeros((0, 0), np.uint8)
        elif keeps_pixels:
            x, y = int(at[0]), int(at[1])
            bitmap = _turned(mask.bitmap, matrix)[top - y : bottom - y, left - x : right - x]
        else:
            local = chain(moving(mask.x, mask.y), matrix, moving(-left, -top))
            bitmap = np.asarray(
                cv2.warpAffine(mask.bitmap, local, (right - left, bottom - top), flags=cv2.INTER_LINEAR), np.uint8
            )
        laid.append(Mask(left, top, bitmap, canvas))
    return laid


def mapped_reaches(masks: Sequence[Mask], matrix: Matrix) -> NDArray[np.float64]:
    """Where masks reach on the canvas, and beyond it: boxes ``(n, 4)``, x1, y1, x2, y2, around their mapped boxes."""
    boxes = [(mask.x, mask.y, mask.x + mask.bitmap.shape[1], mask.y + mask.bitmap.shape[0]) for mask in masks]
    return _reach(np.array(boxes, np.float64).reshape(-1, 4), matrix)


def _reach(boxes: NDArray[np.float64], matrix: Matrix) -> NDArray[np.float64]:
    """Upright boxes ``(n, 4)`` around mapped ones, by the edges of pixels: half a pixel off the centres."""
    middles, halves = (boxes[:, :2] + boxes[:, 2:]) / 2 - 0.5, (boxes[:, 2:] - boxes[:, :2]) / 2
    middles, halves = middles @ matrix[:, :2].T + matrix[:, 2] + 0.5, halves @ np.abs(matrix[:, :2]).T
    return np.concatenate([middles - halves, middles + halves], axis=1)


def _seen(reach: NDArray[np.float64], canvas: Size) -> NDArray[np.int64]:
    """Whole pixels of the canvas in which boxes ``(n, 4)`` lie."""
    low, high = np.floor(reach[:, :2] + _NEAR), np.ceil(reach[:, 2:] - _NEAR)
    return np.concatenate([np.maximum(low, 0), np.minimum(high, canvas[::-1])], axis=1).astype(np.int64)


def _are_whole(values: NDArray[np.float64]) -> bool:
    return bool(np.abs(values - values.round()).max() < _NEAR)


def _turned(pixels: NDArray[np.uint8], matrix: Matrix) -> NDArray[np.uint8]:
    """Pixels mirrored as an upright map asks."""
    mirrored, upside_down = matrix[0, 0] < 0, matrix[1, 1] < 0
    if mirrored or upside_down:
        return np.asarray(cv2.flip(pixels, int(mirrored) - int(mirrored and upside_down) * 2), np.uint8)
    return pixels


def resized(picture: Picture, size: Size) -> Picture:
    """A picture at another size, bilinear; itself where it has that size."""
    if picture.shape[:2] == size:
        return picture
    return np.asarray(cv2.resize(picture, size[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _covered(source: Size, matrix: Matrix, canvas: Size) -> NDArray[np.uint8]:
    """``(h, w)`` 0 or 1: the pixels of the canvas whose centres come from inside a picture of size ``source``."""
    inverse = cv2.invertAffineTransform(matrix).astype(np.float32)
    inside = np.ones(canvas, bool)
    for (step_x, step_y, start), length in zip(inverse, source[::-1], strict=True):
        row = step_x * np.arange(canvas[1], dtype=np.float32) + (start + 0.5)
        value = row + step_y * np.arange(canvas[0], dtype=np.float32)[:, None]
        inside &= (value >= 0) & (value < length)
    return inside.view(np.uint8)

"""GrabCut: the object in a box, told apart from what is around it by color and contrast.

C. Rother, V. Kolmogorov, A. Blake: “GrabCut”, interactive foreground extraction using iterated graph cuts, SIGGRAPH
2004. OpenCV's implementation.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Mask, Size, crop
from core.geometry.segmentation import Box
from core.geometry.tiles import Tile, cut_mask, cut_picture, shrunk

LARGEST = 4096.0
"""Pixels of a side of the box that are still cut out well: in a larger one a pixel of what is looked at is ten of the
picture, and the mask takes tens of megabytes."""
_ROUNDS = 5
_MOST_PIXELS = 200_000
"""A larger region is looked at in a smaller size: the graph cut takes about two seconds a million pixels and round."""

_AROUND = 0.3
"""How far beyond the box it looks for what the background is like, as a share of the box."""

_LEAST_AROUND = 8

FITS = 0.8
"""IoU of a mask's extent and the box from which on it is believed to be the object."""
_INNER = 0.7
"""Share of the box's sides of the ellipse that is taken for the object where GrabCut alone finds none."""
_GUESS = 0.3
"""How sure an ellipse is that nothing but the box speaks for: hidden unless somebody asks for it."""


def cut(pixels: NDArray[np.uint8], box: Box, inside: Sequence[Mask] = (), outside: Sequence[Mask] = ()) -> Mask:
    """The object in ``box``. ``pixels`` is RGB, shape ``(height, width, 3)``.

    Pixels of ``inside`` belong to it and those of ``outside`` do not, whatever their color; later ones of the two
    lists do not overrule each other: where both are, it is ``outside``. The same question has the same answer. Borders
    are exact to a pixel in regions of up to 450 × 450 pixels, in larger ones to as many pixels as the region is larger.
    """
    size = pixels.shape[:2]
    region = _region(box, inside, size)
    if region.width <= 0 or region.height <= 0:
        return Mask(0, 0, np.zeros((0, 0), np.uint8), size)
    found = crop(_cut(cut_picture(pixels, region), _guess(box, inside, outside, region)))
    return Mask(found.x + region.x, found.y + region.y, found.bitmap, size)


def _region(box: Box, inside: Sequence[Mask], size: Size) -> Tile:
    """What is looked at: the box, hints beside it, and some background around."""
    x, y, width, height = box
    around = max(_AROUND * max(width, height), _LEAST_AROUND)
    boxes = [(x, y, x + width, y + height), *((m.x, m.y, m.x + m.box[2], m.y + m.box[3]) for m in inside)]
    left = max(math.floor(min(part[0] for part in boxes) - around), 0)
    top = max(math.floor(min(part[1] for part in boxes) - around), 0)
    right = min(math.ceil(max(part[2] for part in boxes) + around), size[1])
    bottom = min(math.ceil(max(part[3] for part in boxes) + around), size[0])
    return Tile(left, top, right - left, bottom - top)


def _guess(box: Box, inside: Sequence[Mask], outside: Sequence[Mask], region: Tile) -> NDArray[np.uint8]:
    """What is known of each pixel of the region, in OpenCV's terms."""
    guess = np.full(region.size, cv2.GC_BGD, np.uint8)
    x, y, w, h = box
    columns = slice(max(round(x) - region.x, 0), max(round(x + w) - region.x, 0))
    rows = slice(max(round(y) - region.y, 0), max(round(y + h) - region.y, 0))
    guess[rows, columns] = cv2.GC_PR_FGD
    for masks, value in ((inside, cv2.GC_FGD), (outside, cv2.GC_BGD)):
        for mask in (cut_mask(mask, region) for mask in masks):
            part_height, part_width = mask.bitmap.shape
            part = guess[mask.y : mask.y + part_height, mask.x : mask.x + part_width]
            part[mask.bitmap > 0] = value
    return guess


def _cut(region: NDArray[np.uint8], guess: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 where the object is, of the size of ``region``."""
    height, width = guess.shape
    scale = min(math.sqrt(_MOST_PIXELS / guess.size), 1.0)
    size = max(round(height * scale), 1), max(round(width * scale), 1)
    small = shrunk(region, size) if scale < 1 else np.ascontiguousarray(region)
    known = cv2.resize(guess, size[::-1], interpolation=cv2.INTER_NEAREST) if scale < 1 else guess.copy()
    if not np.isin(known, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():  # the box is the whole picture: its rim is background
        known[[0, -1]] = known[:, [0, -1]] = cv2.GC_PR_BGD
    if not np.isin(known, (cv2.GC_FGD, cv2.GC_PR_FGD)).any():
        return np.zeros(guess.shape, np.uint8)
    cv2.setRNGSeed(0)  # it starts from a random clustering of the colors
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, known, (0, 0, 1, 1), models[0], models[1], _ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = np.isin(known, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    if scale < 1:  # halfway between two pixels lies the border
        found = (cv2.resize(found * 255, (width, height), interpolation=cv2.INTER_LINEAR) > 127).view(np.uint8)
    found[guess == cv2.GC_FGD] = 1
    found[guess == cv2.GC_BGD] = 0
    return found


def cut_out(picture: NDArray[np.uint8], boxes: Sequence[Box]) -> list[tuple[Mask, float]]:
    """The objects in some boxes by GrabCut.

    Where what it finds does not fill its box, as with small or faint objects, it is told that the middle belongs to the
    object; where that does not help, it is the ellipse in the box. Mean IoU with the masks of 100 instances of
    ``fruits_nuts`` and of ``coco_subset``: 0.91 and 0.67, where GrabCut alone has 0.88 and 0.28.
    """
    made = []
    for box in boxes:
        mask = cut(picture, box)
        if agreement(mask, box) < FITS:
            mask = cut(picture, box, [_ellipse(box, picture.shape[:2], _INNER)])
        sure = agreement(mask, box)
        made.append((mask, sure) if sure >= FITS else (_ellipse(box, picture.shape[:2]), _GUESS))
    return made


def agreement(mask: Mask, box: Box) -> float:
    """IoU of the extent of a mask and a box: how well the mask fills it. Of all that is cheap to know, this says most
    of how good a mask is (correlation with its IoU: 0.9 for GrabCut, 0.7 for SAM)."""
    x, y, width, height = mask.box
    wide = min(x + width, box[0] + box[2]) - max(x, box[0])
    high = min(y + height, box[1] + box[3]) - max(y, box[1])
    both = max(wide, 0.0) * max(high, 0.0)
    return float(both / max(width * height + box[2] * box[3] - both, 1e-9))


def _ellipse(box: Box, size: Size, share: float = 1.0) -> Mask:
    """The ellipse in the middle of a box, with this share of its sides, as far as it lies in a picture of ``size``."""
    x, y, width, height = box
    left, top = max(int(x), 0), max(int(y), 0)
    right, bottom = min(int(np.ceil(x + width)), size[1]), min(int(np.ceil(y + height)), size[0])
    ys, xs = np.ogrid[top : max(bottom, top), left : max(right, left)]
    across = (xs + 0.5 - x - width / 2) / (width / 2 * share)
    down = (ys + 0.5 - y - height / 2) / (height / 2 * share)
    found = crop((across**2 + down**2 <= 1).astype(np.uint8))
    return Mask(found.x + left, found.y + top, found.bitmap, size)

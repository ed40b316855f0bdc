"""Instances drawn over a picture: masks, outlines and labels, for files. (The window draws its own, at any zoom.)"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.geometry import mask_painting
from core.geometry.mask_painting import Picture
from core.geometry.mask_style import OUTLINE, Color
from core.geometry.masks import Mask
from core.inference.prediction import Prediction

PixelBox = tuple[int, int, int, int]

TEXT = 14
REFERENCE = 1000
"""Widths and sizes are in pixels of a picture whose longer side is this; they follow its size, down to 80 %."""
MOST_HIDDEN = 0.25
"""Share of another instance's box that a caption may lie over."""
_FONTS = ("NotoSansCJK-Regular.ttc", "DejaVuSans.ttf", "msyh.ttc", "segoeui.ttf", "Arial Unicode.ttf", "Arial.ttf")
"""Tried for names beyond ASCII, which Pillow's own font lacks."""


@dataclass(frozen=True, slots=True)
class OverlayShape:
    """One instance to draw. ``label`` is the index of its class; ``score`` is left out for ground truth."""

    mask: Mask
    label: int
    score: float | None = None


def shapes(prediction: Prediction, confidence: float = 0.0) -> list[OverlayShape]:
    """What is to be drawn of a prediction: its instances with a score of at least ``confidence``."""
    kept = prediction.above(confidence)
    return [OverlayShape(kept.mask(i), int(kept.labels[i]), float(kept.scores[i])) for i in range(len(kept))]


def draw(
    image: Picture,
    instances: Sequence[OverlayShape],
    names: Sequence[str],
    colors: Sequence[Color],
    *,
    dashed: bool = False,
    captions: bool = True,
) -> Picture:
    """A copy of the RGB ``image`` ``(h, w, 3)`` with its instances drawn; ``names`` and ``colors`` by label.

    Lines and text grow with the picture. Ground truth has solid outlines; ``dashed`` is for predictions shown with it.
    Without ``captions``, colors alone tell the classes apart: for pictures that are shown small.
    """
    picture = image.copy()
    unit = max(max(image.shape[:2]) / REFERENCE, 0.8)
    seen = [shape for shape in instances if shape.mask.bitmap.size]
    for shape in sorted(seen, key=lambda shape: -shape.mask.area):
        mask_painting.fill(picture, shape.mask, colors[shape.label])
    for shape in seen:
        mask_painting.outline(picture, shape.mask, colors[shape.label], unit * OUTLINE, dashed=dashed)
    if not captions:
        return picture
    texts = [_caption(shape, names) for shape in seen]
    return _write(picture, seen, texts, [colors[shape.label] for shape in seen], unit * TEXT)


def _caption(shape: OverlayShape, names: Sequence[str]) -> str:
    return names[shape.label] if shape.score is None else f"{names[shape.label]} {shape.score:.2f}"


def _write(
    picture: Picture, instances: Sequence[OverlayShape], captions: Sequence[str], colors: Sequence[Color], size: float
) -> Picture:
    """Captions on chips in the class's color, largest instance first; one that finds no place is left out: colors
    still tell the classes apart, and a crowd of chips would hide what they name."""
    canvas = Image.fromarray(picture)
    pen = ImageDraw.Draw(canvas)
    boxes = np.array([shape.mask.box for shape in instances], np.float64).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    taken = np.empty((0, 4))
    for index in sorted(range(len(instances)), key=lambda index: -instances[index].mask.area):
        caption, color = captions[index], colors[index]
        font = _font(caption, size)
        _, top, _, bottom = (round(value) for value in pen.textbbox((0, 0), "hAg", font))  # all chips equally high
        left, _, right, _ = (round(value) for value in pen.textbbox((0, 0), caption, font))
        pad = round(size / 4)
        chip_size = right - left + 2 * pad, bottom - top + 2 * (pad * 2 // 3)
        others = np.delete(boxes, index, 0)
        places = _places(instances[index].mask, chip_size, picture.shape[:2])
        chip = next((box for box in places if _fits(box, others, taken)), None)
        if chip is None:
            continue
        taken = np.vstack([taken, chip])
        pen.rounded_rectangle(chip, radius=pad, fill=color)
        pen.text((chip[0] + pad - left, chip[1] + pad * 2 // 3 - top), caption, fill=_ink(color), font=font)
    return np.array(canvas)


def _places(mask: Mask, chip: tuple[int, int], size: tuple[int, int]) -> Iterator[PixelBox]:
    """Above the mask's highest point, else in its top, its middle or below it; within the picture."""
    width, height = chip
    peak = mask.x + float(np.nonzero(mask.bitmap[0])[0].mean())
    below = mask.y + mask.bitmap.shape[0]
    for y in (mask.y - height, mask.y, (mask.y + below - height) // 2, below):
        x = max(min(round(peak - width / 2), size[1] - width - 1), 0)
        y = max(min(y, size[0] - height - 1), 0)
        yield x, y, x + width, y + height


def _fits(chip: PixelBox, others: NDArray[np.float64], taken: NDArray[np.float64]) -> bool:
    """Whether a chip hides no other chip, and not much of another instance. Boxes ``(n, 4)``: x1, y1, x2, y2."""
    area = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return not _overlap(chip, taken).any() and bool((_overlap(chip, others) <= MOST_HIDDEN * area).all())


def _overlap(chip: PixelBox, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many pixels of each box lie under the chip."""
    sides = np.minimum(boxes[:, 2:], chip[2:]) - np.maximum(boxes[:, :2], chip[:2])
    overlap: NDArray[np.float64] = sides.clip(0).prod(1)
    return overlap


def _ink(color: Color) -> Color:
    """Black or white, whichever contrasts more (WCAG 2 relative luminance)."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in color)]
    luminance = float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
    return (0, 0, 0) if luminance > 0.179 else (255, 255, 255)


def _font(text: str, size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if not text.isascii():
        for name in _FONTS:
            try:
                return ImageFont.truetype(name, size)
            except OSError:
                continue
    return ImageFont.load_default(size)

"""A mask looks alike wherever it is painted: on the canvas, in a thumbnail, in a file."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas import Shape, overlay
from app.canvas.viewport import Viewport
from core.geometry import mask_painting
from core.geometry.masks import Mask
from core.geometry.segmentation import Polygons, Rle

SIZE = (80, 80)
GREY, COLOR = 100, (250, 60, 10)
BLENDED = [round(0.55 * GREY + 0.45 * value) for value in COLOR]
MASK = Mask(20, 20, np.ones((40, 40), np.uint8), SIZE)
POLYGONS = Polygons([[20.0, 20.0, 60.0, 20.0, 60.0, 60.0, 20.0, 60.0]])


def picture() -> np.ndarray:
    return np.full((*SIZE, 3), GREY, np.uint8)


def on_canvas(draw) -> np.ndarray:
    image = QImage(SIZE[1], SIZE[0], QImage.Format.Format_RGB32)
    image.fill(QColor(GREY, GREY, GREY))
    painter = QPainter(image)
    draw(painter)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(*SIZE, 4)
    return rows[..., 2::-1]


def painted(how: str) -> np.ndarray:
    result, view = picture(), Viewport()
    match how:
        case "thumbnail of polygons":
            mask_painting.tint(result, POLYGONS, SIZE, COLOR)
        case "thumbnail of a mask":
            mask_painting.tint(result, Rle.of(MASK), SIZE, COLOR)
        case "file":
            mask_painting.fill(result, MASK, COLOR)
        case "shape":
            shape = Shape(MASK, COLOR, "")
            result = on_canvas(lambda painter: overlay.draw(painter, [shape], view, 1.0, overlay.Options()))
        case "mask at work":
            result = on_canvas(lambda painter: overlay.draw_mask(painter, view, MASK, QColor(*COLOR)))
        case "polygons at work":
            result = on_canvas(lambda painter: overlay.draw_segmentation(painter, view, POLYGONS, QColor(*COLOR)))
    return result


@pytest.mark.parametrize(
    "how",
    ["thumbnail of polygons", "thumbnail of a mask", "file", "shape", "mask at work", "polygons at work"],
)
def test_it_has_the_same_color(qapp, how):
    result = painted(how).astype(int)
    assert np.abs(result[30:50, 30:50] - BLENDED).max() <= 1
    assert (result[5:10, 5:10] == GREY).all()


@pytest.mark.parametrize("shape", [POLYGONS, Rle.of(MASK)])
def test_a_hatched_area_of_a_thumbnail_is_bare_between_its_lines_and_as_strong_on_the_whole(shape):
    result = picture()
    mask_painting.tint(result, shape, SIZE, COLOR, "hatched")
    inside = result[30:48, 30:48].astype(int)  # whole lines
    bare = (inside == GREY).all(2)
    assert bare.mean() == 0.5 and all(0 < row.sum() < 18 for row in bare)
    assert np.abs(inside.mean((0, 1)) - BLENDED).max() <= 1
    assert (result[5:10, 5:10] == GREY).all() and (result[21:60, 20] != GREY).any(1).all(), "its edge is whole"


@pytest.mark.parametrize("dashed", [False, True])
def test_outlines_in_files_lie_on_the_border_and_stay_in_the_picture(dashed):
    result = picture()
    mask_painting.outline(result, Mask(0, 20, np.ones((40, 40), np.uint8), SIZE), COLOR, 2.0, dashed=dashed)
    drawn = (result != GREY).any(2)
    assert drawn[20, :40].any() and not drawn[25:55, 5:35].any() and not drawn[:, 45:].any()
    assert dashed == (not drawn[20, 5:35].all())

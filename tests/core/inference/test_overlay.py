"""What a person sees on a picture with instances drawn over it."""

import cv2
import numpy as np
import pytest

from core.dataset.palette import class_color
from core.geometry.masks import Mask, crop
from core.inference.overlay import OverlayShape, draw, shapes
from core.inference.prediction import Prediction

NAMES = ["washer", "bolt"]
COLORS = [class_color(0), class_color(1)]


def ring(size: tuple[int, int] = (400, 600), centre: tuple[int, int] = (300, 200), outer: int = 120) -> Mask:
    bitmap = np.zeros(size, np.uint8)
    cv2.circle(bitmap, centre, outer, 1, -1)
    cv2.circle(bitmap, centre, outer // 3, 0, -1)
    return crop(bitmap)


def grey(size: tuple[int, int] = (400, 600)) -> np.ndarray:
    return np.full((*size, 3), 120, np.uint8)


def outlined(picture: np.ndarray, color: tuple[int, int, int]) -> int:
    """Pixels of the pure color: outline, and the label's chip."""
    return int((np.abs(picture.astype(int) - color).max(2) < 12).sum())


def test_a_mask_is_tinted_its_hole_and_its_surroundings_are_not() -> None:
    image = grey()
    picture = draw(image, [OverlayShape(ring(), 1, 0.87)], NAMES, COLORS)
    assert (image == 120).all(), "the picture handed in must stay as it was"
    assert picture[200, 220] == pytest.approx(120 * 0.55 + np.array(COLORS[1]) * 0.45, abs=1)
    assert (picture[185:215, 285:315] == 120).all()
    assert (picture[350:, :] == 120).all()
    assert picture[200, 180] == pytest.approx(COLORS[1], abs=25)  # the outline


def test_nothing_to_draw_leaves_the_picture_alone() -> None:
    assert (draw(grey(), [], NAMES, COLORS) == grey()).all()
    nothing = crop(np.zeros((400, 600), np.uint8))
    assert (draw(grey(), [OverlayShape(nothing, 0)], NAMES, COLORS) == grey()).all()


def test_dashes_are_gaps_in_the_same_line() -> None:
    solid = draw(grey(), [OverlayShape(ring(), 0)], NAMES, COLORS)
    dashed = draw(grey(), [OverlayShape(ring(), 0)], NAMES, COLORS, dashed=True)
    both = outlined(dashed, COLORS[0]) / outlined(solid, COLORS[0])
    assert 0.3 < both < 0.95
    assert not (dashed != solid)[:79].any(), "labels are the same"


def test_lines_and_text_grow_with_the_picture() -> None:
    small = draw(grey(), [OverlayShape(ring(), 0)], NAMES, COLORS)
    mask = ring((1600, 2400), (1200, 800), 480)
    large = draw(grey((1600, 2400)), [OverlayShape(mask, 0)], NAMES, COLORS)
    ratio = outlined(large, COLORS[0]) / outlined(small, COLORS[0])
    assert 2.7 < ratio**0.5 < 4


@pytest.mark.parametrize("label", range(40))
def test_names_are_readable_on_their_chip(label: int) -> None:
    color = class_color(label)
    mask = ring((1000, 3000), (1500, 500), 300)
    picture = draw(np.full((1000, 3000, 3), color, np.uint8), [OverlayShape(mask, 0, 0.5)], ["name"], [color])
    written = picture.reshape(-1, 3)[np.abs(picture.astype(int) - color).sum(2).argmax()]
    luminances = sorted((luminance(color), luminance(written)))
    assert (luminances[1] + 0.05) / (luminances[0] + 0.05) >= 4.5


def luminance(color: np.ndarray | tuple[int, int, int]) -> float:
    share = np.asarray(color) / 255
    linear = np.where(share <= 0.03928, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("centre", [(0, 0), (599, 0), (0, 399), (599, 399)])
def test_labels_stay_within_the_picture(centre: tuple[int, int]) -> None:
    without = draw(grey(), [OverlayShape(ring(centre=centre), 0)], [""], COLORS)
    picture = draw(grey(), [OverlayShape(ring(centre=centre), 0, 0.99)], NAMES, COLORS)
    ink = (picture < 60).all(2).sum()
    assert ink > 40, "the caption is in black"
    assert without.shape == picture.shape


def test_captions_of_neighbours_do_not_hide_each_other() -> None:
    twins = [OverlayShape(ring(), 0, 0.9), OverlayShape(ring(), 0, 0.8)]
    one = (draw(grey(), twins[:1], NAMES, COLORS) < 60).all(2).sum()
    two = (draw(grey(), twins, NAMES, COLORS) < 60).all(2).sum()
    assert two > 1.7 * one


def test_captions_are_left_out_where_they_would_hide_what_they_name() -> None:
    crowd = [OverlayShape(ring(centre=(20 + 24 * x, 20 + 24 * y), outer=9), 0) for x in range(24) for y in range(15)]
    ink = (draw(grey(), crowd, NAMES, COLORS) < 60).all(2).sum()
    one = (draw(grey(), crowd[:1], NAMES, COLORS) < 60).all(2).sum()
    assert one > 40
    assert ink < 0.1 * one * len(crowd)


def test_names_beyond_ascii_can_be_drawn() -> None:
    words = ("größer", "größer 垫圈", "größer 垫圈 шайба")
    widths = [(draw(grey(), [OverlayShape(ring(), 0, 0.9)], [word], COLORS) < 60).all(2).sum() for word in words]
    assert 0 < widths[0] < widths[1] < widths[2]


def test_shapes_are_the_instances_above_the_threshold() -> None:
    found = Prediction(
        boxes=np.array([[10, 10, 50, 50], [100, 100, 150, 150]], np.float32),
        scores=np.array([0.9, 0.2], np.float32),
        labels=np.array([1, 0]),
        masks=np.ones((2, 28, 28), np.float32),
        size=(400, 600),
    )
    (shape,) = shapes(found, 0.3)
    assert (shape.label, shape.score) == (1, pytest.approx(0.9))
    assert shape.mask.box == (10, 10, 40, 40)

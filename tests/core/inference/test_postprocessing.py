"""From the network's outputs to pixels of the picture: nothing is shifted, cut wrongly or lost."""

import numpy as np
import pytest

from core.geometry.masks import paste
from core.inference.postprocessing import to_prediction
from core.inference.prediction import Prediction
from core.inference.preprocessing import Placement, placement
from core.recipes.model_spec import InputSpec

SPEC = InputSpec(height=320, width=320, pad_value=0, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
SAME = Placement(100, 100, 1.0, 1.0)


def predict(
    rows: list[tuple[float, float, float, float, float]],
    *,
    maps: np.ndarray | None = None,
    place: Placement = SAME,
    size: tuple[int, int] = (100, 100),
    most: int = 100,
) -> Prediction:
    boxes = np.array(rows, np.float32).reshape(1, -1, 5)
    count = boxes.shape[1]
    masks = np.ones((1, count, 28, 28), np.float32) if maps is None else maps[None]
    return to_prediction(boxes, np.arange(count, dtype=np.int64)[None], masks, place, size, most)


def test_nothing_found() -> None:
    found = predict([])
    assert len(found) == 0
    assert found.boxes.shape == (0, 4)
    assert found.masks.shape == (0, 28, 28)


def test_best_first_and_every_score_kept() -> None:
    found = predict([(0, 0, 9, 9, 0.001), (1, 1, 9, 9, 0.9), (2, 2, 9, 9, 0.5)])
    assert found.scores == pytest.approx([0.9, 0.5, 0.001])
    assert found.labels.tolist() == [1, 2, 0]
    assert found.boxes[0] == pytest.approx([1, 1, 9, 9])


@pytest.mark.parametrize(("most", "kept", "missing_below"), [(4, 3, 0.0), (3, 3, 0.001), (2, 2, 0.5)])
def test_where_as_many_are_found_as_may_be_there_can_be_more(most: int, kept: int, missing_below: float) -> None:
    found = predict([(0, 0, 9, 9, 0.001), (1, 1, 9, 9, 0.9), (2, 2, 9, 9, 0.5)], most=most)
    assert len(found) == kept and found.missing_below == pytest.approx(missing_below)


def test_what_is_dropped_in_the_padding_was_found_all_the_same() -> None:
    place = placement((160, 320), SPEC)
    found = predict([(10, 170, 50, 300, 0.9), (10, 10, 50, 50, 0.8)], place=place, size=(160, 320), most=2)
    assert len(found) == 1 and found.missing_below == pytest.approx(0.8)


def test_boxes_return_to_the_picture_through_the_rounding_of_its_sides() -> None:
    size = (333, 500)
    place = placement(size, SPEC)
    assert place.height == 213  # 333 · 320 / 500 = 213.12: one scale for both sides would miss the lower border
    found = predict([(0, 0, 320, 213, 0.9)], place=place, size=size)
    assert found.boxes[0] == pytest.approx([0, 0, 500, 333])


def test_what_lies_in_the_padding_is_dropped() -> None:
    place = placement((160, 320), SPEC)
    found = predict([(10, 170, 50, 300, 0.9), (10, 10, 50, 50, 0.8), (5, 5, 5, 9, 0.7)], place=place, size=(160, 320))
    assert found.scores == pytest.approx([0.8])


def test_a_box_beyond_the_border_is_cut_and_its_mask_stays_where_it_was() -> None:
    maps = np.stack([ellipse_map(1.0, 1.0)])
    rows = [(-20.0, 30.0, 40.0, 130.0, 0.9)]
    found = predict(rows, maps=maps)
    assert found.boxes[0] == pytest.approx([0, 30, 40, 100])
    uncut = paste(maps[0], np.array(rows[0][:4], np.float32), (100, 100)).full()
    cut = found.mask(0).full()
    assert uncut.sum() > 1000
    assert (cut & uncut).sum() / (cut | uncut).sum() > 0.985


def test_a_threshold_keeps_the_instances_whole() -> None:
    found = predict([(0, 0, 10, 10, 0.9), (20, 20, 40, 40, 0.4)]).above(0.4)
    assert len(found) == 2
    assert len(found.above(0.41)) == 1
    assert found.mask(1).box == (20, 20, 20, 20)


def ellipse_map(width: float, height: float, side: int = 28, fine: int = 32) -> np.ndarray:
    """How much of each cell an ellipse covers whose axes are these shares of the box."""
    centres = (np.arange(side * fine) + 0.5) / (side * fine) * 2 - 1
    inside = (centres[None] / width) ** 2 + (centres[:, None] / height) ** 2 <= 1
    return inside.reshape(side, fine, side, fine).mean((1, 3)).astype(np.float32)


BOXES = [
    (10.0, 12.0, 66.0, 68.0),
    (10.5, 12.5, 66.5, 68.5),
    (10.25, 12.75, 94.25, 40.75),
    (3.3, 5.7, 17.3, 19.7),
    (20.0, 20.0, 188.0, 244.0),
    (100.9, 30.1, 128.9, 170.1),
]


@pytest.mark.parametrize("box", BOXES)
def test_a_pasted_ellipse_lies_where_it_should(box: tuple[float, float, float, float]) -> None:
    x1, y1, x2, y2 = box
    mask = paste(ellipse_map(0.8, 0.8), np.array(box, np.float32), (260, 200))
    rows, columns = np.nonzero(mask.full())
    assert columns.mean() + 0.5 == pytest.approx((x1 + x2) / 2, abs=0.12)
    assert rows.mean() + 0.5 == pytest.approx((y1 + y2) / 2, abs=0.12)
    area = np.pi * 0.4 * (x2 - x1) * 0.4 * (y2 - y1)
    assert mask.area == pytest.approx(area, rel=0.03, abs=4)
    exact = ((np.arange(200) + 0.5 - (x1 + x2) / 2) / (0.4 * (x2 - x1)))[None] ** 2
    exact = exact + ((np.arange(260) + 0.5 - (y1 + y2) / 2) / (0.4 * (y2 - y1)))[:, None] ** 2 <= 1
    assert (mask.full() & exact).sum() / (mask.full() | exact).sum() > 0.93


@pytest.mark.parametrize("box", [(10.0, 12.0, 66.0, 68.0), (10.4, 12.4, 66.4, 68.4), (30.6, 7.6, 58.6, 175.6)])
def test_a_full_map_covers_its_box_to_the_nearest_pixel(box: tuple[float, float, float, float]) -> None:
    mask = paste(np.ones((28, 28), np.float32), np.array(box, np.float32), (200, 200))
    left, top, right, bottom = (round(side) for side in box)
    assert mask.box == (left, top, right - left, bottom - top)
    # only corners are rounded: there two borders fade into the nothing beyond them
    assert mask.area >= 0.995 * (right - left) * (bottom - top)

"""What is found tile by tile is what is there: once each, whole, whatever the tiles cut."""

import tracemalloc
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from core.geometry.masks import to_rle
from core.inference.prediction import Prediction
from core.inference.tiling import look_in_tiles
from core.recipes.model_spec import TILED_DETECTIONS, InputSpec, ModelSpec, Tiling

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own

Picture = NDArray[np.uint8]
Look = Callable[[Picture], Prediction]
SIDE = 100


def model(tiling: Tiling | None, most: int | None = None) -> ModelSpec:
    """Of a network whose answers the tests make up."""
    side = InputSpec(height=SIDE, width=SIDE, pad_value=0, mean=(0, 0, 0), std=(1, 1, 1))
    return ModelSpec("r", "a", "b", (), side, tiling, max_detections=most)


def draw(size: tuple[int, int], *objects: tuple[int, int, int, int], label: int = 0) -> Picture:
    """Ellipses in boxes ``x, y, width, height``, each in a grey of its own in the channel of its class."""
    picture = np.zeros((*size, 3), np.uint8)
    for number, (x, y, width, height) in enumerate(objects):
        shape = np.zeros(size, np.uint8)
        center, axes = (x + width / 2 - 0.5, y + height / 2 - 0.5), (width, height)
        cv2.ellipse(shape, (center, axes, 0), 1, -1)
        picture[..., label][shape > 0] = 255 - number
    return picture


def oracle(picture: Picture) -> Prediction:
    """Everything that is in the picture, exactly; what is cut at its border, as far as it goes."""
    boxes, labels, masks = [], [], []
    for label in range(3):
        for grey in np.unique(picture[..., label])[1:]:
            inside = (picture[..., label] == grey).astype(np.uint8)
            x, y, width, height = cv2.boundingRect(inside)
            boxes.append((x, y, x + width, y + height))
            labels.append(label)
            bitmap = inside[y : y + height, x : x + width].astype(np.float32)
            masks.append(cv2.resize(bitmap, (28, 28), interpolation=cv2.INTER_LINEAR))
    scores = np.linspace(0.9, 0.6, len(boxes), dtype=np.float32)
    return Prediction(
        np.array(boxes, np.float32).reshape(-1, 4),
        scores,
        np.array(labels, np.int64),
        np.array(masks, np.float32).reshape(-1, 28, 28),
        picture.shape[:2],
    )


def assert_same(found: Prediction, expected: Prediction, least: float = 0.9) -> None:
    """Each expected instance is found once, and nothing else is."""
    assert len(found) == len(expected)
    assert found.size == expected.size
    assert (np.diff(found.scores) <= 0).all()
    encoded, wanted = ([to_rle(one.mask(index)) for index in range(len(one))] for one in (found, expected))
    overlaps = coco_mask.iou(wanted, encoded, [0] * len(encoded))
    partners = overlaps.argmax(1)
    assert len(set(partners.tolist())) == len(expected)
    assert overlaps.max(1).min() >= least
    assert (found.labels[partners] == expected.labels).all()


def test_objects_on_and_across_borders_are_found_once_and_whole() -> None:
    # tiles of 100 begin at 0, 80, 160, 200: borders inside at 80, 100, 160, 180, 200, 260
    picture = draw(
        (100, 300),
        (5, 5, 15, 15),
        (75, 10, 16, 12),
        (92, 40, 18, 15),
        (81, 70, 18, 18),
        (155, 30, 20, 30),
        (285, 50, 15, 9),
    )
    whole = oracle(picture)
    for keep_whole in (False, True):
        assert_same(look_in_tiles(oracle, picture, model(Tiling(SIDE, 0.2, keep_whole))), whole)


@pytest.mark.parametrize("seed", range(8))
def test_any_scene_of_objects_that_fit_into_the_overlap(seed: int) -> None:
    random = np.random.default_rng(seed)
    size = (int(random.integers(120, 400)), int(random.integers(120, 400)))
    overlap = float(random.choice([0.2, 0.3, 0.5]))
    picture = scene(random, size, smallest=6, largest=int(overlap * SIDE) - 3)
    whole = oracle(picture)
    assert len(whole) > 5
    for keep_whole in (False, True):
        found = look_in_tiles(oracle, picture, model(Tiling(SIDE, overlap, keep_whole)))
        assert_same(found, whole, least=0.75)


def scene(random: np.random.Generator, size: tuple[int, int], smallest: int, largest: int) -> Picture:
    """Objects of two classes side by side, one in each of the cells of a grid."""
    boxes: tuple[list[tuple[int, int, int, int]], ...] = ([], [])
    for y in range(0, size[0] - largest, largest + 2):
        for x in range(0, size[1] - largest, largest + 2):
            width, height = (int(side) for side in random.integers(smallest, largest + 1, 2))
            at = x + int(random.integers(largest - width + 1)), y + int(random.integers(largest - height + 1))
            boxes[random.integers(2)].append((*at, width, height))
    return draw(size, *boxes[0]) + draw(size, *boxes[1], label=1)


@pytest.mark.parametrize("box", [(30, 30, 150, 60), (60, 20, 30, 250), (20, 20, 260, 250)])
def test_an_object_larger_than_its_tiles_is_put_together_from_its_parts(box: tuple[int, int, int, int]) -> None:
    picture = draw((290, 300), box)
    found = look_in_tiles(oracle, picture, model(Tiling(SIDE, 0.2, False)))
    assert_same(found, oracle(picture), least=0.85)


def test_the_whole_image_shows_large_objects_better_than_their_parts() -> None:
    picture = draw((290, 300), (20, 20, 260, 250), (5, 5, 15, 15))
    found = look_in_tiles(oracle, picture, model(Tiling(SIDE, 0.2, True)))
    assert_same(found, oracle(picture), least=0.98)


def test_neighbours_of_one_class_that_a_border_cuts_stay_two() -> None:
    picture = draw((100, 180), (60, 20, 60, 24), (66, 40, 60, 24))
    assert_same(look_in_tiles(oracle, picture, model(Tiling(SIDE, 0.2, False))), oracle(picture), least=0.8)


def test_objects_of_two_classes_on_one_spot_stay_two() -> None:
    picture = draw((100, 180), (85, 40, 12, 12)) + draw((100, 180), (85, 40, 12, 12), label=1)
    found = look_in_tiles(oracle, picture, model(Tiling(SIDE, 0.2, False)))
    assert sorted(found.labels.tolist()) == [0, 1]


def test_a_doubtful_whole_detection_does_not_drive_out_a_sure_fragment() -> None:
    regions: list[Prediction] = [one((78, 40, 100, 60), 0.9), one((4, 40, 30, 60), 0.1)]
    found = look_in_tiles(lambda _: regions.pop(0), draw((100, 180)), model(Tiling(SIDE, 0.2, False)))
    assert found.scores[0] == pytest.approx(0.9)


def test_a_fragment_loses_to_the_whole_object_even_with_a_better_score() -> None:
    regions: list[Prediction] = [one((84, 40, 99.4, 60), 0.9), one((4, 40, 30, 60), 0.6)]
    found = look_in_tiles(lambda _: regions.pop(0), draw((100, 180)), model(Tiling(SIDE, 0.2, False)))
    assert found.boxes.tolist() == [[84, 40, 110, 60]]
    assert found.scores == pytest.approx([0.6])


@pytest.mark.parametrize(("turned", "objects"), [(False, 1), (True, 2)])
def test_fragments_are_one_object_where_their_masks_agree_and_not_their_boxes_alone(turned: bool, objects: int) -> None:
    stripe = (np.abs(np.subtract.outer(np.arange(28), np.arange(28))) < 6).astype(np.float32)[None]
    left, right = one((70, 30, 100, 60), 0.9), one((0, 40, 25, 65), 0.8)
    regions = [
        Prediction(left.boxes, left.scores, left.labels, stripe, left.size),
        Prediction(right.boxes, right.scores, right.labels, stripe[:, ::-1] if turned else stripe, right.size),
    ]
    found = look_in_tiles(lambda _: regions.pop(0), draw((100, 180)), model(Tiling(SIDE, 0.2, False)))
    assert len(found) == objects
    assert turned or found.boxes.tolist() == [[70, 30, 105, 65]]


def one(box: tuple[float, float, float, float], score: float) -> Prediction:
    return Prediction(
        np.array([box], np.float32),
        np.array([score], np.float32),
        np.zeros(1, np.int64),
        np.ones((1, 28, 28), np.float32),
        (SIDE, SIDE),
    )


def test_what_the_network_tells_apart_in_one_tile_stays_apart() -> None:
    picture = draw((100, 180))
    crowded = Prediction(
        np.array([[10, 10, 40, 40], [12, 10, 42, 40]], np.float32),
        np.array([0.9, 0.8], np.float32),
        np.zeros(2, np.int64),
        np.ones((2, 28, 28), np.float32),
        (SIDE, SIDE),
    )
    nothing = crowded.take(slice(0))
    answers = [crowded, nothing]
    assert len(look_in_tiles(lambda _: answers.pop(0), picture, model(Tiling(SIDE, 0.2, False)))) == 2


@pytest.mark.parametrize("size", [(100, 100), (60, 100), (40, 30)])
def test_an_image_no_larger_than_a_tile_is_seen_once_and_as_it_is(size: tuple[int, int]) -> None:
    seen: list[tuple[int, ...]] = []

    def look(image: Picture) -> Prediction:
        seen.append(image.shape)
        return oracle(image)

    expected = oracle(draw(size, (3, 3, 20, 20)))
    for tiling in (Tiling(SIDE, 0.2, True), None):
        found = look_in_tiles(look, draw(size, (3, 3, 20, 20)), model(tiling))
        np.testing.assert_array_equal(found.masks, expected.masks)
    assert seen == [(*size, 3)] * 2


def test_nothing_found_anywhere() -> None:
    found = look_in_tiles(oracle, draw((200, 250)), model(Tiling(SIDE, 0.2, True)))
    assert (len(found), found.size, found.masks.shape) == (0, (200, 250), (0, 28, 28))


def _all_over_the_place(each: int, tile: int) -> Look:
    """A network that gives so many detections of every tile, at random."""
    random = np.random.default_rng(0)

    def look(picture: Picture) -> Prediction:
        corners = random.uniform(0, tile - 60, (each, 2))
        boxes = np.concatenate([corners, corners + random.uniform(5, 60, (each, 2))], 1).astype(np.float32)
        scores = np.sort(random.random(each).astype(np.float32))[::-1]
        return Prediction(boxes, scores, np.zeros(each, np.int64), np.ones((each, 28, 28), np.float32), (tile, tile))

    return look


def test_of_too_many_the_best_are_kept_and_memory_is_bounded_by_the_tile() -> None:
    side, tile, each = 6000, 512, 100
    image = np.zeros((side, side, 3), np.uint8)
    tracemalloc.start()
    found = look_in_tiles(_all_over_the_place(each, tile), image, model(Tiling(tile, 0.2, False)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == TILED_DETECTIONS
    assert found.scores.min() > 0.5
    assert peak < 64 << 20


@pytest.mark.parametrize("most", [30, 1500, 5000])
def test_the_limit_of_an_image_is_the_models_and_it_is_known_from_where_on_there_may_be_more(most: int) -> None:
    image = np.zeros((1500, 1500, 3), np.uint8)
    found = look_in_tiles(_all_over_the_place(100, 300), image, model(Tiling(300, 0.2, False), most))
    everything = look_in_tiles(_all_over_the_place(100, 300), image, model(Tiling(300, 0.2, False), 5000))
    assert len(found) == min(most, len(everything))
    if most == 1500:
        np.testing.assert_array_equal(found.scores, everything.scores[:most])
    assert found.missing_below == (found.scores[-1] if most < 5000 else 0)


def test_a_tile_that_is_full_is_known() -> None:
    look, image = _all_over_the_place(100, 300), np.zeros((700, 700, 3), np.uint8)
    tiling = Tiling(300, 0.2, False, max_detections=100)
    found = look_in_tiles(lambda picture: look(picture).best(100), image, model(tiling, 5000))
    assert 0 < found.missing_below < 0.2 and found.lacks(0.0) and not found.lacks(0.3)
    assert found.above(0.3).missing_below == found.missing_below

"""Procedural scenes: the same from the same seed, of every kind and size, with masks that fit what one sees."""

import cv2
import numpy as np
import pytest
from starting_weights import CLASSES
from starting_weights.pool import Pool, make_pool, scene
from starting_weights.stage import MOST
from starting_weights.views import PAD, plain_view, random_view

from core.runs.control import CancelRequested

SIZE = 192


@pytest.fixture(scope="module")
def drawings():
    return [scene(0, index, SIZE) for index in range(48)]


def test_a_scene_depends_on_seed_and_number_only(drawings):
    again = scene(0, 3, SIZE)
    assert np.array_equal(again.image, drawings[3].image)
    assert np.array_equal(again.numbers, drawings[3].numbers) and again.labels == drawings[3].labels
    assert not np.array_equal(scene(1, 3, SIZE).image, again.image)


def test_every_instance_is_numbered_and_large_enough_to_learn(drawings):
    for drawing in drawings:
        assert drawing.image.shape == (SIZE, SIZE, 3) and drawing.image.dtype == np.uint8
        pixels = np.bincount(drawing.numbers.ravel(), minlength=len(drawing.labels) + 1)[1:]
        assert len(pixels) == len(drawing.labels) <= MOST
        assert (pixels >= 20).all()


def test_scenes_differ_in_what_is_on_them_in_size_and_in_number(drawings):
    assert {label for drawing in drawings for label in drawing.labels} == set(range(len(CLASSES)))
    counts = sorted(len(drawing.labels) for drawing in drawings)
    assert counts[4] <= 5 and counts[-5] >= 60
    areas = np.concatenate([np.unique(drawing.numbers, return_counts=True)[1][1:] for drawing in drawings])
    assert np.quantile(areas, 0.1) < 0.003 * SIZE**2 and areas.max() > 0.05 * SIZE**2
    brightness = [drawing.image.mean() for drawing in drawings]
    assert min(brightness) < 40 and max(brightness) > 180


def test_masks_lie_on_the_edges_that_one_sees(drawings):
    """Where something can be seen at all, a picture changes along the borders of its masks more than beside them."""
    better = 0
    for drawing in drawings:
        grey = cv2.GaussianBlur(drawing.image, (0, 0), 0.7).astype(np.float32)
        edges = sum(np.hypot(cv2.Sobel(c, cv2.CV_32F, 1, 0), cv2.Sobel(c, cv2.CV_32F, 0, 1)) for c in cv2.split(grey))
        borders = cv2.morphologyEx(drawing.numbers, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        off = max(edges[np.roll(borders, shift, (0, 1))].mean() for shift in ((4, 0), (-4, 0), (0, 4), (0, -4)))
        better += edges[borders].mean() > 1.05 * off
    assert better >= 0.85 * len(drawings)


def test_a_pool_is_drawn_once_and_holds_the_scenes(tmp_path):
    seen = []
    pool = make_pool(tmp_path, 3, size=64, seed=5, report=seen.append)
    drawing = scene(5, 2, 64)
    assert np.array_equal(pool.images[2], drawing.image) and np.array_equal(pool.numbers[2], drawing.numbers)
    assert pool.labels[2, 1 : len(drawing.labels) + 1].tolist() == drawing.labels
    assert [event.done for event in seen] == [1, 2, 3]
    make_pool(tmp_path, 3, size=64, seed=5, report=seen.append)
    assert len(seen) == 3


def test_a_cancelled_pool_is_drawn_anew(tmp_path):
    def cancel():
        raise CancelRequested

    with pytest.raises(CancelRequested):
        make_pool(tmp_path, 2, size=64, seed=5, check=cancel)
    assert make_pool(tmp_path, 2, size=64, seed=5).images.any()


@pytest.fixture(scope="module")
def pool():
    """Bright discs, rings and bars on the grey that pads a view: whatever differs from it is an instance."""
    images = np.full((3, 96, 96, 3), PAD, np.uint8)
    numbers, labels = np.zeros((3, 96, 96), np.uint8), np.zeros((3, MOST + 1), np.uint8)
    cv2.circle(numbers[0], (30, 40), 20, 1, -1)
    cv2.circle(numbers[1], (60, 50), 25, 1, 9)
    cv2.rectangle(numbers[2], (5, 10), (80, 30), 1, -1)
    cv2.rectangle(numbers[2], (50, 50), (90, 90), 2, -1)
    labels[:, 1:3] = [[0, 0], [4, 0], [2, 3]]
    images[numbers > 0] = 235
    return Pool(images, numbers, labels)


def test_whatever_moves_the_picture_moves_the_masks(pool):
    learnt = 0
    for index in range(60):
        view = random_view(np.random.default_rng(index), pool, 128)
        away = np.abs(view.image.astype(int) - np.median(view.image, axis=(0, 1))).max(-1)
        seen, masked = away > 0.5 * away.max(), view.masks.any(0)
        if len(view.masks):
            learnt += len(view.masks)
            assert (seen & masked).sum() > 0.9 * (seen | masked).sum()
    assert learnt > 60


def test_boxes_enclose_their_masks_and_no_pixel_has_two(pool):
    for index in range(40):
        view = random_view(np.random.default_rng(index), pool, 96)
        assert len(view.boxes) == len(view.labels) == len(view.masks)
        assert not len(view.masks) or view.masks.sum(0).max() == 1
        for box, mask in zip(view.boxes, view.masks, strict=True):
            x, y, width, height = cv2.boundingRect(mask)
            assert box.tolist() == [x, y, x + width, y + height]


def test_a_label_stays_with_its_instance(pool):
    view = plain_view(pool, 2)
    assert view.labels.tolist() == [2, 3]
    assert view.boxes.tolist() == [[5, 10, 81, 31], [50, 50, 91, 91]]

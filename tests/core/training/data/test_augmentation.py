"""What is chosen by chance stays within the settings, and is chosen."""

import numpy as np
import pytest

from core.geometry.masks import crop
from core.recipes.model_spec import InputSpec
from core.recipes.schema import TrainingSettings
from core.training.data.augmentation import (
    InputView,
    choose_mosaic,
    choose_view,
    jitter_color,
    largest_zoom,
    random_part,
)
from core.training.data.warping import lay_picture, mapped_reaches

SIZE = 120, 160
SPEC = InputSpec(height=128, width=192, pad_value=114, mean=(0, 0, 0), std=(1, 1, 1))
WINDOW = 128, 192
STILL = TrainingSettings(flip=0.0)


def view(seed: int, settings: TrainingSettings, crop: bool = True) -> InputView:
    return choose_view(np.random.default_rng(seed), SIZE, SIZE, SPEC, settings, crop=crop)


def test_without_augmentation_the_view_is_the_whole_picture() -> None:
    found = view(0, STILL)
    assert found.part is None
    np.testing.assert_array_equal(found.matrix, [[1, 0, 0], [0, 1, 0]])


def test_zooms_and_flips_stay_within_the_settings() -> None:
    settings = TrainingSettings(flip=0.5, vertical_flip=0.2, scale_jitter=0.5)
    matrices = np.array([view(seed, settings).matrix for seed in range(400)])
    zooms = np.abs(matrices[:, 1, 1])
    assert zooms.min() == pytest.approx(0.5, abs=0.03)
    assert zooms.max() == pytest.approx(1.5, abs=0.03)
    assert largest_zoom(settings) == 1.5
    assert 0.4 < np.mean(matrices[:, 0, 0] < 0) < 0.6
    assert 0.1 < np.mean(matrices[:, 1, 1] < 0) < 0.3
    assert (matrices[:, 0, 1] == 0).all()


def test_as_much_of_a_zoomed_picture_is_seen_as_fits() -> None:
    picture = np.zeros((*SIZE, 3), np.uint8)
    places = set()
    for seed in range(100):
        found = view(seed, TrainingSettings(flip=0.5, scale_jitter=0.5))
        piece = lay_picture(picture, found.matrix, WINDOW)
        assert piece is not None
        assert piece.covered is None  # resized exactly as for inference
        size = np.abs(found.matrix.diagonal()[::-1]) * SIZE
        assert piece.pixels.shape[:2] == tuple(np.minimum(size.round(), WINDOW))
        assert (piece.x, piece.y) == (0, 0)
        places.add(tuple(found.matrix[:, 2].round().tolist()))
    assert len(places) > 30


def test_turns_and_slants_stay_within_the_settings() -> None:
    turned = np.array([view(seed, TrainingSettings(flip=0.0, rotation=30)).matrix for seed in range(200)])
    angles = np.degrees(np.arctan2(turned[:, 0, 1], turned[:, 0, 0]))
    assert -30 <= angles.min() < -25
    assert 25 < angles.max() <= 30
    np.testing.assert_allclose(
        turned[:, :, :2] @ turned[:, :, :2].swapaxes(1, 2), np.tile(np.eye(2), (200, 1, 1)), atol=1e-9
    )
    middle = np.array([79.5, 59.5, 1])
    np.testing.assert_allclose(turned @ middle, np.tile(middle[:2], (200, 1)))
    slanted = np.array([view(seed, TrainingSettings(flip=0.0, shear=20)).matrix for seed in range(200)])
    slants = np.degrees(np.arctan(slanted[:, 0, 1]))
    assert -20 <= slants.min() < -15
    assert 15 < slants.max() <= 20
    assert np.linalg.det(slanted[:, :, :2]) == pytest.approx(np.ones(200))


def test_a_part_is_a_quarter_of_the_picture_or_more_and_anywhere() -> None:
    parts = [random_part(np.random.default_rng(seed), SIZE) for seed in range(500)]
    shares = np.array([part.width * part.height for part in parts]) / (SIZE[0] * SIZE[1])
    assert 0.25 <= shares.min() < 0.3
    assert shares.max() > 0.95
    stretch = np.array([(part.height / SIZE[0]) / (part.width / SIZE[1]) for part in parts])
    assert 0.74 < stretch.min() < 0.8
    assert 1.25 < stretch.max() < 1.36
    assert all(part.x + part.width <= 160 and part.y + part.height <= 120 for part in parts)
    assert {0} < {part.x for part in parts}
    tiny = [random_part(np.random.default_rng(seed), (5, 7)) for seed in range(100)]
    assert min(part.width * part.height for part in tiny) >= 35 / 4


def test_a_part_fills_the_input() -> None:
    for seed in range(50):
        found = view(seed, TrainingSettings(flip=0.5, crop=1.0, scale_jitter=0.5))
        assert found.part is not None
        piece = lay_picture(np.zeros((*found.part.size, 3), np.uint8), found.matrix, WINDOW)
        assert piece is not None
        height, width = piece.pixels.shape[:2]
        assert (piece.x, piece.y) == (0, 0)
        assert height == 128 or width == 192
        assert width / height == pytest.approx(found.part.width / found.part.height, rel=0.02)
    assert view(0, TrainingSettings(crop=1.0), crop=False).part is None


def test_a_corner_of_each_picture_of_a_mosaic_lies_in_one_point() -> None:
    sizes = [(60, 80), (100, 50), (64, 64), (30, 90)]
    for seed in range(20):
        views = choose_mosaic(
            np.random.default_rng(seed), [(size, size) for size in sizes], SPEC, TrainingSettings(flip=0.5)
        )
        boxes = [
            mapped_reaches([crop(np.ones(size, np.uint8))], found.matrix)[0]
            for size, found in zip(sizes, views, strict=True)
        ]
        inner = [(boxes[0][2], boxes[0][3]), (boxes[1][0], boxes[1][3]), (boxes[2][2], boxes[2][1]), boxes[3][:2]]
        np.testing.assert_allclose(inner, np.tile(inner[0], (4, 1)), atol=1e-6)


@pytest.mark.parametrize("rotation", [0, 20])
def test_pictures_of_a_mosaic_meet_and_do_not_overlap(rotation: float) -> None:
    settings = TrainingSettings(flip=0.5, scale_jitter=0.3, rotation=rotation)
    sizes = [((60, 80), (120, 160)), ((100, 50), (128, 64)), ((64, 64), (128, 128)), ((30, 90), (64, 192))]
    shown, places = [], set()
    for seed in range(60):
        views = choose_mosaic(np.random.default_rng(seed), sizes, SPEC, settings)
        times = np.zeros(WINDOW, int)
        pieces = [
            lay_picture(np.zeros((*size, 3), np.uint8), found.matrix, WINDOW)
            for (size, _), found in zip(sizes, views, strict=True)
        ]
        for piece in filter(None, pieces):
            height, width = piece.pixels.shape[:2]
            covered = 1 if piece.covered is None else piece.covered
            times[piece.y : piece.y + height, piece.x : piece.x + width] += covered
        assert times.any()
        assert np.mean(times > 1) <= (0.01 if rotation else 0)
        zoom = abs(np.linalg.det(views[2].matrix[:, :2])) ** 0.5 / 2  # that picture is doubled to fit the input
        assert 0.5 * 0.7 * 0.98 <= zoom <= 1.0 * 1.3 * 1.02
        shown.append(4 - pieces.count(None))
        places.add(tuple(views[0].matrix[:, 2].round().tolist()))
    assert np.mean(shown) > 3
    assert len(places) > 50


def test_color_jitter_changes_colors_by_chance_and_strength() -> None:
    picture = np.random.default_rng(0).integers(60, 200, (*SIZE, 3), np.uint8)
    weak, strong = (
        np.mean(
            [
                np.abs(jitter_color(np.random.default_rng(seed), picture, s) - picture.astype(float)).mean()
                for seed in range(20)
            ]
        )
        for s in (0.05, 0.5)
    )
    assert 0 < weak < strong
    once, again = (jitter_color(np.random.default_rng(7), picture, 0.5) for _ in range(2))
    np.testing.assert_array_equal(once, again)

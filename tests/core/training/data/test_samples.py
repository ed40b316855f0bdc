"""What the network is shown: pictures and objects that lie on each other, the right ones, the same every time."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.dataset import Dataset, open_dataset
from core.dataset.dataset import Dataset as DatasetClass
from core.geometry.tiles import Tile
from core.recipes.catalogue import find, with_settings
from core.recipes.model_spec import Tiling
from core.recipes.schema import Recipe
from core.training.data.items import TrainingItem, classes_of, training_items
from core.training.data.samples import FEWEST_PIXELS, Key, TrainingSample, TrainingSet, Unreadable
from tests.core.training.conftest import STILL

PLAIN = STILL | {"input_size": 128}
SIZE = 120, 160
COLORS = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 0, 255)], np.uint8)
"""By label."""
HALF = 150
"""A pixel on an outline may be up to so far from either color."""
NAMES = "red", "green", "blue", "yellow", "magenta"


def recipe(**settings: Any) -> Recipe:
    return with_settings(find("rtmdet_inst_tiny"), PLAIN | settings)


Painted = Callable[..., Dataset]


@pytest.fixture
def painted(tmp_path: Path) -> Painted:
    """Black pictures in which each object is painted in the pure color of its class: by default, six pictures of
    160 × 120 with one shape of each class. Otherwise, for each picture its
    annotations."""

    def make(pictures: Sequence[Sequence[dict[str, Any]]] | None = None, size: tuple[int, int] = SIZE) -> Dataset:
        pictures = [five_shapes(seed) for seed in range(6)] if pictures is None else pictures
        images = [
            {"id": number, "file_name": f"{number}.png", "height": size[0], "width": size[1]}
            for number in range(1, len(pictures) + 1)
        ]
        entries = [
            {"id": 100 * number + index, "image_id": number, "iscrowd": 0, "category_id": 1} | entry
            for number, annotations in enumerate(pictures, 1)
            for index, entry in enumerate(annotations)
        ]
        categories = [{"id": label + 1, "name": name} for label, name in enumerate(NAMES)]
        content = {"images": images, "annotations": entries, "categories": categories}
        (tmp_path / "data.json").write_text(json.dumps(content))
        for image in images:
            cv2.imwrite(str(tmp_path / image["file_name"]), np.zeros((*size, 3), np.uint8))
        dataset = open_dataset(tmp_path / "data.json")
        for image in dataset.images:
            picture = np.zeros((*size, 3), np.uint8)
            for one in dataset.instances(image):
                picture[dataset.mask(image, one).full() > 0] = COLORS[one.label]
            cv2.imwrite(str(tmp_path / image.file_name), picture[..., ::-1])
        return dataset

    return make


def five_shapes(seed: int) -> list[dict[str, Any]]:
    """Ellipses, triangles and stars that do not touch, one at the picture's border."""
    random = np.random.default_rng(seed)
    found = []
    labels = random.permutation(5).tolist()
    for label, (column, row) in zip(labels, [(0, 0), (1, 0), (2, 0), (0, 1), (2, 1)], strict=True):
        angles = np.linspace(0, 2 * np.pi, int(random.integers(3, 12)), endpoint=False) + random.uniform(0, 3)
        radii = random.uniform(10, 24, len(angles))
        x, y = 27 + 53 * column + radii * np.cos(angles), 30 + 60 * row + radii * np.sin(angles)
        found.append(polygon(np.stack([x, y], 1) - (8 * (column == 0), 0), label))
    return found


def polygon(points: Any, label: int = 0, **more: Any) -> dict[str, Any]:
    points = np.asarray(points, float)
    x, y = points.min(0).tolist()
    width, height = (points.max(0) - points.min(0)).tolist()
    flat = [points.ravel().tolist()]
    return {
        "category_id": label + 1,
        "segmentation": flat,
        "bbox": [x, y, width, height],
        "area": width * height,
    } | more


def square(x: float, y: float, side: float = 20, label: int = 0, **more: Any) -> dict[str, Any]:
    return polygon([(x, y), (x + side, y), (x + side, y + side), (x, y + side)], label, **more)


def training_set(dataset: Dataset, made: Recipe, **options: Any) -> TrainingSet:
    return TrainingSet(dataset, [TrainingItem(image) for image in dataset.images], made, **options)


def sample(samples: TrainingSet, epoch: int = 0, position: int = 0) -> TrainingSample:
    found = samples[Key(epoch, position)]
    assert isinstance(found, TrainingSample)
    return found


def unknown(found: TrainingSample) -> Any:
    """The pixels of a sample from which nothing is learnt."""
    return found.unknown.full() > 0 if found.unknown else np.zeros(found.picture.shape[:2], bool)


AUGMENTED: dict[str, dict[str, Any]] = {
    "plain": {},
    "flip": {"flip": 1.0},
    "flips": {"flip": 0.5, "vertical_flip": 1.0},
    "zoom": {"scale_jitter": 0.6},
    "crop": {"crop": 1.0},
    "turn": {"rotation": 180, "shear": 20},
    "all": {"crop": 0.5, "rotation": 40, "shear": 10, "scale_jitter": 0.5, "flip": 0.5},
    "mosaic": {"mosaic": 1.0},
    "turned mosaic": {"mosaic": 1.0, "rotation": 30, "scale_jitter": 0.5, "flip": 0.5},
}


@pytest.mark.parametrize("name", AUGMENTED)
@pytest.mark.parametrize("input_size", [96, 256])
def test_objects_lie_where_they_are_seen_and_keep_their_class(painted: Painted, name: str, input_size: int) -> None:
    samples = training_set(painted(), recipe(input_size=input_size, **AUGMENTED[name]))
    compared = 0
    for epoch, position in product(range(2), range(6)):
        found = sample(samples, epoch, position)
        assert found.picture.shape == (input_size, input_size, 3)
        for one in found.objects:
            if one.mask.area > 100:
                inside = one.mask.full() > 0
                off = np.abs(found.picture.astype(int) - COLORS[one.label]).max(axis=2)
                assert np.count_nonzero(off[inside] > HALF) <= 0.02 * one.mask.area
                if "mosaic" not in name:  # where a class comes once
                    assert np.count_nonzero(off[~inside] < 255 - HALF) <= 0.02 * one.mask.area
                compared += 1
    assert compared > 20


@pytest.mark.parametrize("name", AUGMENTED)
def test_masks_and_boxes_are_those_of_the_pixels(painted: Painted, name: str) -> None:
    samples = training_set(painted(), recipe(**AUGMENTED[name], mixup=0.5))
    for epoch, position in product(range(2), range(6)):
        found = sample(samples, epoch, position)
        assert found.boxes().shape == (len(found.objects), 4)
        for one, box in zip(found.objects, found.boxes(), strict=True):
            assert one.mask.size == (128, 128)
            assert one.mask.area >= FEWEST_PIXELS
            assert set(np.unique(one.mask.bitmap)) <= {0, 1}
            rows, columns = np.nonzero(one.mask.full())
            assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_a_part_is_cut_from_the_picture_and_not_from_its_reduction(painted: Painted) -> None:
    dataset = painted([[square(0, 0, 200)]], size=(256, 256))
    cv2.imwrite(str(dataset.root / "1.png"), np.uint8(255 * (np.indices((256, 256)).sum(0) % 2)))  # a chessboard
    whole, part = (sample(training_set(dataset, recipe(crop=crop))).picture for crop in (0.0, 1.0))
    assert whole.std() < 1  # it is reduced to grey
    assert part.std() > 10


def test_a_mosaic_shows_several_images_each_in_any_place(painted: Painted) -> None:
    samples = training_set(painted([[square(60, 40, 40, label)] for label in range(5)]), recipe(mosaic=1.0))
    found = [sample(samples, epoch) for epoch in range(40)]
    kinds = [len({one.label for one in each.objects}) for each in found]
    assert max(kinds) == 4
    assert np.mean(kinds) > 2
    own = [one.mask for each in found for one in each.objects if one.label == 0]
    assert {(mask.x > 50, mask.y > 50) for mask in own} == {(left, top) for left in (0, 1) for top in (0, 1)}


def test_a_mixed_up_sample_shows_half_of_each_and_has_the_objects_of_both(painted: Painted) -> None:
    samples = training_set(painted(), recipe(mixup=1.0))
    found = sample(samples)
    assert Counter(one.label for one in found.objects) == dict.fromkeys(range(5), 2)
    for one in found.objects:
        colors = found.picture[one.mask.full() > 0][:, COLORS[one.label] > 0]
        assert (colors >= 100).mean() > 0.9
    assert found.picture.max() <= 255


def test_the_last_epochs_are_plain(painted: Painted) -> None:
    dataset, strong = painted(), {"mosaic": 1.0, "mixup": 1.0, "crop": 1.0}
    samples = training_set(dataset, recipe(**strong, epochs=5, plain_epochs=2))
    plain = training_set(dataset, recipe())
    assert [same_picture(sample(samples, epoch), sample(plain)) for epoch in range(5)] == [False] * 3 + [True] * 2


def same_picture(one: TrainingSample, other: TrainingSample) -> bool:
    return bool((one.picture == other.picture).all())


def test_a_sample_depends_on_seed_and_key_alone(painted: Painted) -> None:
    dataset = painted()
    lively = {**AUGMENTED["all"], "mosaic": 0.5, "mixup": 0.5, "color_jitter": 0.5}
    first, second = training_set(dataset, recipe(**lively)), training_set(dataset, recipe(**lively), cache_bytes=0)
    keys = [Key(3, 1), Key(0, 0), Key(0, 5), Key(3, 1)]
    for key in keys:
        one, other = first[key], second[key]
        assert isinstance(one, TrainingSample)
        assert isinstance(other, TrainingSample)
        np.testing.assert_array_equal(one.picture, other.picture)
        for a, b in zip(one.objects, other.objects, strict=True):
            assert a.label == b.label
            np.testing.assert_array_equal(a.mask.full(), b.mask.full())
    reseeded = training_set(dataset, recipe(**lively, seed=1))
    changed = [first[Key(1, 1)], first[Key(0, 1, turn=1)], reseeded[Key(0, 1)]]
    assert all(isinstance(one, TrainingSample) and not same_picture(one, sample(first, 0, 1)) for one in changed)


def test_an_object_that_is_cut_off_is_learnt_if_a_quarter_is_left(painted: Painted) -> None:
    dataset = painted([[square(40, 40, 40, label=0)]])
    [image] = dataset.images
    seen = {}
    for left in (79, 72, 70, 69, 60, 0):
        items = [TrainingItem(image, Tile(left, 0, 60, 60))]  # the lower third of the square is outside, too
        seen[left] = len(sample(TrainingSet(dataset, items, recipe())).objects)
        assert any(classes_of(dataset, items)) == bool(seen[left])
    assert seen == {79: 0, 72: 0, 70: 0, 69: 0, 60: 1, 0: 1}


def test_an_object_larger_than_the_region_is_learnt_if_it_fills_a_quarter_of_it(painted: Painted) -> None:
    dataset = painted([[square(10, 10, 100, label=2)]])
    items = [TrainingItem(dataset.images[0], Tile(x, 30, 20, 20)) for x in (50, 102, 106)]
    samples = TrainingSet(dataset, items, recipe())
    assert [len(sample(samples, 0, position).objects) for position in range(3)] == [1, 1, 0]
    assert sample(samples).objects[0].mask.area > 0.99 * 128 * 128


def test_slivers_that_augmentation_leaves_are_not_learnt(painted: Painted) -> None:
    samples = training_set(painted([[square(118, 40, 40), square(2, 2, 20, 1)]]), recipe(scale_jitter=0.9))
    seen, learnt = [], []
    for epoch in range(200):
        found = sample(samples, epoch)
        _, _, width, height = cv2.boundingRect((found.picture[:, :, 0] > 200).astype(np.uint8))
        seen.append(min(width, height) / max(width, height, 1))
        learnt += [min(one.mask.box[2:]) / max(one.mask.box[2:]) for one in found.objects if one.label == 0]
    assert 0 < min(share for share in seen if share) < 0.15
    assert 0.24 <= min(learnt) < 0.5


def test_specks_are_not_learnt(painted: Painted) -> None:
    samples = training_set(painted([[square(60, 60, 5), square(2, 2, 50, 1)]] * 2), recipe(input_size=96, mosaic=1.0))
    found = [sample(samples, epoch) for epoch in range(40)]
    specks = [one.mask.area for each in found for one in each.objects if one.label == 0]
    assert FEWEST_PIXELS <= min(specks) <= FEWEST_PIXELS + 2
    assert any(
        (each.picture[:, :, 0] > 100).any() and not any(one.label == 0 for one in each.objects) for each in found
    )


def test_no_view_loses_all_objects_of_an_image(painted: Painted) -> None:
    strong = {"scale_jitter": 0.9, "crop": 0.5, "rotation": 90, "mosaic": 0.5}
    samples = training_set(painted([[square(2, 2, 12)]] * 2), recipe(**strong))
    counts = [len(sample(samples, epoch, 1).objects) for epoch in range(200)]
    assert min(counts) >= 1


def test_crowds_are_neither_objects_nor_background(painted: Painted) -> None:
    crowd = square(60, 40, 40, 1, iscrowd=1)
    alone, over = painted([[crowd]]), [crowd, square(20, 20, 20, 0), square(70, 50, 20, 2)]
    found = sample(training_set(alone, recipe()))
    assert found.objects == [] and (found.picture[40:60, 60:70] == COLORS[1]).all(), "it is seen as it is"
    assert unknown(found)[35:61, 52:76].all()
    found = sample(training_set(painted([over]), recipe()))
    assert sorted(one.label for one in found.objects) == [0, 2]
    for one in found.objects:  # what lies on the crowd is known
        assert not unknown(found)[one.mask.full() > 0].any()
    assert unknown(found)[35:39, 50:76].all() and not unknown(found)[:30].any()


@pytest.mark.parametrize("name", AUGMENTED)
def test_what_is_unknown_lies_where_it_is_seen(painted: Painted, name: str) -> None:
    pictures = [[square(10 + 5 * number, 40, 60, 1, iscrowd=1), square(95, 20, 50)] for number in range(4)]
    samples = training_set(painted(pictures), recipe(input_size=256, **AUGMENTED[name]))
    seen = 0
    for epoch, position in product(range(2), range(4)):
        found = sample(samples, epoch, position)
        colored = np.abs(found.picture.astype(int) - COLORS[1]).max(axis=2)
        region = unknown(found)
        seen += int(region.sum())
        assert np.count_nonzero(colored[region] > HALF) <= 0.02 * region.sum()
        assert np.count_nonzero(colored[~region] < 255 - HALF) <= 0.02 * region.sum()
    assert seen > 8 * 1000


def test_mixed_up_nothing_is_known_where_either_is_unknown_but_of_the_objects_of_both(painted: Painted) -> None:
    crowd = square(10, 10, 100, 1, iscrowd=1)
    samples = training_set(painted([[square(100, 60, 40)], [crowd]]), recipe(mixup=1.0))
    for epoch in range(8):
        found = sample(samples, epoch)
        [one] = {(each.mask.x, each.mask.y): each for each in found.objects}.values()
        assert not unknown(found)[one.mask.full() > 0].any()
        red, green = (found.picture[..., channel] > 100 for channel in (0, 1))
        np.testing.assert_array_equal(unknown(found)[~red], green[~red])


def test_where_all_is_known_nothing_is_said_of_it(painted: Painted) -> None:
    samples = training_set(painted([[square(20, 20), square(90, 60, 30, 1, iscrowd=1)], [square(20, 20)]]), recipe())
    assert sample(samples, 0, 0).unknown is not None and sample(samples, 0, 1).unknown is None


def test_what_has_no_pixels_is_counted_and_not_learnt(painted: Painted) -> None:
    line = polygon([(10, 10), (10, 10), (10, 10)], 3)
    boxed = square(80, 60, 30, 1, segmentation=None)
    found = sample(training_set(painted([[square(20, 20), line, boxed]]), recipe()))
    assert [one.label for one in found.objects] == [0]
    assert found.without_pixels == 2
    assert unknown(found)[50:70, 66:86].all() and not unknown(found)[:45].any()


def test_regions_show_their_part_and_read_the_image_once(painted: Painted, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = painted()
    image = dataset.images[0]
    items = [TrainingItem(image, Tile(x, y, 80, 60)) for y in (0, 60) for x in (0, 80)] + [TrainingItem(image)]
    reads = []
    read = DatasetClass.read_image
    monkeypatch.setattr(DatasetClass, "read_image", lambda self, image: reads.append(image) or read(self, image))
    samples = TrainingSet(dataset, items, recipe(input_size=160))
    picture = dataset.read_image(image)
    reads.clear()
    for position, item in enumerate(items):
        region = item.region or Tile(0, 0, 160, 120)
        part = picture[region.y : region.y + region.height, region.x : region.x + region.width]
        np.testing.assert_array_equal(sample(samples, 0, position).picture[:120], cv2.resize(part, (160, 120)))
    assert len(reads) == 1
    poor = TrainingSet(dataset, items, recipe(), cache_bytes=0)
    for position in range(5):
        sample(poor, 0, position)
    assert len(reads) == 6


def test_images_that_cannot_be_read_are_told_and_take_part_in_nothing(painted: Painted) -> None:
    dataset = painted()
    (dataset.root / "2.png").write_bytes(b"not a picture")
    samples = training_set(dataset, recipe(mosaic=1.0, mixup=1.0))
    for epoch in range(5):
        broken = samples[Key(epoch, 1)]
        assert isinstance(broken, Unreadable)
        assert broken.image == 1
        assert "2.png" in broken.message
        for position in (0, 2, 3, 4, 5):
            sample(samples, epoch, position)


def test_one_image_alone_can_be_augmented(painted: Painted) -> None:
    samples = training_set(painted([five_shapes(0)]), recipe(mosaic=1.0, mixup=1.0, crop=1.0, rotation=20))
    assert all(sample(samples, epoch).objects for epoch in range(20))


def test_images_without_objects_are_used_by_choice(painted: Painted) -> None:
    dataset = painted([[square(10, 10)], [], [square(30, 30)]])
    kept, left_out = (
        training_items(dataset, dataset.images, recipe(negatives=negatives).settings) for negatives in (True, False)
    )
    assert [item.image.index for item in kept] == [0, 1, 2]
    assert [item.image.index for item in left_out] == [0, 2]
    empty = sample(TrainingSet(dataset, kept, recipe()), 0, 1)
    assert empty.objects == []
    assert empty.boxes().shape == (0, 4)


@pytest.mark.parametrize("tiling", [None, Tiling(96, 0.2, True)], ids=["whole", "tiles"])
def test_crowds_and_boxes_alone_are_nothing_to_learn(painted: Painted, tiling: Tiling | None) -> None:
    box = {"bbox": [10, 10, 20, 20], "area": 400}
    dataset = painted([[square(10, 10)], [square(10, 10) | {"iscrowd": 1}], [box], [box, square(30, 30)]])
    without, with_ = (
        training_items(dataset, dataset.images, recipe(negatives=negatives).settings, tiling)
        for negatives in (False, True)
    )
    assert {item.image.index for item in without} == {0, 3}
    assert [item.image.index for item in with_ if item.region is None] == [0, 1, 2, 3]

"""How many objects may be found in an image follows the data, unless a person says so."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.dataset import Dataset, open_dataset
from core.recipes.model_spec import Tiling
from core.recipes.schema import TrainingSettings
from core.training.data.limit import choose_limit

MakeDataset = Callable[..., Dataset]
SIDE = 400


@pytest.fixture
def crowded(tmp_path: Path) -> MakeDataset:
    """One image a split, with so many boxes in its left half."""

    def make(**objects: int) -> Dataset:
        (tmp_path / "annotations").mkdir()
        for number, (split, count) in enumerate(objects.items(), 1):
            places = [(4 * (at % 50), 8 * (at // 50)) for at in range(count)]
            content = {
                "images": [{"id": number, "file_name": f"{split}.png", "width": SIDE, "height": SIDE}],
                "annotations": [
                    {"id": at + 1, "image_id": number, "category_id": 1, "bbox": [x, y, 3, 6], "area": 18, "iscrowd": 0}
                    for at, (x, y) in enumerate(places)
                ],
                "categories": [{"id": 1, "name": "cell"}],
            }
            (tmp_path / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
        return open_dataset(tmp_path)

    return make


@pytest.mark.parametrize(
    ("train", "val", "limit"), [(1, 0, 100), (66, 2, 100), (67, 2, 110), (3, 225, 340), (4000, 1, 5000)]
)
def test_the_fullest_image_of_any_split_decides(crowded: MakeDataset, train: int, val: int, limit: int) -> None:
    found = choose_limit(crowded(train=train, val=val), TrainingSettings(), None)
    assert (found.most, found.tiling) == (limit, None)
    assert bool(found.why) == (limit != 100)
    if found.why:
        assert f"{limit:,} objects" in found.why and f"{max(train, val):,}" in found.why and "COCO" in found.why


def test_a_person_may_say_how_many(crowded: MakeDataset) -> None:
    dataset = crowded(train=225, val=1)
    assert choose_limit(dataset, TrainingSettings(max_detections=50), None).most == 50
    assert choose_limit(dataset, TrainingSettings(max_detections=100), None).why == ""
    tiled = choose_limit(dataset, TrainingSettings(max_detections=50), Tiling(200, 0.0, False))
    assert tiled.most == 50 and tiled.tiling == Tiling(200, 0.0, False, max_detections=50)


def test_tiles_have_a_limit_of_their_own(crowded: MakeDataset) -> None:
    dataset = crowded(train=2000, val=1)
    found = choose_limit(dataset, TrainingSettings(), Tiling(200, 0.0, False))
    assert found.most == 3000
    assert found.tiling is not None and found.tiling.max_detections == 1880  # half again of 1250 in the upper left
    few = choose_limit(dataset, TrainingSettings(), Tiling(40, 0.0, False))
    assert few.tiling is not None and few.tiling.max_detections == 100 and few.most == 3000


def test_who_looks_at_whole_images_too_needs_their_limit(crowded: MakeDataset) -> None:
    found = choose_limit(crowded(train=2000, val=1), TrainingSettings(), Tiling(40, 0.0, True))
    assert found.tiling is not None and found.tiling.max_detections == found.most == 3000


def test_large_pictures_are_expected_of_tiles(crowded: MakeDataset) -> None:
    found = choose_limit(crowded(train=5, val=1), TrainingSettings(), Tiling(200, 0.0, False))
    assert found.most == 1000 and found.tiling is not None and found.tiling.max_detections == 100

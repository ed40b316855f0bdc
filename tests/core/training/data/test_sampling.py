"""Which images come how often: all of them, and rare classes often enough to be learnt."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from core.dataset import Dataset, open_dataset
from core.geometry.tiles import Tile
from core.training.data.items import TrainingItem
from core.training.data.sampling import epoch_order, repeat_factors


@pytest.fixture
def uneven(tmp_path: Path) -> Dataset:
    """64 images: all but four show “common”, eight “seldom”, one of them and one other “rare”; three show nothing."""
    labels = {number: {1} for number in range(1, 61)}
    for number in range(1, 9):
        labels[number].add(2)
    labels[1].add(3)
    labels[61] = {3}
    images = [{"id": number, "file_name": f"{number}.png", "width": 40, "height": 40} for number in range(1, 65)]
    annotations = [
        {"image_id": number, "category_id": label, "bbox": [label, 0, 9, 9], "segmentation": [[0, 0, 9, 0, 9, 9]]}
        for number, found in labels.items()
        for label in sorted(found)
    ]
    annotations = [{"id": number, "area": 40, "iscrowd": 0} | one for number, one in enumerate(annotations, 1)]
    categories = [{"id": number, "name": name} for number, name in enumerate(("common", "seldom", "rare"), 1)]
    (tmp_path / "a.json").write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": categories})
    )
    return open_dataset(tmp_path / "a.json")


def test_an_item_counts_by_its_rarest_class(uneven: Dataset) -> None:
    factors = repeat_factors(uneven, [TrainingItem(image) for image in uneven.images])
    expected = np.ones(64)
    expected[1:8] = (60 / 8) ** 0.5
    expected[[0, 60]] = (60 / 2) ** 0.5
    np.testing.assert_allclose(factors, expected)


def test_regions_count_by_what_they_show(uneven: Dataset) -> None:
    image = uneven.images[0]
    items = [TrainingItem(image, Tile(x, 0, 20, 20)) for x in (0, 20)] + [
        TrainingItem(other) for other in uneven.images[1:]
    ]
    factors = repeat_factors(uneven, items)
    assert factors[0] == pytest.approx(30**0.5)
    assert factors[1] == 1


def test_an_epoch_is_as_long_as_the_list_and_everything_comes_as_often_as_it_should(uneven: Dataset) -> None:
    factors = repeat_factors(uneven, [TrainingItem(image) for image in uneven.images])
    due = 64 * factors / factors.sum()
    seen: Counter[int] = Counter()
    for epoch in range(200):
        order = epoch_order(np.random.default_rng((0, epoch)), 64, factors)
        assert len(order) == 64
        times = np.bincount(order, minlength=64)
        assert (times >= np.floor(due)).all()
        assert (times <= np.ceil(due)).all()
        seen.update(order.tolist())
    np.testing.assert_allclose([seen[position] / 200 for position in range(64)], due, atol=0.12)
    assert 3 < seen[60] / seen[40] < 8


def test_the_order_of_an_epoch_is_shuffled_and_the_same_every_time() -> None:
    for factors in (None, np.array([1.0, 4.0] * 20)):
        first, again, other = (epoch_order(np.random.default_rng(seed), 40, factors).tolist() for seed in (1, 1, 2))
        assert first == again != other
        assert first != sorted(first)
    assert sorted(epoch_order(np.random.default_rng(0), 40)) == list(range(40))


def test_without_any_class_all_items_are_alike(uneven: Dataset) -> None:
    empty = [TrainingItem(image) for image in uneven.images[61:]]
    np.testing.assert_array_equal(repeat_factors(uneven, empty), [1, 1, 1])
    assert sorted(epoch_order(np.random.default_rng(0), 3, np.ones(3))) == [0, 1, 2]

"""A dataset whose classes were renumbered, seen by a network that learnt them in another order."""

import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.class_order import ClassesError, in_class_order
from core.dataset.ground_truth import ground_truth
from tests.core.dataset.builders import annotation, coco, image

THREE = [{"id": 1, "name": "nut"}, {"id": 2, "name": "bolt"}, {"id": 9, "name": "gear"}]


@pytest.fixture
def dataset(folder):
    folder.pictures(["1.png", "2.png"])
    found = [annotation(1, 1, 1), annotation(2, 1, 2), annotation(3, 2, 2)]
    folder.json("all.json", coco([image(1), image(2)], found, THREE))
    return open_dataset(folder.path)


def shown(dataset):
    """By image, the names of its classes in order."""
    names = [category.name for category in dataset.categories]
    return [[names[one.label] for one in dataset.instances(each)] for each in dataset.images]


def test_labels_follow_the_order_that_is_asked_for_and_mean_the_same(dataset):
    mapped = in_class_order(dataset, ["bolt", "gear", "nut"])
    assert [category.name for category in mapped.categories] == ["bolt", "gear", "nut"]
    assert [one.label for one in mapped.instances(mapped.images[0])] == [2, 0]
    assert shown(mapped) == shown(dataset) == [["nut", "bolt"], ["bolt"]]
    assert mapped.class_counts().tolist() == [2, 0, 1] and mapped.labels(mapped.images[1]) == {0}
    truth = {one["id"]: one["category_id"] for one in ground_truth(mapped, mapped.images)["annotations"]}
    assert truth == {1: 1, 2: 2, 3: 2}, "ids are those of the files still"
    assert shown(dataset) == [["nut", "bolt"], ["bolt"]], "the dataset itself stays as it is"


def test_the_order_that_it_has_costs_nothing(dataset):
    assert in_class_order(dataset, ["nut", "bolt", "gear"]) is dataset


def test_a_class_that_nobody_uses_may_be_added(dataset):
    mapped = in_class_order(dataset, ["bolt", "nut"])
    assert [category.name for category in mapped.categories] == ["bolt", "nut"]
    assert np.array_equal(mapped.class_counts(), [2, 1])


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["nut", "gear"], ["new: bolt"]),
        (["nut", "bolt", "gear", "coin"], ["gone: coin"]),
        (["nut", "Bolt", "gear"], ["new: bolt", "gone: Bolt", "renamed"]),
        ([], ["new: nut, bolt"]),
        (["nut", "bolt", *"abcdefg"], ["gone: a, b, c, d, e and 2 more"]),
    ],
)
def test_what_differs_is_said(dataset, names, words):
    with pytest.raises(ClassesError) as told:
        in_class_order(dataset, names)
    assert all(word in told.value.message for word in words), told.value.message

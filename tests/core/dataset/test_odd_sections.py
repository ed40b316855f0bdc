"""COCO files whose lists hold something else than COCO asks: read where it is plain what is meant, told where not."""

import pytest

from core.dataset import open_dataset
from core.dataset.health.checks import examine
from core.errors import UserError
from tests.core.dataset.builders import annotation, coco, image


def messages(dataset):
    return [problem.message for problem in examine(dataset)]


def test_classes_may_be_names_by_their_ids(folder):
    content = coco([image(1)], [annotation(1, category_id=7)], categories=[]) | {
        "categories": {"3": "nut", "7": "bolt"}
    }
    folder.pictures(["1.png"], ".").json("coco.json", content)
    dataset = open_dataset(folder.path)
    assert [(each.id, each.name) for each in dataset.categories] == [(3, "nut"), (7, "bolt")]
    assert [dataset.categories[each.label].name for each in dataset.instances(dataset.images[0])] == ["bolt"]


def test_no_annotations_yet_may_be_null(folder):
    folder.pictures(["1.png"], ".").json("coco.json", coco([image(1)]) | {"annotations": None})
    dataset = open_dataset(folder.path)
    assert len(dataset.images) == 1 and dataset.class_counts().tolist() == [0, 0]


def test_lists_of_annotations_by_image_are_refused_rather_than_lost_when_saving(folder):
    content = coco([image(1)]) | {"annotations": {"1": [annotation(1), annotation(2)]}}
    folder.pictures(["1.png"], ".").json("coco.json", content)
    with pytest.raises(UserError, match="“annotations” are an object of lists"):
        open_dataset(folder.path)


def test_annotations_inside_of_images_are_told(folder):
    folder.pictures(["1.png"], ".").json("coco.json", coco([image(1, annotations=[annotation(1)])]))
    assert messages(open_dataset(folder.path)) == ["its images hold “annotations” of their own"]


@pytest.mark.parametrize(("box", "wrong"), [([10, 10, 20, 15], False), ([10, 10, 30, 25], True)])
def test_a_box_with_the_far_corner_is_noticed_however_much_it_overlaps(folder, box, wrong):
    folder.pictures(["1.png"], ".").json("coco.json", coco([image(1)], [annotation(1, bbox=box)]))
    assert any("does not fit its mask" in message for message in messages(open_dataset(folder.path))) is wrong


@pytest.mark.parametrize(("box", "wrong"), [([0.25, 0.3, 0.5, 0.5], True), ([0, 0, 1, 12], False)])
def test_a_box_of_shares_without_a_mask_is_noticed(folder, box, wrong):
    entry = annotation(1, bbox=box, segmentation=[])
    folder.pictures(["1.png"], ".").json("coco.json", coco([image(1)], [entry]))
    assert ("its box lies between 0 and 1" in messages(open_dataset(folder.path))) is wrong


def test_a_box_that_reaches_past_the_border_as_its_mask_does_fits(folder):
    entry = annotation(1, bbox=[10.0, 10.0, 50.0, 15.0], segmentation=[[10, 10, 60, 10, 60, 25, 10, 25]], area=750)
    folder.pictures(["1.png"], ".").json("coco.json", coco([image(1)], [entry]))
    assert messages(open_dataset(folder.path)) == []

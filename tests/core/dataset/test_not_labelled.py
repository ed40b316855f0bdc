"""What an image says is not labelled is no instance, no class, no background and no mistake."""

import json

import cv2
import numpy as np
import pytest

from core.dataset.fingerprint import fingerprint
from core.dataset.ground_truth import ground_truth
from core.dataset.opening import open_dataset
from core.evaluation.coco import score
from core.geometry.masks import Mask, to_rle
from core.recipes.catalogue import find, with_settings
from core.training.data.items import training_items
from core.training.data.sources import Sources
from tests.core.dataset.builders import annotation, coco, image

SIZE = (60, 80)
LEFT = [[0, 0, 40, 0, 40, 60, 0, 60]]
RIGHT_BOX = {"segmentation": [[50, 10, 70, 10, 70, 30, 50, 30]], "bbox": [50, 10, 20, 20], "area": 400}


def write(folder, region, *annotations):
    """An image that is noise, whose left half is not labelled as ``region`` says."""
    noise = np.random.default_rng(0).integers(0, 255, (*SIZE, 3), np.uint8)
    cv2.imwrite(str(folder / "1.png"), noise)
    fields = {} if region is None else {"not_labelled": region}
    content = coco([image(1, width=80, height=60, **fields)], annotations or [annotation(1, **RIGHT_BOX)])
    (folder / "instances.json").write_text(json.dumps(content))
    return open_dataset(folder)


def rle():
    mask = np.zeros(SIZE, np.uint8)
    mask[:, :40] = 1
    return to_rle(Mask(0, 0, mask, SIZE))


@pytest.mark.parametrize("region", [LEFT, LEFT[0], rle()], ids=["polygons", "bare polygon", "run lengths"])
def test_it_is_read_in_every_form_of_a_segmentation_and_counts_as_nothing(tmp_path, region):
    dataset = write(tmp_path, region)
    assert dataset.not_labelled(dataset.images[0]).mask(SIZE).area == 40 * 60
    assert dataset.class_counts().tolist() == [1, 0] and dataset.instance_count(dataset.images[0]) == 1
    assert [category.name for category in dataset.categories] == ["nut", "bolt"]


@pytest.mark.parametrize("region", [None, [], "all of it", 7, {"size": [1, 1], "counts": "x"}, [[1, 2]], [[None] * 8]])
def test_nonsense_is_nothing(tmp_path, region):
    dataset = write(tmp_path, region)
    assert not dataset.not_labelled(dataset.images[0])


def source(dataset):
    recipe = with_settings(find("rtmdet_inst_tiny"), {"input_size": 64})
    return Sources(dataset, training_items(dataset, dataset.images, recipe.settings, None), recipe)[0]


def test_what_lies_there_cannot_change_a_loss(tmp_path):
    """A training sees neither an object nor background there: whatever the picture shows, the sample is the same."""
    samples = []
    for seed in (0, 1):
        dataset = write(tmp_path, LEFT)
        picture = cv2.imread(str(tmp_path / "1.png"))
        picture[:, :38] = np.random.default_rng(seed).integers(0, 255, (60, 38, 3), np.uint8)
        cv2.imwrite(str(tmp_path / "1.png"), picture)
        samples.append(source(dataset))
    one, other = samples
    np.testing.assert_array_equal(one.picture, other.picture)
    assert one.picture[10, 10].tolist() == [find("rtmdet_inst_tiny").pad_value] * 3
    assert [found.label for found in one.objects] == [0]
    assert one.picture[:, 50:].std() > 20  # what is labelled is seen


def test_an_object_that_was_drawn_in_it_is_still_learnt(tmp_path):
    inside = {"segmentation": [[5, 5, 30, 5, 30, 30, 5, 30]], "bbox": [5, 5, 25, 25], "area": 625}
    found = source(write(tmp_path, LEFT, annotation(1, **inside)))
    assert len(found.objects) == 1 and found.picture[15, 15].std() + found.picture[10:25, 10:25].std() > 20


def found(x, y, side, category=3, score=0.9):
    bitmap = np.ones((side, side), np.uint8)
    mask = Mask(x, y, bitmap, SIZE)
    return {
        "image_id": 0,
        "category_id": category,
        "score": score,
        "segmentation": to_rle(mask),
        "bbox": list(mask.box),
    }


def test_a_prediction_in_it_is_no_mistake_of_any_class(tmp_path):
    right, wrong = found(50, 10, 20), found(5, 5, 20, score=0.95)
    plain = write(tmp_path, None)
    assert score(ground_truth(plain, plain.images), [right, wrong]).mask.ap == pytest.approx(0.5, abs=0.01)
    dataset = write(tmp_path, LEFT)
    truth = ground_truth(dataset, dataset.images)
    assert score(truth, [right, wrong]).mask.ap == pytest.approx(1)
    assert score(truth, [right, found(5, 5, 20, 7, 0.95)]).mask.ap == pytest.approx(1)
    assert score(truth, [right, found(45, 35, 20, score=0.95)]).mask.ap == pytest.approx(0.5, abs=0.01)
    assert [one["id"] for one in truth["annotations"]] == [1, 2, 3]


def test_another_region_is_other_data(tmp_path):
    assert fingerprint(write(tmp_path, LEFT)) != fingerprint(write(tmp_path, None))

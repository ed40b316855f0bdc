"""What an image says is not labelled is no instance, no class, no background and no mistake."""

import json

import cv2
import numpy as np
import pytest
import torch

from core.dataset.fingerprint import fingerprint
from core.dataset.ground_truth import ground_truth
from core.dataset.opening import open_dataset
from core.evaluation.coco import score
from core.geometry.masks import Mask, to_rle
from core.recipes.catalogue import find, with_settings
from core.recipes.model_spec import Tiling
from core.training.data.items import training_items
from core.training.data.loader import collate
from core.training.data.samples import Key, TrainingSet
from core.training.data.warping import resized
from tests.core.dataset.builders import annotation, coco, image
from tests.core.training.conftest import STILL

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


def target(dataset):
    """What a network learns from the image, at its own size."""
    recipe = with_settings(find("rtmdet_inst_tiny"), STILL | {"input_size": 96})
    items = training_items(dataset, dataset.images, recipe.settings)
    batch = collate([TrainingSet(dataset, items, recipe)[Key(0, 0)]])
    picture = batch.images[0].numpy()[:72]
    np.testing.assert_array_equal(picture, resized(dataset.read_image(dataset.images[0]), (72, 96)))
    return batch.to(torch.device("cpu")).targets[0]


def test_a_network_is_told_of_it_and_shown_the_picture_as_it_is(tmp_path):
    one = target(write(tmp_path, LEFT))
    assert one.labels.tolist() == [0]
    expected = np.zeros((96, 96))
    expected[:72, :48] = 1
    np.testing.assert_array_equal(one.unknown.numpy(), expected)
    assert target(write(tmp_path, None)).unknown is None


def test_an_object_that_was_drawn_in_it_is_still_learnt(tmp_path):
    inside = {"segmentation": [[5, 5, 30, 5, 30, 30, 5, 30]], "bbox": [5, 5, 25, 25], "area": 625}
    one = target(write(tmp_path, LEFT, annotation(1, **inside)))
    assert len(one.labels) == 1 and not one.unknown[one.masks[0] > 0].any()
    assert one.unknown.sum() == 72 * 48 - one.masks.sum()


def test_a_tile_in_which_nobody_has_labelled_is_not_trained_on(tmp_path):
    def left_tiles(region):
        """Of the tiles that show nothing, those of the left half that some seed picks."""
        dataset = write(tmp_path, region)
        settings = (with_settings(find("rtmdet_inst_tiny"), {"seed": seed}).settings for seed in range(10))
        items = [training_items(dataset, dataset.images, one, Tiling(20, 0.0, False)) for one in settings]
        assert all(len(some) == 5 for some in items), "four show something, and one in four more"
        return sum(item.region.x < 40 for some in items for item in some)

    assert left_tiles(None) > 0 and left_tiles(LEFT) == 0


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

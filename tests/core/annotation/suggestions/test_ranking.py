"""What to label next: the unsure and the unlike first, always in the same order, with a reason."""

import cv2
import numpy as np
import pytest

from core.annotation.suggestions.ranking import (
    doubt_of,
    features_of,
    order,
    rank_dataset,
    ranking_file,
    read_ranking,
    reason,
)
from core.dataset import open_dataset
from core.errors import UserError
from core.runs.control import StopRequested, ignore, never
from tests.core.annotation.predictor import Finds, finds
from tests.core.dataset.builders import annotation, coco, image

BOX = (2, 2, 12, 12)


@pytest.fixture
def dataset(folder, home):
    """Image 1 is labelled; 2 is like it, 3 is lighter, 4 has stripes too; 5 is like 4 and labelled for validation."""
    for number, shade in enumerate((90, 92, 140, 250, 250), 1):
        path = folder.path / "images" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        picture = np.full((30, 40, 3), shade, np.uint8)
        picture[:, :: 2 if number > 3 else 40] = 0
        path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    train = [image(number) for number in range(1, 5)]
    folder.json("annotations/instances_train.json", coco(train, [annotation(1)]))
    folder.json("annotations/instances_val.json", coco([image(1, "5.png")], [annotation(1)]))
    return open_dataset(folder.path)


def names(ranking):
    return [entry.place[2] for entry in ranking.images]


def test_without_a_model_the_most_different_come_first(dataset):
    ranking = rank_dataset(None, "", dataset, ignore, never)
    assert names(ranking) == ["4.png", "3.png", "2.png"]
    assert ranking.images[0].reason == "Unlike the images before it"
    assert ranking.images[-1].reason == "Similar to what is labelled"


def test_validation_images_count_neither_as_labelled_nor_as_candidates(dataset):
    assert names(rank_dataset(None, "", dataset, ignore, never))[0] == "4.png", "although it looks like image 5"


def test_the_order_is_the_same_every_time_and_kept(dataset):
    model = Finds((0, 0.6, BOX))
    first = rank_dataset(model, "m", dataset, ignore, never)
    assert rank_dataset(model, "m", dataset, ignore, never).images == first.images
    assert read_ranking(open_dataset(dataset.root)).images == first.images


def test_without_labels_the_most_typical_picture_comes_first():
    features = np.array([[0.0], [0.4], [0.5], [1.0]], np.float32)
    rows = [row for row, _ in order(features, np.zeros(4, np.float32), np.zeros((0, 1), np.float32))]
    assert rows == [2, 0, 3, 1]


def test_of_pictures_equally_unlike_the_doubtful_one_comes_first():
    features = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
    doubts = np.array([0.1, 0.2, 0.9], np.float32)
    assert order(features, doubts, np.zeros((1, 2), np.float32))[0][0] == 2


def test_a_copy_of_a_labelled_picture_is_last_however_doubtful():
    features = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    doubts = np.array([1.0, 0.0, 0.0], np.float32)
    assert order(features, doubts, np.zeros((1, 2), np.float32))[-1][0] == 0


def test_every_image_has_one_place_even_where_all_are_alike():
    same = np.ones((5, 3), np.float32)
    assert sorted(row for row, _ in order(same, np.ones(5, np.float32), same[:1])) == list(range(5))
    assert order(same[:0], np.zeros(0, np.float32), same) == []


def test_doubt_is_a_mean_so_that_crowds_are_not_always_first():
    one, many = doubt_of(finds((0, 0.6, BOX))), doubt_of(finds(*[(0, 0.6, BOX)] * 9))
    assert one.value == pytest.approx(many.value)
    assert doubt_of(finds((0, 0.99, BOX))).value < doubt_of(finds((0, 0.7, BOX))).value


def test_where_nothing_is_found_for_certain_doubt_is_full():
    assert doubt_of(finds()).value == doubt_of(finds((0, 0.05, BOX))).value == doubt_of(finds((0, 0.3, BOX))).value == 1


def test_reasons_are_in_words():
    assert reason(doubt_of(finds()), 0.1) == "The model finds nothing"
    unsure = doubt_of(finds((0, 0.6, BOX), (0, 0.95, BOX)))
    assert reason(unsure, 0.9) == "Unsure of 1 of 2 instances, unlike the images before it"


def test_features_tell_pictures_apart_by_color_and_by_edges():
    flat = np.full((50, 70, 3), 128, np.uint8)
    striped = flat.copy()
    striped[:, ::8] = 140
    blue = flat.copy()
    blue[..., 2] = 255
    plain = features_of(flat)
    assert plain.shape == (32,)
    assert np.linalg.norm(plain - features_of(striped)) > 0.1
    assert np.linalg.norm(plain - features_of(blue)) > 0.1
    assert np.allclose(plain, features_of(np.full((200, 90, 3), 128, np.uint8)))


def test_asked_to_stop_it_orders_what_it_has_seen(dataset):
    left = iter((1, 1, 1))

    def stop_soon():
        if next(left, None) is None:
            raise StopRequested

    with pytest.raises(StopRequested):
        rank_dataset(None, "", dataset, ignore, stop_soon)
    assert sorted(names(read_ranking(dataset))) == ["2.png", "3.png"]


def test_a_damaged_order_is_named(dataset):
    assert read_ranking(dataset) is None
    ranking_file(dataset).parent.mkdir(parents=True)
    ranking_file(dataset).write_bytes(b"{}")
    with pytest.raises(UserError, match=r"ranking\.json"):
        read_ranking(dataset)

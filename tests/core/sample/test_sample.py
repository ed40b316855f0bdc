"""The procedural sample: the same from the same seed, exact masks, and a COCO folder that is whole or not there."""

import cv2
import msgspec
import numpy as np
import pytest

from core.dataset import open_dataset
from core.errors import UserError
from core.runs.control import CancelRequested
from core.runs.events import Progress
from core.sample import CATEGORIES, make_sample, sample_picture

SIZE = 160


@pytest.fixture(scope="module")
def pictures():
    return [sample_picture(0, "train", index, SIZE) for index in range(24)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_sample(tmp_path_factory.mktemp("data") / "sample", 3, 2, seed=7, size=SIZE)


def holes(mask):
    """Number of holes of at least four pixels."""
    count, _, stats, _ = cv2.connectedComponentsWithStats((~np.pad(mask, 1)).astype(np.uint8), connectivity=4)
    return sum(stats[part, cv2.CC_STAT_AREA] >= 4 for part in range(1, count)) - 1


def test_a_picture_depends_on_seed_split_and_number_only(folder, pictures):
    again = sample_picture(7, "train", 2, SIZE)
    stored = cv2.imread(str(folder / "images" / "train" / "train_00002.jpg"))[..., ::-1]
    assert np.abs(stored.astype(int) - again.image).mean() < 4  # but for the JPEG
    others = [sample_picture(*key, SIZE).image for key in ((8, "train", 2), (7, "val", 2), (7, "train", 1))]
    assert all(np.abs(other.astype(int) - again.image).mean() > 10 for other in others)


def test_the_same_picture_twice_is_equal_in_every_pixel(pictures):
    again = sample_picture(0, "train", 3, SIZE)
    assert np.array_equal(again.image, pictures[3].image)
    assert np.array_equal(again.masks, pictures[3].masks)


def test_size_changes_the_resolution_and_not_the_scene():
    small, large = sample_picture(0, "val", 0, 128), sample_picture(0, "val", 0, 256)
    assert small.labels == large.labels
    for few, many in zip(small.masks, large.masks, strict=True):
        halved = cv2.resize(many.astype(np.float32), (128, 128), interpolation=cv2.INTER_AREA) > 0.5
        assert (few & halved).sum() / (few | halved).sum() > 0.88
    halved = cv2.resize(large.image, (128, 128), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(halved.ravel(), small.image.ravel())[0, 1] > 0.9


def test_pictures_hold_six_to_fourteen_parts_large_enough_to_learn(pictures):
    assert all(6 <= len(picture.masks) <= 14 for picture in pictures)
    assert {label for picture in pictures for label in picture.labels} == set(range(len(CATEGORIES)))
    for picture in pictures:
        for mask in picture.masks:
            _, _, width, height = cv2.boundingRect(mask.view(np.uint8))
            assert min(width, height) >= 0.085 * SIZE


def test_a_pixel_belongs_to_one_part_only(pictures):
    for picture in pictures:
        assert np.sum(picture.masks, axis=0).max() == 1


def test_the_table_shows_through_holes(pictures):
    with_hole = dict.fromkeys(CATEGORIES, 0)
    for picture in pictures:
        for label, mask in zip(picture.labels, picture.masks, strict=True):
            with_hole[CATEGORIES[label]] += holes(mask) > 0
    assert all(with_hole[name] >= 10 for name in ("gear", "nut", "washer"))
    assert with_hole["coin"] <= 2  # only what a gear lying on it cuts out


def test_masks_lie_on_the_edges_that_one_sees(pictures):
    """The picture changes along the border of a mask more than along the same border shifted."""
    better = 0
    for picture in pictures:
        grey = cv2.cvtColor(picture.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        edges = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
        borders = np.zeros((SIZE, SIZE), np.uint8)
        for mask in picture.masks:
            borders |= cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        on = edges[borders > 0].mean()
        off = [edges[np.roll(borders, (dy, dx), (0, 1)) > 0].mean() for dy, dx in ((4, 0), (-4, 0), (0, 4), (0, -4))]
        better += on > 1.15 * max(off)
    assert better >= len(pictures) - 1


def test_the_folder_reads_back_with_the_exact_masks(folder):
    dataset = open_dataset(folder)
    assert not dataset.problems
    assert [category.name for category in dataset.categories] == list(CATEGORIES)
    assert {split: len(dataset.of_split(split)) for split in dataset.splits} == {"train": 3, "val": 2}
    image = dataset.of_split("val")[1]
    picture = sample_picture(7, "val", 1, SIZE)
    instances = dataset.instances(image)
    assert [instance.label for instance in instances] == picture.labels
    for instance, expected in zip(instances, picture.masks, strict=True):
        mask = dataset.mask(image, instance)
        assert np.array_equal(mask.full(), expected)
        assert instance.area == mask.area and tuple(instance.box) == mask.box and not instance.crowd


def test_progress_counts_every_picture(tmp_path):
    events = []
    make_sample(tmp_path / "sample", 2, 1, size=64, report=events.append)
    assert events == [Progress(done=done, total=3, unit="images") for done in (1, 2, 3)]


def test_a_cancelled_sample_leaves_nothing_behind(tmp_path):
    made = []

    def check():
        if len(made) == 2:
            raise CancelRequested

    with pytest.raises(CancelRequested):
        make_sample(tmp_path / "sample", 4, 1, size=64, report=made.append, check=check)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_made_anew(tmp_path):
    left = tmp_path / ".sample.unfinished" / "images" / "train"
    left.mkdir(parents=True)
    (left / "half.jpg").write_bytes(b"\xff\xd8")
    make_sample(tmp_path / "sample", 1, 1, size=64)
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]
    assert not list(tmp_path.rglob("half.jpg"))


def test_a_folder_that_somebody_laid_in_its_way_is_not_written_into(tmp_path):
    precious = tmp_path / "precious"
    (precious / "images").mkdir(parents=True)
    (tmp_path / ".sample.unfinished").symlink_to(precious)
    with pytest.raises(UserError, match="cannot be written"):
        make_sample(tmp_path / "sample", 1, 1, size=64)
    assert [path.name for path in precious.rglob("*")] == ["images"]


def test_a_complete_sample_is_kept_and_another_one_is_refused(folder):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    events = []
    assert make_sample(folder, 3, 2, seed=7, size=SIZE, report=events.append) == folder
    assert events == []
    with pytest.raises(UserError, match="not this sample"):
        make_sample(folder, 3, 2, seed=8, size=SIZE)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_folder_of_somebody_else_is_not_touched(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UserError, match=str(tmp_path)):
        make_sample(tmp_path, 1, 1, size=64)
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_annotations_say_how_they_were_made(folder):
    content = msgspec.json.decode((folder / "annotations" / "instances_train.json").read_bytes())
    assert content["info"]["sample"] == {"seed": 7, "size": SIZE, "images": [3, 2]}

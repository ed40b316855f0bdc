"""Which size counts where a file and its pictures disagree, and that it is said by image."""

import contextlib
import io
import json

import numpy as np
import PIL.Image
import pytest
from pycocotools.coco import COCO
from pycocotools.mask import area

from core.dataset import open_dataset
from core.dataset.health.checks import examine, warn_of_sizes
from core.dataset.writing import write
from core.geometry.masks import Mask, to_rle
from tests.core.dataset.builders import annotation, coco, image


@pytest.fixture
def photos(folder):
    """Opens a dataset of pictures that are stored as 80 × 60 pixels, with an EXIF orientation if that is asked for."""

    def open_it(entries, annotations, orientation=1):
        exif = PIL.Image.Exif()
        exif[0x0112] = orientation
        ramp = np.add.outer(np.arange(60), np.arange(80)).astype(np.uint8)
        for entry in entries:
            path = folder.path / "images" / entry["file_name"]
            path.parent.mkdir(exist_ok=True)
            PIL.Image.fromarray(ramp).save(path, exif=exif)
        return open_dataset(folder.json("annotations/instances_train.json", coco(entries, annotations)).parents[1])

    return open_it


def square(number, x, y, side=10, image_id=1):
    outline = [x, y, x + side, y, x + side, y + side, x, y + side]
    return annotation(number, image_id, bbox=[x, y, side, side], area=side * side, segmentation=[outline])


def encoded(number, size, image_id=1):
    bitmap = np.ones((5, 5), np.uint8)
    return annotation(number, image_id, bbox=[3, 4, 5, 5], area=25, segmentation=to_rle(Mask(3, 4, bitmap, size)))


def told(dataset, index=0):
    return [problem.message for problem in examine(dataset) if problem.image == index]


SWAPPED = {"width": 60, "height": 80}


def test_swapped_sides_give_way_to_those_of_the_picture(photos, tmp_path):
    dataset = photos([image(1, **SWAPPED), image(2, **SWAPPED)], [square(1, 65, 20), square(2, 5, 5, image_id=2)])
    for found in dataset.images:
        assert (found.width, found.height) == (80, 60)
        picture = dataset.read_image(found)
        assert np.array_equal(picture[:, :, 0], np.add.outer(np.arange(60), np.arange(80)))
        assert dataset.mask(found, *dataset.instances(found)).area == 100
        assert told(dataset, found.index) == ["is 80 × 60 pixels; the file states 60 × 80, width and height swapped"]
    write(dataset, tmp_path / "saved.json")
    with contextlib.redirect_stdout(io.StringIO()):
        saved = COCO(tmp_path / "saved.json")
    encoded = saved.annToRLE(saved.anns[1])
    assert tuple(encoded["size"]) == (60, 80) and area(encoded) == 100


def test_masks_beyond_a_stated_size_that_fit_the_picture_make_it_count(photos):
    half = {"width": 40, "height": 30}
    dataset = photos([image(1, **half), image(2, **half)], [square(1, 65, 20), square(2, 5, 5, image_id=2)])
    assert [(found.width, found.height) for found in dataset.images] == [(80, 60), (40, 30)]
    assert told(dataset) == ["is 80 × 60 pixels; the file states 40 × 30, beyond which its masks reach"]
    assert told(dataset, 1) == ["is 80 × 60 pixels; the file states 40 × 30"]


def test_masks_that_fit_nothing_change_nothing(photos):
    dataset = photos([image(1, **SWAPPED)], [square(1, 200, 200)])
    assert (dataset.images[0].width, dataset.images[0].height) == (80, 60)  # the picture's: nothing speaks against it
    dataset = photos([image(1, width=40, height=30)], [square(1, 200, 200)])
    assert (dataset.images[0].width, dataset.images[0].height) == (40, 30)


@pytest.mark.parametrize("size, taken", [((60, 80), (80, 60)), ((80, 60), (60, 80))])
def test_an_encoded_mask_knows_the_size_of_its_image(photos, size, taken):
    dataset = photos([image(1, **SWAPPED)], [encoded(1, size)])
    (found,) = dataset.images
    assert (found.width, found.height) == taken
    assert dataset.mask(found, *dataset.instances(found)).area == 25


STORED = {"width": 80, "height": 60}


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_masks_that_fit_only_the_upright_picture_lie_on_it(photos, orientation):
    dataset = photos([image(1, **STORED)], [square(1, 5, 65)], orientation)
    (found,) = dataset.images
    assert (found.width, found.height) == (60, 80) and dataset.read_image(found).shape == (80, 60, 3)
    assert dataset.mask(found, *dataset.instances(found)).area == 100
    said = "is 60 × 80 pixels upright, as EXIF says; the file states 80 × 60, as it is stored"
    assert told(dataset) == [f"{said}, but its masks reach beyond that"]


@pytest.mark.parametrize("where", [(65, 5), (5, 5)])
def test_masks_that_fit_the_stored_pixels_lie_on_them_and_that_is_said(photos, where):
    dataset = photos([image(1, **STORED)], [square(1, *where)], orientation=6)
    (found,) = dataset.images
    assert (found.width, found.height) == (80, 60)
    assert dataset.read_image(found)[0, 79, 0] == 79
    assert told(dataset) == ["is 60 × 80 pixels upright, as EXIF says; the file states 80 × 60, as it is stored"]


def test_most_images_of_a_file_decide_for_those_that_fit_both(photos):
    entries = [image(number, **STORED) for number in (1, 2, 3, 4)]
    places = [(5, 65), (5, 65), (65, 5), (5, 5)]
    masks = [square(number, x, y, image_id=number) for number, (x, y) in enumerate(places, 1)]
    dataset = photos(entries, masks, orientation=6)
    assert [(found.width, found.height) for found in dataset.images] == [(60, 80), (60, 80), (80, 60), (60, 80)]
    assert "other masks of the file lie upright" in told(dataset, 3)[0]
    dataset = photos(entries[1:], masks[1:], orientation=6)
    assert [found.width for found in dataset.images] == [60, 80, 80]


@pytest.fixture
def looks(monkeypatch):
    """The pictures whose headers are read while a dataset is opened."""
    from core.images import decoding

    seen, look = [], decoding.both_sizes
    monkeypatch.setattr(decoding, "both_sizes", lambda path: (seen.append(path), look(path))[1])
    return seen


def test_of_many_images_a_few_are_looked_at_and_all_only_where_that_is_needed(photos, folder, looks, monkeypatch):
    monkeypatch.setattr("core.dataset.health.image_sizes._PROBED", 20)
    photos([image(number, **STORED) for number in range(1, 101)], [])
    assert len(looks) == 20
    looks.clear()
    dataset = photos([image(number, **SWAPPED) for number in range(1, 101)], [])
    assert len(looks) == 120 and all(found.width == 80 for found in dataset.images)


def test_a_single_one_that_was_not_looked_at_is_told_later_and_not_squeezed(photos, monkeypatch):
    monkeypatch.setattr("core.dataset.health.image_sizes._PROBED", 2)
    entries = [image(number, **(SWAPPED if number == 2 else STORED)) for number in range(1, 11)]
    dataset = photos(entries, [])
    assert dataset.images[1].width == 60
    picture = dataset.read_image(dataset.images[1])
    assert np.array_equal(picture[:60, :60, 0], np.add.outer(np.arange(60), np.arange(60)))
    assert told(dataset, 1) == ["is 80 × 60 pixels; the file states 60 × 80, width and height swapped"]


def test_a_photograph_of_a_plain_folder_is_annotated_upright(folder):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    PIL.Image.new("RGB", (80, 60)).save(folder.path / "phone.jpg", exif=exif)
    dataset = open_dataset(folder.path)
    (found,) = dataset.images
    assert (found.width, found.height) == (60, 80) and dataset.read_image(found).shape == (80, 60, 3)
    assert json.loads(bytes(dataset.files[0].images[0]))["width"] == 60
    assert examine(dataset) == []


def test_what_cannot_be_used_of_a_folder_is_named_with_the_reason(folder):
    for name in ("a.tif", "b.tif"):
        (folder.path / name).write_bytes(b"II*\0\x08\0\0\0")
    with pytest.raises(Exception, match=r"no images that can be used; the first: image 1 \(a\.tif\)") as raised:
        open_dataset(folder.path)
    assert "left out" in raised.value.hint


def test_a_job_says_in_one_warning_what_nobody_sees(photos):
    entries = [image(1, **STORED), image(2, **STORED), image(3, width=40, height=30)]
    dataset = photos(entries, [square(1, 5, 65)], orientation=6)
    said = []
    warn_of_sizes(dataset, dataset.images, said.append)
    (warning,) = said
    assert "other sizes than 3 of 3 pictures have; the first: image 1 (1.png) is 60 × 80 pixels" in warning.message
    dataset = photos([image(1, width=60, height=80)], [], orientation=6)
    warn_of_sizes(dataset, dataset.images, said.append)
    assert said == [warning]

"""What is marked as not labelled is saved with its image, comes back after a crash, and others' files keep it."""

import json

import pytest

from core.annotation.editing.edits import inverse
from core.dataset import open_dataset
from core.geometry.segmentation import Polygons, Rle
from tests.core.annotation.edits import not_labelled, square
from tests.core.annotation.sessions import saved, session

pytestmark = pytest.mark.usefixtures("home")

REGION = square(3, 4).segmentation


def stated(file):
    return [entry.get("not_labelled") for entry in json.loads(file.read_text())["images"]]


def test_it_is_a_field_of_its_image_and_goes_with_undo(file, folder):
    with session(folder) as opened:
        edit = not_labelled(opened.draft, 1, REGION)
        opened.draft.apply(edit)
        saved(opened.draft, opened.journal)
        assert stated(file) == [None, REGION.coco]
        assert "not_labelled" not in json.loads(file.read_text())["images"][0]
        opened.draft.apply(inverse(edit), "undo")
        saved(opened.draft, opened.journal)
        assert stated(file) == [None, None]


def test_a_mask_is_kept_to_the_pixel(file, folder):
    region = Rle.of(REGION.mask((30, 40)))
    with session(folder) as opened:
        opened.draft.apply(not_labelled(opened.draft, 0, region))
        saved(opened.draft, opened.journal)
    dataset = open_dataset(file)
    assert dataset.not_labelled(dataset.images[0]) == region


def test_after_a_crash_it_is_done_again(file, folder):
    with session(folder) as opened:
        opened.draft.apply(not_labelled(opened.draft, 0, REGION))
    with session(folder) as opened:
        assert opened.recovered.edits == 1 and opened.draft.not_labelled(0) == REGION


def test_an_older_file_that_is_put_back_gets_it_again(file, folder):
    before = file.read_bytes()
    with session(folder) as opened:
        opened.draft.apply(not_labelled(opened.draft, 0, REGION))
        saved(opened.draft, opened.journal)
    file.write_bytes(before)
    with session(folder) as opened:
        assert opened.draft.not_labelled(0) == REGION


def test_of_a_file_that_somebody_else_changed_as_well_it_is_still_done(file, folder):
    with session(folder) as opened:
        opened.draft.apply(not_labelled(opened.draft, 0, REGION))
    content = json.loads(file.read_text())
    content["annotations"][1]["bbox"] = [10, 10, 20, 16]
    file.write_text(json.dumps(content, indent=1))
    with session(folder) as opened:
        assert opened.draft.not_labelled(0) == REGION


def test_an_edit_that_does_not_fit_is_refused(file, folder):
    with session(folder) as opened:
        good = not_labelled(opened.draft, 0, REGION)
        opened.draft.apply(good)
        for wrong in (
            good,
            not_labelled(opened.draft, 0, Rle((1, 1), "01")),
            not_labelled(opened.draft, 9 // 9, Polygons([[1.0]])),
        ):
            with pytest.raises(ValueError):
                opened.draft.apply(wrong)
        assert opened.draft.not_labelled(0) == REGION and opened.draft.unsaved == 1

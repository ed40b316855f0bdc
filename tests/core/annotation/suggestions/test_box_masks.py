"""Masks for boxes: made in a job, offered in the place of their boxes, accepted as masks of the same instances."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.annotation.assist.grab_cut import cut_out
from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import inverse
from core.annotation.suggestions.accepting import accept, accept_all, offered
from core.annotation.suggestions.box_masks import make_masks
from core.annotation.suggestions.suggestions import newest, read
from core.dataset import open_dataset
from core.dataset.formats.convert import convert
from core.dataset.health.shortcomings import shortcomings
from core.errors import UserError
from core.geometry.masks import crop, iou
from core.jobs import BoxMasksJob, ConvertJob
from core.runs.control import StopRequested, never
from core.runs.events import Done, Warning
from core.runs.folder import RunFolder
from core.runs.job_file import describe
from tests.core.annotation.assist.sam.pair import write_pair
from tests.core.annotation.edits import Kept
from tests.core.dataset.builders import annotation

DISCS = [(30, 30, 18), (80, 40, 14)]
SIZE = (80, 110)


def disc(x: int, y: int, radius: int):
    ys, xs = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.hypot(xs + 0.5 - x, ys + 0.5 - y) <= radius


@pytest.fixture
def boxed(folder, home):
    """Two pictures with two bright discs each, of which a file states the boxes; in the second, one has a mask."""
    picture = np.full((*SIZE, 3), 40, np.uint8)
    for x, y, radius in DISCS:
        picture[disc(x, y, radius)] = (220, 180, 90)
    folder.pictures(["1.png", "2.png"])
    for name in ("1.png", "2.png"):
        cv2.imwrite(str(next(folder.path.rglob(name))), picture)
    images = [{"id": id, "file_name": f"{id}.png", "width": SIZE[1], "height": SIZE[0]} for id in (1, 2)]
    annotations = [
        {"id": 10 * image + place, "image_id": image, "category_id": 1, "bbox": [x - r, y - r, 2 * r, 2 * r]}
        for image in (1, 2)
        for place, (x, y, r) in enumerate(DISCS)
    ]
    annotations[3]["segmentation"] = [[66, 26, 94, 26, 94, 54, 66, 54]]
    annotations[0] |= {"segmentation": [], "mine": "kept"}
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "disc"}]}
    folder.json("annotations/instances_train.json", content)
    return folder.path


def make(dataset: Path, tmp_path: Path, check=never, **more) -> list:
    job = BoxMasksJob(dataset=str(dataset), **more)
    said: list = []
    make_masks(job, RunFolder.create(tmp_path / "runs", "masks", describe(job)), said.append, check)
    return said


def test_boxes_without_masks_are_counted_and_the_first_is_known(boxed: Path):
    found = shortcomings(open_dataset(boxed))
    assert (found.missing, found.boxes, found.with_boxes.file_name) == (0, 3, "1.png")


def test_accepted_masks_take_the_places_of_their_boxes_and_undo_brings_them_back(boxed: Path, tmp_path: Path):
    before = {path: path.read_bytes() for path in boxed.rglob("*") if path.is_file()}
    end = make(boxed, tmp_path)[-1]
    assert isinstance(end, Done) and end.summary == {"images": 2, "suggestions": 3}
    assert before == {path: path.read_bytes() for path in boxed.rglob("*") if path.is_file()}
    dataset = open_dataset(boxed)
    draft, made = Draft(dataset, Kept()), read(newest(dataset), dataset)
    assert made.title == "GrabCut" and made.left_out == 0
    found = offered(draft, 0, made.of(0))
    assert sorted(item.replaces for item in found) == [10, 11] and all(item.score > 0.8 for item in found)
    edit = accept(draft, 0, found)
    draft.apply(edit)
    for id, place in ((10, DISCS[0]), (11, DISCS[1])):
        there = draft.annotations(0)[id]
        assert iou(there.mask(SIZE), crop(disc(*place).astype(np.uint8))) > 0.9
    assert list(draft.annotations(0)) == [10, 11], "no instance has come"
    assert offered(draft, 0, made.of(0)) == ()
    draft.apply(inverse(edit))
    assert not any(each.segmentation for each in draft.annotations(0).values())
    assert len(offered(draft, 0, made.of(0))) == 2
    for step in accept_all(draft, made, 0.5):
        draft.apply(step)
    assert [bool(each.segmentation) for image in (0, 1) for each in draft.annotations(image).values()] == [True] * 4


def test_what_has_a_mask_by_now_is_not_offered_any_more(boxed: Path, tmp_path: Path):
    make(boxed, tmp_path)
    file = next(boxed.rglob("*.json"))
    content = json.loads(file.read_text())
    content["annotations"][0] |= annotation(10, category=1) | {"id": 10, "image_id": 1, "category_id": 1}
    del content["annotations"][1]
    file.write_text(json.dumps(content))
    dataset = open_dataset(boxed)
    left = read(newest(dataset), dataset)
    assert {image: [item.replaces for item in found] for image, found in left.images.items()} == {1: [20]}
    assert left.left_out == 0, "done is not left out"


def test_a_faint_object_gets_a_guess_that_is_not_sure(boxed: Path):
    flat = np.full((*SIZE, 3), 90, np.uint8)
    ((mask, sure),) = cut_out(flat, [(20.0, 20.0, 40.0, 30.0)])
    assert mask.box == (20, 20, 40, 30) and 0.7 < mask.area / 1200 < 0.85 and sure < 0.5


def test_sam_makes_them_too_where_its_weights_are(boxed: Path, tmp_path: Path):
    with pytest.raises(UserError, match="there is no SAM"):
        make(boxed, tmp_path, by="sam", sam=str(tmp_path))
    weights = tmp_path / "sam"
    weights.mkdir()
    write_pair(weights)
    end = make(boxed, tmp_path, by="sam", sam=str(weights))[-1]
    assert isinstance(end, Done) and end.summary["images"] == 2
    dataset = open_dataset(boxed)
    assert read(newest(dataset), dataset).title == "SAM"


def test_a_stopped_job_keeps_what_it_has_and_one_without_boxes_says_so(boxed: Path, tmp_path: Path):
    asked = iter([None, StopRequested()])

    def check():
        if (wanted := next(asked)) is not None:
            raise wanted

    with pytest.raises(StopRequested):
        make(boxed, tmp_path, check)
    dataset = open_dataset(boxed)
    assert set(read(newest(dataset), dataset).images) == {0}
    with pytest.raises(UserError, match="only a box"):
        make(boxed, tmp_path, images=("3.png",))


@pytest.mark.parametrize("to", ["yolo", "voc"])
def test_boxes_of_other_formats_are_imported_as_boxes_with_a_warning(to: str, boxed: Path, tmp_path: Path):
    if to == "yolo":
        job = ConvertJob(source=str(boxed), output=str(tmp_path / to), to=to)
        convert(job, RunFolder.create(tmp_path / "runs", "convert", describe(job)), print, never)
        source = tmp_path / to
    else:
        source = tmp_path / "voc"
        (source / "Annotations").mkdir(parents=True)
        (source / "JPEGImages").mkdir()
        cv2.imwrite(str(source / "JPEGImages" / "1.png"), np.zeros((*SIZE, 3), np.uint8))
        box = "<bndbox><xmin>11</xmin><ymin>11</ymin><xmax>40</xmax><ymax>40</ymax></bndbox>"
        (source / "Annotations" / "1.xml").write_text(
            f"<annotation><filename>1.png</filename><object><name>disc</name>{box}</object></annotation>"
        )
    job = ConvertJob(source=str(source), output=str(tmp_path / "back"))
    said: list = []
    convert(job, RunFolder.create(tmp_path / "runs", "convert", describe(job)), said.append, never)
    boxes = shortcomings(open_dataset(tmp_path / "back")).boxes
    assert boxes == (3 if to == "yolo" else 1)
    assert any("only a box" in event.message for event in said if isinstance(event, Warning))

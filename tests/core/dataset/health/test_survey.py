"""A whole dataset is looked through: files, annotations, classes, pictures, and what is alike."""

import json
from collections import Counter
from pathlib import Path

import cv2
import msgspec
import numpy as np
import PIL.Image
import pytest

from core.dataset.health import findings
from core.dataset.health.findings import CheckReport
from core.dataset.health.kinds import KINDS
from core.dataset.health.survey import survey
from core.dataset.opening import open_dataset
from core.reading import decoded
from tests.core.dataset.builders import annotation, coco, image


def picture(path: Path, seed: int, size: tuple[int, int] = (30, 40), **more: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    small = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    PIL.Image.fromarray(cv2.resize(small, size[::-1], interpolation=cv2.INTER_CUBIC)).save(path, **more)


@pytest.fixture
def look(tmp_path):
    """What is found in a folder with these images and annotations: how many of each kind."""

    def look(content: dict, *kinds: str) -> Counter[str]:
        (tmp_path / "annotations.json").write_text(json.dumps(content))
        found = survey(open_dataset(tmp_path), kinds or KINDS).findings
        assert all(each.sentence and KINDS[each.kind].title(2) for each in found)
        return Counter(each.kind for each in found)

    return look


def test_a_sound_dataset_has_nothing(look, tmp_path):
    for number in (1, 2):
        picture(tmp_path / f"{number}.png", number)
    content = coco([image(1), image(2)], [annotation(1, 1), annotation(2, 2, category_id=7)])
    assert not look(content)


def test_every_kind_of_picture_and_entry(look, tmp_path):
    exif = PIL.Image.Exif()
    exif[274] = 6
    picture(tmp_path / "1.png", 1)
    picture(tmp_path / "2.jpg", 2, exif=exif)  # 30 × 40 upright, and stated as it is stored
    picture(tmp_path / "3.png", 3, (60, 80))
    picture(tmp_path / "4.png", 4)
    (tmp_path / "5.png").write_bytes(b"no picture")
    picture(tmp_path / "7.jpg", 7, exif=exif)  # stated upright, drawn on what is stored
    wide = {"segmentation": [[2, 2, 38, 2, 38, 20, 2, 20]], "bbox": [2, 2, 36, 18], "area": 648}
    images = [image(1), image(2, "2.jpg"), image(3), image(4), image(5), image(6)]
    images.append(image(7, "7.jpg", width=30, height=40))
    annotations = [annotation(number, number) for number in (1, 2, 3, 5, 6)]
    annotations += [annotation(7, 7, **wide), annotation(8, 1, segmentation=[[1, 2, 3, 4]]), annotation(9, 1, 7)]
    assert look(coco(images, annotations)) == {
        "turned": 1,
        "other_size": 1,
        "bare": 1,
        "broken_picture": 1,
        "missing_picture": 1,
        "unturned": 1,
        "outside": 1,
        "box": 1,
        "area": 1,
        "lost": 1,
        "box_only": 1,
        "two_classes": 1,
    }


def test_only_what_is_asked_for(look, tmp_path):
    picture(tmp_path / "1.png", 1)
    content = coco([image(1), image(2)], [annotation(1, 1)])
    assert look(content) == {"missing_picture": 1, "bare": 1, "unused_class": 1}
    assert look(content, "bare") == {"bare": 1}


def test_an_image_that_is_said_not_to_be_labelled_was_looked_at(look, tmp_path):
    picture(tmp_path / "1.png", 1)
    picture(tmp_path / "2.png", 2)
    content = coco([image(1), image(2, not_labelled=[[0, 0, 40, 0, 40, 30, 0, 30]])], [annotation(1, 1)])
    assert not look(content, "bare")


def test_pictures_that_are_alike(look, tmp_path):
    for name in ("train/a.png", "val/b.png", "train/c.png"):
        picture(tmp_path / name, 3, (120, 160))
    images = [image(n, name, width=160, height=120) for n, name in enumerate(("train/a.png", "val/b.png"), 1)]
    images.append(image(3, "train/c.png", width=160, height=120))
    annotations = [annotation(n, n, category) for n, category in ((1, 3), (2, 3), (3, 3))]
    found = look(coco(images, annotations, categories=[{"id": 3, "name": "nut"}]))
    assert found == {"leak": 2, "duplicate": 1}


def test_what_is_stored_has_no_sentences(tmp_path, look):
    picture(tmp_path / "1.png", 1)
    look(coco([image(1)], [annotation(1, 1)]))
    report = CheckReport(survey(open_dataset(tmp_path)).findings, {0: "1.png"}, {3: 0.5}, 1)
    assert decoded(msgspec.json.encode(report), CheckReport) == report


def test_of_very_many_findings_of_a_kind_some_are_listed_and_all_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(findings, "LISTED", 3)
    tiny = {"segmentation": [[1, 1, 3, 1, 3, 3, 1, 3]], "bbox": [1, 1, 2, 2], "area": 4}
    entries = [annotation(10 * number + place, number, **tiny) for number in (1, 2, 3) for place in (0, 1)]
    (tmp_path / "annotations.json").write_text(json.dumps(coco([image(1), image(2), image(3), image(4)], entries)))
    report = survey(open_dataset(tmp_path))
    assert [each.images for each in report.findings if each.kind == "tiny"] == [(0,), (0,), (1,)]
    assert report.more["tiny"] == {1: 1, 2: 2} and report.counts["tiny"] == 6
    assert report.counts["missing_picture"] == 4, "of images, all are listed"
    assert {0, 1, 2, 3} == report.names.keys()
    assert decoded(msgspec.json.encode(report), CheckReport) == report

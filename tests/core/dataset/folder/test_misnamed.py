"""Pictures whose names are not UTF-8: named as a problem and left out; the rest of the folder is as usable as ever."""

import json
import os
import sys

import numpy as np
import pytest

from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import save
from core.dataset import open_dataset
from core.dataset.fingerprint import fingerprint
from core.errors import UserError
from tests.core.annotation.edits import mark
from tests.core.dataset.builders import annotation, coco, image

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there all names are letters")
BAD = os.fsdecode(b"b\xff.png")


def said(dataset):
    return [problem.message for problem in dataset.problems]


def test_a_plain_folder_opens_without_them(folder):
    folder.pictures(["a.png", BAD, "c.png"]).pictures(["d.png"], os.fsdecode(b"more\xfe"))
    dataset = open_dataset(folder.path)
    assert [each.file_name for each in dataset.images] == ["images/a.png", "images/c.png"]
    assert any(
        r"2 names that are not UTF-8 are not read: images/b\xff.png, more\xfe" in words for words in said(dataset)
    )
    assert fingerprint(dataset).counts["unlabelled images"] == 2


def test_a_folder_with_nothing_else_says_so(folder):
    folder.pictures([BAD])
    with pytest.raises(UserError, match=r"name in UTF-8; the first is images/b\\xff\.png") as told:
        open_dataset(folder.path)
    assert told.value.hint == "rename them"


def test_what_is_annotated_beside_them_is_saved_and_opened_again(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    folder.pictures(["a.png", BAD])
    opened = open_draft(open_dataset(folder.path))
    opened.draft.apply(mark(opened.draft, 0, "done"))
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    again = open_dataset(folder.path)
    assert [again.review(each) for each in again.images] == ["done"]


def test_an_annotation_file_that_names_them_is_read(folder):
    folder.pictures(["a.png", BAD])
    names = ["a.png", BAD, "whole \U0001f600.png", "back\\ud800.png"]
    content = coco([image(n, name) for n, name in enumerate(names, 1)], [annotation(1), annotation(2, 2)])
    folder.json("annotations/instances_train.json", json.dumps(content).encode())
    dataset = open_dataset(folder.path)
    assert [each.file_name for each in dataset.images] == ["a.png", "b\ufffd.png", *names[2:]]
    assert any("halves of letters" in words for words in said(dataset))
    assert any("b\ufffd.png is missing" in words for words in said(dataset))
    assert dataset.read_image(dataset.images[0]).dtype == np.uint8 and fingerprint(dataset).hash


def test_a_dataset_whose_own_path_is_not_utf_8_is_refused_in_words(folder):
    folder.pictures(["a.png"], os.fsdecode(b"data\xff"))
    with pytest.raises(UserError, match=r"data\\xff has a name that is not UTF-8") as told:
        open_dataset(folder.path / os.fsdecode(b"data\xff"))
    assert told.value.hint == "rename it"

"""Small datasets to edit."""

import pytest

from core.dataset import open_dataset
from tests.core.conftest import Folder
from tests.core.dataset.builders import annotation, coco, image


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Where drafts are kept during a test."""
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "parts"
    path.mkdir()
    return Folder(path)


@pytest.fixture
def dataset(folder):
    """Three images in two files: nuts (3) and bolts (7)."""
    folder.pictures(["1.png", "2.png", "3.png"])
    crowd = {"size": [30, 40], "counts": [600, 100, 500]}
    train = [annotation(4), annotation(2, category_id=7), annotation(9, 2, segmentation=crowd, iscrowd=1)]
    folder.json("annotations/instances_train.json", coco([image(1), image(2)], train))
    folder.json("annotations/instances_val.json", coco([image(1, "3.png")], [annotation(1)]))
    return open_dataset(folder.path)

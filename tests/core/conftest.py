"""Small COCO datasets on disk, made to order."""

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from core.dataset import open_dataset
from tests.core.dataset.builders import coco, image


class Folder:
    """A dataset's folder."""

    def __init__(self, path: Path):
        self.path = path

    def pictures(self, names, where="images", size=(40, 30)):
        for name in names:
            file = self.path / where / name
            file.parent.mkdir(parents=True, exist_ok=True)
            PIL.Image.fromarray(np.full((size[1], size[0], 3), 90, np.uint8)).save(file)
        return self

    def json(self, name, content):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return file


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "parts"
    path.mkdir()
    return Folder(path)


@pytest.fixture
def open_with(folder):
    """Opens a dataset of images 1 and 2 with the given annotations, and other changes to the file."""

    def open_it(*annotations, **changes):
        folder.pictures(["1.png", "2.png"])
        content = coco([image(1), image(2)], annotations) | changes
        return open_dataset(folder.json("annotations/instances_train.json", content).parents[1])

    return open_it

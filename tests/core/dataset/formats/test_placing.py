"""What is written of a dataset stays in the folder that is made, whatever its files say."""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.formats.coco_folder import write_coco_folder
from core.dataset.formats.coco_writer import write_coco
from core.dataset.formats.export import export_dataset
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, ReaderLog
from core.dataset.formats.labelme import LabelMeWriter
from tests.core.dataset.builders import annotation, coco, image


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((30, 40, 3), 90, np.uint8))
    return path


@pytest.mark.parametrize(
    "split", ["/elsewhere", "../../elsewhere", "..", ".", "a/../../b", "C:\\b", "a\0b", "x" * 300, " "]
)
def test_a_split_of_another_format_is_a_folder_and_leads_nowhere(split: str, tmp_path: Path):
    path = picture(tmp_path / "set" / "a.png")
    stated = str(tmp_path / "elsewhere") if split == "/elsewhere" else split
    instances = [ForeignInstance("bolt", None, (1.0, 2.0, 3.0, 4.0))]
    images = [ForeignImage("a.png", path, instances, (30, 40), stated)]
    dataset = ForeignDataset(tmp_path / "set", images, ["bolt"], ReaderLog())
    output = tmp_path / "deep" / "out"
    write_coco_folder(dataset, output, "cvat")
    made = [file for file in tmp_path.rglob("*") if file.is_file() and file != path]
    assert len(made) == 2 and all(file.is_relative_to(output) for file in made)
    opened = open_dataset(output)
    assert len(opened.images) == 1 and opened.has_picture(opened.images[0])


@pytest.mark.parametrize("name", ["a\0b.png", "C:/b.png", "C:\\b.png", "../../b.png", "/b.png", "..", ""])
def test_a_picture_is_called_whatever_a_file_says_and_stays_in_its_folder(name: str, tmp_path: Path):
    content = picture(tmp_path / "a.png").read_bytes()
    images = [ForeignImage(name, None, [], (30, 40), content=partial(bytes, content)) for _ in range(3)]
    write_coco_folder(ForeignDataset(tmp_path, images, ["bolt"], ReaderLog()), tmp_path / "deep" / "out", "labelme")
    made = [file for file in (tmp_path / "deep").rglob("*") if file.is_file()]
    assert len(made) == 4 and all(file.is_relative_to(tmp_path / "deep" / "out") for file in made)
    assert not any(":" in file.as_posix() for file in made)


def test_a_file_that_is_called_by_dots_is_a_split_that_leads_nowhere(folder, tmp_path: Path):
    folder.pictures(["1.png", "2.png"])
    folder.json("annotations/instances_train.json", coco([image(1)], [annotation(1)]))
    folder.json("annotations/instances_...json", coco([image(2)], [annotation(1, 2)]))
    dataset = open_dataset(folder.path)
    assert dataset.splits == ("train", "instances_..")
    for name, write in (
        ("coco", lambda output: write_coco(dataset, output)),
        ("labelme", lambda output: export_dataset(dataset, output, LabelMeWriter)),
    ):
        output = tmp_path / "made" / name / "out"
        write(output)
        assert [path.name for path in output.parent.iterdir()] == ["out"]

"""Files that other tools wrote (see ``make_files``) are read as those tools draw them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats import recognise
from core.dataset.formats.coco_folder import write_coco_folder

FILES = Path(__file__).parent / "files"
FUZZ = Path(__file__).parents[3] / "benchmarks" / "format_fuzz.py"
FORMATS = {
    "labelme": "labelme",
    "label_studio": "label-studio",
    "imagej": "imagej",
    "cellpose": "masks",
    "supervisely": "supervisely",
    "cvat": "cvat",
    "voc": "voc",
    "via": "via",
    "yolo": "yolo",
}
ROUNDED = 0.94
"""IoU of an outline that two programs rasterise by rules of their own: a pixel along the edge."""


def expected(folder: Path, size: tuple[int, int]) -> dict[str, list[tuple[str, np.ndarray]]]:
    said = json.loads((folder / "expected.json").read_text())
    return {
        name: [(label, (np.repeat(np.arange(len(runs)) % 2, runs) > 0).reshape(size)) for label, runs in objects]
        for name, objects in said.items()
    }


@pytest.mark.parametrize("name", FORMATS)
def test_masks_are_those_that_the_tool_draws(name: str, tmp_path: Path):
    found = recognise(FolderTree(FILES / name))
    assert found and found[0].key == FORMATS[name]
    before = sorted((path, path.stat().st_mtime_ns) for path in (FILES / name).rglob("*"))
    write_coco_folder(found[0].read(FolderTree(FILES / name)), tmp_path / "coco", found[0].key)
    assert before == sorted((path, path.stat().st_mtime_ns) for path in (FILES / name).rglob("*"))
    dataset = open_dataset(tmp_path / "coco")
    wanted = expected(FILES / name, (160, 200))
    assert {Path(image.file_name).stem for image in dataset.images} == set(wanted)
    for image in dataset.images:
        objects = wanted[Path(image.file_name).stem]
        instances = dataset.instances(image)
        assert sorted(dataset.categories[each.label].name for each in instances) == sorted(each[0] for each in objects)
        for instance in instances:
            label = dataset.categories[instance.label].name
            if instance.segmentation is None:
                mask = np.zeros((160, 200), bool)
                x, y, width, height = (round(value) for value in instance.box)
                mask[y : y + height, x : x + width] = True
            else:
                mask = instance.segmentation.mask((160, 200)).full() > 0
            ious = [(mask & other).sum() / (mask | other).sum() for named, other in objects if named == label]
            assert max(ious) >= ROUNDED, (label, max(ious))
            assert instance.area == mask.sum()
    assert [problem for problem in dataset.problems if "no mask" not in problem.message] == []


def test_damaged_files_are_read_in_part_or_refused_in_words(tmp_path: Path):
    """A short run of ``tests/benchmarks/format_fuzz.py``."""
    command = [sys.executable, "-P", str(FUZZ), "--count", "150", "--processes", "1", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout

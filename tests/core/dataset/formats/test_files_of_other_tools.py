"""Files that other tools wrote (see ``make_files``) are read as those tools draw them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats import FORMATS as FORMATS_READ
from core.dataset.formats import recognise
from core.dataset.formats.coco_folder import write_coco_folder
from core.dataset.formats.recognition import read_all
from core.dataset.health.checks import examine
from core.dataset.problems import Problem
from tests.core.dataset.formats.tool_files import FILES, FORMATS

FUZZ = Path(__file__).parents[3] / "benchmarks" / "format_fuzz.py"
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


def told(source: Path, key: str) -> list[Problem]:
    """What is said when all of a dataset is read."""
    format = next(format for format in FORMATS_READ if format.key == key)
    dataset = read_all(format, FolderTree(source))
    assert list(dataset.images)
    return dataset.log.problems()


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_not_read_is_said_by_name(name: str, tmp_path: Path):
    source = Path(shutil.copytree(FILES / name, tmp_path / "set", ignore=shutil.ignore_patterns("expected.json")))
    before = [problem.message for problem in told(source, FORMATS[name]) if "read" in problem.message]
    assert before == []
    strays = {
        "talk.mp4": b"\0\0\0\x20ftypisom",
        "a_seg.npy": b"\x93NUMPY\x01\0",
        "more.json": b'{"something": "else"}',
        "unknown.xyz": b"?",
        "train.pkl": b"\x80\x04N.",
    }
    for stray, data in strays.items():
        (source / stray).write_bytes(data)
    said = {stray: [each for each in told(source, FORMATS[name]) if stray in each.message] for stray in strays}
    assert all(len(problems) == 1 and problems[0].hint for problems in said.values()), said
    assert "may hold a program" in said["a_seg.npy"][0].hint


def test_a_folder_of_cellpose_with_nothing_but_its_arrays_says_so(tmp_path: Path):
    shutil.copyfile(FILES / "cellpose" / "b.png", tmp_path / "b.png")
    (tmp_path / "b_seg.npy").write_bytes(b"\x93NUMPY\x01\0")
    assert recognise(FolderTree(tmp_path)) == []
    dataset = open_dataset(tmp_path)
    examine(dataset)
    (problem,) = [each for each in dataset.problems if "b_seg.npy" in each.message]
    assert "save masks as PNG or TIFF" in problem.hint

"""A check names the faults of a dataset and the pictures that its splits share; the command ends with 1 then."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from core.cli.commands import app
from core.dataset.checking import FILE, Findings
from core.reading import decoded


@pytest.fixture
def dataset_folder(tmp_path) -> Path:
    folder = tmp_path / "set"
    for split in ("train", "val"):
        (folder / "images" / split).mkdir(parents=True)
        images, annotations = [], []
        for id in (1, 2):
            picture = np.random.default_rng(10 * id + len(split)).integers(0, 255, (12, 16, 3)).astype(np.uint8)
            picture = cv2.resize(picture, (160, 120), interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(folder / "images" / split / f"{split}{id}.png"), picture)
            images.append({"id": id, "file_name": f"{split}{id}.png", "width": 160, "height": 120})
            box = {"segmentation": [[10, 10, 30, 10, 30, 30, 10, 30]], "bbox": [10, 10, 20, 20], "area": 400}
            annotations.append({"id": id, "image_id": id, "category_id": 1, "iscrowd": 0, **box})
        (folder / "annotations").mkdir(exist_ok=True)
        content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "part"}]}
        (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
    return folder


def check(folder: Path, runs: Path, *words: str) -> tuple[int, Findings]:
    code = CliRunner().invoke(app, ["check", str(folder), "--runs", str(runs), *words]).exit_code
    found = decoded((sorted(runs.iterdir())[-1] / FILE).read_bytes(), Findings)
    assert found is not None
    return code, found


def test_a_sound_dataset_ends_with_0(dataset_folder: Path, tmp_path: Path):
    code, found = check(dataset_folder, tmp_path / "runs")
    assert code == 0 and found == Findings([], [], {})


def test_a_picture_in_two_splits_ends_with_1(dataset_folder: Path, tmp_path: Path):
    shutil.copy(dataset_folder / "images/train/train1.png", dataset_folder / "images/val/val2.png")
    code, found = check(dataset_folder, tmp_path / "runs")
    assert code == 1 and [pair.kind for pair in found.pairs] == ["same"]
    assert set(found.images.values()) == {"train1.png", "val2.png"}
    events = next((tmp_path / "runs").glob("*/events.jsonl")).read_text()
    assert "alike across splits: train1.png (train) and val2.png (val)" in events
    assert check(dataset_folder, tmp_path / "other", "--no-likeness")[0] == 0


def test_a_fault_ends_with_1(dataset_folder: Path, tmp_path: Path):
    (dataset_folder / "images/val/val1.png").unlink()
    code, found = check(dataset_folder, tmp_path / "runs")
    assert code == 1 and any("val1.png is missing" in problem.message for problem in found.problems)


def test_with_json_standard_output_has_the_findings_and_nothing_else(dataset_folder: Path, tmp_path: Path):
    shutil.copy(dataset_folder / "images/train/train1.png", dataset_folder / "images/val/val2.png")
    ended = CliRunner().invoke(app, ["check", str(dataset_folder), "--json", "--runs", str(tmp_path / "runs")])
    assert ended.exit_code == 1
    assert [pair["kind"] for pair in json.loads(ended.stdout)["pairs"]] == ["same"]
    assert "alike across splits" in ended.stderr

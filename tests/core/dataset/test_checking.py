"""A check names the faults of a dataset and the pictures that its splits share; the command ends with 1 then."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from core.cli.commands import app
from core.dataset.health.findings import CheckReport
from core.jobs import CheckJob
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


def check(folder: Path, runs: Path, *words: str) -> tuple[int, CheckReport]:
    code = CliRunner().invoke(app, ["check", str(folder), "--runs", str(runs), *words]).exit_code
    found = decoded((sorted(runs.iterdir())[-1] / CheckJob.result).read_bytes(), CheckReport)
    assert found is not None
    return code, found


def test_a_sound_dataset_ends_with_0(dataset_folder: Path, tmp_path: Path):
    code, found = check(dataset_folder, tmp_path / "runs")
    assert code == 0 and found == CheckReport([], {}, {}, 4)


def test_a_picture_in_two_splits_ends_with_1(dataset_folder: Path, tmp_path: Path):
    shutil.copy(dataset_folder / "images/train/train1.png", dataset_folder / "images/val/val2.png")
    code, found = check(dataset_folder, tmp_path / "runs")
    assert code == 1 and [each.kind for each in found.findings] == ["leak"]
    assert set(found.names.values()) == {"train1.png", "val2.png"}
    events = next((tmp_path / "runs").glob("*/events.jsonl")).read_text()
    assert "1 picture in two splits. train1.png (train) and val2.png (val) are the same" in events
    assert check(dataset_folder, tmp_path / "other", "--no-likeness")[0] == 0


def test_something_serious_ends_with_1_and_a_note_with_0(dataset_folder: Path, tmp_path: Path):
    file = dataset_folder / "annotations" / "instances_val.json"
    content = json.loads(file.read_text())
    content["annotations"][0]["area"] = 9999
    file.write_text(json.dumps(content))
    code, found = check(dataset_folder, tmp_path / "area")
    assert code == 0 and [(each.kind, each.instances) for each in found.findings] == [("area", (1,))]
    (dataset_folder / "images/val/val1.png").unlink()
    code, found = check(dataset_folder, tmp_path / "runs")
    assert code == 1 and found.findings[0].sentence == "val1.png is not in the folder."


def test_a_person_chooses_the_kinds(dataset_folder: Path, tmp_path: Path):
    (dataset_folder / "images/val/val1.png").unlink()
    shutil.copy(dataset_folder / "images/train/train1.png", dataset_folder / "images/val/val2.png")
    code, found = check(dataset_folder, tmp_path / "runs", "--only", "missing_picture", "--only", "area")
    assert code == 1 and [each.kind for each in found.findings] == ["missing_picture"]
    ended = CliRunner().invoke(app, ["check", str(dataset_folder), "--only", "ghost", "--runs", str(tmp_path / "no")])
    assert ended.exit_code == 1 and "a check knows no kind ghost (it knows leak, " in ended.stderr


def test_with_json_standard_output_has_the_findings_and_nothing_else(dataset_folder: Path, tmp_path: Path):
    shutil.copy(dataset_folder / "images/train/train1.png", dataset_folder / "images/val/val2.png")
    ended = CliRunner().invoke(app, ["check", str(dataset_folder), "--json", "--runs", str(tmp_path / "runs")])
    assert ended.exit_code == 1
    assert [each["kind"] for each in json.loads(ended.stdout)["findings"]] == ["leak"]
    assert "1 picture in two splits" in ended.stderr

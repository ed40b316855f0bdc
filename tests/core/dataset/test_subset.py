"""``maskwright convert --only-…`` writes the images that the filters of the gallery would show, and no others."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from core.cli.commands import app
from core.dataset import open_dataset
from tests.core.dataset.builders import annotation, coco, image

FILES = {
    "train": coco(
        [image(1, "a left.png"), image(2, "b left.png"), image(3, "c.png")], [annotation(1), annotation(2, 2, 7)]
    ),
    "val": coco([image(1, "a left.png"), image(2, "d.png")], [annotation(1), annotation(2, 2, 7)]),
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for number, (split, content) in enumerate(FILES.items()):
        (tmp_path / "set" / "images" / split).mkdir(parents=True)
        (tmp_path / "set" / "annotations").mkdir(exist_ok=True)
        (tmp_path / "set" / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
        for place, entry in enumerate(content["images"]):
            picture = np.full((30, 40, 3), 40 * number + 10 * place, np.uint8)
            cv2.imwrite(str(tmp_path / "set" / "images" / split / entry["file_name"]), picture)
    return tmp_path / "set"


def convert(source: Path, *words: str) -> tuple[Result, Path]:
    output = source.parent / "part"
    line = ["convert", str(source), str(output), "--runs", str(source.parent / "runs"), *words]
    return CliRunner().invoke(app, line), output


def names(folder: Path) -> list[str]:
    return [f"{image.split}/{image.file_name}" for image in open_dataset(folder).images]


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["--only-split", "val"], ["val/a left.png", "val/d.png"]),
        (["--only-class", "bolt"], ["train/b left.png", "val/d.png"]),
        (["--only-class", "bolt", "--only-split", "train"], ["train/b left.png"]),
        (
            ["--only-class", "bolt", "--only-class", "nut", "--only-name", "LEFT a"],
            ["train/a left.png", "val/a left.png"],
        ),
        (["--only-masks", "without"], ["train/c.png"]),
        (["--only-image", "val/a left.png", "--only-image", "c.png"], ["train/c.png", "val/a left.png"]),
    ],
)
def test_only_what_fits_is_written(source: Path, words: list[str], kept: list[str]):
    ended, output = convert(source, *words)
    assert ended.exit_code == 0, ended.output
    assert names(output) == kept
    made = open_dataset(output)
    assert [made.read_image(image)[0, 0, 0] for image in made.images] == [
        open_dataset(source).read_image(image)[0, 0, 0]
        for image in open_dataset(source).images
        if f"{image.split}/{image.file_name}" in kept
    ]
    assert [item.name for item in made.categories] == ["nut", "bolt"]  # labels stay what they were


def test_part_of_it_goes_into_another_format_too(source: Path):
    ended, output = convert(source, "--only-split", "val", "--to", "yolo")
    assert ended.exit_code == 0, ended.output
    assert sorted(file.name for file in output.rglob("*.txt")) == ["a left.txt", "d.txt"]


def test_part_of_another_format_is_written(source: Path):
    _, yolo = convert(source, "--to", "yolo")
    yolo.rename(source.parent / "yolo")
    ended, output = convert(source.parent / "yolo", "--only-class", "bolt")
    assert ended.exit_code == 0, ended.output
    assert names(output) == ["train/b left.png", "val/d.png"]
    assert (
        not list((source.parent / "runs").glob("*/coco"))
        and open_dataset(output).read_image(open_dataset(output).images[0]).any()
    )


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--only-class", "screw"], "no class “screw” (it has these: nut, bolt)"),
        (["--only-split", "test"], "no split “test” (it has these: train, val)"),
        (["--only-name", "zebra"], "no image of set is among those"),
    ],
)
def test_what_is_not_there_is_said_and_nothing_written(source: Path, words: list[str], complaint: str):
    ended, output = convert(source, *words)
    assert ended.exit_code == 1 and complaint in ended.stderr
    assert not output.exists()


def test_a_folder_that_lists_all_of_its_pictures_is_converted_to_one_that_lists_these(source: Path):
    """Its file says that pictures which are added to the folder join: in the new one they are there already."""
    plain = source.parent / "plain"
    plain.mkdir()
    for number in range(3):
        cv2.imwrite(str(plain / f"{number}.png"), np.full((30, 40, 3), number, np.uint8))
    ended, output = convert(plain)
    assert ended.exit_code == 0, ended.output
    assert len(open_dataset(output).images) == 3


def test_with_json_standard_output_says_what_was_made_and_nothing_else(source: Path):
    ended, output = convert(source, "--to", "yolo", "--only-class", "bolt", "--json")
    made = json.loads(ended.stdout)
    assert made["output"] == str(output) and made["format"] == "yolo"
    assert made["images"] == {"train": 1, "val": 1} and made["instances"]["bolt"] == 2
    seen = CliRunner().invoke(app, ["preview", str(output), "--json", "--runs", str(source.parent / "runs")])
    assert json.loads(seen.stdout)["splits"] == made["images"]

"""``maskwright channels`` says and chooses how the pictures of a dataset are read."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.channel_settings import ChannelSettings
from core.cli import run
from core.dataset import channel_file, open_dataset


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    made = tmp_path / "deep"
    made.mkdir()
    values = np.linspace(1000, 1400, 40 * 60 * 3).reshape(40, 60, 3).astype(np.uint16)
    cv2.imwrite(str(made / "a.png"), values)
    content = {"images": [{"id": 1, "file_name": "a.png", "width": 60, "height": 40}], "annotations": []}
    (made / "annotations.json").write_text(json.dumps(content | {"categories": [{"id": 1, "name": "cell"}]}))
    monkeypatch.chdir(tmp_path)
    return made


def said(capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    assert run(["channels", "deep", *options, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_dataset_says_how_it_is_read_and_looking_writes_nothing(folder: Path, capsys) -> None:
    assert said(capsys) == {"file": None, "channels": None}
    assert not (folder / channel_file.FILE).exists()
    assert run(["channels", "deep"]) == 0
    assert "as their files hold them" in capsys.readouterr().out


def test_what_is_chosen_is_read_by_the_dataset_and_the_rest_stays(folder: Path, capsys) -> None:
    assert said(capsys, "--red", "3", "--values", "1000", "1400")["file"] == str(folder / channel_file.FILE)
    assert open_dataset(folder).channels == ChannelSettings((2, 1, 2), "values", 1000, 1400)
    said(capsys, "--blue", "1")
    assert open_dataset(folder).channels == ChannelSettings((2, 1, 0), "values", 1000, 1400)
    assert run(["channels", "deep"]) == 0
    assert "the channels 3, 2 and 1. In all pictures, black ends at 1000 and white" in capsys.readouterr().out
    said(capsys, "--percentiles", "1", "99")
    assert open_dataset(folder).channels == ChannelSettings((2, 1, 0), "percentiles", 1, 99)
    assert said(capsys, "--clear") == {"file": None, "channels": None}
    assert open_dataset(folder).channels is None and not (folder / channel_file.FILE).exists()


def test_percentiles_of_the_dataset_are_values_for_all(folder: Path, capsys) -> None:
    chosen = said(capsys, "--same", "--percentiles", "10", "90")["channels"]
    assert chosen["scale"] == "values"
    assert chosen["low"] == pytest.approx(1040, abs=5) and chosen["high"] == pytest.approx(1360, abs=5)


@pytest.mark.parametrize(
    "options",
    [
        ["--values", "5", "5"],
        ["--percentiles", "0", "101"],
        ["--values", "nan", "5"],
        ["--values", "0", "inf"],
        ["--clear", "--red", "1"],
        ["--values", "0", "1", "--same"],
        ["--red", "0"],
    ],
)
def test_what_does_not_go_together_is_wrong_usage(folder: Path, options: list[str], capsys) -> None:
    assert run(["channels", "deep", *options]) == 2
    assert not (folder / channel_file.FILE).exists() and "Traceback" not in capsys.readouterr().err


def test_a_damaged_file_is_named_and_not_written_over(folder: Path, capsys) -> None:
    (folder / channel_file.FILE).write_text("{")
    for options in ([], ["--red", "1"], ["--clear"]):
        assert run(["channels", "deep", *options]) == 1
        assert channel_file.FILE in capsys.readouterr().err
    assert (folder / channel_file.FILE).read_text() == "{"

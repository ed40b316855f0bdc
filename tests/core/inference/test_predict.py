"""Images in, overlays and COCO results out."""

import contextlib
import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from core.errors import UserError
from core.geometry.masks import from_rle
from core.inference.predict import collect_images, predict_images
from core.inference.prediction import Prediction
from core.recipes.model_spec import ClassSpec, InputSpec, ModelSpec
from core.runs.control import StopRequested, never
from core.runs.events import AnyEvent, Artifact, Done, Progress, Stage, Warning


class Centre:
    """Finds a sure thing in the middle of every picture and a doubtful one beside it."""

    spec = ModelSpec(
        "r", "a", "b", (ClassSpec(3, "nut"), ClassSpec(7, "bolt")), InputSpec(64, 64, 0, (0, 0, 0), (1, 1, 1))
    )

    def predict(self, image: np.ndarray) -> Prediction:
        height, width = image.shape[:2]
        box = width / 4, height / 4, width * 3 / 4, height * 3 / 4
        return Prediction(
            boxes=np.array([box, box], np.float32),
            scores=np.array([0.9, 0.1], np.float32),
            labels=np.array([1, 0]),
            masks=np.ones((2, 28, 28), np.float32),
            size=(height, width),
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b.JPG", "sub/a.png", "sub/deep/größe.jpg"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(path.suffix.lower(), np.full((80, 120, 3), 90, np.uint8))[1].tobytes())
    (tmp_path / "in" / "notes.txt").write_text("not a picture")
    return tmp_path / "in"


def names(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_files_folders_and_globs_name_images(folder: Path) -> None:
    everything = ["a.png", "b.JPG", "sub/a.png", "sub/deep/größe.jpg"]
    assert names(collect_images([str(folder)]), folder) == everything
    assert names(collect_images([str(folder / "sub" / "*.png")]), folder) == ["sub/a.png"]
    assert names(collect_images([str(folder / "**" / "*.png")]), folder) == ["a.png", "sub/a.png"]
    twice = collect_images([str(folder / "b.JPG"), str(folder)])
    assert names(twice, folder) == ["b.JPG", "a.png", "sub/a.png", "sub/deep/größe.jpg"]


def test_a_pattern_without_images_is_an_error_that_names_it(folder: Path) -> None:
    for pattern in (str(folder / "*.gif"), str(folder / "missing.png"), str(folder / "[")):
        with pytest.raises(UserError, match="names no image") as caught:
            collect_images([pattern])
        assert pattern in caught.value.message


def test_a_file_whose_name_holds_a_bracket_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "shot [1].png"
    path.write_bytes(b"")
    assert collect_images([str(path)]) == [path]


def test_overlays_and_results_that_coco_tools_read(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "new" / "out"
    events: list[AnyEvent] = []
    predict_images(Centre(), collect_images([str(folder)]), output, 0.3, events.append, never)

    pictures = sorted(path.name for path in output.glob("*.jpg"))
    assert pictures == ["a-2.jpg", "a.jpg", "b.jpg", "größe.jpg"]
    overlay = cv2.imdecode(np.fromfile(output / "a.jpg", np.uint8), cv2.IMREAD_COLOR)
    assert overlay.shape == (80, 120, 3)
    assert np.abs(overlay[40, 60].astype(int) - 90).max() > 20

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(output / "images.json")
        results = coco.loadRes(str(output / "predictions.json"))
    annotations = results.loadAnns(results.getAnnIds())
    assert len(annotations) == 4
    assert {annotation["category_id"] for annotation in annotations} == {7}
    assert annotations[0]["bbox"] == [30, 20, 60, 40]
    assert annotations[0]["score"] == pytest.approx(0.9)
    assert from_rle(annotations[0]["segmentation"]).box == (30, 20, 60, 40)
    assert {image["file_name"] for image in coco.dataset["images"]} == set(map(str, collect_images([str(folder)])))

    assert isinstance(events[0], Stage)
    assert [event.done for event in events if isinstance(event, Progress)] == [1, 2, 3, 4]
    assert any(isinstance(event, Artifact) for event in events)
    assert isinstance(events[-1], Done)
    assert events[-1].summary == {"images": 4, "unreadable": 0, "instances": 4}


def test_an_unreadable_image_is_reported_and_left_out(folder: Path, tmp_path: Path) -> None:
    (folder / "b.JPG").write_bytes(b"broken")
    events: list[AnyEvent] = []
    predict_images(Centre(), collect_images([str(folder)]), tmp_path / "out", 0.3, events.append, never)
    (warning,) = (event for event in events if isinstance(event, Warning))
    assert "b.JPG" in warning.message
    listed = json.loads((tmp_path / "out" / "images.json").read_text(encoding="utf-8"))["images"]
    assert [Path(image["file_name"]).name for image in listed] == ["a.png", "a.png", "größe.jpg"]
    assert [image["id"] for image in listed] == [1, 2, 3]


def test_asked_to_stop_it_keeps_what_it_has(folder: Path, tmp_path: Path) -> None:
    calls = iter([None, None, StopRequested()])

    def stop_at_the_third() -> None:
        if error := next(calls):
            raise error

    paths = collect_images([str(folder)])
    with pytest.raises(StopRequested):
        predict_images(Centre(), paths, tmp_path / "out", 0.3, lambda event: None, stop_at_the_third)
    assert len(json.loads((tmp_path / "out" / "predictions.json").read_bytes())) == 2
    assert len(list((tmp_path / "out").glob("*.jpg"))) == 2


def test_an_output_that_cannot_be_made_is_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be made"):
        predict_images(Centre(), [folder / "a.png"], tmp_path / "file", 0.3, lambda event: None, never)

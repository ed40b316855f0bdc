"""Images in, overlays and COCO results out."""

import contextlib
import dataclasses
import io
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np
import PIL.Image
import pytest
from pycocotools.coco import COCO

from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import save
from core.channel_settings import ChannelSettings
from core.cli.running import DONE, USER_ERROR, run_job
from core.dataset import open_dataset
from core.dataset.folder.own_outputs import is_drawn
from core.dataset.health.checks import examine
from core.errors import UserError
from core.geometry.masks import from_rle
from core.inference import image_paths
from core.inference.image_paths import PathList, collect_images
from core.inference.predict import predict_images
from core.inference.prediction import Prediction
from core.jobs import PredictJob
from core.recipes.model_spec import ClassSpec, InputSpec, ModelSpec
from core.runs.control import StopRequested, never
from core.runs.events import AnyEvent, Artifact, Done, Log, Progress, Stage, Warning
from core.runs.folder import RunFolder
from core.runs.job_file import describe
from tests.core.annotation.edits import add, square


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


@pytest.mark.parametrize(
    ("missing_below", "confidence", "full"), [(0.1, 0.05, 4), (0.1, 0.3, 0), (0.4, 0.3, 4), (0.0, 0.0, 0)]
)
def test_images_with_as_many_objects_as_may_be_found_are_told_of(
    folder: Path, tmp_path: Path, missing_below: float, confidence: float, full: int
) -> None:
    class Limited(Centre):
        spec = msgspec.structs.replace(Centre.spec, max_detections=2)

        def predict(self, image: np.ndarray) -> Prediction:
            return dataclasses.replace(super().predict(image), missing_below=missing_below)

    events: list[AnyEvent] = []
    predict_images(Limited(), collect_images([str(folder)]), tmp_path / "out", confidence, events.append, never)
    warnings = [event for event in events if isinstance(event, Warning)]
    assert len(warnings) == bool(full)
    for warning in warnings:
        assert f"{full} of 4 images" in warning.message and "2 objects" in warning.message
        assert "a.png" in warning.message and "--max-detections" in warning.hint and warning.matters


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


def predict(paths: Sequence[Path] | PathList, output: Path) -> list[AnyEvent]:
    events: list[AnyEvent] = []
    predict_images(Centre(), paths, output, 0.3, events.append, never)
    return events


def results_in(output: Path) -> tuple[list[str], list[int]]:
    """What pycocotools reads: the names of the images, and of how many instances each."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(output / "images.json")
        results = json.loads((output / "predictions.json").read_bytes())
        found = coco.loadRes(results) if results else coco
    counts = [len(found.getAnnIds(imgIds=[number])) for number in coco.imgs]
    return [image["file_name"] for image in coco.imgs.values()], counts


def test_a_photograph_is_looked_at_upright(tmp_path: Path) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    PIL.Image.new("RGB", (120, 80)).save(tmp_path / "phone.jpg", exif=exif)
    predict([tmp_path / "phone.jpg"], tmp_path / "out")
    (image,) = json.loads((tmp_path / "out" / "images.json").read_bytes())["images"]
    assert (image["width"], image["height"]) == (80, 120)
    with PIL.Image.open(tmp_path / "out" / "phone.jpg") as overlay:
        assert overlay.size == (80, 120)


def test_pictures_are_read_as_those_that_the_model_learnt_from(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "deep.png"), np.full((40, 60, 3), (1000, 1500, 2000), np.uint16))  # blue, green, red
    seen: list[np.ndarray] = []

    class Looks(Centre):
        spec = msgspec.structs.replace(Centre.spec, channels=ChannelSettings((2, 1, 0), "values", 1000, 2000))

        def predict(self, image: np.ndarray) -> Prediction:
            seen.append(image)
            return super().predict(image)

    predict_images(Looks(), [tmp_path / "deep.png"], tmp_path / "out", 0.5, print, never)
    assert seen[0][0, 0].tolist() == [0, 128, 255]


def test_results_are_there_as_soon_as_they_are_found(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    seen: list[tuple[int, int]] = []

    def look(event: AnyEvent) -> None:
        if isinstance(event, Progress):
            names, counts = results_in(output)
            seen.append((len(names), sum(counts)))

    predict_images(Centre(), collect_images([str(folder)]), output, 0.3, look, never)
    assert seen == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_earlier_results_stay_until_there_are_others(folder: Path, tmp_path: Path) -> None:
    output, broken = tmp_path / "out", tmp_path / "broken.png"
    predict(collect_images([str(folder)]), output)
    broken.write_bytes(b"broken")
    with pytest.raises(UserError):
        predict([broken], output)
    assert len(results_in(output)[0]) == 4
    predict([folder / "a.png"], output)
    assert len(results_in(output)[0]) == 1


KILLED = """
import os, signal, sys, time
sys.path[:0] = {path!r}
from pathlib import Path
from core.inference.image_paths import collect_images
from core.inference.predict import predict_images
from core.runs.control import never
from tests.core.inference.test_predict import Centre

class Killed(Centre):
    done = 0

    def predict(self, image):
        Killed.done += 1
        if Killed.done == 4:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().predict(image)

{before}
predict_images(Killed(), collect_images([{folder!r}]), Path({output!r}), 0.3, lambda event: None, never)
"""
FULL = """
import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
"""
"""No file grows beyond that: what a full disk does, without one."""


def run_child(folder: Path, output: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    code = KILLED.format(path=sys.path, folder=str(folder), output=str(output), before=before)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_what_was_found_before_the_process_is_killed_is_kept(folder: Path, tmp_path: Path) -> None:
    assert run_child(folder, tmp_path / "out").returncode == -signal.SIGKILL
    names, counts = results_in(tmp_path / "out")
    assert len(names) == 3 and counts == [1, 1, 1]


@pytest.mark.skipif(sys.platform == "win32", reason="limits files as POSIX does")
@pytest.mark.parametrize("room", range(300, 700, 37))
def test_what_was_found_before_the_disk_is_full_is_kept(folder: Path, tmp_path: Path, room: int) -> None:
    """Neither overlays nor all results have room."""
    done = run_child(folder, tmp_path / "out", FULL.format(room=room))
    names, counts = results_in(tmp_path / "out")
    assert counts == [1] * len(names)
    assert "UserError: " in done.stderr or len(names) == 3, "and then it is killed"


def test_an_overlay_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    """JPEG has room for 65,500 pixels a side."""
    for name in "abc":
        PIL.Image.new("L", (66_000, 2)).save(tmp_path / f"{name}.png")
    PIL.Image.new("L", (66, 20)).save(tmp_path / "d.png")
    events = predict(collect_images([str(tmp_path)]), tmp_path / "out")
    assert len(results_in(tmp_path / "out")[0]) == 4
    assert [path.name for path in (tmp_path / "out").glob("*.jpg")] == ["d.jpg"]
    (warning,) = (event for event in events if isinstance(event, Warning))
    assert "a.jpg" in warning.message and "results are kept" in warning.hint
    assert isinstance(events[-1], Done) and events[-1].summary["without_overlay"] == 3


def test_pictures_of_one_name_get_a_number_each(tmp_path: Path) -> None:
    """Also where others are called as they would be with one."""
    for name in ("1/frame", "2/FRAME", "3/frame", "frame-2", "frame-3"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.new("L", (66, 20)).save(tmp_path / "in" / f"{name}.png")
    predict(collect_images([str(tmp_path / "in")]), tmp_path / "out")
    drawn = sorted(path.stem.casefold() for path in (tmp_path / "out").glob("*.jpg"))
    assert drawn == ["frame", "frame-2", "frame-2-2", "frame-3", "frame-3-2"]


@pytest.mark.parametrize("stem", ["x" * 251, "ö" * 125 + "a", "caf\udce9", "a\tb"])
def test_names_of_any_kind_and_length(tmp_path: Path, stem: str) -> None:
    path = tmp_path / "in" / f"{stem}.png"
    path.parent.mkdir()
    try:
        PIL.Image.new("L", (66, 20)).save(tmp_path / "plain.png")
        (tmp_path / "plain.png").rename(path)
    except (OSError, UnicodeError):
        pytest.skip("the file system takes no such name")
    output = tmp_path / "out"
    events = predict(collect_images([str(path.parent)]), output)
    assert not any(isinstance(event, Warning) for event in events)
    assert len(list(output.glob("*.jpg"))) == 1
    assert results_in(output)[0][0].endswith(".png")


def test_what_was_drawn_is_not_looked_at_again(folder: Path) -> None:
    for output in (folder / "predictions", folder / "predictions", folder / "sub" / "others", folder):
        found = collect_images([str(folder)])
        assert len(list(found)) == 4
        assert list(collect_images([str(folder / "**" / "*.*")])) == list(found)
        predict(found, output)
    (folder / "predictions" / "a.jpg").rename(folder / "moved.jpg")
    assert len(list(collect_images([str(folder)]))) == 4
    assert list(collect_images([str(folder / "moved.jpg")])) == [folder / "moved.jpg"]  # it was asked for
    assert len(open_dataset(folder).images) == 4
    with pytest.raises(UserError, match="names no image") as caught:
        collect_images([str(folder / "predictions")])
    assert "Maskwright drew" in caught.value.hint
    with pytest.raises(UserError, match="names no image"):
        collect_images([str(folder), str(folder / "predictions")])
    both = collect_images([str(folder), str(folder / "moved.jpg"), str(folder / "sub")])
    assert len(list(both)) == len(both) == 5 and folder / "moved.jpg" in list(both)


def test_the_first_image_waits_for_no_other_file(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be a million: one is opened when its turn comes, and what was drawn no longer counts from then on."""
    predict(collect_images([str(folder / "b.JPG")]), folder)
    asked: list[Path] = []
    monkeypatch.setattr(image_paths, "is_drawn", lambda path: asked.append(path) or is_drawn(path))
    seen: list[tuple[int, int, int]] = []

    def look(event: AnyEvent) -> None:
        if isinstance(event, Progress):
            seen.append((event.done, event.total, len(asked)))

    paths = collect_images([str(folder)])
    assert len(paths) == 5
    predict_images(Centre(), paths, tmp_path / "out", 0.3, look, never)
    assert seen[0] == (1, 5, 1) and seen[-1] == (4, 4, 5)


def test_no_picture_of_a_person_is_replaced(folder: Path) -> None:
    """Results may be wanted beside the pictures."""
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    for _ in range(2):
        predict(collect_images([str(folder)]), folder)
    assert {path: path.read_bytes() for path in before} == before
    drawn = {path.name for path in folder.iterdir() if is_drawn(path)}
    assert len(drawn) == 4 and {"a.jpg", "a-2.jpg", "größe.jpg"} < drawn


def test_the_results_of_a_prediction_are_no_annotations_of_the_folder(folder: Path) -> None:
    """What is drawn on its pictures would be lost with the next prediction."""
    predict(collect_images([str(folder)]), folder / "predictions")
    dataset = open_dataset(folder)
    assert len(dataset.images) == 4 and not dataset.categories
    assert not dataset.leftovers
    predict(collect_images([str(folder)]), folder / "predictions")
    with pytest.raises(UserError, match="but those that Maskwright drew"):
        open_dataset(folder / "predictions")


def test_runs_in_the_folder_are_passed_over(folder: Path) -> None:
    job = PredictJob(model="m", images=(str(folder),), output=str(folder / "out"))
    run = RunFolder.create(folder / "runs", "predict", describe(job))
    run.events.touch()
    run.samples.mkdir()
    for name in ("model.json", "samples/notes.csv"):
        (run.path / name).write_text("{}")
    dataset = open_dataset(folder)
    examine(dataset, pictures=False)
    assert not dataset.leftovers and len(dataset.images) == 4


def test_pictures_of_kinds_that_are_not_read_are_named(folder: Path, tmp_path: Path) -> None:
    PIL.Image.new("L", (8, 8)).save(folder / "film.gif")
    events: list[AnyEvent] = []
    for pattern in (folder, folder / "*"):
        collect_images([str(pattern)], events.append)
    assert [event.message for event in events if isinstance(event, Warning)] == [
        "1 picture is left out, of a kind that is not read: film.gif"
    ] * 2
    events.clear()
    assert list(collect_images([str(folder / "film.gif")], events.append)) == [folder / "film.gif"], "it was asked for"
    assert not events


def test_earlier_results_stay_until_new_ones_are_there(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    predict([folder / "a.png"], output)
    before = (output / "images.json").read_bytes()
    (output / "predictions.json").unlink()
    (output / "predictions.json").mkdir()
    with pytest.raises(UserError, match=r"predictions\.json is a folder"):
        predict(collect_images([str(folder)]), output)
    assert (output / "images.json").read_bytes() == before
    assert not list(output.glob(".*")), "and nothing half done"


def test_results_of_another_program_are_not_overwritten(folder: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "predictions.json"
    theirs.write_text('[{"image_id": 7, "score": 0.5}]')
    with pytest.raises(UserError, match=r"predictions\.json is no list of a prediction"):
        predict([folder / "a.png"], tmp_path)
    assert "0.5" in theirs.read_text() and not (tmp_path / "images.json").exists()


def draw_in(file: Path) -> None:
    """What the Annotate page does."""
    opened = open_draft(open_dataset(file))
    opened.draft.apply(add(opened.draft, 0, square(1, 2, category=3)))
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()


@pytest.mark.parametrize("theirs", [False, True])
def test_annotations_that_lie_where_results_would_are_not_overwritten(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theirs: bool
) -> None:
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    file = folder / "images.json"
    if theirs:
        file.write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
    else:
        predict([folder / "a.png"], folder)
        draw_in(file)
    before = file.read_bytes()
    with pytest.raises(UserError, match=r"images\.json is no list of a prediction") as caught:
        predict([folder / "a.png"], folder)
    assert "--output" in caught.value.hint and file.read_bytes() == before


def test_a_link_in_the_output_leads_nowhere(folder: Path, tmp_path: Path) -> None:
    output, other = tmp_path / "out", tmp_path / "other"
    output.mkdir()
    other.write_bytes(b"mine")
    for name in ("images.json", "predictions.json", "a.jpg"):
        try:
            (output / name).symlink_to(other)
        except OSError:
            pytest.skip("no links here")
    predict([folder / "a.png"], output)
    assert other.read_bytes() == b"mine" and len(results_in(output)[0]) == 1


def test_that_nothing_could_be_read_is_an_error(folder: Path, tmp_path: Path) -> None:
    for path in folder.rglob("*.*"):
        path.write_bytes(b"broken")
    with pytest.raises(UserError, match=r"none of the 4 images could be read; the first: .*a\.png"):
        predict(collect_images([str(folder)]), tmp_path / "out")
    with pytest.raises(UserError, match=r"a\.png is not a picture"):
        predict([folder / "a.png"], tmp_path / "out")


def test_the_command_fails_where_nothing_could_be_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.inference.predict.load_model", lambda *_, **__: Centre())
    (folder / "a.png").write_bytes(b"broken")
    for images, status in (("a.png", USER_ERROR), ("*", DONE)):
        job = PredictJob(model="m", images=(str(folder / images),), output=str(tmp_path / "out"))
        assert run_job(job, tmp_path / "runs", "predict", debug=False) == status


def test_how_many_could_not_be_read_is_said(folder: Path, tmp_path: Path) -> None:
    for name in ("a.png", "b.JPG"):
        (folder / name).write_bytes(b"broken")
    events = predict(collect_images([str(folder)]), tmp_path / "out")
    (said,) = (event.message for event in events if isinstance(event, Log))
    assert said == "2 of 4 images could not be read: left out of the results."


def test_a_jfif_is_a_jpeg(tmp_path: Path) -> None:
    PIL.Image.new("L", (66, 20)).save(tmp_path / "a.JFIF", "JPEG")
    assert list(collect_images([str(tmp_path)])) == [tmp_path / "a.JFIF"]
    assert len(open_dataset(tmp_path).images) == 1

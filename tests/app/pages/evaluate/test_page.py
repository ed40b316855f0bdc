"""The Evaluate page in the real window, with a model that pretends; OpenVINO itself is in the end-to-end test."""

import contextlib
import os
import threading

import cv2
import msgspec
import numpy as np
import psutil
import pytest
from PySide6.QtCore import Qt

from app.canvas.instances import class_colors
from app.pages.evaluate import prediction_session
from app.runs import run_labels
from core.channel_settings import ChannelSettings
from core.dataset import Category, Dataset
from core.dataset.palette import class_color
from core.deployment.record import ExportRecord, write
from core.errors import UserError
from core.inference.prediction import Prediction
from core.runs import events
from core.runs.event_log import EventWriter
from core.runs.folder import RunFolder
from core.runs.lock import write_mark
from tests.app.pieces import child, make_run, plan, spec, train_job, validation

EXPORT = """
from core.deployment.record import ExportRecord, write
target = Path(folder.read_job().job.run) / "export" / folder.read_job().job.precision
target.mkdir(parents=True)
(target / "model.xml").touch()
write(target, ExportRecord(precision="fp16", size_mb=1.0))
say(events.Done())
"""


class Pretender:
    """Finds a nut at .9 and a bolt at .4 in every image; counts how often it is asked."""

    def __init__(self):
        self.spec = spec()
        self.missing_below = 0.0
        self.asked = 0
        self.gate = threading.Event()
        self.gate.set()

    def predict(self, image):
        self.gate.wait(10)
        self.asked += 1
        height, width = image.shape[:2]
        return Prediction(
            boxes=np.array([[10, 10, 40, 40], [60, 20, 100, 60]], np.float32),
            scores=np.array([0.9, 0.4], np.float32),
            labels=np.array([0, 1]),
            masks=np.ones((2, 28, 28), np.float32),
            size=(height, width),
            missing_below=self.missing_below,
        )


@pytest.fixture
def model(monkeypatch) -> Pretender:
    pretender = Pretender()
    monkeypatch.setattr(prediction_session, "load", lambda xml: pretender)
    return pretender


@pytest.fixture
def trained(settings, dataset_folder) -> RunFolder:
    said = plan(), validation(1, 0.412), events.Done()
    return make_run(settings.runs_folder, train_job(dataset_folder), *said, model=True)


def export(run: RunFolder, epoch: int = 0) -> None:
    target = run.export / "fp16"
    target.mkdir(parents=True)
    (target / "model.xml").touch()
    write(target, ExportRecord(precision="fp16", size_mb=1.0, epoch=epoch))


@pytest.fixture
def open_page(make_window, dataset_folder, qtbot):
    def open_page(body: str = "", dataset: bool = True):
        window = make_window(spawn=child(body))
        if dataset:
            with qtbot.waitSignal(window.document.opened, timeout=10_000):
                window.document.open(dataset_folder)
        window.show_page("evaluate")
        qtbot.waitUntil(lambda: window.page.controls.picker.listed, timeout=5000)
        return window.page

    return open_page


def shown(page) -> list[str]:
    return sorted(shape.text for shape in page.comparison.left.shapes if shape.visible)


def wait_for_masks(page, qtbot) -> None:
    qtbot.waitUntil(lambda: any(shape.style == "prediction" for shape in page.comparison.left.shapes), timeout=10_000)


def test_without_a_model_the_page_says_what_to_do(open_page, qtbot):
    page = open_page()
    assert page.no_model.isVisible()
    with qtbot.waitSignal(page.navigate) as asked:
        page.no_model.button.click()
    assert asked.args == ["train"]


def test_without_a_dataset_the_runs_own_is_offered(open_page, trained, model, qtbot):
    export(trained)
    page = open_page(dataset=False)
    qtbot.waitUntil(page.no_dataset.isVisible, timeout=5000)
    assert "bench" in page.no_dataset.button.text()
    page.no_dataset.button.click()
    wait_for_masks(page, qtbot)


def test_a_run_without_an_export_gets_one_for_the_preview(open_page, trained, model, qtbot):
    page = open_page("time.sleep(0.3)" + EXPORT)
    qtbot.waitUntil(lambda: "Preparing the model" in page.comparison.preparing.text(), timeout=5000)
    wait_for_masks(page, qtbot)
    assert page.comparison.preparing.text() == ""
    assert not page.jobs.running()
    assert "FP16" in page.controls.note.text()


def test_an_export_that_fails_says_why_and_can_be_tried_again(open_page, trained, model, qtbot):
    page = open_page("say(events.Failed(message='The disk is full.', hint='Make room.'))")
    qtbot.waitUntil(page.comparison.problem.isVisible, timeout=10_000)
    assert "disk is full" in page.comparison.problem.accessibleName()
    export(trained)
    page.try_again.click()
    wait_for_masks(page, qtbot)
    assert page.comparison.problem.isHidden()


def test_an_export_older_than_the_model_is_made_anew(open_page, trained, model, qtbot):
    export(trained)
    os.utime(trained.export / "fp16" / "model.xml", (1, 1))
    page = open_page(EXPORT.replace("mkdir(parents=True)", "mkdir(parents=True, exist_ok=True)"))
    wait_for_masks(page, qtbot)
    assert len(list(page.jobs.folder.iterdir())) == 2, "an export job was started"


def test_of_a_training_at_work_the_model_of_the_moment_is_shown_and_the_last_one_when_it_has_ended(
    open_page, settings, dataset_folder, model, qtbot
):
    run = make_run(settings.runs_folder, train_job(dataset_folder), plan(), validation(1, 0.412), model=True)
    write_mark(run.path, psutil.Process())
    better = """
weights = target.parents[1] / "checkpoints" / "best.safetensors"
ended = '"type":"done"' in (target.parents[1] / "events.jsonl").read_text()
os.utime(target / "model.xml" if ended else weights, (2**31, 2**31))
"""
    head, end = EXPORT.replace("parents=True", "parents=True, exist_ok=True").rsplit("say", 1)
    page = open_page(head + better + f"say{end}")
    wait_for_masks(page, qtbot)
    assert not page.comparison.problem.isVisible(), "while it was exported, the training found a better one"
    assert model.asked == 1
    write = EventWriter(run.events)
    write(events.Done())
    write.close()
    qtbot.waitUntil(lambda: model.asked == 2, timeout=20_000)
    wait_for_masks(page, qtbot)


def test_the_confidence_acts_at_once_and_never_runs_the_model_again(open_page, trained, model, qtbot):
    export(trained)
    page = open_page()
    wait_for_masks(page, qtbot)
    assert shown(page) == ["bolt 0.40", "nut 0.90"]
    page.controls.confidence.setValue(60)
    assert shown(page) == ["nut 0.90"]
    assert "nut: 1 found, 1 annotated" in page.metrics.image.accessibleName()
    page.controls.confidence.setValue(95)
    assert shown(page) == []
    page.controls.confidence.setValue(10)
    assert shown(page) == ["bolt 0.40", "nut 0.90"]
    assert model.asked == 1


def test_truth_is_shown_beside_and_over_the_prediction(open_page, trained, model, qtbot):
    export(trained)
    page = open_page()
    wait_for_masks(page, qtbot)
    modes = page.controls.modes
    modes["truth"].click()
    assert shown(page) == ["nut"]
    modes["both"].click()
    assert shown(page) == ["bolt 0.40", "nut", "nut 0.90"]
    modes["side"].click()
    assert shown(page) == ["bolt 0.40", "nut 0.90"]
    assert [shape.text for shape in page.comparison.right.shapes] == ["nut"] and page.comparison.right.isVisible()
    page.comparison.left.zoom_by(3)
    assert page.comparison.right.viewport == page.comparison.left.viewport
    modes["prediction"].click()
    page.comparison.left.zoom_by(1)
    modes["side"].click()
    qtbot.waitUntil(page.comparison.right.isVisible)
    assert page.comparison.right.viewport == page.comparison.left.viewport, "however they came into view"


def test_images_are_walked_through_with_the_keyboard_and_kept(open_page, trained, model, qtbot):
    export(trained)
    page = open_page()
    wait_for_masks(page, qtbot)
    for key, place in ((Qt.Key.Key_D, "2 / 3"), (Qt.Key.Key_D, "3 / 3"), (Qt.Key.Key_A, "2 / 3")):
        qtbot.keyClick(page.window().focusWidget(), key)
        qtbot.waitUntil(lambda: page.found is not None and page.found.image is page.film.image, timeout=5000)
        assert page.controls.position.text() == place
    assert model.asked == 3, "going back does not run the model again"


def test_an_image_is_decoded_once_for_the_view_and_the_model(open_page, trained, model, qtbot, monkeypatch):
    export(trained)
    decoded, read_image = [], Dataset.read_image
    monkeypatch.setattr(
        Dataset, "read_image", lambda self, image: decoded.append(image.file_name) or read_image(self, image)
    )
    page = open_page()
    wait_for_masks(page, qtbot)
    assert decoded == [page.film.image.file_name]


def test_a_model_sees_the_channels_and_values_that_it_learnt_from(
    open_page, trained, model, dataset_folder, qtbot, monkeypatch
):
    """The dataset shows its pictures otherwise: it was changed since, or is another one."""
    for path in dataset_folder.rglob("*.png"):
        size = cv2.imread(str(path)).shape
        cv2.imwrite(str(path), np.full(size, (1000, 1500, 2000), np.uint16))  # blue, green, red
    seen, predict = [], model.predict
    monkeypatch.setattr(model, "predict", lambda image: seen.append(image[0, 0].tolist()) or predict(image))
    model.spec = msgspec.structs.replace(spec(), channels=ChannelSettings((2, 1, 0), "values", 1000, 2000))
    export(trained)
    page = open_page()
    wait_for_masks(page, qtbot)
    assert seen == [[0, 128, 255]]


def test_only_the_image_in_view_matters(open_page, trained, model, qtbot):
    export(trained)
    page = open_page()
    wait_for_masks(page, qtbot)
    model.gate.clear()
    page.film.step(1)
    page.film.step(1)
    model.gate.set()
    qtbot.waitUntil(lambda: page.found is not None and page.found.image is page.film.image, timeout=5000)
    assert page.film.image.file_name == "val_03.png"


def test_the_figures_are_those_of_the_run(open_page, trained, model, qtbot):
    export(trained)
    page = open_page()
    wait_for_masks(page, qtbot)
    qtbot.waitUntil(lambda: page.metrics.map.accessibleName() == "Mask mAP: 0.412", timeout=5000)
    assert page.metrics.classes.accessibleName() == "nut 0.512, bolt 0.312"


def test_a_limit_that_is_not_cocos_is_named_beside_the_figure_and_where_it_is_reached(
    open_page, model, settings, dataset_folder, qtbot
):
    best = msgspec.structs.replace(validation(1, 0.48), max_detections=340, map_100=0.055)
    said = plan(), best, events.Done()
    export(make_run(settings.runs_folder, train_job(dataset_folder), *said, model=True))
    model.missing_below = 0.4
    page = open_page()
    wait_for_masks(page, qtbot)
    assert "at most 340 objects an image; 0.055 with COCO’s 100" in page.metrics.measured_on.text()
    assert "is a guess" in page.metrics.measured_on.text()
    run = page.controls.picker.run
    assert "at most 340 objects an image" in run_labels.setting(run)
    assert run_labels.best(run.history) == ("0.480", "at epoch 1\n0.055 with COCO’s 100")
    page.controls.confidence.setValue(10)
    assert "as many objects as it may find" in page.controls.note.text()
    page.controls.confidence.setValue(60)
    assert "as many objects" not in page.controls.note.text(), "what scores less is not wanted"


def test_a_picture_that_is_gone_is_told_and_the_others_go_on(open_page, trained, model, dataset_folder, qtbot):
    export(trained)
    (dataset_folder / "images" / "val" / "val_02.png").write_bytes(b"no picture")
    page = open_page()
    wait_for_masks(page, qtbot)
    page.film.step(1)
    qtbot.waitUntil(page.comparison.problem.isVisible, timeout=5000)
    page.film.step(1)
    qtbot.waitUntil(page.comparison.problem.isHidden, timeout=5000)


def test_a_model_that_cannot_be_loaded_is_told(open_page, trained, monkeypatch, qtbot):
    def broken(xml):
        raise UserError(f"{xml} is not a model", "export it again")

    monkeypatch.setattr(prediction_session, "load", broken)
    export(trained)
    page = open_page()
    qtbot.waitUntil(page.comparison.problem.isVisible, timeout=5000)
    assert "is not a model" in page.comparison.problem.accessibleName()
    page.film.step(1)
    qtbot.waitUntil(lambda: page.seen is not None and page.seen.image is page.film.image, timeout=5000)
    assert page.comparison.problem.isVisible(), "another image does not mend the model"


def test_pages_follow_each_other_in_which_run_is_looked_at(open_page, trained, model, settings, dataset_folder, qtbot):
    older = trained
    newer = make_run(
        settings.runs_folder, train_job(dataset_folder), plan(), validation(1, 0.6), events.Done(), model=True
    )
    export(older)
    export(newer)
    page = open_page()
    qtbot.waitUntil(lambda: page.controls.picker.count() == 2, timeout=5000)
    page.jobs.choose(page.jobs.open(older.path))
    assert page.controls.picker.run.folder.path == older.path
    qtbot.waitUntil(lambda: page.metrics.map.accessibleName() == "Mask mAP: 0.412", timeout=5000)


def test_classes_the_dataset_does_not_know_have_colors_of_their_own_the_same_everywhere():
    known = [Category(1, "bolt"), Category(2, "nut"), Category(3, "coin", (250, 0, 0))]
    colors = class_colors(["nut", "screw", "washer", "bolt"], known)
    assert len(set(colors.values())) == 5
    assert (colors["bolt"], colors["nut"]) == (class_color(0), class_color(1))
    assert colors["coin"] == (250, 0, 0)
    assert set(class_colors(["screw"], [])) == {"screw"}


def test_of_which_epoch_the_model_is_and_of_which_the_figures_are_is_said(
    open_page, settings, dataset_folder, model, qtbot
):
    run = make_run(settings.runs_folder, train_job(dataset_folder), plan(), validation(3, 0.4), model=True)
    write_mark(run.path, psutil.Process())
    export(run, epoch=3)
    page = open_page()
    wait_for_masks(page, qtbot)
    assert page.controls.note.text().startswith("model of epoch 3 · OpenVINO FP16")
    with contextlib.closing(EventWriter(run.events)) as log:
        log(validation(5, 0.6))
        qtbot.waitUntil(lambda: "epoch 5" in page.metrics.measured_on.text(), timeout=10_000)
        note = page.controls.note.text()
        log(events.Done())  # or the window would end the process that is marked, the one of the tests
        qtbot.waitUntil(lambda: not page.jobs.running(), timeout=10_000)
    assert note.startswith("model of epoch 3, figures of epoch 5 · OpenVINO FP16")


def test_tips_name_the_keys_that_a_person_has_chosen(open_page, settings):
    page = open_page()
    chip, slider = page.controls.modes["both"], page.controls.confidence
    assert chip.toolTip() == "Prediction dashed over truth solid (M)"
    assert slider.toolTip() == "Show what the model is at least this sure of ([, ])"
    settings.shortcuts.change("evaluate.mode", ("Q",))
    settings.shortcuts.change("evaluate.lower", ())
    assert chip.toolTip() == "Prediction dashed over truth solid (Q)"
    assert slider.toolTip() == "Show what the model is at least this sure of (])"

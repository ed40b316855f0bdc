"""The Train page in the real window; its children pretend to train."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from app.document.readiness import about_validation
from core.jobs import TrainJob
from core.recipes.fields import fields
from core.runs import events
from tests.app.pieces import UNTIL_ASKED, child, make_run, plan, step, train_job, unfold, validation

TRAINING = """
plan = events.Plan(epochs=4, steps_per_epoch=2, train_images=12, validation_images=3, device="cpu", precision="fp32",
                   parameters=5_000_000, patience=3)
say(plan)
for n in range(1, 5):
    say(events.Step(epoch=(n + 1) // 2, step=n, losses={"total": 5.0 - n}, learning_rate=0.1, images_per_second=3.14,
                    memory_mb=100))
say(events.Validation(epoch=2, map=0.412, map50=0.7, box_map=0.5, per_class={}, best=True, seconds=1))
say(events.Eta(seconds=130, epochs_left=2, patience_left=3))
"""


def change_annotations(dataset: Path, split: str, **content: object) -> None:
    path = dataset / "annotations" / f"instances_{split}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | content))


@pytest.fixture
def growing(tmp_path) -> Path:
    """A folder of eight pictures that was opened as such, five of them labelled."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    images = [
        {"id": number, "file_name": f"{number}.png", "width": 60, "height": 40, "review": "to do"}
        for number in range(1, 9)
    ]
    for image in images:
        cv2.imwrite(str(folder / image["file_name"]), np.zeros((40, 60, 3), np.uint8))
    square = {"category_id": 1, "segmentation": [[5, 5, 25, 5, 25, 25, 5, 25]], "bbox": [5, 5, 20, 20], "area": 400}
    content = {
        "info": {"lists": "all pictures of its folder"},
        "images": images,
        "annotations": [{"id": number, "image_id": number, "iscrowd": 0} | square for number in range(1, 6)],
        "categories": [{"id": 1, "name": "nut"}],
    }
    (folder / "annotations").mkdir()
    (folder / "annotations" / "instances_default.json").write_text(json.dumps(content))
    return folder


def test_without_a_dataset_the_page_says_what_to_do(open_train, qtbot):
    page = open_train(dataset=None)
    assert page.empty.isVisible()
    with qtbot.waitSignal(page.navigate) as asked:
        qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert asked.args == ["home"]


def test_a_dataset_without_masks_cannot_be_trained_on(open_train, dataset_folder):
    for split in ("train", "val"):
        change_annotations(dataset_folder, split, annotations=[])
    page = open_train()
    assert not page.setup.start.isEnabled()
    assert "no masks" in page.setup.obstacle()
    assert page.setup.obstacle() in page.setup.start.toolTip()


def test_boxes_alone_are_said_not_to_be_masks(open_train, dataset_folder):
    for split in ("train", "val"):
        content = json.loads((dataset_folder / "annotations" / f"instances_{split}.json").read_text())
        boxes = [one | {"segmentation": []} for one in content["annotations"]]
        change_annotations(dataset_folder, split, annotations=boxes)
    page = open_train()
    assert not page.setup.start.isEnabled()
    assert page.setup.obstacle().startswith("No instance has a mask, only a box: make masks of the boxes")
    assert page.setup.obstacle() in page.setup.start.toolTip()


def test_validation_images_with_boxes_alone_measure_nothing(open_train, dataset_folder):
    content = json.loads((dataset_folder / "annotations" / "instances_val.json").read_text())
    boxes = [{key: one[key] for key in one if key != "segmentation"} for one in content["annotations"]]
    change_annotations(dataset_folder, "val", annotations=boxes)
    page = open_train()
    assert not page.setup.start.isEnabled()
    assert "validation images have no masks" in page.setup.obstacle()


def test_a_single_image_leaves_nothing_to_validate_on(open_train, dataset_folder):
    content = json.loads((dataset_folder / "annotations" / "instances_train.json").read_text())
    (dataset_folder / "annotations" / "instances_val.json").unlink()
    change_annotations(dataset_folder, "train", images=content["images"][:1], annotations=content["annotations"][:1])
    page = open_train()
    assert not page.setup.start.isEnabled()
    assert "no validation images" in page.setup.obstacle()


def test_validation_images_without_masks_measure_nothing(open_train, dataset_folder):
    change_annotations(dataset_folder, "val", annotations=[])
    page = open_train()
    assert not page.setup.start.isEnabled()
    assert "validation images have no masks" in page.setup.obstacle()


def test_images_without_masks_are_mentioned_but_do_not_hinder(open_train, dataset_folder):
    annotations = json.loads((dataset_folder / "annotations" / "instances_train.json").read_text())["annotations"]
    change_annotations(dataset_folder, "train", annotations=[a for a in annotations if a["image_id"] != 1])
    page = open_train()
    assert page.setup.start.isEnabled()
    assert page.setup.bar.reason.text() == "1 training image has no masks and will be used as background."
    page.setup.form.set_value("negatives", False)
    assert page.setup.bar.reason.text() == "1 training image has no masks and is left out, as set."


def test_pictures_that_cannot_be_read_are_not_taken_for_background(open_train, dataset_folder):
    annotations = json.loads((dataset_folder / "annotations" / "instances_train.json").read_text())["annotations"]
    change_annotations(dataset_folder, "train", annotations=[a for a in annotations if a["image_id"] > 3])
    pictures = dataset_folder / "images" / "train"
    (pictures / "train_01.png").write_bytes(b"no picture")
    (pictures / "train_02.png").unlink()
    page = open_train()
    assert page.setup.bar.reason.text() == "1 training image has no masks and will be used as background."


def test_a_folder_that_grows_is_measured_on_the_same_images_and_the_page_says_so(open_train, growing, qtbot):
    page = open_train(UNTIL_ASKED, growing)
    assert page.setup.readiness.note == "The validation images stay the same from now on."
    with qtbot.waitSignal(page.setup.started, timeout=10_000):
        page.setup.start.click()
    file = growing / "annotations" / "instances_default.json"
    content = json.loads(file.read_text())
    assert sorted(entry["split"] for entry in content["images"] if "split" in entry) == ["train"] * 4 + ["val"]
    qtbot.waitUntil(lambda: "same as before" in page.setup.readiness.note, timeout=10_000)


def test_a_folder_that_may_not_be_written_to_is_trained_on_all_the_same(open_train, growing, monkeypatch, qtbot):
    file = growing / "annotations" / "instances_default.json"
    file.chmod(0o444)
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != file)  # for root, every file is writable
    page = open_train(UNTIL_ASKED, growing)
    assert "may be others once it has grown" in page.setup.readiness.note
    before = file.read_bytes()
    with qtbot.waitSignal(page.setup.started, timeout=10_000):
        page.setup.start.click()
    assert file.read_bytes() == before and page.document.saver.problem is None


@pytest.mark.parametrize(
    ("joining", "new", "text"),
    [
        (0, 0, "are the same as before"),
        (0, 3, "are the same as before"),
        (1, 1, "stay; the new one joins"),
        (1, 5, "stay; 1 of 5 new ones joins"),
        (2, 9, "stay; 2 of 9 new ones join"),
    ],
)
def test_new_images_are_counted_as_people_count(joining, new, text):
    assert about_validation(joining, new) == f"The validation images {text}."


def test_the_form_has_every_setting_and_marks_what_differs(open_train, qtbot):
    page = open_train()
    form = page.setup.form
    assert {field.name for field in fields() if field.group == "basic"} <= set(form.cells)
    unfold(page, qtbot)
    assert set(form.cells) == {field.name for field in fields()}
    cell = form.cells["learning_rate"]
    usual = cell.value()
    cell.editor.set_value(0.5)
    assert form.changes() == {"learning_rate": 0.5}
    assert not cell.mark.isHidden() and "1 changed" in form.rest.button.text()
    cell.reset_button.click()
    assert cell.value() == usual and cell.mark.isHidden()
    assert form.changes() == {}


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [("batch_size", "0", "1 to 512"), ("input_size", "100", "multiple of 32"), ("epochs", "many", "whole number")],
)
def test_a_value_that_will_not_do_is_named_where_it_stands_and_at_the_button(open_train, setting, value, reason):
    page = open_train()
    cell = page.setup.form.cells[setting]
    cell.editor.lineEdit().setText(value)
    assert reason in cell.problem()
    assert not page.setup.start.isEnabled() and not page.setup.copy.isEnabled()
    assert cell.field.title in page.setup.obstacle() and reason in page.setup.obstacle()


def test_folded_settings_follow_the_recipe(open_train):
    page = open_train()
    for card in page.setup.cards.cards.values():
        card.clicked.emit()
        assert page.setup.recipe() == card.recipe


def test_the_command_on_the_clipboard_is_the_one_the_run_keeps(open_train, qtbot):
    page = open_train(UNTIL_ASKED)
    page.setup.form.cells["epochs"].editor.set_value(3)
    page.setup.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "--set epochs=3" in copied
    page.setup.start.click()
    assert page.view.run.file.command == copied
    assert page.view.run.folder.read_job().command == copied


def test_a_training_is_watched_as_it_goes(open_train, qtbot):
    page = open_train(TRAINING + UNTIL_ASKED)
    page.setup.start.click()
    run = page.view.run
    qtbot.waitUntil(lambda: run.history.eta is not None, timeout=10_000)
    figures = page.view.figures
    assert figures.epoch.accessibleName() == "Epoch: 2 / 4"
    assert figures.best.accessibleName() == "Best mask mAP: 0.412 at epoch 2"
    assert figures.speed.accessibleName().startswith("Speed: 3.1 img/s")
    assert figures.time.accessibleName().startswith("Time left: 2 min")
    assert figures.patience.accessibleName() == "Patience left: 3 of 3 validations"
    qtbot.waitUntil(lambda: page.view.curves.charts is not None, timeout=10_000)
    qtbot.waitUntil(lambda: "total" in page.view.curves.charts.losses.names(), timeout=5000)
    assert page.setup.obstacle().startswith("A training is running")
    page.view.header.stop.click()
    qtbot.waitUntil(lambda: run.state == "stopped", timeout=5000)
    assert page.setup.obstacle() == ""


def test_cancel_says_what_is_lost_before_it_does_anything(open_train, qtbot):
    page = open_train(TRAINING + UNTIL_ASKED)
    page.setup.start.click()
    run = page.view.run
    qtbot.waitUntil(lambda: run.history.eta is not None, timeout=10_000)
    page.view.header.cancel.click()
    assert "0.412" in page.view.doubt.accessibleName() and run.asked is None
    page.view.keep_training.click()
    assert page.view.doubt.isHidden() and run.state == "running"
    page.view.header.cancel.click()
    page.view.throw_away.click()
    qtbot.waitUntil(lambda: run.state == "cancelled", timeout=5000)


def test_a_failure_is_told_in_words_with_the_log_folded(open_train, qtbot):
    page = open_train("print('image 17 is next', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)")
    page.setup.start.click()
    qtbot.waitUntil(lambda: page.view.run.state == "failed", timeout=10_000)
    banner = page.view.failure
    assert banner.isVisible() and "out of memory" in banner.accessibleName()
    assert not banner.details.isVisible()
    banner.unfold.click()
    assert banner.details.isVisible() and "image 17 is next" in banner.details.toPlainText()


def test_a_past_run_opens_with_its_curves_and_those_before_it_behind(open_run, settings, dataset_folder, qtbot):
    job = train_job(dataset_folder)
    runs = settings.runs_folder
    for score in (0.3, 0.5):
        make_run(runs, job, plan(), step(1), step(2), validation(1, score), events.Done())
    page = open_run()
    assert page.view.header.isVisible()
    assert page.view.run.history.best.map == 0.5
    qtbot.waitUntil(lambda: page.view.curves.charts is not None, timeout=10_000)
    charts = page.view.curves.charts
    qtbot.waitUntil(lambda: "earlier 0" in charts.scores.names(), timeout=5000)
    page.view.curves.earlier.click()
    qtbot.waitUntil(lambda: "earlier 0" not in charts.scores.names(), timeout=5000)


def test_a_stopped_training_can_be_resumed(open_run, settings, dataset_folder, qtbot):
    folder = make_run(settings.runs_folder, train_job(dataset_folder), plan(), step(1), events.Stopped())
    folder.checkpoints.mkdir()
    (folder.checkpoints / "last.ckpt").touch()
    page = open_run(spawn=child(UNTIL_ASKED))
    qtbot.waitUntil(lambda: page.view.header.resume.isVisible(), timeout=5000)
    page.view.header.resume.click()
    run = page.view.run
    qtbot.waitUntil(lambda: run.history.stage == "Working", timeout=10_000)
    assert isinstance(run.job, TrainJob) and run.folder.read_job().job.resume
    assert not page.view.header.resume.isVisible()


def test_samples_renew_and_stay_inside_the_run(open_run, settings, dataset_folder, qtbot):
    folder = make_run(
        settings.runs_folder,
        train_job(dataset_folder),
        plan(),
        events.SamplePredictions(epoch=1, files=["samples/1.png", "../../../bench/images/val/val_01.png"]),
        events.Done(),
    )
    folder.samples.mkdir()
    (folder.samples / "1.png").write_bytes((dataset_folder / "images/val/val_01.png").read_bytes())
    page = open_run()
    qtbot.waitUntil(lambda: len(page.view.samples.strip.pictures) == 1, timeout=5000)
    page.view.samples.strip.pictures[0].click()
    box = page.window().findChild(object, "lightbox")
    assert box is not None and box.isVisible()
    assert box.words.startswith("Validation sample of epoch 1  ·  1 of 1")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not box.isVisible()


def test_a_run_says_why_it_ended_what_it_is_worth_and_shows_the_model_that_was_kept(
    open_run, settings, dataset_folder, qtbot
):
    why = "early stopping: mask mAP has not risen by 0.001 for 2 validations"
    folder = make_run(
        settings.runs_folder,
        train_job(dataset_folder),
        events.Warning(message="51% of the objects are narrower than 8 pixels.", hint="Tile.", matters=True),
        events.Warning(message="The weights cannot be had.", hint="Wait."),
        plan(),
        validation(1, 0.688),
        events.SamplePredictions(epoch=1, files=["samples/1.png"]),
        validation(2, 0.6, best=False),
        events.SamplePredictions(epoch=2, files=["samples/2.png"]),
        events.Done(summary={"ended": why}),
    )
    folder.samples.mkdir()
    for number in (1, 2):
        (folder.samples / f"{number}.png").write_bytes((dataset_folder / "images/val/val_01.png").read_bytes())
    page = open_run()
    view = page.view
    said = {part.text(): part for part in view.header.findChildren(QLabel)}
    assert f"Done · {why}" in said
    for text, part in said.items():
        room = part.contentsRect().size()
        lines = part.fontMetrics().boundingRect(QRect(0, 0, room.width(), 0), Qt.TextFlag.TextWordWrap, text)
        assert lines.width() <= room.width() and lines.height() <= room.height(), f"“{text}” does not fit"
    assert view.figures.stage.accessibleName() == "Stage: Done early stopping"
    assert "early stopping" in page.list.model().index(0).data()
    assert why in page.list.model().index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert view.samples.epoch.text() == "epoch 1, the model that was kept"
    assert (
        view.warning.accessibleName().startswith("51%")
        and "Tile. 1 more warning" in view.warning.accessibleDescription()
    )
    assert "weights cannot be had" in view.warning.details.toPlainText()
    assert view.remarks.isVisible() and view.remarks.accessibleName().startswith("0.688 on 1 image is a guess")


def test_the_settings_of_an_earlier_run_can_be_used_again(open_run, settings, dataset_folder, qtbot):
    make_run(settings.runs_folder, train_job(dataset_folder, epochs=7, learning_rate=0.25), events.Done())
    page = open_run()
    page.view.header.again.trigger()
    assert page.setup.isVisible()
    assert page.setup.form.changes() == {"epochs": 7, "learning_rate": 0.25}

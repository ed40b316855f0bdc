"""A run that cannot be resumed says why, and offers the way out that fits."""

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from core.runs import events
from tests.app.pieces import UNTIL_ASKED, child, make_run, plan, step, train_job, validation


@pytest.fixture
def paused(settings, dataset_folder):
    """A training that has come to a checkpoint and a model of nuts and bolts."""
    said = (plan(), events.Paused(epoch=1, step=1))
    folder = make_run(settings.runs_folder, train_job(dataset_folder), *said, model=True)
    folder.checkpoint.touch()
    return folder


@pytest.fixture
def view(paused, open_run):
    return open_run(spawn=child("say(events.Done())")).view


def rename(dataset: Path) -> None:
    for file in (dataset / "annotations").iterdir():
        content = json.loads(file.read_text())
        content["categories"][0]["name"] = "hexagon"
        file.write_text(json.dumps(content))


def test_other_classes_lead_to_a_new_training_from_its_model(view, paused, dataset_folder, qtbot):
    rename(dataset_folder)
    before = paused.read_job()
    view.header.resume.click()
    qtbot.waitUntil(lambda: view.failure.isVisible(), timeout=10_000)
    assert "new: hexagon, gone: nut" in view.failure.accessibleDescription()
    assert view.failure.anew.isVisible() and not view.failure.find_dataset.isVisible()
    assert view.run.state == "paused" and view.header.resume.isEnabled()
    assert paused.read_job() == before and len(paused.records()) == 2
    view.failure.anew.click()
    page = view.window().page
    qtbot.waitUntil(lambda: page.setup.isVisible() and page.document.dataset is not None, timeout=10_000)
    assert page.setup.origin.weights() == str(paused.path)
    assert page.document.path == dataset_folder


def test_a_dataset_that_has_moved_is_found(view, paused, dataset_folder, qtbot, monkeypatch):
    moved = dataset_folder.rename(dataset_folder.with_name("moved"))
    view.header.resume.click()
    qtbot.waitUntil(lambda: view.failure.isVisible(), timeout=10_000)
    assert view.failure.find_dataset.isVisible() and not view.failure.anew.isVisible()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(moved))
    view.failure.find_dataset.click()
    qtbot.waitUntil(lambda: view.run.state == "done", timeout=10_000)
    assert not view.failure.isVisible() and view.run.job.dataset == str(moved)


def test_classes_that_nobody_knows_any_more_lead_to_a_new_training_too(view, paused, qtbot):
    paused.model.write_bytes(b"\xff")
    view.header.resume.click()
    qtbot.waitUntil(lambda: view.failure.isVisible(), timeout=10_000)
    assert view.failure.anew.isVisible() and "model.json" in view.failure.accessibleDescription()


def test_what_else_hinders_offers_nothing(view, paused, dataset_folder, qtbot):
    for file in (dataset_folder / "annotations").iterdir():
        file.write_text(json.dumps(json.loads(file.read_text()) | {"annotations": []}))
    view.header.resume.click()
    qtbot.waitUntil(lambda: view.failure.isVisible(), timeout=10_000)
    assert not view.failure.anew.isVisible() and not view.failure.find_dataset.isVisible()


@pytest.fixture
def killed(settings, dataset_folder):
    """A training that was killed after it had written its best model and before it wrote ``last.ckpt``."""
    said = (plan(), step(1), step(2), validation(1, 0.4), events.Failed(message="The job was killed.", hint="Look."))
    return make_run(settings.runs_folder, train_job(dataset_folder), *said, model=True)


def test_a_training_without_a_checkpoint_can_begin_anew_as_the_command_does_and_says_so(killed, open_run, qtbot):
    view = open_run(spawn=child(UNTIL_ASKED)).view
    assert view.header.resume.isVisible() and view.header.resume.isEnabled()
    assert "Begin anew" in view.header.resume.toolTip()
    assert view.failure.accessibleDescription().startswith("Look. It has no checkpoint: to resume it is to begin anew")
    view.header.resume.click()
    qtbot.waitUntil(lambda: view.run.history.stage == "Working", timeout=10_000)
    assert killed.read_job().job.resume and not view.failure.isVisible()


def test_a_training_without_a_checkpoint_can_be_the_beginning_of_another(killed, open_run, qtbot):
    page = open_run()
    page.view.failure.anew.click()
    qtbot.waitUntil(lambda: page.setup.isVisible() and page.document.dataset is not None, timeout=10_000)
    assert page.setup.origin.weights() == str(killed.path)


def test_a_training_that_failed_before_it_had_a_model_can_begin_anew(settings, dataset_folder, open_run):
    make_run(settings.runs_folder, train_job(dataset_folder), events.Failed(message="There is nothing to train on."))
    view = open_run().view
    assert view.header.resume.isVisible() and "Begin anew" in view.header.resume.toolTip()
    assert not view.failure.anew.isVisible() and view.failure.accessibleDescription() == ""

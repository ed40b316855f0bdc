"""A run that cannot be resumed says why, and offers the way out that fits."""

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from core.runs import events
from tests.app.pieces import child, make_run, plan, train_job


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
    assert "new: hexagon, gone: nut" in view.failure._hint.text()
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

"""Closing the window while a job runs."""

import pytest

from app.window.closing import QuitDialog
from core.jobs import SampleJob
from tests.app.pieces import UNTIL_ASKED, child, train_job


@pytest.fixture
def busy(make_window, tmp_path, qtbot):
    """A window with a running job, which somebody tried to close."""
    window = make_window(spawn=child(UNTIL_ASKED))
    run = window.jobs.start(SampleJob(output=str(tmp_path / "sample")), "sample")
    qtbot.waitUntil(lambda: run.history.stage == "Working", timeout=10_000)
    window.close()
    return window, run, window.findChild(QuitDialog)


def test_staying_changes_nothing(busy):
    window, run, dialog = busy
    assert window.isVisible() and dialog.isVisible()
    dialog.stay.click()
    assert window.isVisible() and run.state == "running" and run.asked is None


def test_a_job_may_go_on_without_the_window(busy):
    window, run, dialog = busy
    dialog.go_on.click()
    assert not window.isVisible() and run.asked is None
    assert run.folder.process() is not None


@pytest.mark.parametrize(("answer", "state"), [("stop", "stopped"), ("cancel", "cancelled")])
def test_a_job_can_be_ended_with_the_window(busy, qtbot, answer, state):
    window, run, dialog = busy
    getattr(dialog, answer).click()
    assert not window.isVisible()
    qtbot.waitUntil(lambda: run.state == state, timeout=10_000)


def test_a_training_can_be_paused_with_the_window(make_window, tmp_path, qtbot):
    window = make_window(spawn=child("while not folder.asked(): time.sleep(0.02)\nsay(events.Paused(epoch=1, step=1))"))
    run = window.jobs.start(train_job(tmp_path), "train")
    qtbot.waitUntil(lambda: run.history.stage == "Working", timeout=10_000)
    window.close()
    window.findChild(QuitDialog).pause.click()
    assert not window.isVisible()
    qtbot.waitUntil(lambda: run.state == "paused", timeout=10_000)


def test_other_jobs_cannot_be_paused(busy):
    assert busy[2].pause.isHidden()


def test_an_idle_window_just_closes(window):
    window.close()
    assert not window.isVisible()

"""The window and the processes that work for it, together."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.window.closing import QuitDialog
from tests.app.pieces import train_job

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_open_train_preview_export_without_torch_in_the_window(sample, tmp_path):
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(ROOT),
        "MASKWRIGHT_HOME": str(tmp_path),
        "OMP_NUM_THREADS": "1",
    }
    script = Path(__file__).with_name("whole_job.py")
    done = subprocess.run(
        [sys.executable, str(script), str(sample), str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def training(make_window, sample, qtbot):
    """A window and the real training that was started in it, in its first stage."""
    window = make_window()
    run = window.jobs.start(train_job(sample, input_size=64, batch_size=2), "rtmdet_inst_tiny")
    window.jobs.choose(run)
    window.show_page("train")
    qtbot.waitUntil(lambda: bool(run.history.stage), timeout=10_000)
    return window, run


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_training_that_is_killed_is_mourned_in_words(training, qtbot):
    window, run = training
    run.folder.process().kill()
    qtbot.waitUntil(lambda: run.state == "failed", timeout=10_000)
    banner = window.page.view.failure
    qtbot.waitUntil(banner.isVisible, timeout=2000)
    assert "killed" in banner.accessibleName() and "out of memory" in banner.accessibleName()
    assert "smaller batch" in banner.accessibleDescription()


def test_a_window_opened_again_finds_the_training_and_can_end_it(training, make_window, qtbot):
    window, run = training
    window.close()
    window.findChild(QuitDialog).go_on.click()
    window.jobs.close()
    assert run.folder.process() is not None

    again = make_window()
    again.show_page("train")
    qtbot.waitUntil(lambda: len(again.jobs.running()) == 1, timeout=10_000)
    found = again.jobs.running()[0]
    assert found.folder.path == run.folder.path
    qtbot.waitUntil(lambda: again.page.view is not None and again.page.view.run is found, timeout=5000)
    again.jobs.cancel(found)
    qtbot.waitUntil(lambda: found.state == "cancelled", timeout=10_000)
    qtbot.waitUntil(lambda: found.folder.process() is None, timeout=5000)

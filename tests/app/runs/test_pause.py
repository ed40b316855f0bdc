"""Pausing, going on, training longer; and how the window finds its way back to a run."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from core.runs import events
from tests.app.pieces import UNTIL_ASKED, child, make_run, plan, step, train_job, validation

PAUSING = """
say(events.Plan(epochs=4, steps_per_epoch=2, train_images=4, validation_images=1, device="Some CPU, 2 threads",
                precision="bf16", parameters=5_000_000, patience=3))
number = sum(isinstance(record.event, events.Step) for record in folder.records())
say(events.Step(epoch=1, step=number + 1, losses={"total": 1.0}, learning_rate=0.1, images_per_second=3.14,
                memory_mb=100))
while not (asked := folder.asked()):
    time.sleep(0.02)
say(events.Paused(epoch=1, step=number + 1) if asked == "pause" else events.Cancelled())
"""


def button(widget, text: str) -> QPushButton:
    return next(one for one in widget.findChildren(QPushButton) if one.text() == text and one.isVisibleTo(widget))


def begin(page, qtbot):
    page.setup.start.click()
    run = page.view.run
    qtbot.waitUntil(lambda: run.history.step is not None, timeout=10_000)
    return run


def test_a_training_pauses_and_goes_on_at_the_same_step(open_train, qtbot):
    page = open_train(PAUSING)
    run = begin(page, qtbot)
    header = page.view.header
    assert all(one.isVisible() for one in (header.stop, header.pause, header.cancel)) and header.resume.isHidden()
    header.pause.click()
    assert not header.pause.isEnabled() and header.stop.isEnabled()
    qtbot.waitUntil(lambda: run.state == "paused", timeout=10_000)
    assert page.view.figures.stage.accessibleName() == "Stage: Paused goes on at the same step"
    assert page.setup.obstacle() == "", "another training may use the device meanwhile"
    header.resume.click()
    qtbot.waitUntil(lambda: run.history.step.step == 2, timeout=10_000)
    assert run.state == "running" and run.folder.read_job().job.resume
    assert header.pause.isEnabled() and not header.resume.isVisible()


def test_a_paused_training_stands_in_the_ring_and_at_home_and_can_be_resumed_there(open_train, qtbot):
    page = open_train(PAUSING)
    window = page.window()
    run = begin(page, qtbot)
    ring = window.title_bar.ring
    page.view.header.pause.click()
    qtbot.waitUntil(lambda: run.state == "paused", timeout=10_000)
    assert ring.toolTip() == "1 training paused" and window.status_bar.job.text() == "1 training paused"
    window.show_page("home")
    (row,) = window.page.running.rows.values()
    assert any("Paused · epoch 1 of 4" in part.text() for part in row.findChildren(QLabel))
    button(row, "Resume").click()
    qtbot.waitUntil(lambda: run.history.step.step == 2, timeout=10_000)
    button(row, "Pause").click()
    qtbot.waitUntil(lambda: run.state == "paused", timeout=10_000)
    qtbot.mouseClick(ring, Qt.MouseButton.LeftButton)
    popup = ring.findChild(QWidget, "popup")
    button(popup, "Resume").click()
    qtbot.waitUntil(lambda: run.history.step.step == 3, timeout=10_000)
    popup.close()


def test_a_training_paused_in_an_earlier_session_is_found(make_window, settings, dataset_folder, qtbot):
    make_run(settings.runs_folder, train_job(dataset_folder), plan(), step(1), events.Paused(epoch=1, step=1))
    window = make_window(spawn=child(UNTIL_ASKED))
    qtbot.waitUntil(lambda: window.title_bar.ring.toolTip() == "1 training paused", timeout=5000)
    assert len(window.page.running.rows) == 1
    window.show_page("train")
    qtbot.waitUntil(lambda: window.page.runs.rowCount() == 1, timeout=5000)
    assert ", Paused" in window.page.runs.index(0).data()


def test_a_training_that_is_done_can_go_on_for_longer(open_run, settings, dataset_folder, qtbot):
    said = plan(), step(8), validation(4, 0.3), events.Done()
    folder = make_run(settings.runs_folder, train_job(dataset_folder, epochs=4), *said, model=True)
    (folder.checkpoints / "last.ckpt").touch()
    page = open_run(spawn=child(UNTIL_ASKED))
    page.view.header.longer.trigger()
    assert page.view.longer.isVisible()
    page.view.longer.more.set_value(0)
    assert not page.view.longer.go_on.isEnabled()
    page.view.longer.more.set_value(6)
    page.view.longer.go_on.click()
    run = page.view.run
    qtbot.waitUntil(lambda: run.history.stage == "Working", timeout=10_000)
    assert folder.read_job().job.recipe.settings.epochs == 10 and "epochs=10" in run.file.command


def test_a_training_that_cannot_go_on_says_why(open_run, settings, dataset_folder, qtbot):
    folder = make_run(settings.runs_folder, train_job(dataset_folder), plan(), step(1), events.Stopped())
    folder.checkpoints.mkdir()
    (folder.checkpoints / "last.ckpt").touch()
    page = open_run(spawn=child(UNTIL_ASKED))
    qtbot.waitUntil(lambda: page.view.header.resume.isVisible(), timeout=5000)
    (folder.path / "job.json").unlink()
    page.view.header.resume.click()
    qtbot.waitUntil(lambda: page.view.failure.isVisible(), timeout=5000)
    assert "job.json" in page.view.failure.accessibleDescription()
    assert page.view.run.state == "stopped" and page.view.header.resume.isVisible()


def test_the_ring_leads_to_the_run_whatever_the_train_page_shows(open_train, qtbot):
    page = open_train(PAUSING)
    window = page.window()
    run = begin(page, qtbot)
    page.new.click()
    assert page.setup.isVisible()
    window.show_page("home")
    window.title_bar.ring.run_requested.emit(run)
    assert window.page is page and page.view.isVisible() and page.view.run is run


def test_the_status_bar_names_the_device(open_train, qtbot):
    page = open_train(PAUSING)
    assert page.window().status_bar.device.text() == ""
    begin(page, qtbot)
    assert page.window().status_bar.device.text() == "Some CPU, 2 threads · bf16"

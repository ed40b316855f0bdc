"""Where the keyboard goes on when a button disables or hides itself: never to a neighbour that throws work away."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.widgets.focus import FocusWindow, Stack, hand_on
from core.jobs import ProbeJob
from core.runs import events
from tests.app.pages.annotate.test_suggestions import SUGGEST
from tests.app.pages.deploy.test_page import EXPORT
from tests.app.pieces import UNTIL_ASKED, child, make_run, plan, train_job, validation
from tests.app.runs.test_pause import PAUSING

FIND_A_MODEL = """
say(events.Plan(epochs=4, steps_per_epoch=2, train_images=4, validation_images=1, device="cpu", precision="fp32",
                parameters=5_000_000, patience=3))
while not (asked := folder.asked()):
    time.sleep(0.02)
folder.checkpoints.mkdir()
folder.model.touch()
folder.weights.touch()
time.sleep(0.3)
say(events.Stopped())
"""


@pytest.fixture
def bare(qtbot):
    """A window with a page of three buttons; the last one throws work away."""
    window = FocusWindow()
    page = QWidget()
    page.setLayout(QVBoxLayout())
    window.setLayout(QVBoxLayout())
    window.layout().addWidget(page)
    window.home = QPushButton("Home")
    window.layout().insertWidget(0, window.home)
    window.page, window.buttons = page, [QPushButton(name) for name in ("Look", "Stop", "Throw away")]
    for button in window.buttons:
        page.layout().addWidget(button)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=10_000)
    return window


@pytest.mark.parametrize("leave", [lambda one: one.setEnabled(False), QWidget.hide])
def test_without_a_successor_the_focus_stays_where_nothing_can_be_pressed(bare, leave):
    bare.buttons[1].setFocus()
    leave(bare.buttons[1])
    assert bare.focusWidget() is bare.page


@pytest.mark.parametrize("leave", [lambda one: one.setEnabled(False), QWidget.hide])
def test_a_successor_gets_the_focus_also_while_another_window_is_active(bare, leave, qtbot):
    look, stop, _ = bare.buttons
    hand_on(stop, look)
    stop.setFocus()
    other = QPushButton()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow, timeout=10_000)
    leave(stop)
    bare.activateWindow()
    qtbot.waitUntil(bare.isActiveWindow, timeout=10_000)
    assert bare.focusWidget() is look


def test_a_successor_that_comes_later_gets_it_unless_the_person_went_on(bare, qtbot):
    look, stop, throw_away = bare.buttons
    hand_on(bare.page, throw_away)
    hand_on(stop, look)
    for person_acts in (False, True):
        look.hide()
        stop.setEnabled(True)
        stop.setFocus()
        stop.setEnabled(False)
        assert bare.focusWidget() is throw_away, "what the page says"
        if person_acts:
            qtbot.keyClick(throw_away, Qt.Key.Key_Shift)
        look.show()
        assert bare.focusWidget() is (throw_away if person_acts else look)


def test_what_was_disabled_for_a_moment_gets_the_focus_back(bare):
    _, stop, _ = bare.buttons
    stop.setFocus()
    stop.setEnabled(False)
    stop.setEnabled(True)
    assert bare.focusWidget() is stop


def test_tab_goes_on_as_ever(bare, qtbot):
    look, stop, _ = bare.buttons
    look.setFocus()
    qtbot.keyClick(look, Qt.Key.Key_Tab)
    assert bare.focusWidget() is stop


def test_a_successor_that_was_deleted_is_passed_over(bare, qtbot):
    look, stop, _ = bare.buttons
    hand_on(stop, look, bare.home)
    with qtbot.waitSignal(look.destroyed):
        look.deleteLater()
    stop.setFocus()
    stop.hide()
    assert bare.focusWidget() is bare.home


def test_a_stack_gives_the_focus_to_what_its_new_page_says(bare, qtbot):
    stack = Stack()
    pages = [QWidget(), QWidget()]
    for page in pages:
        page.setLayout(QVBoxLayout())
        page.buttons = [QPushButton("Throw away"), QPushButton("Go on")]
        for button in page.buttons:
            page.layout().addWidget(button)
        stack.addWidget(page)
    hand_on(pages[1], pages[1].buttons[1])
    bare.page.layout().addWidget(stack)
    qtbot.waitUntil(pages[0].isVisible)
    pages[0].buttons[0].setFocus()
    stack.setCurrentIndex(1)
    assert bare.focusWidget() is pages[1].buttons[1]


def press(qtbot, button: QWidget) -> None:
    qtbot.waitUntil(button.isVisible, timeout=5000)
    button.setFocus()
    assert button.window().focusWidget() is button
    qtbot.keyClick(button, Qt.Key.Key_Space)


def test_stop_and_keep_leads_to_the_run_and_then_to_its_predictions(open_train, qtbot):
    page = open_train(FIND_A_MODEL)
    window = page.window()
    press(qtbot, page.setup.start)
    run = page.view.run
    assert window.focusWidget() is page.list, "not to the first button of the run, which ends it"
    qtbot.waitUntil(lambda: run.history.plan is not None, timeout=10_000)
    press(qtbot, page.view.header.stop)
    assert run.asked == "stop" and window.focusWidget() is page.list
    qtbot.waitUntil(lambda: window.focusWidget() is page.view.header.look, timeout=10_000)


def test_pause_and_resume_hand_the_focus_to_each_other(open_train, qtbot):
    page = open_train(PAUSING)
    window, header = page.window(), None
    page.setup.start.click()
    run, header = page.view.run, page.view.header
    qtbot.waitUntil(lambda: run.history.step is not None, timeout=10_000)
    press(qtbot, header.pause)
    assert window.focusWidget() is page.list
    qtbot.waitUntil(lambda: window.focusWidget() is header.resume, timeout=10_000)
    qtbot.keyClick(header.resume, Qt.Key.Key_Space)
    assert window.focusWidget() is header.pause
    qtbot.waitUntil(lambda: run.history.stage == "Working", timeout=10_000)
    window.show_page("home")
    (row,) = window.page.running.rows.values()
    press(qtbot, row.pause)
    qtbot.waitUntil(lambda: window.focusWidget() is row.resume, timeout=10_000)
    qtbot.keyClick(row.resume, Qt.Key.Key_Space)
    assert window.focusWidget() is row.pause


def test_a_doubt_about_cancelling_hands_the_focus_to_nothing_that_cancels(open_train, qtbot):
    page = open_train(PAUSING)
    page.setup.start.click()
    run, header = page.view.run, page.view.header
    qtbot.waitUntil(lambda: run.history.step is not None, timeout=10_000)
    press(qtbot, header.cancel)
    press(qtbot, page.view.keep_training)
    assert page.window().focusWidget() is header.pause
    press(qtbot, header.cancel)
    press(qtbot, page.view.throw_away)
    qtbot.waitUntil(lambda: run.state == "cancelled", timeout=10_000)
    assert page.window().focusWidget() is page.list


def test_estimate_keeps_the_focus_for_when_it_is_done_and_its_proposals_lead_to_start(open_train, qtbot):
    found = """events.Estimate(seconds_per_step=1, seconds_per_epoch=2, seconds=3, memory_mb=4, memory_total_mb=9,
    batch_size=3, small_objects=0, advice=[])"""
    page = open_train(f"time.sleep(0.3)\nsay({found})\nsay(events.Done())")
    window = page.window()
    press(qtbot, page.setup.estimate)
    assert isinstance(page.setup.panel.run.job, ProbeJob) and not page.setup.estimate.isEnabled()
    assert window.focusWidget() is page.new
    qtbot.waitUntil(lambda: window.focusWidget() is page.setup.estimate, timeout=10_000)
    press(qtbot, page.setup.panel.suggested["batch_size"])
    assert page.setup.form.changes()["batch_size"] == 3 and window.focusWidget() is page.setup.start
    press(qtbot, page.setup.panel.close_button)
    assert window.focusWidget() is page.setup.estimate


def test_export_leads_to_what_was_exported(make_window, settings, dataset_folder, qtbot):
    make_run(settings.runs_folder, train_job(dataset_folder), plan(), validation(1, 0.4), events.Done(), model=True)
    window = make_window(spawn=child("time.sleep(0.3)" + EXPORT))
    window.show_page("deploy")
    page = window.page
    qtbot.waitUntil(lambda: page.picker.run is not None and page.picker.run.loaded, timeout=5000)
    press(qtbot, page.export)
    assert not page.export.isEnabled() and window.focusWidget() is page.rows["fp16"].radio
    qtbot.waitUntil(lambda: window.focusWidget() is page.rows["fp16"].open_folder, timeout=10_000)


def test_the_end_of_the_images_leads_to_their_strip(make_window, settings, dataset_folder, qtbot):
    make_run(settings.runs_folder, train_job(dataset_folder), validation(1, 0.4), events.Done(), model=True)
    window = make_window(spawn=child(UNTIL_ASKED))
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    window.show_page("evaluate")
    page = window.page
    qtbot.waitUntil(page.controls.next.isVisible, timeout=5000)
    for _ in range(2):
        press(qtbot, page.controls.next)
    assert not page.controls.next.isEnabled() and window.focusWidget() is page.film


def test_done_on_the_last_image_leads_to_what_is_left_then_to_train(make_window, dataset_folder, qtbot):
    window = make_window()
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    window.show_page("annotate")
    page = window.page
    said = []
    page.status_message.connect(said.append)
    page.footer.film.choose(14)
    page.footer.film.choose(13)
    page.commands.mark_to_fix()
    page.footer.film.choose(14)
    qtbot.waitUntil(lambda: page.context.image == 14, timeout=10_000)
    press(qtbot, page.footer.done)
    assert page.footer.film.row == 13
    qtbot.waitUntil(lambda: page.context.image == 13, timeout=10_000)
    press(qtbot, page.footer.done)
    qtbot.waitUntil(lambda: page.context.image == 14, timeout=10_000)
    press(qtbot, page.footer.done)
    assert said[-1] == "All images are done" and window.focusWidget() is page.footer.train


def test_pre_annotate_leads_to_the_picture_where_enter_accepts_one_after_the_other(
    make_window, settings, dataset_folder, qtbot
):
    make_run(settings.runs_folder, train_job(dataset_folder), validation(1, 0.4), events.Done(), model=True)
    window = make_window(spawn=child("time.sleep(0.2)" + SUGGEST))
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    window.show_page("annotate")
    page, view = window.page, window.page.stage.view
    page.footer.help.click()
    qtbot.waitUntil(lambda: page.suggestions.picker.run is not None and page.context.image == 0, timeout=10_000)
    QTest.mouseMove(window.rail)  # not over the picture, where it would point at nothing
    press(qtbot, page.suggestions.start)
    assert window.focusWidget() is view
    qtbot.waitUntil(lambda: page.suggestions.list.suggestions is not None, timeout=20_000)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(page.suggestions.list.shown) == 2, timeout=10_000)
    assert page.context.image == 14, "on to the image that has suggestions"
    for left in (1, 0):
        qtbot.keyClick(view, Qt.Key.Key_Return)
        assert len(page.suggestions.list.shown) == left and window.focusWidget() is view
    assert page.editing.draft.instance_count(14) == 2


def test_taking_a_dataset_off_the_list_leads_to_opening_another(make_window, dataset_folder, qtbot):
    window = make_window()
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    window.show_page("home")
    card = next(one for one in window.page.recent.findChildren(QWidget) if one.accessibleName() == "Open bench")
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.focusWidget() is window.page.drop.folder, timeout=5000)


def test_a_run_that_ends_while_nobody_looks_leaves_the_focus_alone(open_train, qtbot):
    page = open_train(UNTIL_ASKED)
    page.setup.start.click()
    run = page.view.run
    qtbot.waitUntil(lambda: run.history.stage == "Working", timeout=10_000)
    page.window().show_page("home")
    focused = page.window().focusWidget()
    page.jobs.stop(run)
    qtbot.waitUntil(lambda: run.state == "stopped", timeout=10_000)
    assert page.window().focusWidget() is focused

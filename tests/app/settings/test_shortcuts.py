"""The table of shortcuts, and the sheet in which a person changes them."""

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from app.pages.page import PAGES
from app.settings.settings import Settings
from app.settings.shortcuts import ACTIONS, PLACES
from app.settings.toolbox import TOOLS
from app.window.shortcuts_dialog import ShortcutsDialog

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def sheet(window, qtbot) -> ShortcutsDialog:
    """The window's sheet, opened by its key."""
    QTest.keyClick(window, Qt.Key.Key_Question)
    sheet = window.findChild(ShortcutsDialog)
    qtbot.waitExposed(sheet)
    return sheet


def press(sheet: ShortcutsDialog, id: str, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    keys = sheet.lines[id].keys
    QTest.mouseClick(keys, Qt.MouseButton.LeftButton)
    assert keys.text() == "Press keys …"
    QTest.keyClick(keys, key, modifier)


def test_the_table_names_each_action_once_with_keys_that_qt_knows(settings):
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert {action.place for action in ACTIONS} <= set(PLACES)
    for action in ACTIONS:
        assert all(QKeySequence(key).count() == 1 and QKeySequence(key).toString() for key in action.keys)
        assert not any(settings.shortcuts.clashes(action.id, key) for key in action.keys), action.id


def test_every_page_and_every_tool_has_keys():
    ids = {action.id for action in ACTIONS}
    assert {f"page.{entry.key}" for entry in PAGES} <= ids
    assert {f"tool.{entry.key}" for entry in TOOLS} <= ids


def test_changed_keys_hold_at_once_and_next_time(window, sheet, tmp_path, qtbot):
    press(sheet, "page.dataset", Qt.Key.Key_G, CONTROL)
    sheet.accept()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=10_000)
    QTest.keyClick(window, Qt.Key.Key_2, CONTROL)
    assert window.page.title == "Home"
    QTest.keyClick(window, Qt.Key.Key_G, CONTROL)
    assert window.page.title == "Dataset"
    assert window.rail.buttons["dataset"].toolTip() == "Dataset (Ctrl+G)"
    assert Settings(tmp_path / "settings.ini").shortcuts.keys("page.dataset") == ("Ctrl+G",)


def test_a_clash_is_said_on_both_lines_and_only_where_both_work(sheet):
    press(sheet, "annotate.next", Qt.Key.Key_A)
    assert "Previous image" in sheet.lines["annotate.next"].clash.text()
    assert "Next image" in sheet.lines["annotate.previous"].clash.text()
    assert not sheet.lines["picture.previous"].clash.text()


def test_keys_can_be_taken_away_left_and_reset(sheet, settings):
    press(sheet, "undo", Qt.Key.Key_Backspace)
    assert settings.shortcuts.keys("undo") == () and sheet.lines["undo"].keys.text() == "none"
    press(sheet, "redo", Qt.Key.Key_Escape)
    assert settings.shortcuts.keys("redo") == ("Ctrl+Shift+Z", "Ctrl+Y")
    sheet.lines["undo"].reset.click()
    assert settings.shortcuts.keys("undo") == ("Ctrl+Z",)
    assert not sheet.lines["undo"].reset.isVisible()


def test_a_sign_that_needs_shift_is_kept_as_that_sign(sheet, settings):
    press(sheet, "shortcuts", Qt.Key.Key_Exclam, SHIFT)
    assert settings.shortcuts.keys("shortcuts") == ("!",)
    press(sheet, "annotate.fix", Qt.Key.Key_M, SHIFT)
    assert settings.shortcuts.keys("annotate.fix") == ("Shift+M",)


def test_other_keys_are_no_trouble_where_a_widget_that_had_some_is_gone(settings, qtbot):
    window, button = QWidget(), QPushButton("Take it back")
    button.setParent(window)
    settings.shortcuts.bind_button("undo", window, button)
    assert button.toolTip() == "Take it back (Ctrl+Z)"
    settings.shortcuts.change("undo", ("Ctrl+K",))
    assert button.toolTip() == "Take it back (Ctrl+K)"
    shiboken6.delete(window)
    settings.shortcuts.change("undo", ("Ctrl+Z",))


def test_an_action_is_found_by_its_name(sheet):
    QTest.keyClicks(sheet.search, "next image")
    shown = [id for id, line in sheet.lines.items() if line.isVisible()]
    assert "annotate.next" in shown and "undo" not in shown

"""The inspector gives way to the page in a narrow window, and stays within reach."""

import pytest
from PySide6.QtCore import QPoint, Qt

CONTROL = Qt.KeyboardModifier.ControlModifier
NARROW = 683, 500
"""Half of the usual screen of a laptop, as at a scale of 200 %."""


@pytest.fixture
def narrow(window, dataset_folder, qtbot):
    """The window with a dataset, as narrow as that."""
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    qtbot.waitUntil(lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() > 0)
    window.resize(*NARROW)
    qtbot.waitUntil(lambda: not window.page.inspector().isVisible())
    return window


@pytest.mark.parametrize("key", ["dataset", "annotate", "evaluate"])
def test_a_page_does_not_scroll_sideways_in_a_narrow_window(narrow, qtbot, key):
    narrow.show_page(key)
    area = narrow.page.parent().parent()
    qtbot.waitUntil(lambda: narrow.page.width() == area.width() == NARROW[0] - narrow.rail.width())
    qtbot.waitUntil(lambda: not area.horizontalScrollBar().isVisible())
    assert not narrow.title_bar.inspector.isChecked()


def test_the_keys_open_a_drawer_with_the_focus_and_escape_gives_it_back(narrow, qtbot):
    narrow.show_page("annotate")
    qtbot.waitUntil(narrow.page.stage.view.isVisible)
    narrow.page.stage.view.setFocus()
    width = narrow.page.width()
    qtbot.keyClick(narrow, Qt.Key.Key_I, CONTROL)
    inspector = narrow.page.inspector()
    assert inspector.isVisible() and narrow.title_bar.inspector.isChecked()
    assert inspector.isAncestorOf(narrow.focusWidget())
    assert narrow.page.width() == width, "the drawer takes no room from the page"
    qtbot.keyClick(narrow.focusWidget(), Qt.Key.Key_Escape)
    assert not inspector.isVisible() and not narrow.title_bar.inspector.isChecked()
    assert narrow.focusWidget() is narrow.page.stage.view


def test_a_click_beside_the_drawer_closes_it(narrow, qtbot):
    qtbot.mouseClick(narrow.title_bar.inspector, Qt.MouseButton.LeftButton)
    inspector = narrow.page.inspector()
    assert inspector.isVisible()
    beside = narrow.page.mapTo(narrow, QPoint(40, 200))
    qtbot.mouseClick(narrow.childAt(beside), Qt.MouseButton.LeftButton)
    assert not inspector.isVisible() and not narrow.title_bar.inspector.isChecked()


def test_another_page_begins_without_the_drawer(narrow, qtbot):
    narrow.title_bar.inspector.click()
    narrow.show_page("annotate")
    assert not narrow.page.inspector().isVisible() and not narrow.title_bar.inspector.isChecked()
    narrow.show_page("dataset")
    assert not narrow.page.inspector().isVisible()


def test_what_the_person_chose_comes_back_with_the_room(narrow, qtbot):
    inspector, button = narrow.page.inspector(), narrow.title_bar.inspector
    button.click()  # a drawer that was opened and closed is no choice for a wide window
    button.click()
    narrow.resize(1100, 700)
    qtbot.waitUntil(lambda: inspector.isVisible() and button.isChecked())
    right_of_page = narrow.page.mapTo(narrow, QPoint(narrow.page.width(), 0)).x()
    qtbot.waitUntil(lambda: inspector.mapTo(narrow, QPoint()).x() >= right_of_page)
    assert inspector.mapTo(narrow, QPoint(inspector.width(), 0)).x() == narrow.width()
    button.click()
    narrow.resize(*NARROW)
    button.click()
    assert inspector.isVisible()
    narrow.resize(1100, 700)
    qtbot.waitUntil(lambda: not inspector.isVisible() and not button.isChecked())

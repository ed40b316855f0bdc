"""The wheel and what is dropped over controls that hold a value, on every page of the real window."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QApplication, QComboBox, QScrollBar, QWidget

from app.pages.page import PAGES
from app.settings.toolbox import TOOLS
from app.widgets.containers import Overlay
from app.window.frame import DropOverlay
from core.runs import events
from tests.app.pieces import UNTIL_ASKED, child, make_run, page_of, plan, train_job, unfold, validation


@pytest.fixture
def full(make_window, settings, dataset_folder, qtbot):
    """A window with a dataset and three models, all of its pages made, all settings unfolded."""
    for score in (0.5, 0.3, 0.4):
        make_run(
            settings.runs_folder, train_job(dataset_folder), plan(), validation(1, score), events.Done(), model=True
        )
    window = make_window(spawn=child(UNTIL_ASKED))
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    for entry in PAGES:
        window.show_page(entry.key)
    window.show_page("annotate")
    for tool in TOOLS:
        window.page.tools.choose(tool.key)
    window.show_page("train")
    unfold(window.page, qtbot)
    qtbot.waitUntil(lambda: window.page.view is not None, timeout=10_000)  # it makes it while nobody waits
    qtbot.waitUntil(lambda: window.page.view.curves.charts is not None, timeout=10_000)
    qtbot.waitUntil(lambda: page_of(window, "deploy").picker.count() == 3, timeout=10_000)
    return window


def value(control: QWidget) -> object:
    return (
        control.currentIndex()
        if isinstance(control, QComboBox)
        else control.text()
        if isinstance(control, QAbstractSpinBox)
        else control.value()
    )


def test_the_wheel_over_a_control_changes_nothing_on_any_page(full, qtbot):
    kinds = QComboBox, QAbstractSpinBox, QAbstractSlider
    controls = [one for kind in kinds for one in full.findChildren(kind) if not isinstance(one, QScrollBar)]
    assert len(controls) > 30
    started = []
    full.jobs.started.connect(started.append)
    for control in controls:
        for turned in (-120, 120):
            before, place = value(control), QPointF(control.rect().center())
            none = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
            wheel = QWheelEvent(place, place, QPoint(), QPoint(0, turned), Qt.MouseButton.NoButton, *none, False)
            QApplication.sendEvent(control, wheel)
            assert value(control) == before, (type(control), control.accessibleName())
    assert started == []


def test_whatever_is_dropped_on_a_control_is_the_windows(full, tmp_path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    overlay = full.findChild(DropOverlay)
    mime.setText(str(tmp_path))  # as file managers do; a field would take it for words
    for entry in PAGES:
        full.show_page(entry.key)
        for control in full.findChildren(QWidget):
            if control.isVisible() and not isinstance(control, Overlay):
                left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
                enter = QDragEnterEvent(QPoint(1, 1), Qt.DropAction.CopyAction, mime, left, none)
                QApplication.sendEvent(control, enter)
                assert overlay.isVisible(), (entry.key, type(control), control.accessibleName())
                overlay.hide()

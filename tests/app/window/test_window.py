"""What a person does with the window: open, filter, look at an image, go back, switch the theme, close."""

import gc
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.pages.page import PAGES
from app.style import theme
from core.jobs import SampleJob
from core.runs.folder import RunFolder, sample_folder

ROOT = Path(__file__).parents[3]
CONTROL = Qt.KeyboardModifier.ControlModifier


def drop(window, path: Path) -> None:
    """Drag ``path`` over the window and let go."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, mime, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, mime, left, none))


def open_dataset(qtbot, window, folder: Path):
    """The Dataset page with ``folder`` open."""
    drop(window, folder)
    qtbot.waitUntil(lambda: window.document.dataset is not None and shown(window) > 0, timeout=10_000)
    return window.page


def shown(window) -> int:
    return window.page.gallery.model.rowCount() if window.page.title == "Dataset" else 0


def names(page) -> list[str]:
    return [row.image.file_name for row in page.gallery.model.rows]


def line(page, text: str):
    """The filter called ``text``."""
    return next(button for button in page.filters.findChildren(QAbstractButton) if button.text() == text)


def test_a_dataset_is_left_out_of_garbage_collection_while_it_is_open_and_no_longer(window, dataset_folder, qtbot):
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    assert gc.get_freeze_count() > 0
    window.close()
    assert gc.get_freeze_count() == 0


def test_a_dropped_folder_opens_and_shows_its_images(qtbot, window, dataset_folder):
    page = open_dataset(qtbot, window, dataset_folder)
    assert len(names(page)) == 15
    assert "bench" in window.title_bar.dataset.text() and "train 12, val 3" in window.title_bar.dataset.text()
    qtbot.waitUntil(lambda: page.gallery.thumbnails.get(page.gallery.model.rows[0].image) is not None, timeout=10_000)


def test_filters_by_class_split_state_and_text_and_back(qtbot, window, dataset_folder):
    page = open_dataset(qtbot, window, dataset_folder)
    qtbot.mouseClick(line(page, "bolt"), Qt.MouseButton.LeftButton)
    assert names(page) == ["train_02.png"]
    qtbot.mouseClick(line(page, "bolt"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(line(page, "val"), Qt.MouseButton.LeftButton)
    assert names(page) == ["val_01.png", "val_02.png", "val_03.png"]
    qtbot.mouseClick(line(page, "Without instances"), Qt.MouseButton.LeftButton)
    assert names(page) == ["val_03.png"]
    window.title_bar.search.setText("train")
    qtbot.waitUntil(lambda: names(page) == [])
    nothing = next(
        button for button in page.gallery.findChildren(QAbstractButton) if button.text() == "Show all images"
    )
    qtbot.mouseClick(nothing, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(names(page)) == 15)
    assert window.title_bar.search.text() == ""


def test_class_counts_stand_beside_the_classes(qtbot, window, dataset_folder):
    page = open_dataset(qtbot, window, dataset_folder)
    assert (line(page, "nut").count, line(page, "bolt").count, line(page, "val").count) == (15, 1, 3)


def test_enter_opens_an_image_in_place_and_escape_returns_to_the_same_place(qtbot, window, dataset_folder):
    page = open_dataset(qtbot, window, dataset_folder)
    gallery = page.gallery.view
    page.gallery.side.setValue(320)
    for _ in range(4):
        qtbot.keyClick(gallery, Qt.Key.Key_Down)
    place = gallery.verticalScrollBar().value()
    image = page.gallery.current()
    assert place > 0
    qtbot.keyClick(gallery, Qt.Key.Key_Return)
    view = page.viewer.view
    qtbot.waitUntil(lambda: view.isVisible() and view.picture is not None, timeout=10_000)
    assert (view.picture.width, view.picture.height) == (120, 90) and len(view.shapes) >= 1
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert gallery.isVisible() and gallery.verticalScrollBar().value() == place and page.gallery.current() == image


def test_d_and_a_turn_to_the_neighbours(qtbot, window, dataset_folder):
    page = open_dataset(qtbot, window, dataset_folder)
    page.gallery.view.setCurrentIndex(page.gallery.model.index(1, 0))
    qtbot.keyClick(page.gallery.view, Qt.Key.Key_Return)
    view = page.viewer.view
    qtbot.waitUntil(lambda: len(view.shapes) == 2, timeout=10_000)
    qtbot.keyClick(view, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: any(shape.style == "crowd" for shape in view.shapes), timeout=10_000)
    qtbot.keyClick(view, Qt.Key.Key_A)
    qtbot.keyClick(view, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: len(view.shapes) == 1, timeout=10_000)
    assert page.gallery.current().file_name == "train_01.png"


def test_h_hides_the_masks_and_l_shows_the_labels(qtbot, window, dataset_folder):
    page = open_dataset(qtbot, window, dataset_folder)
    viewport = page.gallery.view.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    view = page.viewer.view
    qtbot.waitUntil(lambda: view.picture is not None, timeout=10_000)
    qtbot.keyClick(view, Qt.Key.Key_H)
    assert not view.options.masks
    qtbot.keyClick(view, Qt.Key.Key_H)
    qtbot.keyClick(view, Qt.Key.Key_L)
    assert view.options.masks and view.options.labels


def test_an_instance_chosen_in_the_inspector_is_marked_on_the_picture(qtbot, window, dataset_folder):
    page = open_dataset(qtbot, window, dataset_folder)
    page.gallery.view.setCurrentIndex(page.gallery.model.index(1, 0))
    qtbot.keyClick(page.gallery.view, Qt.Key.Key_Return)
    view = page.viewer.view
    qtbot.waitUntil(lambda: len(view.shapes) == 2, timeout=10_000)
    page.details.instances.setCurrentIndex(page.details.instances.model().index(1, 0))
    assert view.selection is not None and view.selection.text == "bolt"


def test_a_picture_that_is_missing_says_so(qtbot, window, dataset_folder):
    (dataset_folder / "images" / "train" / "train_01.png").unlink()
    page = open_dataset(qtbot, window, dataset_folder)
    assert line(page, "With problems").count == 1
    assert page.details.problems.count() == 2, "what is wrong, and the entry that has it"
    qtbot.mouseClick(line(page, "With problems"), Qt.MouseButton.LeftButton)
    page.gallery.view.setCurrentIndex(page.gallery.model.index(0, 0))
    qtbot.keyClick(page.gallery.view, Qt.Key.Key_Return)
    error = page.viewer.findChild(QWidget, "error")
    qtbot.waitUntil(lambda: error.isVisible() and "train_01.png" in error.accessibleName(), timeout=10_000)


def test_a_fault_deep_in_the_file_is_found_and_leads_to_its_image(qtbot, window, dataset_folder):
    file = dataset_folder / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    content["annotations"][6]["segmentation"] = [[1, 2, 3, 4]]
    file.write_text(json.dumps(content))
    page = open_dataset(qtbot, window, dataset_folder)
    qtbot.waitUntil(lambda: line(page, "With problems").count == 1, timeout=10_000)
    qtbot.mouseClick(line(page, "bolt"), Qt.MouseButton.LeftButton)
    item = page.details.problems.item(1)
    qtbot.mouseClick(
        page.details.problems.viewport(),
        Qt.MouseButton.LeftButton,
        pos=page.details.problems.visualItemRect(item).center(),
    )
    assert page.gallery.current().file_name == "train_07.png" and len(names(page)) == 15


def test_problems_are_read_in_whole_sentences_below_the_details(qtbot, window, dataset_folder):
    file = dataset_folder / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    for annotation in content["annotations"][:40]:
        annotation["segmentation"] = [[1, 2, 3, 4]]
    file.write_text(json.dumps(content))
    page = open_dataset(qtbot, window, dataset_folder)
    details, shown = page.details, page.details.problems
    qtbot.waitUntil(lambda: shown.count() > 10, timeout=10_000)
    page.filters.search("no such image")
    qtbot.waitUntil(lambda: page.gallery.model.rowCount() == 0)
    below = [shown.mapTo(details, QPoint(0, edge)).y() for edge in (0, shown.height())]
    assert details.height() - below[1] < 20 and below[0] >= details.height() // 2 - 8
    width = shown.viewport().width()
    for row in range(shown.count()):
        item = shown.item(row)
        room, metrics = QRect(0, 0, width, 9999), QFontMetrics(theme.font())
        needed = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, item.text())
        assert shown.visualItemRect(item).height() >= needed.height() and shown.visualItemRect(item).width() <= width
    assert "polygon" in shown.item(0).data(Qt.ItemDataRole.AccessibleTextRole)


@pytest.mark.parametrize("content", ["", "{", '{"images": 3}', "[]"])
def test_a_bad_file_says_what_is_wrong_and_what_to_do(qtbot, window, tmp_path, content):
    file = tmp_path / "broken.json"
    file.write_text(content)
    drop(window, file)
    qtbot.waitUntil(lambda: window.page.error.isVisible(), timeout=10_000)
    assert "broken.json" in window.page.error.accessibleName()
    assert window.page.error.accessibleDescription()


def test_a_bad_file_leaves_the_open_dataset_alone(qtbot, window, dataset_folder, tmp_path):
    page = open_dataset(qtbot, window, dataset_folder)
    drop(window, tmp_path / "nowhere")
    qtbot.waitUntil(lambda: window.page.title == "Home" and window.page.error.isVisible(), timeout=10_000)
    window.show_page("dataset")
    assert window.page is page and len(names(page)) == 15 and page.gallery.isVisible()


def test_an_opened_dataset_is_among_the_recent_ones_next_time(qtbot, make_window, dataset_folder):
    window = make_window()
    open_dataset(qtbot, window, dataset_folder)
    again = make_window()
    cards = [child for child in again.page.recent.findChildren(QWidget) if child.accessibleName() == "Open bench"]
    assert len(cards) == 1
    qtbot.mouseClick(cards[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: again.document.dataset is not None, timeout=10_000)


MAKE_SAMPLE = """
import psutil, shutil, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from core.runs import events
from core.runs.event_log import EventWriter
from core.runs.folder import RunFolder
from core.runs.lock import write_mark
folder = RunFolder(Path(sys.argv[1]))
write_mark(folder.path, psutil.Process())
shutil.copytree({source!r}, folder.read_job().job.output)
EventWriter(folder.events)(events.Done())
"""


def test_try_the_sample_makes_it_in_a_job_and_opens_it(qtbot, make_window, dataset_folder):
    script = MAKE_SAMPLE.format(root=str(ROOT), source=str(dataset_folder))

    def spawn(folder: RunFolder) -> subprocess.Popen[bytes]:
        assert isinstance(folder.read_job().job, SampleJob)
        return subprocess.Popen([sys.executable, "-c", script, str(folder.path)])

    window = make_window(spawn=spawn)
    qtbot.mouseClick(window.page.drop.sample, Qt.MouseButton.LeftButton)
    assert not window.page.drop.sample.isEnabled()
    qtbot.waitUntil(lambda: window.document.path == sample_folder() and shown(window) == 15, timeout=20_000)


def test_pages_by_keyboard(qtbot, window):
    for number, title in ((2, "Dataset"), (3, "Annotate"), (4, "Train"), (1, "Home")):
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{number}"), CONTROL)
        assert window.page.title == title
        assert window.rail.buttons[title.lower()].isChecked()


def test_search_is_reached_by_keyboard(qtbot, window, dataset_folder):
    open_dataset(qtbot, window, dataset_folder)
    qtbot.keyClick(window, Qt.Key.Key_F, CONTROL)
    assert window.focusWidget() is window.title_bar.search


def test_the_inspector_folds_away_and_stays_so(qtbot, make_window, dataset_folder):
    window = make_window()
    page = open_dataset(qtbot, window, dataset_folder)
    assert page.details.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_I, CONTROL)
    assert not page.details.isVisible()
    again = make_window()
    open_dataset(qtbot, again, dataset_folder)
    assert not again.page.details.isVisible()


def test_the_theme_switches_and_is_remembered(qtbot, make_window, settings):
    window = make_window()
    before = window.theme.name
    qtbot.mouseClick(window.rail.theme, Qt.MouseButton.LeftButton)
    assert window.theme.name != before
    assert make_window().theme.name == window.theme.name


def test_everything_that_takes_the_focus_has_a_name(qtbot, window, dataset_folder):
    open_dataset(qtbot, window, dataset_folder)
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.window() is window  # the list of a closed combo box is named when it opens
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
        and not widget.objectName().startswith("qt_")
    ]
    assert nameless == []


def test_nothing_shows_itself_as_a_window_of_its_own_while_pages_are_made(qtbot, window, dataset_folder):
    shown_alone = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                shown_alone.append(watched)
            return False

    watch = Watch()
    QApplication.instance().installEventFilter(watch)
    open_dataset(qtbot, window, dataset_folder)
    for entry in PAGES:
        window.show_page(entry.key)
    window.show_page("train")
    qtbot.waitUntil(lambda: window.page.view is not None, timeout=10_000)  # it makes it while nobody waits
    QApplication.instance().removeEventFilter(watch)
    assert shown_alone == [] and window.isActiveWindow()

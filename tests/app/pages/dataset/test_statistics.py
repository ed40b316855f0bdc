"""The statistics of the Dataset page: every bar and cell leads to its images, by mouse and by keyboard."""

import json

import pytest
from PySide6.QtCore import QPoint, Qt

from core.dataset.statistics import GRID


@pytest.fixture
def open_statistics(make_window, dataset_folder, qtbot):
    def look(folder=dataset_folder):
        window = make_window()
        with qtbot.waitSignal(window.document.opened):
            window.document.open(folder)
        window.show_page("dataset")
        page = window.page
        qtbot.waitUntil(lambda: page._index is not None)
        page.views._chips["statistics"].click()
        view = page._stack.currentWidget()
        qtbot.waitUntil(lambda: view.found is not None)
        return window, page, view

    return look


def shown(page) -> list[str]:
    return sorted(row.image.file_name for row in page.gallery.model.rows)


def test_a_click_on_a_class_shows_its_images(open_statistics, qtbot):
    _, page, view = open_statistics()
    bars = view.charts.classes
    assert [(bar.name, bar.counts) for bar in bars.bars()] == [("nut", (13, 2)), ("bolt", (1, 0))]
    view.charts.images.click()
    assert [bar.counts for bar in bars.bars()] == [(12, 2), (1, 0)]
    place = bars.visualRect(bars.model().index(1, 0)).center()
    qtbot.mouseClick(bars.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page._stack.currentWidget() is page._browse and shown(page) == ["train_02.png"]


def test_the_keyboard_chooses_a_bar_and_empty_bars_lead_nowhere(open_statistics, qtbot):
    _, page, view = open_statistics()
    bars = view.charts.per_image
    bars.setFocus()
    qtbot.waitUntil(bars.hasFocus)
    assert [bar.total for bar in bars.bars()][:4] == [1, 12, 2, 0]
    qtbot.keyClick(bars, Qt.Key.Key_Right)
    qtbot.keyClick(bars, Qt.Key.Key_Right)
    empty = bars.visualRect(bars.model().index(5, 0)).center()
    qtbot.mouseClick(bars.viewport(), Qt.MouseButton.LeftButton, pos=empty)
    assert page._stack.currentWidget() is view
    qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert shown(page) == ["train_02.png", "train_03.png"]


def test_cells_of_the_matrices_lead_to_their_images(open_statistics, qtbot):
    _, page, view = open_statistics()
    together = view.charts.together
    assert [list(row) for row in together.values()] == [[14, 1], [1, 1]]
    together.requested.emit(0, 1)
    assert shown(page) == ["train_02.png"]
    page.show_view("statistics")
    positions = view.charts.positions
    row, column = 40 * GRID // 90, 80 * GRID // 120
    assert positions.values()[row][column] == 1
    point = positions.visualRect(positions.model().index(row, column)).center()
    qtbot.mouseClick(positions.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(point))
    assert shown(page) == ["train_02.png"]


def test_sizes_follow_the_recipe_that_is_chosen(open_statistics):
    _, page, view = open_statistics()
    charts = view.charts
    before = [bar.total for bar in charts.sizes.bars()]
    assert sum(before) == 15 and "640 px" in charts.small.text()
    charts.recipes.setCurrentIndex(0)
    assert [bar.total for bar in charts.sizes.bars()] != before and "1024 px" in charts.small.text()
    place = next(place for place, bar in enumerate(charts.sizes.bars()) if bar.total == 15)
    charts.sizes.requested.emit(place)
    assert len(shown(page)) == 14 and "val_03.png" not in shown(page)


def test_a_bar_says_in_words_what_it_shows(open_statistics):
    _, _, view = open_statistics()
    bars = view.charts.classes
    index = bars.model().index(0, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "nut: 15 objects in 14 images (train 13, val 2)"


def test_without_annotations_there_is_one_sentence_and_a_way_to_annotate(open_statistics, dataset_folder):
    for file in (dataset_folder / "annotations").iterdir():
        content = json.loads(file.read_text())
        file.write_text(json.dumps(content | {"annotations": []}))
    window, _, view = open_statistics()
    assert view._stack.currentWidget() is view._empty
    view._empty.button.click()
    assert window.page.title == "Annotate"

"""Finding missing pictures from the window."""

import shutil
from pathlib import Path

import pytest

from core.dataset import open_dataset
from core.execution import process
from tests.app.pieces import texts


@pytest.fixture
def elsewhere(dataset_folder: Path, tmp_path: Path) -> Path:
    """Where three pictures of the dataset are now: one as it was, one renamed, one beside another of its name."""
    folder = tmp_path / "elsewhere"
    (folder / "other").mkdir(parents=True)
    first, second, third, fourth = sorted(dataset_folder.rglob("*.png"))[:4]
    shutil.move(first, folder / first.name)
    shutil.move(second, folder / f"{second.stem}_png.rf.0a1b.png")
    shutil.copy(fourth, folder / "other" / third.name)
    shutil.move(third, folder / third.name)
    return folder


def missing(folder: Path) -> int:
    dataset = open_dataset(folder)
    return sum(not dataset.has_picture(image) for image in dataset.images)


def test_missing_pictures_are_found_chosen_brought_and_taken_back(
    make_window, dataset_folder: Path, elsewhere: Path, qtbot
):
    window = make_window(spawn=process.start)
    with qtbot.waitSignal(window.document.opened):
        window.document.open(dataset_folder)
    window.show_page("dataset")
    page = window.page
    qtbot.waitUntil(page.notices.missing.isVisible)
    assert "3 pictures are missing." in texts(page.notices)
    page.notices.find_pictures.click()
    view = page._stack.currentWidget()
    assert not page.notices.isVisible() and not view.search.isEnabled()
    view.place.setText(str(elsewhere))
    view.place.textEdited.emit(view.place.text())
    qtbot.waitUntil(view.search.isEnabled)
    view.search.click()
    qtbot.waitUntil(lambda: view.list.isVisible())
    with qtbot.waitSignal(window.document.renewed):
        window.document.renewed.emit(window.document.dataset)  # as after a save, which changes nothing here
    qtbot.waitUntil(lambda: not page._renewing.busy)
    assert "2 of 3 found · 1 doubtful" in texts(view) and view.use.text() == "Use 1 picture"
    view.alike.click()
    (choice,) = view._choices.values()
    choice.setCurrentIndex(1)
    assert view.use.text() == "Use 3 pictures"
    with qtbot.waitSignal(window.document.opened):
        view.use.click()
    qtbot.waitUntil(lambda: view.isVisible() and "No picture is missing." in texts(view))
    assert missing(dataset_folder) == 0 and not view.use.isEnabled()
    with qtbot.waitSignal(window.document.opened):
        view.undo.click()
    qtbot.waitUntil(lambda: view.isVisible() and any("3 pictures are missing" in text for text in texts(view)))
    assert missing(dataset_folder) == 3 and len(list(elsewhere.rglob("*.png"))) == 4


def test_without_missing_pictures_nothing_is_offered(make_window, dataset_folder: Path, qtbot):
    window = make_window()
    with qtbot.waitSignal(window.document.opened):
        window.document.open(dataset_folder)
    window.show_page("dataset")
    page = window.page
    qtbot.waitUntil(lambda: page._index is not None and not page.notices._counting.busy)
    assert not page.notices.missing.isVisible() and not page.notices.boxes.isVisible()
    assert not page.views._chips["pictures"].isVisible() and page.views._chips["export"].isVisible()

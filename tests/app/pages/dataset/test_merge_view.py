"""Merging the open dataset with another one in the window."""

import json
import shlex
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication

from core.dataset import open_dataset
from tests.app.pieces import texts
from tests.core.dataset.builders import annotation, coco, image
from tests.core.dataset.several.test_merging import make


@pytest.fixture
def other(tmp_path: Path, dataset_folder: Path) -> Path:
    """Two images: one that the open dataset has too, under another name; and classes that are called otherwise."""
    classes = [{"id": 1, "name": "NUT"}, {"id": 2, "name": "screw"}]
    drawn = [annotation(1, 1, 1), annotation(2, 2, 2), annotation(3, 2, 2)]
    folder = make(
        tmp_path / "other", {"train": coco([image(1, "same.jpg"), image(2, "new.png")], drawn, classes)}, {"new.png": 9}
    )
    mine = open_dataset(dataset_folder)
    path = mine.image_path(mine.images[0])
    (folder / "images/train/same.jpg").write_bytes(path.read_bytes())
    content = json.loads((folder / "annotations/instances_train.json").read_text())
    content["images"][0] |= {"width": mine.images[0].width, "height": mine.images[0].height}
    (folder / "annotations/instances_train.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def view(make_window, dataset_folder: Path, qtbot):
    window = make_window()
    with qtbot.waitSignal(window.document.opened):
        window.document.open(dataset_folder)
    window.show_page("dataset")
    page = window.page
    qtbot.waitUntil(lambda: page.views.isVisible() and page._index is not None)
    page.show_view("merge")
    return page._stack.currentWidget()


def drop(window, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    at, copy, left = window.rect().center(), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    window.dragEnterEvent(QDragEnterEvent(at, copy, mime, left, Qt.KeyboardModifier.NoModifier))
    window.dropEvent(QDropEvent(QPointF(at), copy, mime, left, Qt.KeyboardModifier.NoModifier))


def test_what_is_dropped_is_looked_into_merged_and_opened(view, other: Path, dataset_folder: Path, qtbot):
    before = open_dataset(dataset_folder)
    document, counts = view.document, before.class_counts()
    drop(view.window(), other)
    assert document.pending is None, "it is not opened in place of the other"
    qtbot.waitUntil(lambda: view.merge.isVisible() and view.merge.isEnabled(), timeout=20_000)
    images = len(before.images) + 1
    assert any("1 image of the other dataset is in this one too: same.jpg" in text for text in texts(view))
    assert str(images) in texts(view) and view.place.text() == str(dataset_folder.parent / "bench + other")
    choices = {name: choice.currentText() for name, (choice, _) in view.classes._rows.items()}
    assert choices == {"NUT": "nut", "screw": "A new class"}
    choice, _ = view.classes._rows["screw"]
    choice.setCurrentText("bolt")
    qtbot.waitUntil(
        lambda: view.look.run is None and not view._later.isActive() and not view.look.reading.busy, timeout=20_000
    )
    view.command.click()
    words = shlex.split(QGuiApplication.clipboard().text())
    assert words[1] == "merge" and words[words.index("--class") + 1] == "screw=bolt"
    view.merge.click()
    qtbot.waitUntil(lambda: view.open_made.isVisible(), timeout=20_000)
    with qtbot.waitSignal(document.opened):
        view.open_made.click()
    made = document.dataset
    assert made.root == dataset_folder.parent / "bench + other" and len(made.images) == images
    assert [item.name for item in made.categories] == [item.name for item in before.categories]
    label = [item.name for item in made.categories].index("bolt")
    assert made.class_counts()[label] == counts[label] + 2
    assert len(open_dataset(dataset_folder).images) == len(before.images)


def test_what_is_no_dataset_is_said_and_can_be_chosen_anew(view, tmp_path: Path, qtbot):
    (tmp_path / "empty").mkdir()
    view.look_at(tmp_path / "empty")
    qtbot.waitUntil(lambda: view.pick.error.isVisible(), timeout=20_000)
    assert any("no COCO annotation file" in text for text in texts(view)) and view.pick.folder.isVisible()


def test_another_dataset_that_is_opened_is_merged_with_nothing_yet(view, other: Path, qtbot):
    view.look_at(other)
    qtbot.waitUntil(view.merge.isVisible, timeout=20_000)
    with qtbot.waitSignal(view.document.opened):
        view.document.open(other)
    qtbot.waitUntil(lambda: view.job() is None)
    view.window().page.show_view("merge")
    assert view.pick.isVisible()


def test_who_does_not_want_to_wait_stops_the_look(view, other: Path, qtbot):
    view.look_at(other)
    assert view._loading.isVisible() and view._loading.stop.isEnabled()
    view._loading.stop.click()
    qtbot.waitUntil(view.pick.isVisible, timeout=20_000)
    assert view.job() is None and not view.merge.isVisible()
    view.look_at(other)
    qtbot.waitUntil(view.merge.isVisible, timeout=20_000)


def test_a_person_says_what_becomes_of_pictures_that_both_have(view, other: Path, qtbot):
    view.look_at(other)
    qtbot.waitUntil(view.merge.isVisible, timeout=20_000)
    view.shared._duplicates["keep"].click()
    assert view.job().duplicates == "keep" and not view.shared._same["look"].isEnabled()
    qtbot.waitUntil(lambda: any("kept as often as it is there" in text for text in texts(view)), timeout=20_000)
    view.shared._duplicates["join"].click()
    view.shared._same["look"].click()
    assert view.job().same == "look"
    qtbot.waitUntil(lambda: any("same.jpg" in text for text in texts(view)), timeout=20_000)

"""What people drop on the window, on whatever page they are."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication

from app.pages.page import PAGES
from core.annotation.editing import classes
from core.annotation.editing.edits import InstanceEdit
from core.annotation.editing.model import Annotation
from core.annotation.storage.recovery import open_draft
from core.dataset import open_dataset
from core.geometry.segmentation import Polygons
from tests.app.pages.annotate.conftest import Hand


def drop(window, *urls: QUrl, text: str = "", image: QImage | None = None) -> bool:
    """Drag over the window and let go; whether the window took it."""
    mime = QMimeData()
    if urls:
        mime.setUrls(urls)
    if text:
        mime.setText(text)
    if image is not None:
        mime.setImageData(image)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, mime, left, none)
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, mime, left, none))
    return enter.isAccepted()


def files(*paths: Path) -> list[QUrl]:
    return [QUrl.fromLocalFile(str(path)) for path in paths]


@pytest.fixture
def photos(dataset_folder, tmp_path) -> Path:
    """A folder of twelve pictures that nobody has annotated."""
    return Path(shutil.copytree(dataset_folder / "images" / "train", tmp_path / "photos"))


@pytest.mark.parametrize("key", [entry.key for entry in PAGES])
def test_pictures_open_as_a_dataset_of_them_on_every_page(window, photos, key, qtbot):
    window.show_page(key)
    assert drop(window, *files(photos / "train_03.png", photos / "train_02.png"))
    qtbot.waitUntil(lambda: window.document.dataset is not None, timeout=10_000)
    assert window.page.title == "Annotate" and "photos · 2 images" in window.title_bar.dataset.text()
    assert window.status_bar.message.text() == "Opened 2 pictures of photos and no others"
    qtbot.waitUntil(lambda: window.page.footer.film.image.file_name == "train_03.png", timeout=10_000)
    assert not (photos / "annotations").exists(), "looking writes nothing"
    view = window.page.stage.view
    qtbot.waitUntil(lambda: view.picture is not None, timeout=10_000)
    assert window.status_bar.zoom.text() == f"{view.viewport.scale * view.devicePixelRatioF():.0%}"


def test_what_is_dropped_is_copied_though_a_move_is_proposed(window, photos, qtbot):
    """A file manager may delete what the window says it has moved."""
    mime = QMimeData()
    mime.setUrls(files(photos / "train_02.png"))
    offered = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction | Qt.DropAction.LinkAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for event in (
        QDragEnterEvent(QPoint(300, 300), offered, mime, left, none),
        QDropEvent(QPointF(300, 300), offered, mime, left, none),
    ):
        event.setDropAction(Qt.DropAction.MoveAction)
        QApplication.sendEvent(window, event)
        assert event.isAccepted() and event.dropAction() == Qt.DropAction.CopyAction
    qtbot.waitUntil(lambda: window.document.dataset is not None, timeout=10_000)


def test_what_may_only_be_moved_is_not_taken(window, photos):
    mime = QMimeData()
    mime.setUrls(files(photos / "train_02.png"))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.MoveAction, mime, left, none)
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()


def test_what_is_drawn_on_them_is_kept_for_them_alone(window, photos, settings, qtbot):
    drop(window, *files(photos / "train_02.png", photos / "train_01.png"))
    qtbot.waitUntil(lambda: window.document.dataset is not None, timeout=10_000)
    page = window.page
    qtbot.waitUntil(lambda: page.stage.view.picture is not None, timeout=10_000)
    assert settings.recent() == [], "opened again it would be all of the folder"
    hand = Hand(page, qtbot)
    hand.box(10, 10, 40, 40)
    page.notices.naming.field.setText("nut")
    page.notices.naming.make.click()
    hand.saved()
    assert [image.file_name for image in open_dataset(photos).images] == ["train_01.png", "train_02.png"]
    assert [(entry.name, entry.images, entry.instances) for entry in settings.recent()] == [("photos", 2, 1)]


def test_work_on_other_pictures_of_the_folder_that_no_file_has_yet_is_not_pushed_aside(window, photos, qtbot):
    opened = open_draft(open_dataset(photos))
    named, number = classes.add(opened.draft, "nut")
    opened.draft.apply(named)
    square = Annotation(number, Polygons([[5.0, 5.0, 25.0, 5.0, 25.0, 25.0, 5.0, 25.0]]), (5.0, 5.0, 20.0, 20.0), False)
    opened.draft.apply(InstanceEdit(name="Box", image=2, before={}, after={opened.draft.new_id(2): square}))
    opened.journal.close()  # as a crash leaves it: nothing was saved
    drop(window, *files(photos / "train_02.png"))
    qtbot.waitUntil(lambda: window.document.dataset is not None, timeout=10_000)
    assert [image.file_name for image in window.document.dataset.images] == ["train_02.png", "train_03.png"]
    assert window.document.editing.draft.instance_count(1) == 1 and window.page.notices.rescued.isVisible()


def test_a_picture_of_the_open_dataset_is_turned_to(window, dataset_folder, qtbot):
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    window.show_page("annotate")
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        drop(window, *files(dataset_folder / "images" / "val" / "val_02.png"))
    assert len(window.document.dataset.images) == 15 and window.document.path == dataset_folder
    qtbot.waitUntil(lambda: window.page.footer.film.image.file_name == "val_02.png", timeout=10_000)
    assert window.document.is_open(str(dataset_folder))


@pytest.mark.parametrize("key", ["home", "annotate", "train"])
@pytest.mark.parametrize("name", ["photos.7z", "notes.txt"])
def test_what_is_no_dataset_is_named_and_the_open_one_stays(window, dataset_folder, tmp_path, key, name, qtbot):
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    window.show_page(key)
    (tmp_path / name).write_text("something")
    drop(window, *files(tmp_path / name))
    qtbot.waitUntil(lambda: window.page.title == "Home" and window.page.error.isVisible(), timeout=10_000)
    assert name in window.page.error.accessibleName() and window.page.error.accessibleDescription()
    assert window.document.path == dataset_folder and window.document.pending is None


def test_a_video_that_cannot_be_read_is_named_and_the_open_dataset_stays(window, dataset_folder, tmp_path, qtbot):
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    (tmp_path / "clip.mp4").write_text("something")
    drop(window, *files(tmp_path / "clip.mp4"))
    qtbot.waitUntil(lambda: window.page.title == "Home" and window.page.importing.error.isVisible(), timeout=10_000)
    assert "clip.mp4" in window.page.importing.error.accessibleName()
    assert window.document.path == dataset_folder


def test_an_address_or_a_picture_that_is_no_file_is_told_to_be_saved_first(window, qtbot):
    assert drop(window, QUrl("https://example.org/a.png"))
    assert "https://example.org/a.png is an address" in window.page.error.accessibleName()
    assert drop(window, image=QImage(4, 4, QImage.Format.Format_RGB32))
    assert "This picture is not a file" in window.page.error.accessibleName()
    assert "save it on this machine" in window.page.error.accessibleDescription().lower()


def test_a_path_as_text_is_opened_and_other_text_is_not_taken(window, dataset_folder, qtbot):
    assert not drop(window, text="hello") and not drop(window, text="/nowhere/at/all")
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        assert drop(window, text=f"{dataset_folder}\n")


@pytest.mark.parametrize("by", ["address", "text"])
def test_what_vanished_while_it_was_dragged_is_said_to_be_gone(window, photos, by, qtbot):
    mime = QMimeData()
    if by == "address":
        mime.setUrls(files(photos))
    else:
        mime.setText(str(photos))
    offered = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), *offered)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    shutil.rmtree(photos)
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), *offered))
    qtbot.waitUntil(window.page.error.isVisible, timeout=10_000)
    said = window.page.error.accessibleName()
    assert str(photos) in said and ("not there any more" in said or "does not exist" in said)


def test_a_drop_of_which_nothing_is_left_says_so(window, photos):
    """The program it was dragged from has ended meanwhile."""
    mime, empty = QMimeData(), QMimeData()
    mime.setUrls(files(photos))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, mime, left, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, empty, left, none))
    assert "What was dropped is not there any more" in window.page.error.accessibleName()


def test_what_is_left_aside_is_named(window, photos, qtbot):
    (photos / "notes.md").write_text("x")
    drop(window, *files(photos / "train_01.png", photos / "notes.md"))
    qtbot.waitUntil(lambda: window.document.dataset is not None, timeout=10_000)
    assert window.status_bar.message.text() == "Opened 1 picture of photos and no others · left aside: notes.md"


@pytest.mark.parametrize("text", ["~nobody-of-this-name/x", "/" + "x" * 5000, "a line\n/tmp", "/a\0b", "words"])
def test_text_that_is_no_path_is_left_to_others(window, text):
    assert not drop(window, text=text)

"""The gallery with many images: only what is in view is made, filters, keys and clicks."""

import json
import os

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication

from app.__main__ import keep_responsive
from app.gallery import thumbnails
from app.gallery.model import Filter, ImageIndex
from app.gallery.thumbnails import Thumbnails, draw, shapes_of
from app.threads import workers
from core.dataset import open_dataset
from core.images import disk_cache
from core.images.thumbnails import kept_thumbnail
from core.plain_text import natural_key

MANY = 10_000


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A dataset of 10,000 images, all of them links to one picture."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "images").mkdir()
    first = folder / "images" / "0.jpg"
    cv2.imwrite(str(first), np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8))
    for number in range(1, MANY):
        (folder / "images" / f"{number}.jpg").hardlink_to(first)
    content = {
        "images": [{"id": i, "file_name": f"{i}.jpg", "width": 160, "height": 120} for i in range(MANY)],
        "categories": [{"id": 1, "name": "even"}, {"id": 2, "name": "odd"}],
        "annotations": [
            {
                "id": i + 1,
                "image_id": i,
                "category_id": 1 + i % 2,
                "segmentation": [[10, 10, 100, 10, 100, 80]],
                "bbox": [10, 10, 90, 70],
                "area": 3150,
                "iscrowd": 0,
            }
            for i in range(MANY)
        ],
    }
    (folder / "instances.json").write_text(json.dumps(content))
    return folder


def test_thumbnails_are_made_for_what_is_looked_at_while_10_000_images_scroll(qtbot, window, many):
    window.document.open(many)
    qtbot.waitUntil(
        lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == MANY, timeout=30_000
    )
    bar = window.page.gallery.view.verticalScrollBar()
    for step in range(120):
        bar.setValue(bar.value() + (40 if step % 4 else bar.maximum() // 37))
        qtbot.wait(8)
    kept = window.page.gallery.thumbnails
    made = sum(kept.get(row.image) is not None for row in window.page.gallery.model.rows)
    assert 0 < made < MANY / 4


def test_filters_of_10_000_images_work_together(many):
    index = ImageIndex(open_dataset(many))
    rows = index.select(Filter(classes=frozenset({1}), state="masks", text="99"))
    assert len(rows) == sum("99" in str(i) and i % 2 for i in range(MANY))


@pytest.mark.parametrize("name", ["a10.jpg", "a2.jpg", "a" + "9" * 5000 + ".jpg"])
def test_names_are_sorted_as_people_count(name):
    others = ["a1.jpg", "a3.jpg", "b.jpg", "10.jpg"]
    ordered = sorted([*others, name], key=natural_key)
    wanted = {"a10.jpg": 3, "a2.jpg": 2}.get(name, 3)
    assert ordered.index(name) == wanted and [each for each in ordered if each != name] == ["10.jpg", *others[:3]]


def test_images_are_sorted_by_what_a_person_chooses_either_way_round(qtbot, window, tmp_path):
    sizes = {"a10.png": (8, 8), "a9.png": (8, 12), "b.png": (8, 10)}
    for name, size in sizes.items():
        cv2.imwrite(str(tmp_path / name), np.zeros(size, np.uint8))
    images = [
        {"id": place, "file_name": name, "height": size[0], "width": size[1], "review": review}
        for (place, (name, size)), review in zip(enumerate(sizes.items()), ("done", "to do", "to fix"), strict=True)
    ]
    box = {"bbox": [0, 0, 4, 4], "area": 16, "iscrowd": 0, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4]]}
    annotations = [box | {"id": number, "image_id": image} for number, image in enumerate((2, 2, 0), 1)]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "c"}]}
    (tmp_path / "train.json").write_text(json.dumps(content))
    window.document.open(tmp_path)
    qtbot.waitUntil(lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == 3)
    gallery = window.page.gallery

    def shown(order):
        gallery.sorting.setCurrentIndex(gallery.sorting.findText(order))
        gallery.sorting.activated.emit(gallery.sorting.currentIndex())
        names = []
        for turned in (False, True):
            gallery.descending.setChecked(turned)
            names.append([row.image.file_name for row in gallery.model.rows])
            for place, row in enumerate(gallery.model.rows):
                assert gallery.model.place(row.image.index) == place
        assert sorted(names[0]) == sorted(names[1]) == sorted(sizes)
        return names

    by_file = ["a10.png", "a9.png", "b.png"]
    assert shown("As in the file") == [by_file, by_file[::-1]]
    assert shown("By name") == [["a9.png", "a10.png", "b.png"], ["b.png", "a10.png", "a9.png"]]
    assert shown("By instances") == [["a9.png", "a10.png", "b.png"], ["b.png", "a10.png", "a9.png"]]
    assert shown("By size") == [["a10.png", "b.png", "a9.png"], ["a9.png", "b.png", "a10.png"]]
    assert shown("By review state") == [["a9.png", "b.png", "a10.png"], ["a10.png", "b.png", "a9.png"]]


def test_keys_move_through_the_grid(qtbot, window, dataset_folder):
    window.document.open(dataset_folder)
    qtbot.waitUntil(
        lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == 15, timeout=10_000
    )
    view = window.page.gallery.view
    columns = view.columns
    assert columns > 1
    qtbot.keyClick(view, Qt.Key.Key_Home)
    for key, row in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Down, 1 + columns),
        (Qt.Key.Key_Left, columns),
        (Qt.Key.Key_Up, 0),
        (Qt.Key.Key_Up, 0),
        (Qt.Key.Key_End, 14),
        (Qt.Key.Key_Right, 14),
    ):
        qtbot.keyClick(view, key)
        assert view.currentIndex().row() == row
    assert view.viewport().rect().contains(view.visualRect(view.currentIndex()))


def test_a_click_hits_the_image_under_the_mouse(qtbot, window, dataset_folder):
    window.document.open(dataset_folder)
    qtbot.waitUntil(
        lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == 15, timeout=10_000
    )
    view = window.page.gallery.view
    for row in range(15):
        rect = view.visualRect(view.model().index(row, 0))
        for point in (rect.topLeft() + QPoint(1, 1), rect.center(), rect.bottomRight() - QPoint(1, 1)):
            assert view.indexAt(point).row() == row
    assert not view.indexAt(QPoint(5, view.viewport().height() + 5000)).isValid()


def test_larger_thumbnails_keep_the_selected_image_in_view(qtbot, window, dataset_folder):
    window.document.open(dataset_folder)
    qtbot.waitUntil(
        lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == 15, timeout=10_000
    )
    gallery = window.page.gallery
    gallery.view.setCurrentIndex(gallery.model.index(12, 0))
    for size in (320, 96, 240):
        gallery.side.setValue(size)
        assert gallery.view.viewport().rect().intersects(gallery.view.visualRect(gallery.view.currentIndex()))


def test_thumbnails_show_the_masks_and_the_disk_keeps_them(dataset_folder):
    dataset = open_dataset(dataset_folder)
    image = dataset.images[0]
    draw(dataset, image, (120, 90), None)  # from now on it comes from the disk, where it is a JPEG
    bare, masked = (draw(dataset, image, (120, 90), shapes) for shapes in (None, shapes_of(dataset)))
    assert bare.shape == masked.shape == (90, 120, 3)
    changed = (bare != masked).any(axis=2)
    assert changed[12:38, 12:38].mean() > 0.95 and not changed[50:, 50:].any()
    path = dataset.image_path(image)
    before = kept_thumbnail(path, 100)
    assert len(list(disk_cache.folder("thumbnails").glob("*.jpg"))) >= 1
    cv2.imwrite(str(path), np.zeros((90, 120, 3), np.uint8))
    assert kept_thumbnail(path, 100).mean() < 5 < before.mean(), "a picture that was replaced gets a new thumbnail"


@pytest.mark.parametrize("empty", [{}, {"segmentation": []}])
def test_a_box_without_a_mask_is_an_edge_on_thumbnails(tmp_path, empty):
    content = {
        "images": [{"id": 1, "file_name": "1.png", "width": 80, "height": 60}],
        "categories": [{"id": 1, "name": "nut"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 10, 40, 30]} | empty],
    }
    (tmp_path / "instances.json").write_text(json.dumps(content))
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((60, 80, 3), np.uint8))
    dataset = open_dataset(tmp_path)
    painted = draw(dataset, dataset.images[0], (80, 60), shapes_of(dataset)).any(2)
    assert painted[10, 22:58].all() and painted[12:38, 20].all(), "the edge of the box"
    assert not painted[12:38, 22:58].any() and not painted[:8].any() and not painted[:, 64:].any()


def test_a_crowd_and_what_is_not_labelled_are_hatched_on_thumbnails(tmp_path):
    content = {
        "images": [{"id": 1, "file_name": "1.png", "width": 80, "height": 60, "not_labelled": [[0, 0, 30, 0, 30, 30]]}],
        "categories": [{"id": 1, "name": "nut"}],
        "annotations": [
            {
                "id": crowd + 1,
                "image_id": 1,
                "category_id": 1,
                "segmentation": [[40, 10, 60, 10, 60, 30]],
                "bbox": [40, 10, 20, 20],
                "area": 200,
                "iscrowd": crowd,
            }
            for crowd in (0, 1)
        ],
    }
    (tmp_path / "instances.json").write_text(json.dumps(content))
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((60, 80, 3), np.uint8))
    dataset = open_dataset(tmp_path)
    assert [fill for _, _, fill in shapes_of(dataset)(dataset.images[0])] == ["hatched", "full", "hatched"]
    inside = draw(dataset, dataset.images[0], (80, 60), shapes_of(dataset))[4:16, 16:28].any(2)
    assert 0.4 < inside.mean() < 0.6


def test_a_picture_that_cannot_be_read_has_no_thumbnail(dataset_folder):
    dataset = open_dataset(dataset_folder)
    dataset.image_path(dataset.images[0]).write_bytes(b"no picture")
    assert draw(dataset, dataset.images[0], (120, 90), shapes_of(dataset)) is None


def test_a_second_opening_decodes_no_picture_that_has_a_thumbnail(dataset_folder):
    once = open_dataset(dataset_folder)
    draw(once, once.images[0], (120, 90), None)  # from now on it comes from the disk, where it is a JPEG
    path, first = once.image_path(once.images[0]), draw(once, once.images[0], (120, 90), None)
    state = path.stat()
    path.write_bytes(bytes(state.st_size))  # whoever reads it again finds nothing
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    again = open_dataset(dataset_folder)
    drawn = draw(again, again.images[0], (120, 90), None)
    assert drawn is not None
    np.testing.assert_array_equal(drawn, first)


@pytest.fixture
def requests(qtbot, many):
    """Thumbnails of the many images, and the indices of those that were made, in that order."""
    kept, made = Thumbnails(), []
    kept.set_dataset(open_dataset(many))
    kept.set_room((96, 72))
    kept.ready.connect(made.append)
    yield kept, made
    kept.set_dataset(None)


def test_what_is_requested_last_is_made_first(qtbot, requests):
    kept, made = requests
    images = kept._dataset.images
    kept.request(list(images[:2000]))
    kept.request(list(images[-3:]))
    qtbot.waitUntil(lambda: {MANY - 3, MANY - 2, MANY - 1} <= set(made), timeout=20_000)
    assert len(made) < 500, "those that nobody looks at any more are not made before"


def test_the_latest_thumbnails_stay_in_memory_and_the_oldest_go(qtbot, requests, monkeypatch):
    kept, made = requests
    monkeypatch.setattr(thumbnails, "_MEMORY", 4 * 96 * 72 * 4)
    images = kept._dataset.images
    for image in images[:8]:
        kept.request([image])
        qtbot.waitUntil(lambda image=image: image.index in made, timeout=10_000)
    there = [image.index for image in images[:8] if kept.get(image) is not None]
    assert there == [4, 5, 6, 7]


def test_a_picture_that_cannot_be_read_is_shown_as_such(qtbot, window, dataset_folder):
    path = open_dataset(dataset_folder).image_path(open_dataset(dataset_folder).images[0])
    path.write_bytes(b"no picture")
    window.document.open(dataset_folder)
    qtbot.waitUntil(lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == 15)
    gallery = window.page.gallery
    broken, whole = (gallery.model.index(place, 0) for place in (0, 1))
    rows = gallery.model.rows

    def both_made():
        return all(gallery.thumbnails.get(rows[place].image) is not None for place in (0, 1))

    qtbot.waitUntil(both_made, timeout=10_000)
    assert gallery.thumbnails.get(rows[broken.row()].image).isNull()
    assert not gallery.thumbnails.get(rows[whole.row()].image).isNull()
    tile = gallery.view.visualRect(broken)
    picture = gallery.view.viewport().grab(tile).toImage()
    seen = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert any(QColor(name).red() > QColor(name).blue() + 60 for name in seen), "a sign in the color of faults"


def test_a_right_click_on_an_image_offers_what_can_be_done_with_it(qtbot, window, dataset_folder):
    window.document.open(dataset_folder)
    qtbot.waitUntil(lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == 15)
    gallery = window.page.gallery
    index = gallery.model.index(2, 0)
    gallery.view.setCurrentIndex(index)
    gallery.view.customContextMenuRequested.emit(gallery.view.visualRect(index).center())
    qtbot.waitUntil(gallery.menu.isVisible)
    actions = {action.text(): action for action in gallery.menu.actions()}
    actions["Copy its path"].trigger()
    dataset = window.document.dataset
    assert QGuiApplication.clipboard().text() == str(dataset.image_path(dataset.images[2]))
    actions["Annotate"].trigger()
    gallery.menu.close()
    qtbot.waitUntil(lambda: window.page.title == "Annotate")
    qtbot.waitUntil(lambda: window.page.footer.film.row == 2)


def test_the_window_removes_the_oldest_thumbnails_where_they_are_too_many(window, tmp_path, qtbot, monkeypatch):
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.zeros((8, 8, 3), np.uint8))
        kept_thumbnail(tmp_path / f"{number}.png", 256)
    files = sorted(disk_cache.folder("thumbnails").iterdir())
    for age, file in enumerate(files):
        os.utime(file, (1000 - age, 1000 - age))
    monkeypatch.setattr(disk_cache, "MOST", 2 * files[0].stat().st_size)
    monkeypatch.setattr(
        "app.__main__.put_window_first", lambda: None
    )  # it is for good: other tests are in this process
    keep_responsive(window)
    qtbot.waitUntil(lambda: sorted(disk_cache.folder("thumbnails").iterdir()) == files[:2], timeout=10_000)
    assert workers.finish(5000)

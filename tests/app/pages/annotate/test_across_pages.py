"""What one page says of the work agrees with what the others say: counts, areas, ages, what becomes of an image."""

import gc
import json
import shutil
import threading
import weakref
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from app.gallery.model import ImageIndex
from app.pages.dataset import page as dataset_page
from app.settings.settings import Settings
from app.style.format import ago
from core.runs import events
from tests.app.document.test_document import entries, train_file
from tests.app.pages.annotate.conftest import Hand
from tests.app.pieces import child, make_run, plan, step, train_job, validation
from tests.app.runs.test_pause import PAUSING


@pytest.fixture
def bare(dataset_folder, tmp_path) -> Path:
    """A folder of three pictures that nobody has annotated."""
    return Path(shutil.copytree(dataset_folder / "images" / "val", tmp_path / "pictures"))


def card(window, name: str) -> QWidget:
    return next(one for one in window.page.recent.findChildren(QWidget) if one.accessibleName() == f"Open {name}")


def facts(window, name: str) -> str:
    return " / ".join(label.text() for label in card(window, name).findChildren(QWidget) if hasattr(label, "text"))


def draw_one(hand: Hand) -> None:
    hand.box(10, 10, 40, 40)
    hand.page.notices.naming.field.setText("nut")
    hand.page.notices.naming.make.click()


def test_home_counts_what_was_drawn_now_and_after_a_restart(
    annotate, bare, window, make_window, settings, tmp_path, qtbot
):
    hand = annotate(bare)
    assert settings.recent()[0].cover.endswith("val_01.png"), "a folder that nobody annotated has a picture too"
    draw_one(hand)
    hand.box(60, 10, 80, 40)
    window.show_page("home")
    assert "3 images · 1 class · 2 instances" in facts(window, "pictures")
    window.show_page("annotate")
    hand.turn(1)
    hand.box(10, 10, 40, 40)
    hand.saved()
    assert settings.recent()[0].instances == 3
    hand.box(60, 10, 80, 40)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)
    again = make_window()
    assert "1 class · 4 instances" in facts(again, "pictures")
    cover = card(again, "pictures").cover
    qtbot.waitUntil(lambda: not cover.image.isNull(), timeout=10_000)
    assert Settings(tmp_path / "settings.ini").recent()[0].instances == 4


def test_home_counts_what_was_drawn_just_before_another_dataset_was_opened(
    annotate, bare, dataset_folder, window, settings, qtbot
):
    draw_one(annotate(bare))
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    assert [(entry.name, entry.instances) for entry in settings.recent()] == [("bench", 16), ("pictures", 1)]


def test_train_leads_to_a_new_training_or_to_the_one_at_work_never_to_an_old_one(
    make_window, settings, dataset_folder, qtbot
):
    old = make_run(settings.runs_folder, train_job(dataset_folder), plan(), step(1), validation(1, 0.4), events.Done())
    window = make_window(spawn=child(PAUSING))
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    window.show_page("train")
    train = window.page
    qtbot.waitUntil(lambda: train.runs.rowCount() == 1, timeout=5000)
    train.list.setCurrentIndex(train.runs.index(0))
    assert train.view.run.folder.path == old.path
    window.show_page("annotate")
    window.page.footer.train.click()
    assert window.page is train and train.setup.isVisible()
    qtbot.waitUntil(train.setup.start.isEnabled, timeout=10_000)
    train.setup.start.click()
    run = train.view.run
    qtbot.waitUntil(lambda: run.history.step is not None, timeout=10_000)
    train.list.setCurrentIndex(train.runs.index(train.runs.row_of(old.path)))
    window.show_page("annotate")
    window.page.footer.train.click()
    assert train.view.isVisible() and train.view.run is run


def test_what_becomes_of_an_image_without_masks_is_what_training_does(annotate, bare, window, qtbot):
    hand = annotate(bare)
    draw_one(hand)
    hand.turn(1)
    hand.box(10, 10, 40, 40)
    hand.saved()

    def said(name: str) -> str:
        gallery = window.page.gallery
        names = [row.image.file_name for row in gallery.model.rows]
        place = names.index(name) if name in names else -1
        gallery.view.setCurrentIndex(gallery.model.index(place, 0))
        return window.page.details.title.text()

    window.show_page("dataset")
    qtbot.waitUntil(lambda: said("val_01.png") == "1 instance", timeout=10_000)
    assert said("val_03.png") == "No masks yet: left out of trainings until it is labelled or marked as done"
    window.show_page("annotate")
    hand.turn(2)
    told = []
    hand.page.status_message.connect(told.append)
    hand.page.commands.finish_image()
    assert "Done without masks: the image counts as background" in told
    hand.saved()
    window.show_page("dataset")
    qtbot.waitUntil(lambda: "yet" not in said("val_03.png"), timeout=10_000)
    split = next(image.split for image in window.document.dataset.images if image.file_name == "val_03.png")
    wanted = {"train": "No masks: trained on as background", "val": "No masks: what is found on it counts as wrong"}
    assert said("val_03.png") == wanted[split]


def test_the_area_of_an_instance_is_the_same_on_every_page(annotate, dataset_folder, window, qtbot):
    file = dataset_folder / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    ragged = [10.3, 10.2, 20.7, 11.1, 19.6, 19.9, 9.8, 18.4]
    content["annotations"][0] |= {"segmentation": [ragged], "bbox": [9.8, 10.2, 10.9, 9.7], "area": 89.31}
    file.write_text(json.dumps(content))
    hand = annotate(dataset_folder)
    pixels = hand.page.instances.list.model().index(0, 0).data()
    window.show_page("dataset")
    qtbot.waitUntil(lambda: window.page.gallery.model.rowCount() > 0, timeout=10_000)
    window.page.gallery.view.setCurrentIndex(window.page.gallery.model.index(0, 0))
    assert window.page.details.instances.model().index(0, 0).data() == pixels and "89 px" not in pixels


def test_the_age_of_a_run_is_one_on_a_screen_and_grows_with_one_clock(make_window, settings, dataset_folder, qtbot):
    said = plan(), step(1), validation(1, 0.4), events.Done()
    make_run(settings.runs_folder, train_job(dataset_folder), *said, model=True)
    window = make_window()
    window.show_page("train")
    page = window.page
    qtbot.waitUntil(lambda: page.runs.rowCount() == 1, timeout=5000)
    page.list.setCurrentIndex(page.runs.index(0))
    qtbot.waitUntil(lambda: page.view is not None and page.view.run.loaded, timeout=5000)
    clock, file = window.jobs.clock, page.runs.summaries[0].file

    def ages() -> list[bool]:
        age = ago(file.created, clock.now)
        return [age in text for text in (page.runs.index(0).data(), page.view.figures.time.accessibleName())]

    assert ago(file.created, clock.now) == "just now" and ages() == [True, True]
    clock.now += 600
    clock.ticked.emit()
    assert ago(file.created, clock.now) == "10 minutes ago" and ages() == [True, True]
    window.show_page("deploy")
    picker = window.page.picker
    qtbot.waitUntil(lambda: picker.count() == 1, timeout=5000)
    assert "10 minutes ago" in picker.itemText(0)


@pytest.fixture
def look_at_dataset(window, qtbot):
    """Goes to the Dataset page and waits until it shows what was saved."""

    def look() -> None:
        with qtbot.waitSignal(window.document.renewed, timeout=10_000):
            window.show_page("dataset")
        qtbot.waitUntil(lambda: window.page.gallery.dataset is window.document.dataset, timeout=10_000)

    return look


def test_the_dataset_page_shows_a_save_that_came_while_it_counted(hand, window, dataset_folder, monkeypatch, qtbot):
    counted, may_end = [], threading.Event()

    def count(dataset):
        counted.append(dataset)
        if len(counted) == 1:
            may_end.wait(10)
        return ImageIndex(dataset)

    monkeypatch.setattr(dataset_page, "ImageIndex", count)
    with qtbot.waitSignal(hand.page.stage.shown, timeout=10_000):
        window.document.open(dataset_folder)
    hand.box(60, 20, 80, 40)
    with qtbot.waitSignal(window.document.renewed, timeout=10_000):
        window.show_page("dataset")
    qtbot.wait(100)
    may_end.set()
    gallery = window.page.gallery
    qtbot.waitUntil(lambda: gallery.model.rows and gallery.model.rows[0].count == 2, timeout=10_000)


def test_after_a_save_all_pages_see_one_dataset_and_the_one_before_is_gone(
    hand, window, dataset_folder, look_at_dataset, qtbot
):
    before = weakref.ref(window.document.dataset)
    hand.box(60, 20, 80, 40)
    look_at_dataset()
    document, draft = window.document, hand.page.editing.draft
    image = document.dataset.images[0]
    assert document.dataset is draft.dataset and not draft.unsaved
    assert document.dataset.instance_count(image) == draft.instance_count(0) == 2
    assert hand.page.footer.film.image is image
    qtbot.waitUntil(lambda: gc.collect() >= 0 and before() is None, timeout=10_000)
    window.show_page("annotate")
    assert list(hand.page.context.annotations) == document.dataset.ids(image)
    hand.box(85, 20, 95, 40)
    hand.page.editing.undo()
    hand.page.editing.undo()
    assert len(hand.page.context.annotations) == 1
    hand.saved()
    assert entries(dataset_folder) == 14, "undo reaches back behind it"
    hand.page.editing.redo()
    look_at_dataset()
    assert document.dataset is draft.dataset and document.dataset.instance_count(document.dataset.images[0]) == 2


def test_the_strip_stays_where_it_is_and_shows_pictures_that_came_meanwhile(
    annotate, bare, window, look_at_dataset, qtbot
):
    hand = annotate(bare)
    draw_one(hand)
    hand.turn(1)
    shutil.copy(bare / "val_01.png", bare / "val_99.png")
    look_at_dataset()
    film = hand.page.footer.film
    assert [film.at(row).file_name for row in range(film.count())][-1] == "val_99.png" and film.count() == 4
    assert film.row == 1 and film.at(0).split != "unlabelled"
    window.show_page("annotate")
    hand.turn(3)
    hand.box(10, 10, 40, 40)
    look_at_dataset()
    assert window.document.dataset.instance_count(window.document.dataset.images[3]) == 1


def test_a_file_that_somebody_changed_after_a_save_is_opened_anew_for_all_pages(hand, window, dataset_folder, qtbot):
    hand.box(60, 20, 80, 40)
    hand.saved()
    file = train_file(dataset_folder)
    file.write_text(file.read_text().replace('"nut"', '"theirs"'))
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.show_page("train")
    assert "theirs" in [category.name for category in hand.page.editing.draft.categories]
    assert window.document.dataset is hand.page.editing.draft.dataset
    assert window.document.dataset.instance_count(window.document.dataset.images[0]) == 2

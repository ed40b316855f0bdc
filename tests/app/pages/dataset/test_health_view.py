"""The Health view shows what a check found, leads to it, mends it, and shows what has been mended."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from app.pages.dataset.finding_list import fix_room
from app.pages.dataset.finding_pictures import draw
from app.pages.dataset.health_view import HealthView
from app.style.tokens import THEMES
from app.widgets.swatch import INDENT
from core.dataset.health import findings
from core.dataset.health.findings import Finding
from core.dataset.health.survey import survey
from core.execution import process
from core.jobs import CheckJob
from core.runs.folder import RunFolder
from core.runs.job_file import describe
from tests.app.conftest import _annotation, polygon
from tests.app.pieces import texts


def add_faults(folder: Path) -> None:
    """Two specks of polygons, an object twice, an area that is wrong, and a class nobody uses."""
    file = folder / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    for image in (5, 6):
        speck = _annotation(100 + image, image, 1, polygon(60, 20, 30))
        speck["segmentation"].append(polygon(110, 80, 2))
        speck["bbox"] = [60, 20, 52, 62]
        content["annotations"].append(speck)
    content["annotations"].append(_annotation(120, 7, 1, polygon(10, 11, 30)))
    content["annotations"].append(_annotation(121, 8, 2, polygon(60, 20, 30)) | {"area": 5000})
    content["categories"].append({"id": 3, "name": "ghost"})
    file.write_text(json.dumps(content))


@pytest.fixture
def health(make_window, dataset_folder, qtbot):
    """Opens the dataset, with faults or without, and shows the view; checks are done by the real job."""

    def show(*, faults: bool = True) -> HealthView:
        if faults:
            add_faults(dataset_folder)
        window = make_window(spawn=process.start)
        with qtbot.waitSignal(window.document.opened):
            window.document.open(dataset_folder)
        window.show_page("dataset")
        page = window.page
        qtbot.waitUntil(page.gallery.isVisible)
        page.show_view("health")
        view = page._stack.currentWidget()
        qtbot.waitUntil(lambda: view.isVisible() and not view.found.loading)
        return view

    return show


def check(view: HealthView, qtbot) -> None:
    view.check.click()
    qtbot.waitUntil(lambda: view.found.checked is not None and view.bar.run is None)


def counts(view: HealthView) -> dict[str, int]:
    """What the list of kinds says."""
    return {kind: line.count for kind, line in view.kinds.lines.items()}


FAULTS = {"twice": 1, "speck": 2, "missing_class": 1, "area": 1, "unused_class": 1, "bare": 1}


def test_from_the_check_to_the_object(health, qtbot):
    view = health()
    window = view.window()
    assert view.never.isVisible() and "This dataset has not been checked yet." in texts(view)
    check(view, qtbot)
    assert counts(view) == FAULTS and view.kind == "twice"
    assert "1 object is there twice" in texts(view)
    view.show_kind("area")
    assert view.list.model().index(0, 0).data() == (
        "The file states an area of 5,000 for the bolt, which covers 900 pixels."
    )
    view.list.setFocus()
    QTest.keyClick(view.list, Qt.Key.Key_Return)
    page = window.page
    qtbot.waitUntil(lambda: page.context.selection == {121})
    assert page.context.image == 7 and page.stage.view.viewport.scale > 4  # 30 pixels fill a third of it


def test_a_click_goes_to_the_object_and_one_on_the_words_mends_it(health, qtbot):
    view = health()
    check(view, qtbot)
    view.show_kind("speck")
    row = view.list.visualRect(view.list.model().index(1, 0))
    words = fix_room(row, view.list.model().index(1, 0).data(Qt.ItemDataRole.UserRole))
    QTest.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=words.center())
    qtbot.waitUntil(lambda: counts(view)["speck"] == 1)
    assert view.isVisible() and view.document.editing.draft.peek(5)[106].mask((90, 120)).box[2] == 30
    QTest.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=row.translated(0, -row.height()).center())
    page = view.window().page
    qtbot.waitUntil(lambda: page.title == "Annotate" and page.context.selection == {105})


def test_all_of_a_kind_are_mended_in_one_step_and_come_back_by_undo(health, qtbot):
    view = health()
    check(view, qtbot)
    history = view.document.editing.history
    view.show_kind("speck")
    assert view.fix_all.text() == "Remove them: all 2"
    view.fix_all.click()
    qtbot.waitUntil(lambda: "speck" not in view.kinds.lines)
    assert history.count() == 1 and "Done: 2 masks have stray pixels: Remove them." in texts(view.said)
    assert view.kind == "twice" and "is looked at as it comes" in view.found.age()
    view.undo.click()
    qtbot.waitUntil(lambda: "speck" in view.kinds.lines and counts(view) == FAULTS)
    assert view.said.isHidden()
    view.show_kind("unused_class")
    view.list.setFocus()
    QTest.keyClick(view.list, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: "unused_class" not in view.kinds.lines)
    assert [category.name for category in view.document.editing.draft.categories] == ["nut", "bolt"]


def test_wrong_areas_are_written_right_and_wrong_again(health, qtbot, dataset_folder):
    def area() -> float:
        content = json.loads((dataset_folder / "annotations" / "instances_train.json").read_text())
        return next(each["area"] for each in content["annotations"] if each["id"] == 121)

    view = health()
    check(view, qtbot)
    view.show_kind("area")
    view.fix_all.click()
    qtbot.waitUntil(lambda: "area" not in view.kinds.lines)
    qtbot.waitUntil(lambda: view.document.saver.unsaved == 0)
    assert area() == 900
    view.undo.click()
    qtbot.waitUntil(lambda: "area" in view.kinds.lines)
    qtbot.waitUntil(lambda: view.document.saver.unsaved == 0)
    assert area() == 5000


def test_a_leak_is_mended_by_splits_and_taken_back_by_a_key(health, qtbot, dataset_folder):
    shutil.copy(next(dataset_folder.rglob("train_01.png")), next(dataset_folder.rglob("val_01.png")))
    view = health(faults=False)
    check(view, qtbot)
    assert counts(view)["leak"] == 1
    view.show_kind("leak")
    view.fix_all.click()
    qtbot.waitUntil(lambda: "leak" not in view.kinds.lines)
    assert {view.document.dataset.images[index].split for index in (0, 12)} == {"train"}
    assert "Put into one split" in " ".join(texts(view.said)) and view.document.editing.history.count() == 0
    view.list.setFocus()
    QTest.keyClick(view.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "leak" in view.kinds.lines)
    assert view.document.dataset.images[12].split == "val"


def test_from_a_leak_to_splits_that_keep_such_pictures_together(health, qtbot, dataset_folder):
    shutil.copy(next(dataset_folder.rglob("train_01.png")), next(dataset_folder.rglob("val_01.png")))
    view = health(faults=False)
    page = view.window().page
    check(view, qtbot)
    view.show_kind("leak")
    view.other_view.click()
    splits = page._stack.currentWidget()
    assert splits.isVisible() and splits.form.rule().alike, "else a division would make the same leak again"


def test_what_other_splits_do_to_findings_is_seen_at_once(health, qtbot, dataset_folder):
    """Classes are missing from other splits than before, a leak is a duplicate, and the other way round."""
    shutil.copy(next(dataset_folder.rglob("train_01.png")), next(dataset_folder.rglob("val_01.png")))
    view = health()
    check(view, qtbot)
    assert counts(view)["leak"] == 1 and "duplicate" not in counts(view)
    assert view.found.kinds["missing_class"][0].sentence == "There is no bolt in val, and 2 in all."
    view.document.splitting.move([0, 1, 7], "val")  # where all bolts are
    qtbot.waitUntil(lambda: counts(view).get("duplicate") == 1)
    assert "leak" not in counts(view) and "but for pictures" in view.found.age()
    qtbot.waitUntil(lambda: "no bolt in train" in view.found.kinds["missing_class"][0].sentence)
    view.document.splitting.move([0], "train")
    qtbot.waitUntil(lambda: counts(view).get("leak") == 1)
    assert view.found.kinds["leak"][0].sentence.count("(train)") == 1 and "duplicate" not in counts(view)
    view.check.click()
    told = {kind: [each.sentence for each in found] for kind, found in view.found.kinds.items()}
    qtbot.waitUntil(lambda: view.bar.run is None and not view.found.edited)
    assert told == {kind: [each.sentence for each in found] for kind, found in view.found.kinds.items()}


def test_the_key_takes_back_an_edit_as_well(health, qtbot):
    view = health()
    check(view, qtbot)
    view.show_kind("speck")
    view.fix_all.click()
    qtbot.waitUntil(lambda: "speck" not in view.kinds.lines)
    view.list.setFocus()
    QTest.keyClick(view.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: counts(view) == FAULTS)


def test_images_of_a_kind_are_shown_in_the_gallery(health, qtbot):
    view = health()
    page = view.window().page
    check(view, qtbot)
    view.show_kind("speck")
    view.images.click()
    assert page.gallery.isVisible() and [row.image.index for row in page.gallery.model.rows] == [4, 5]
    page.show_view("health")
    view.show_kind("missing_class")
    view.images.click()
    assert [row.image.index for row in page.gallery.model.rows] == [1, 7]  # those that show a bolt


def test_the_last_check_is_there_when_the_dataset_is_opened_again(health, qtbot, dataset_folder):
    view = health()
    check(view, qtbot)
    window = view.window()
    window.document.close()
    qtbot.waitUntil(lambda: view.found.checked is None)
    with qtbot.waitSignal(window.document.opened):
        window.document.open(dataset_folder)
    qtbot.waitUntil(lambda: counts(view) == FAULTS)
    assert view.check.text() == "Check again" and "Checked" in view.found.age()


def test_a_sound_dataset_says_so(health, qtbot, dataset_folder):
    file = dataset_folder / "annotations" / "instances_val.json"
    content = json.loads(file.read_text())
    content["annotations"].append(_annotation(3, 3, 2, polygon(60, 20, 40)))
    file.write_text(json.dumps(content))
    view = health(faults=False)
    check(view, qtbot)
    assert view.sound.isVisible() and "Nothing was found in 15 images." in texts(view)


def test_pictures_of_findings_show_the_object(health, qtbot, dataset_folder):
    view = health()
    check(view, qtbot)
    draft = view.document.editing.draft
    (twice,) = view.found.kinds["twice"]
    pixels = draw(draft, twice, (112, 76))
    assert pixels is not None and pixels.shape == (76, 112, 3)
    both = draw(draft, Finding("leak", (0, 1)), (112, 76))
    assert both is not None and both.shape == (76, 112, 3)
    next(dataset_folder.rglob("train_01.png")).write_bytes(b"")
    assert draw(draft, Finding("bare", (0,)), (112, 76)) is None


def test_what_cannot_be_mended_in_a_picture_is_left_out_of_the_splits_and_comes_back(health, qtbot, dataset_folder):
    """Of two pictures that are the same, the one with fewer objects; and one that is broken."""
    shutil.copy(next(dataset_folder.rglob("train_06.png")), next(dataset_folder.rglob("train_07.png")))
    next(dataset_folder.rglob("train_03.png")).write_bytes(b"no picture")
    view = health()
    check(view, qtbot)
    images = view.document.dataset.images
    assert counts(view)["duplicate"] == 1 and counts(view)["broken_picture"] == 1
    view.show_kind("duplicate")
    one, other = view.found.kinds["duplicate"][0].images
    view.list.setFocus()
    QTest.keyClick(view.list, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: "duplicate" not in view.kinds.lines)
    gone = min((other, one), key=lambda index: view.document.dataset.instance_count(images[index]))
    assert [image.index for image in view.document.dataset.of_split("excluded")] == [gone]
    view.show_kind("broken_picture")
    view.fix_all.click()
    qtbot.waitUntil(lambda: "broken_picture" not in view.kinds.lines)
    assert len(view.document.dataset.of_split("excluded")) == 2
    for kind in ("broken_picture", "duplicate"):
        view.undo.click()
        qtbot.waitUntil(lambda kind=kind: kind in view.kinds.lines)
    assert not view.document.dataset.of_split("excluded")


def test_all_of_a_kind_are_mended_though_only_some_are_listed(health, qtbot, monkeypatch, dataset_folder, tmp_path):
    monkeypatch.setattr(findings, "LISTED", 1)
    view = health()
    report = survey(view.document.dataset)
    assert [each.kind for each in report.findings].count("speck") == 1
    run = RunFolder.create(tmp_path, "check", describe(CheckJob(dataset=str(dataset_folder))))
    (run.path / CheckJob.result).write_bytes(msgspec.json.encode(report))
    view.found.read(run, view.document.dataset)
    qtbot.waitUntil(lambda: "speck" in view.kinds.lines)
    view.show_kind("speck")
    assert counts(view)["speck"] == 2 and view.fix_all.text() == "Remove them: all 2"
    assert view.list.model().rowCount() == 1 and "The first 1 are listed." in " ".join(texts(view))
    view.images.click()
    page = view.window().page
    assert [row.image.index for row in page.gallery.model.rows] == [4, 5]
    page.show_view("health")
    view.fix_all.click()
    qtbot.waitUntil(lambda: "speck" not in view.kinds.lines)
    assert view.document.editing.history.count() == 1
    view.undo.click()
    qtbot.waitUntil(lambda: counts(view).get("speck") == 2)


def test_the_colors_of_how_serious_it_is_are_those_of_the_theme(health, qtbot):
    def seen() -> str:
        line = view.kinds.lines["area"]  # a note
        return line.grab().toImage().pixelColor(INDENT + 5, line.height() // 2).name()

    view = health()
    check(view, qtbot)
    theme = view.window().theme
    for name in ("light", "dark"):
        theme.choose(name)
        assert seen() == QColor(THEMES[name].accent).name()
    assert THEMES["light"].accent != THEMES["dark"].accent

"""Comparing the open dataset with somebody else's annotations in the window."""

import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from core.dataset import open_dataset
from tests.app.pieces import texts


@pytest.fixture
def other(dataset_folder: Path, tmp_path: Path) -> Path:
    """The same train file by somebody else, alone: the first instance lies elsewhere, the second is called
    otherwise, the third is missing."""
    source = dataset_folder / "annotations" / "instances_train.json"
    content = json.loads(source.read_text())
    first, second, third = [one for one in content["annotations"] if not one["iscrowd"]][:3]
    classes = [category["id"] for category in content["categories"]]
    first["segmentation"] = [[0, 0, 9, 0, 9, 9, 0, 9]]
    first["bbox"] = [0, 0, 9, 9]
    second["category_id"] = next(id for id in classes if id != second["category_id"])
    content["annotations"].remove(third)
    (tmp_path / "somebody.json").write_text(json.dumps(content))
    return tmp_path / "somebody.json"


@pytest.fixture
def view(make_window, dataset_folder: Path, qtbot):
    window = make_window()
    with qtbot.waitSignal(window.document.opened):
        window.document.open(dataset_folder)
    window.show_page("dataset")
    page = window.page
    qtbot.waitUntil(lambda: page.views.isVisible() and page._index is not None)
    page.show_view("compare")
    return page._stack.currentWidget()


@pytest.fixture
def compared(view, other: Path, qtbot):
    view.compare_with(other)
    qtbot.waitUntil(view.table.isVisible, timeout=30_000)
    return view


def numbers(view) -> list[int]:
    return [int(chip.text().rpartition(" ")[2].replace(",", "")) for chip in view.kinds.values()]


def drawn(view, image: int):
    return dict(view.document.editing.draft.annotations(image))


def test_the_agreement_and_every_difference_is_shown(compared, qtbot):
    """All, only here, only there, of another class, of another shape."""
    assert numbers(compared) == [4, 2, 1, 1, 0]
    assert compared.table.table.topLevelItemCount() == 2
    compared.open.click()
    qtbot.waitUntil(lambda: len(compared.picture.view.shapes) == 1)
    compared.kinds["class"].click()
    qtbot.waitUntil(lambda: len(compared.picture.view.shapes) == 2)
    assert {shape.style for shape in compared.picture.view.shapes} == {"truth", "prediction"}
    compared.picture.all_masks.click()
    assert len(compared.picture.view.shapes) > 2


def test_a_class_leads_to_its_differences(compared, qtbot):
    item = compared.table.table.topLevelItem(0)
    compared.table.table.itemActivated.emit(item, 0)
    name = item.text(0)
    assert compared.list.isVisible() and numbers(compared)[0] >= 1
    shown = [compared.differences.at(place) for place in compared._listed]
    assert all(name in (each.left_class, each.right_class) for each in shown)
    compared.any_class.click()
    assert numbers(compared)[0] == 4


def test_what_the_other_has_is_taken_and_undo_opens_it_again(compared, qtbot):
    compared.open.click()
    compared.kinds["class"].click()
    difference = compared.differences.at(compared.list.current())
    before = drawn(compared, difference.image)
    qtbot.keyClick(compared.list, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: numbers(compared)[0] == 3)
    categories = {item.id: item.name for item in compared.document.editing.draft.categories}
    after = drawn(compared, difference.image)
    assert categories[after[difference.left].category] == difference.right_class
    assert compared.picture._nothing.isVisible(), "no other is of this kind"
    compared.document.editing.undo()
    qtbot.waitUntil(lambda: numbers(compared)[0] == 4)
    assert drawn(compared, difference.image) == before


def test_what_is_here_is_kept_and_nothing_changes(compared, qtbot):
    compared.open.click()
    before = {image: drawn(compared, image) for image in range(len(compared.document.dataset.images))}
    qtbot.keyClick(compared.list, Qt.Key.Key_Left)
    assert numbers(compared)[0] == 3 and any("1 of 4 settled" in text for text in texts(compared))
    assert {image: drawn(compared, image) for image in before} == before
    compared.reopen.click()
    assert numbers(compared)[0] == 4


def test_all_of_a_kind_are_taken_at_once_and_saved(compared, other: Path, dataset_folder: Path, qtbot):
    compared.open.click()
    compared.take_all.click()
    qtbot.waitUntil(lambda: numbers(compared)[0] == 0, timeout=20_000)
    assert not compared.take_all.isVisible()
    document = compared.document
    qtbot.waitUntil(lambda: document.saver.unsaved == 0 and not document.saver.busy, timeout=20_000)
    theirs = json.loads(other.read_text())
    mine = open_dataset(dataset_folder)
    saved = json.loads((dataset_folder / "annotations" / "instances_train.json").read_text())
    assert len(saved["annotations"]) == len(theirs["annotations"]) and mine.problems == []


def test_a_comparison_is_of_the_dataset_that_is_open(compared, dataset_folder: Path, tmp_path: Path, qtbot):
    shutil.copytree(dataset_folder, tmp_path / "second")
    with qtbot.waitSignal(compared.document.opened):
        compared.document.open(tmp_path / "second")
    qtbot.waitUntil(lambda: compared.differences.found is None)
    compared.window().page.show_view("compare")
    assert compared.pick.isVisible()


def test_what_is_compared_next_is_not_drawn_as_what_was_compared_before(compared, other: Path, tmp_path: Path, qtbot):
    compared.open.click()
    compared.kinds["class"].click()
    qtbot.waitUntil(lambda: len(compared.picture.view.shapes) == 2)
    content = json.loads(other.read_text())
    second = [one for one in content["annotations"] if not one["iscrowd"]][1]
    second["segmentation"] = [[50, 50, 80, 50, 80, 80, 50, 80]]
    second["bbox"] = [50, 50, 30, 30]
    (tmp_path / "third.json").write_text(json.dumps(content))
    compared.compare_with(tmp_path / "third.json")
    qtbot.waitUntil(compared.table.isVisible, timeout=30_000)
    compared.open.click()
    compared.kinds["right"].click()
    for _ in range(len(compared._listed)):
        difference = compared.differences.at(compared.list.current())
        qtbot.waitUntil(lambda: compared.picture._loader.current is not None)
        shown = {shape.box.left() for shape in compared.picture.view.shapes if shape.style == "prediction"}
        right = compared.differences.found.right
        image = right.images[difference.other_image]
        one = right.instances(image)[right.ids(image).index(difference.right)]
        assert shown == {one.box[0]}
        qtbot.keyClick(compared.list, Qt.Key.Key_Down)


def test_what_has_no_image_in_common_is_said(view, tmp_path: Path, qtbot):
    content = {
        "images": [{"id": 1, "file_name": "zebra.png", "width": 4, "height": 4}],
        "annotations": [],
        "categories": [],
    }
    (tmp_path / "zebra.json").write_text(json.dumps(content))
    view.compare_with(tmp_path / "zebra.json")
    qtbot.waitUntil(view.pick.error.isVisible, timeout=30_000)
    assert any("no image of one size in common" in text for text in texts(view))


def test_what_was_just_drawn_is_saved_and_compared(view, dataset_folder: Path, tmp_path: Path, qtbot):
    from core.annotation.editing.edits import InstanceEdit

    shutil.copy(dataset_folder / "annotations" / "instances_train.json", tmp_path / "same.json")
    editing = view.document.editing
    known = drawn(view, 0)
    id, first = next(iter(known.items()))
    editing.do(InstanceEdit(name="Delete", image=0, before={id: first}, after={}))
    assert view.document.saver.unsaved
    view.compare_with(tmp_path / "same.json")
    qtbot.waitUntil(view.table.isVisible, timeout=30_000)
    assert [(each.kind, each.image) for each in map(view.differences.at, view.differences.open())] == [("right", 0)]


def test_a_person_says_which_shapes_differ(view, dataset_folder: Path, tmp_path: Path, qtbot):
    """The same square, moved by an eighth: an IoU of 7/9."""
    source = dataset_folder / "annotations" / "instances_train.json"
    content = json.loads(source.read_text())
    one = next(one for one in content["annotations"] if not one["iscrowd"])
    for name, left in (("mine", 0), ("theirs", 2)):
        one["segmentation"] = [[left, 0, left + 16, 0, left + 16, 16, left, 16]]
        one["bbox"], one["area"] = [left, 0, 16, 16], 256
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    shutil.copy(tmp_path / "mine.json", source)
    with qtbot.waitSignal(view.document.opened):
        view.document.open(dataset_folder)
    qtbot.waitUntil(lambda: view.document.editing.draft is not None)
    page = view.window().page
    qtbot.waitUntil(lambda: page._index is not None and page._index.dataset is view.document.dataset)
    page.show_view("compare")
    view.compare_with(tmp_path / "theirs.json")
    qtbot.waitUntil(view.table.isVisible, timeout=30_000)
    assert numbers(view)[0] == 0
    view.least_iou.setValue(80)
    assert numbers(view) == [1, 0, 0, 0, 1]


def test_who_does_not_want_to_wait_stops_the_comparison(view, other: Path, qtbot):
    view.compare_with(other)
    assert view._loading.isVisible() and view._loading.stop.isEnabled()
    view._loading.stop.click()
    qtbot.waitUntil(view.pick.isVisible, timeout=30_000)
    assert view.differences.found is None and not view.comparing.underway
    view.compare_with(other)
    qtbot.waitUntil(view.table.isVisible, timeout=30_000)


def test_what_was_drawn_and_cannot_be_saved_is_said_in_place_of_a_wait(view, other: Path, dataset_folder: Path, qtbot):
    """Somebody else has changed the file meanwhile."""
    from core.annotation.editing.edits import InstanceEdit

    file = dataset_folder / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    theirs = content | {"annotations": content["annotations"][1:]}
    file.write_text(json.dumps(theirs))
    image = next(iter(view.document.dataset.of_split("train"))).index
    id, first = next(iter(drawn(view, image).items()))
    view.document.editing.do(InstanceEdit(name="Delete", image=image, before={id: first}, after={}))
    view.compare_with(other)
    qtbot.waitUntil(view.pick.error.isVisible, timeout=30_000)
    assert view.pick.isVisible() and any("Somebody else changed" in text for text in texts(view.pick))
    assert json.loads(file.read_text()) == theirs

"""Somebody else changes the file while a person annotates: one version is open, and every page says which."""

import json

import pytest

from core.dataset import open_dataset

MINE, UNUSED = "instances_train (mine).json", "instances_train (mine, not used).json"


def instances(path) -> int:
    return len(json.loads(path.read_text())["annotations"])


@pytest.fixture
def annotations(dataset_folder):
    return dataset_folder / "annotations"


@pytest.fixture
def theirs(annotations):
    """Replaces the file as another program does: one image has lost its nut."""
    file = annotations / "instances_train.json"

    def change() -> bytes:
        content = json.loads(file.read_text())
        file.write_text(json.dumps(content | {"annotations": content["annotations"][1:]}))
        return file.read_bytes()

    return change


@pytest.fixture
def beside(hand, window, theirs, annotations, qtbot):
    """One instance was drawn, another program changed the file, and the person's version was saved beside it."""
    hand.turn(2)
    content = theirs()
    hand.box(60, 20, 80, 40)
    hand.page.document.saver.save()
    qtbot.waitUntil(hand.page.notices.unsaved.isVisible, timeout=10_000)
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        hand.page.notices.beside.click()
    assert (annotations / "instances_train.json").read_bytes() == content
    return hand


def in_title(window) -> str:
    return window.title_bar.dataset.text()


def counted(window) -> int:
    """Instances of the open dataset, as the Dataset page and a training see it."""
    assert [file.path for file in open_dataset(window.document.path).files] == [
        file.path for file in window.document.dataset.files
    ]
    return int(window.document.dataset.class_counts().sum())


def test_what_was_saved_beside_is_open_on_every_page(beside, window, settings, annotations, qtbot):
    whole = instances(annotations / MINE) + instances(annotations / "instances_val.json")
    for key in ("home", "dataset", "annotate", "train", "evaluate", "deploy"):
        window.show_page(key)
        assert window.version_line.isVisible(), key
        assert MINE in window.version_line.text and "instances_train.json" in window.version_line.text
        assert "(mine)" in in_title(window)
    assert counted(window) == whole
    (entry,) = settings.recent()
    assert "(mine)" in entry.name and entry.instances == whole
    window.show_page("train")
    setup = window.page.setup
    qtbot.waitUntil(lambda: not setup.obstacle(), timeout=10_000)
    assert setup.job().dataset == str(window.document.path)


def test_the_picture_in_view_stays_when_the_version_changes(beside, window, qtbot):
    window.show_page("annotate")
    qtbot.waitUntil(lambda: beside.page.stage.view.picture is not None, timeout=10_000)
    assert beside.page.footer.film.row == 2
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.version_line.other.click()
    assert beside.page.footer.film.row == 2


def test_theirs_and_mine_can_be_opened_in_turn_and_none_is_lost(beside, window, annotations, settings, qtbot):
    mine, before = instances(annotations / MINE), counted(window)
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.version_line.other.click()
    assert counted(window) == before - 2 and "(mine)" not in in_title(window)
    assert UNUSED in window.version_line.text and window.version_line.other.text() == "Open mine"
    assert instances(annotations / UNUSED) == mine
    assert ["(mine)" in entry.name for entry in settings.recent()] == [False]
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.version_line.other.click()
    assert counted(window) == before and instances(annotations / MINE) == mine


def test_what_was_drawn_just_now_is_in_the_version_that_is_put_away(beside, window, annotations, qtbot):
    window.show_page("annotate")
    qtbot.waitUntil(lambda: beside.page.stage.view.picture is not None, timeout=10_000)
    before = instances(annotations / MINE)
    beside.box(85, 50, 110, 80)
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.version_line.other.click()
    assert instances(annotations / UNUSED) == before + 1


def test_opened_again_the_window_says_which_version_it_is(beside, window, make_window, dataset_folder, qtbot):
    window.document.finish()
    again = make_window()
    with qtbot.waitSignal(again.document.opened, timeout=10_000):
        again.document.open(dataset_folder)
    assert again.version_line.isVisible() and f"Your version is open and trained on: {MINE}" in again.version_line.text
    assert again.document.opened_draft.recovered is None and not again.document.opened_draft.strays
    with qtbot.waitSignal(again.document.opened, timeout=10_000):
        again.version_line.other.click()
    assert not again.document.opened_draft.strays, "what waits is not called gone"


def test_until_the_person_chose_every_page_says_so_and_nothing_is_trained(hand, window, theirs, qtbot):
    theirs()
    hand.box(60, 20, 80, 40)
    window.document.saver.save()
    qtbot.waitUntil(hand.page.notices.unsaved.isVisible, timeout=10_000)
    assert not window.version_line.isVisible(), "the page itself asks"
    window.show_page("train")
    assert "omebody else changed annotations/instances_train.json" in window.version_line.text
    qtbot.waitUntil(lambda: "Annotate page" in window.page.setup.obstacle(), timeout=10_000)
    assert not window.page.setup.start.isEnabled()
    window.version_line.choose.click()
    assert window.page is hand.page and hand.page.notices.beside.isVisible()


def test_a_file_that_was_opened_by_itself_goes_on_as_the_file_beside_it(annotate, window, theirs, annotations, qtbot):
    hand = annotate(annotations / "instances_train.json")
    theirs()
    hand.box(60, 20, 80, 40)
    window.document.saver.save()
    qtbot.waitUntil(hand.page.notices.unsaved.isVisible, timeout=10_000)
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        hand.page.notices.beside.click()
    assert window.document.path == annotations / MINE and MINE in window.version_line.text
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.version_line.other.click()
    assert window.document.path == annotations / "instances_train.json"
    assert (annotations / MINE).exists() and MINE in window.version_line.text


def test_a_version_that_cannot_be_read_is_not_opened(beside, window, annotations, qtbot):
    (annotations / "instances_train.json").write_text("{")
    with qtbot.waitSignal(window.document.failed, timeout=10_000):
        window.version_line.other.click()
    assert (annotations / MINE).exists() and "(mine)" in in_title(window)
    window.show_page("annotate")
    qtbot.waitUntil(lambda: beside.page.stage.view.picture is not None, timeout=10_000)
    beside.box(85, 50, 110, 80)
    beside.saved()


def test_one_dataset_is_one_card_on_home(window, dataset_folder, settings, qtbot):
    (dataset_folder / "annotations/instances_val.json").unlink()
    for path in (dataset_folder, dataset_folder / "annotations/instances_train.json"):
        with qtbot.waitSignal(window.document.opened, timeout=10_000):
            window.document.open(path)
    assert [entry.path for entry in settings.recent()] == [str(dataset_folder / "annotations/instances_train.json")]

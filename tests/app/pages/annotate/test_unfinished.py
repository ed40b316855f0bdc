"""What is begun and not finished becomes no instance by itself, and is not lost, whatever comes."""

import json
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.window.closing import Closing
from tests.app.document.test_document import entries

CORNERS = [(60, 20), (90, 20), (90, 50), (60, 50)]


@pytest.fixture
def said(hand):
    texts = []
    hand.page.status_message.connect(texts.append)
    return texts


def begin(hand, tool="polygon"):
    hand.page.tools.choose(tool)
    hand.click(*CORNERS[:3])


def instances(hand):
    return len(hand.page.context.annotations)


@pytest.mark.parametrize("tool", ["polygon", "scissors"])
def test_on_another_image_it_waits(hand, said, tool):
    begin(hand, tool)
    hand.turn(3)
    assert not hand.page.tools.current.busy() and any("waits on train_01.png" in text for text in said)
    hand.turn(0)
    assert instances(hand) == 1 and len(hand.page.tools.current.points) == 3
    assert "go on with what you had begun" in said[-1]
    hand.key(Qt.Key.Key_Escape)
    hand.turn(3)
    hand.turn(0)
    assert not hand.page.tools.current.busy(), "what was thrown away is gone"


def test_with_another_tool_in_hand_it_is_said_and_waits_on(hand, said):
    begin(hand)
    hand.turn(3)
    hand.page.tools.choose("brush")
    hand.turn(0)
    assert "Polygon: something here is not finished" in said[-1]
    hand.page.tools.choose("polygon")
    assert len(hand.page.tools.current.points) == 3 and instances(hand) == 1
    hand.click(CORNERS[3])
    hand.key(Qt.Key.Key_Return)
    assert instances(hand) == 2


def test_done_finishes_it_and_says_so(hand, said):
    begin(hand)
    hand.page.footer.done.click()
    assert any("finished with the image" in text for text in said)
    hand.turn(0)
    assert instances(hand) == 2 and not hand.page.tools.current.busy()


def test_on_another_page_it_waits(hand, window, qtbot):
    begin(hand)
    window.show_page("dataset")
    assert instances(hand) == 1
    window.show_page("annotate")
    assert len(hand.page.tools.current.points) == 3 and hand.page.commands.undo_button.isEnabled()
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(hand.page.tools.current.points) == 2 and not hand.page.editing.history.canUndo()


def test_over_a_restart_it_waits(hand, annotate, window, dataset_folder, said, qtbot):
    begin(hand)
    window.close()
    assert not window.isVisible() and entries(dataset_folder) == 14
    window.document.close()
    window.show()
    window.show_page("home")
    hand = annotate(dataset_folder)
    assert instances(hand) == 1 and len(hand.page.tools.current.points) == 3
    assert "go on with what you had begun" in said[-1]


def test_after_a_restart_it_is_said_where_something_waits(hand, annotate, window, dataset_folder, said):
    hand.turn(3)
    begin(hand)
    hand.turn(0)
    window.document.close()
    said.clear()
    hand = annotate(dataset_folder)
    assert any("1 shape not finished yet, on train_04.png" in text for text in said)


def test_a_window_that_stays_open_after_all_goes_on_at_once(hand, window, dataset_folder, monkeypatch):
    monkeypatch.setattr(Closing, "may_close", lambda closing: False)
    begin(hand)
    window.close()
    assert window.isVisible() and len(hand.page.tools.current.points) == 3


def test_another_dataset_leaves_it_with_its_own(hand, annotate, window, dataset_folder, tmp_path, qtbot):
    shutil.copytree(dataset_folder, tmp_path / "other")
    begin(hand)
    hand = annotate(tmp_path / "other")
    assert not hand.page.tools.current.busy() and instances(hand) == 1
    hand = annotate(dataset_folder)
    assert len(hand.page.tools.current.points) == 3 and instances(hand) == 1


def test_a_dataset_that_does_not_open_leaves_it_in_hand(hand, window, tmp_path, qtbot):
    begin(hand)
    with qtbot.waitSignal(window.document.failed, timeout=10_000):
        window.document.open(tmp_path / "nothing")
    window.show_page("annotate")
    assert len(hand.page.tools.current.points) == 3 and instances(hand) == 1


def test_a_stroke_ends_where_it_is_and_a_box_says_that_it_is_gone(hand, said):
    for tool, after in (("brush", 2), ("box", 2)):
        hand.page.tools.choose(tool)
        hand.page.context.select(())
        QTest.mousePress(hand.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(70, 20))
        QTest.mouseMove(hand.view, hand.at(90, 60))
        hand.turn(3)
        QTest.mouseRelease(hand.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(90, 60))
        assert instances(hand) == 1
        hand.turn(0)
        assert instances(hand) == after
    assert any("Box: nothing was made" in text for text in said)


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '[{"place": ["x", 1, "y"], "size": [1, 1], "tool": "?", "begun": {}}]']
)
def test_nonsense_on_the_disk_does_no_harm(hand, annotate, window, dataset_folder, content):
    folder = window.document.opened_draft.journal.folder
    window.document.close()
    (folder / "unfinished.json").write_text(content)
    hand = annotate(dataset_folder)
    begin(hand)
    hand.turn(3)
    assert len(json.loads((folder / "unfinished.json").read_text())) == 1


def test_what_is_begun_on_an_image_that_is_not_there_now_is_kept(hand, annotate, window, dataset_folder):
    folder = window.document.opened_draft.journal.folder
    begin(hand)
    window.document.close()
    (kept,) = json.loads((folder / "unfinished.json").read_text())
    kept["place"][2] = "away.png"
    (folder / "unfinished.json").write_text(json.dumps([kept]))
    hand = annotate(dataset_folder)
    begin(hand)
    hand.turn(3)
    written = json.loads((folder / "unfinished.json").read_text())
    assert kept in written and len(written) == 2

"""Very many instances at once: a thread changes them, and a person sees what they would see of a few."""

import json

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.document.editing import AT_ONCE
from app.tools import operations
from core.annotation.storage.journal import Journal, read_journal
from core.errors import UserError
from core.geometry.masks import crop
from core.geometry.segmentation import Polygons, Rle
from tests.app.tools.bench import CONTROL
from tests.app.tools.conftest import square

SIZE = (120, 160)


@pytest.fixture
def many(make_bench):
    """A few more than are changed at once, all selected."""
    bench = make_bench(*[[square(x, y, 6)] for y in range(0, 110, 9) for x in range(0, 150, 10)])
    assert len(bench.instances) > AT_ONCE
    bench.take("select")
    bench.key(Qt.Key.Key_A, CONTROL)
    return bench


def free(bench):
    return lambda: not bench.editing.busy


def test_deleted_and_back_as_one_step_each(many, qtbot):
    before = dict(many.context.annotations)
    operations.delete(many.context)
    assert many.context.annotations == before, "until it is done, all is as it was"
    qtbot.waitUntil(free(many), timeout=10_000)
    assert not many.instances and not many.context.order and many.steps == 1
    many.editing.undo()
    many.editing.redo()
    many.editing.undo()
    qtbot.waitUntil(free(many), timeout=10_000)
    assert many.context.annotations == before and many.steps == 0
    assert len(many.editing.draft.keeper) == 4, "each of them is in the journal"
    assert many.context.at(3, 3), "and they are clicked on again"


def test_a_click_while_they_are_changed_says_to_wait_and_what_is_drawn_comes_after_them(many, qtbot):
    number = len(many.instances)
    operations.to_mask(many.context)
    many.click((80, 60))
    assert "many instances" in many.messages[-1]
    many.context.draw("Box", Polygons([square(100, 100, 15)]))
    assert not many.editing.busy and many.steps == 2
    assert all(isinstance(one.segmentation, Rle) for one in many.instances[:number])
    assert isinstance(many.instances[-1].segmentation, Polygons)


def test_it_says_how_far_it_is(many, qtbot, monkeypatch):
    monkeypatch.setattr("app.document.editing._REPORT_EVERY", 0.0)
    told = []
    many.editing.working.connect(told.append)
    operations.to_mask(many.context)
    qtbot.waitUntil(free(many), timeout=10_000)
    first, *steps, last = told
    assert first.startswith("To a mask") and last == ""
    shares = [int(step.removeprefix(f"{first} · ").removesuffix("%").strip()) for step in steps]
    assert shares == sorted(shares) and shares[0] <= 5 and 40 <= shares[-1] <= 50  # the bench has no page to make ready


def test_copies_of_many_are_new_instances_and_the_selection(many, qtbot):
    number = len(many.instances)
    operations.duplicate(many.context)
    qtbot.waitUntil(free(many), timeout=10_000)
    assert len(many.instances) == 2 * number == 2 * len(many.context.order)
    assert many.steps == 1


def test_what_the_journal_cannot_keep_is_not_done_and_the_window_says_so(many, qtbot, monkeypatch):
    class Full(list):
        def append(self, edit, step) -> None:
            raise UserError("the disk is full", "make room")

    many.editing.draft.keeper = Full()
    refused = []
    many.editing.refused.connect(refused.append)
    operations.delete(many.context)
    many.editing.undo()
    qtbot.waitUntil(free(many), timeout=10_000)
    assert len(many.instances) > AT_ONCE and many.steps == 0
    assert [error.message for error in refused] == ["the disk is full"]


def test_what_many_became_is_found_after_a_crash(many, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    journal = Journal(many.editing.draft.dataset)
    journal.begin()
    many.editing.draft.keeper = journal
    operations.to_mask(many.context)
    qtbot.waitUntil(free(many), timeout=10_000)
    (kept,) = read_journal(journal.path).records
    journal.close()
    assert kept.edit.after == dict(many.context.annotations)
    assert json.loads(journal.path.read_bytes().splitlines()[1])["edit"]["name"].startswith("To a mask")


def test_a_stroke_on_a_large_mask_is_done_at_once(make_bench):
    """However large: nothing is made of it but its runs."""
    bench = make_bench()
    bitmap = np.ones(SIZE, np.uint8)
    bitmap[40:80, 50:110] = 0
    bench.context.draw("Mask", Rle.of(crop(bitmap)))
    bench.take("brush").set_option("size", 10.0)
    bench.drag((60, 60), (90, 60), held=CONTROL)
    painted = bench.pixels()
    assert painted[60, 75] == 1 and painted[45, 75] == 0 and painted[0, 0] == 1
    bench.take("eraser").set_option("size", 10.0)
    bench.drag((20, 20), (20, 30))
    assert bench.pixels()[25, 20] == 0 and bench.instances[0].box == (0, 0, 160, 120)

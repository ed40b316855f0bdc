"""SAM on a large picture: it looks at what is in view, says so, and clicks land where they were made."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.canvas.viewport import Viewport
from app.tools import sam_session
from core.annotation.assist.sam import view
from tests.core.annotation.assist.sam.pair import write_pair

DISC = (60, 60)
CLOSE = Viewport(16.0, 350 - 16 * 60, 260 - 16 * 60)
"""At 1,600 %, the disc in the middle."""
FAR_OFF = Viewport(16.0, -16 * 110, -16 * 60)


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch):
    monkeypatch.setattr(view, "LARGE", 100)
    monkeypatch.setattr(view, "_LEAST", 16)
    monkeypatch.setattr(sam_session, "LARGE", 100)
    monkeypatch.setattr("app.tools.sam.LARGE", 100)
    monkeypatch.setattr(sam_session, "REST_MS", 30)


@pytest.fixture
def bench(make_bench, tmp_path, qtbot):
    """The tool over the whole picture, encoded."""
    write_pair(tmp_path / "home" / "weights" / "sam")
    bench = make_bench()
    bench.view.fit()
    bench.take("sam").set_option("hover", False)
    qtbot.waitUntil(lambda: bench.tool.session.is_ready, timeout=10_000)
    return bench


@pytest.fixture
def rested(qtbot):
    def wait(bench):
        qtbot.wait(60)
        qtbot.waitUntil(lambda: bench.tool.session.is_ready and not bench.tool.session.asking.busy, timeout=10_000)

    return wait


def accepted(bench, rested):
    rested(bench)
    bench.key(Qt.Key.Key_Return)
    return bench.pixels()


def test_it_says_what_it_sees_and_looks_again_when_the_view_has_rested(bench, rested):
    assert "whole picture" in bench.tool.note
    bench.view.set_viewport(CLOSE)
    rested(bench)
    assert bench.tool.note == "SAM sees this view"
    region = bench.tool.session.region
    assert region.width < 80 and region.x < 60 < region.x + region.width
    bench.view.fit()
    rested(bench)
    assert "whole picture" in bench.tool.note


def test_a_click_close_up_finds_less_around_it_and_lies_where_it_was_made(bench, rested):
    bench.click(DISC)
    coarse = accepted(bench, rested)
    bench.view.set_viewport(CLOSE)
    rested(bench)
    bench.click(DISC)
    fine = accepted(bench, rested)
    rows, columns = np.nonzero(fine)
    assert (columns.mean(), rows.mean()) == pytest.approx((60, 60), abs=1.5)
    assert 0 < fine.sum() < coarse.sum() / 2


def test_a_click_before_the_view_has_rested_is_answered_too(bench, rested):
    bench.view.set_viewport(FAR_OFF)
    rested(bench)
    bench.view.set_viewport(CLOSE)
    bench.click(DISC)
    assert accepted(bench, rested)[60, 60]


def test_an_object_that_is_begun_goes_on_in_another_view(bench, rested):
    bench.view.set_viewport(CLOSE)
    rested(bench)
    bench.click((50, 60))
    rested(bench)
    bench.view.set_viewport(CLOSE.moved(bench.view.rect().center().toPointF()))
    rested(bench)
    assert bench.tool.busy(), "what was begun stays"
    bench.click((46, 46))
    pixels = accepted(bench, rested)
    assert pixels[60, 50] and pixels[46, 46] and len(bench.instances) == 1


def test_a_view_that_was_seen_before_is_not_looked_at_again(bench, rested):
    bench.view.set_viewport(CLOSE)
    rested(bench)
    bench.view.set_viewport(FAR_OFF)
    rested(bench)
    looked = []
    bench.tool.session.ready.connect(lambda: looked.append(True))
    bench.view.set_viewport(CLOSE)
    rested(bench)
    assert bench.tool.session.sees(60, 60) and not looked


def test_without_the_tool_in_hand_nothing_is_looked_at(bench, qtbot):
    tool, session = bench.tool, bench.tool.session
    bench.take("select")
    before = session.region
    bench.view.set_viewport(CLOSE)
    qtbot.wait(80)
    assert session.region == before
    bench.choose(1)
    qtbot.wait(80)
    assert session.region is None
    tool.begin()
    qtbot.waitUntil(lambda: session.is_ready, timeout=10_000)

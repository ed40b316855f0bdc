"""Threads let the window go first."""

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from app.threads.frame_priority import FramePriority
from core import pacing
from core.annotation.editing.edits import InstanceEdit
from core.annotation.editing.model import Annotation
from core.annotation.storage.journal_lines import EditRecord, encoded


@pytest.fixture
def way() -> FramePriority:
    return FramePriority()


def _in_thread(work) -> threading.Thread:  # type: ignore[no-untyped-def]
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _count(way: FramePriority, seen: list[float], seconds: float) -> threading.Thread:
    """A thread that goes on and on, and writes down when."""
    end = time.monotonic() + seconds

    def endless() -> Iterator[int]:
        while time.monotonic() < end:
            yield 0

    def work() -> None:
        for _ in way.giving(endless()):
            seen.append(time.monotonic())
            time.sleep(0.0001)

    return _in_thread(work)


def test_a_thread_stands_still_while_a_frame_is_made(way: FramePriority) -> None:
    seen: list[float] = []
    thread = _count(way, seen, 0.3)
    time.sleep(0.05)
    with way:
        time.sleep(0.02)  # what was begun before is done
        begin = time.monotonic()
        time.sleep(0.05)
        end = time.monotonic()
    thread.join()
    assert seen[0] < begin, "it was at work before"
    assert not [at for at in seen if begin < at < end]
    assert seen[-1] > end, "and goes on afterwards"


def test_what_takes_longer_than_a_frame_holds_nobody_up(way: FramePriority) -> None:
    seen: list[float] = []
    with way:  # a menu is open
        begin = time.monotonic()
        _count(way, seen, 0.6).join()
    assert sum(at > begin + 0.2 for at in seen) > 100, "the thread works as if there were no window"


def test_parts_of_a_frame_within_parts_are_one(way: FramePriority) -> None:
    seen: list[float] = []
    with way:
        with way:
            pass
        thread = _count(way, seen, 0.2)
        time.sleep(0.05)
        assert not seen
    thread.join()
    assert seen


def test_many_short_loops_get_on_as_one_long_loop_does(way: FramePriority) -> None:
    """One for each image of a dataset, each with a few instances."""
    frames, ended = [], threading.Event()

    def work() -> None:
        for _ in range(500):
            frames.extend(way.giving([0]))
        ended.set()

    thread = _in_thread(work)
    begin = time.monotonic()
    while not ended.is_set():
        with way:  # frames without end
            time.sleep(0.001)
    thread.join()
    assert len(frames) == 500 and time.monotonic() - begin < 2


def test_the_long_loops_of_core_go_the_pace_of_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[int] = []

    def slow(items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            passed.append(1)
            yield item

    monkeypatch.setattr(pacing, "_pace", slow)
    many = {id: Annotation(1, None, (0.0, 0.0, 1.0, 1.0)) for id in range(1, 31)}
    encoded(EditRecord(1, {}, InstanceEdit(name="New", image=0, before={}, after=many)))
    assert len(passed) == 30, "what is kept of an edit is encoded one by one"


def test_the_thread_that_makes_the_frame_never_waits_for_itself(way: FramePriority) -> None:
    with way:
        begin = time.monotonic()
        assert list(way.giving(range(1000))) == list(range(1000))
        way.give()
    assert time.monotonic() - begin < 0.05


def test_frames_that_follow_each_other_without_a_gap_let_a_thread_get_on(way: FramePriority) -> None:
    seen: list[float] = []
    thread = _count(way, seen, 0.8)
    end = time.monotonic() + 0.8
    while time.monotonic() < end:
        with way:
            time.sleep(0.005)
    thread.join()
    assert len(seen) > 5

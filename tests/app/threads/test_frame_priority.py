"""Threads let the window go first: a thread and the window on a clock that only the test moves."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from app.threads import frame_priority
from app.threads.frame_priority import FramePriority
from core import pacing
from core.annotation.editing.edits import InstanceEdit
from core.annotation.editing.model import Annotation
from core.annotation.storage.journal_lines import EditRecord, encoded

GUI, WORKER = 1, 2


class Machine:
    """A clock, and one thread beside the window's: while it sleeps, frames begin and end as they are planned."""

    def __init__(self) -> None:
        self.priority = FramePriority()
        self.now = 0.0
        self.thread = WORKER
        self.plan: list[tuple[float, Callable[[], object]]] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        end = self.now + seconds
        while self.plan and self.plan[0][0] <= end:
            self.now, happens = self.plan.pop(0)
            self.thread = GUI
            happens()
            self.thread = WORKER
        self.now = end

    def frame(self, begin: float, end: float) -> None:
        self.plan += [(begin, self.priority.__enter__), (end, lambda: self.priority.__exit__(None, None, None))]

    def work(self, until: float) -> list[float]:
        """When the thread got on, a tenth of a millisecond at a time."""
        worked = []
        for _ in self.priority.paced(iter(lambda: self.now < until, False)):
            worked.append(self.now)
            self.sleep(0.0001)
        return worked


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(frame_priority, "time", machine)
    monkeypatch.setattr(frame_priority, "get_ident", lambda: machine.thread)
    return machine


def test_a_thread_stands_still_while_a_frame_is_made(machine: Machine) -> None:
    machine.frame(0.05, 0.09)
    worked = machine.work(until=0.2)
    assert worked[0] == 0 and worked[-1] > 0.19, "it works before the frame and after it"
    assert not [at for at in worked if 0.052 < at < 0.09], "what was begun before the frame is done"


def test_what_takes_longer_than_a_frame_holds_nobody_up(machine: Machine) -> None:
    machine.frame(0.0, 10.0)  # a menu is open
    worked = machine.work(until=0.6)
    assert sum(at > 0.2 for at in worked) > 3900, "the thread works as if there were no window"


def test_parts_of_a_frame_within_parts_are_one(machine: Machine) -> None:
    machine.plan = [(0.01, machine.priority.__enter__)]
    machine.frame(0.02, 0.03)
    machine.plan += [(0.08, lambda: machine.priority.__exit__(None, None, None))]
    worked = machine.work(until=0.2)
    assert not [at for at in worked if 0.012 < at < 0.08] and worked[-1] > 0.19


def test_many_short_loops_get_on_as_one_long_loop_does(machine: Machine) -> None:
    """One for each image of a dataset, each with a few instances."""
    for number in range(2000):  # frames without end
        machine.frame(number / 1000, (number + 1) / 1000)
    machine.sleep(0.0005)
    frames = [item for _ in range(500) for item in machine.priority.paced([0])]
    assert len(frames) == 500 and machine.now < 1.5


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


def test_the_thread_that_makes_the_frame_never_waits_for_itself(machine: Machine) -> None:
    machine.thread = GUI
    with machine.priority:
        assert list(machine.priority.paced(range(1000))) == list(range(1000))
        machine.priority.wait_for_frame()
    assert machine.now == 0


def test_frames_that_follow_each_other_without_a_gap_let_a_thread_get_on(machine: Machine) -> None:
    for number in range(160):
        machine.frame(number * 0.005, (number + 1) * 0.005)
    assert len(machine.work(until=0.8)) > 50

from types import SimpleNamespace

from core.runs import control
from core.runs.control import Throttle


def test_what_is_throttled_is_due_once_in_an_interval(monkeypatch):
    now = 100.0
    monkeypatch.setattr(control, "time", SimpleNamespace(monotonic=lambda: now))
    at_once, later = Throttle(2.0, at_once=True), Throttle(2.0)
    assert at_once.due() and not later.due()
    now = 101.9
    assert not at_once.due() and not later.due()
    now = 102.0
    assert at_once.due() and later.due()
    now = 103.9
    assert not at_once.due() and not later.due()

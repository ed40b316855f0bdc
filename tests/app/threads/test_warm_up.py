"""Qt's classes are there before another thread asks for them."""

from PySide6.QtCore import QObject

from app.threads.warm_up import when_warm


def test_everybody_who_waits_is_called_once_and_later(qtbot):
    parent, called = QObject(), []
    for number in (1, 2):
        when_warm(parent, lambda number=number: called.append(number))
    assert called == []
    qtbot.waitUntil(lambda: sorted(called) == [1, 2], timeout=10_000)
    qtbot.wait(50)
    assert sorted(called) == [1, 2]
    when_warm(parent, lambda: called.append(3))
    qtbot.waitUntil(lambda: called[-1] == 3, timeout=5000)

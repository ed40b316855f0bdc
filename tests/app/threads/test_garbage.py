"""Objects of Qt in a cycle are destroyed in the GUI thread, though a worker makes all the garbage."""

import gc
import threading

from PySide6.QtCore import QObject, Qt

from app.threads import garbage, workers
from app.threads.garbage import collect_garbage_here


class Cycle(QObject):
    """Held by nobody but itself."""

    def __init__(self, destroyed_in: list[int]) -> None:
        super().__init__()
        self.me = self
        self.destroyed.connect(lambda: destroyed_in.append(threading.get_ident()), Qt.ConnectionType.DirectConnection)


def test_what_qt_made_is_destroyed_in_the_thread_it_lives_in(qtbot, monkeypatch):
    monkeypatch.setattr(garbage, "_MANY", 1000)
    parent, destroyed_in = QObject(), []
    collect_garbage_here(parent)
    Cycle(destroyed_in)
    made: list[list[int]] = []
    workers.start(lambda: made.extend([number] for number in range(200_000)))
    assert workers.finish(10_000) and len(made) == 200_000
    assert not destroyed_in, "the worker made enough for a collection, and there was none"
    qtbot.waitUntil(lambda: len(destroyed_in) == 1, timeout=10_000)
    assert destroyed_in == [threading.get_ident()]


def test_cycles_that_outlived_a_collection_go_too(qtbot, monkeypatch):
    monkeypatch.setattr(garbage, "_MANY", -1)  # at each look, as if there were always much
    monkeypatch.setattr(garbage, "_EVERY_MS", 0)
    parent, destroyed_in = QObject(), []
    cycle = Cycle(destroyed_in)
    gc.collect()
    collect_garbage_here(parent)
    del cycle
    qtbot.waitUntil(lambda: len(destroyed_in) == 1, timeout=60_000)

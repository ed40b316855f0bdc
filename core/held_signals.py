"""Signals that ask a job for something, held back until it can hear them: a process that Python is still starting would
be ended by them. Windows has no such signals, and nothing is done there."""

import signal
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager

Signals = Collection[int]


def hold(numbers: Signals) -> Signals:
    """Block signals from now on, in this thread and in processes that it starts; returns those that were blocked."""
    return () if sys.platform == "win32" else signal.pthread_sigmask(signal.SIG_BLOCK, numbers)


def let_in(numbers: Signals) -> Signals:
    """Unblock signals, also those that wait already; returns those that were blocked."""
    return () if sys.platform == "win32" else signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


def restore(mask: Signals) -> None:
    """Block the signals that ``hold`` or ``let_in`` returned, and no others."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def held(numbers: Signals) -> Iterator[None]:
    """``hold`` for as long as this lasts: a process that is started inside has them waiting until it calls
    ``let_in``."""
    before = hold(numbers)
    try:
        yield
    finally:
        restore(before)

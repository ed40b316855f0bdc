"""Signals that ask a job for something, held back until it can hear them: a process that Python is still starting would
be ended by them."""

import signal
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager

Mask = Collection[int]

if sys.platform == "win32":  # which has no such signals

    def hold(numbers: Mask) -> Mask:
        return ()

    def let_in(numbers: Mask) -> Mask:
        return ()

    def restore(mask: Mask) -> None:
        pass

else:

    def hold(numbers: Mask) -> Mask:
        """Let signals wait from now on, in this thread and in processes that it starts; returns what waited before."""
        return signal.pthread_sigmask(signal.SIG_BLOCK, numbers)

    def let_in(numbers: Mask) -> Mask:
        """Hear signals from now on, and those that wait; returns what waited before."""
        return signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)

    def restore(mask: Mask) -> None:
        """Let the signals wait that waited before, and no others."""
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def held(numbers: Mask) -> Iterator[None]:
    """``hold`` for as long as this lasts: a process that is started inside has them waiting until it calls
    ``let_in``."""
    before = hold(numbers)
    try:
        yield
    finally:
        restore(before)

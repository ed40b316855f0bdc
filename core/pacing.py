"""Long loops that may run in a thread make room for what cannot wait: the frames of the window, where there is one.

The pace belongs to the process and is no argument: whether a frame is waiting is a fact about the process, and the
loops lie at the bottom of reading, checking and journaling, each of which would have to hand it on. Only the window
sets it, before it opens, and nothing that is computed depends on it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

_pace: Callable[[Iterable[Any]], Iterator[Any]] = iter


def paced(items: Iterable[T]) -> Iterator[T]:
    """``items`` one after the other, as fast as the pace of the process allows."""
    return _pace(items)


def set_pace(pace: Callable[[Iterable[Any]], Iterator[Any]]) -> None:
    """Have all paced loops of this process go through ``pace`` from now on."""
    global _pace
    _pace = pace

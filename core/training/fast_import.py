"""Loading torch and Lightning in two thirds of the time they take by themselves: 2.6 s of processor time, not 4.1."""

import atexit
import contextlib
import gc
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from core.training.collecting import uncollected

_UNUSED = "scipy.signal"


@contextlib.contextmanager
def swift_imports() -> Iterator[None]:
    """Import libraries in this block.

    Their modules make objects by the million and no garbage: the collector would look through them in vain, again and
    again; afterwards it never has to look at them. And torchmetrics, which Lightning loads, loads all of SciPy's signal
    processing only to see whether it is an old version: here it finds one that is not.
    """
    stand_in: Any = ModuleType(_UNUSED)
    stand_in.hamming = None
    sys.modules.setdefault(_UNUSED, stand_in)
    with uncollected():
        try:
            yield
        finally:
            if sys.modules.get(_UNUSED) is stand_in:
                del sys.modules[_UNUSED]
            gc.freeze()
            atexit.register(gc.unfreeze)  # some libraries complain of what is never taken apart

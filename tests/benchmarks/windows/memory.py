"""Memory of this process, as Linux counts it."""

import math
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_mib() -> float:
    """The most that the process has held so far, mapped files with it. Not ``getrusage``'s figure: what starts a
    process hands its own down in that."""
    return _field("VmHWM")


def own_mib() -> float:
    """What it holds now without the pages of mapped files."""
    return _field("RssAnon")


def _field(name: str) -> float:
    lines = _STATUS.read_text().splitlines() if _STATUS.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name + ":")), math.nan)

"""What a benchmark ran on."""

import os
import platform
from pathlib import Path

_CPU = Path("/proc/cpuinfo")


def machine() -> str:
    """The processor, and how many of its cores there are."""
    lines = _CPU.read_text().splitlines() if _CPU.exists() else []
    named = (line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    return f"{next(named, platform.processor() or platform.machine())}, {os.cpu_count()} cores"

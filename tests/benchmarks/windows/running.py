"""A window in a process of its own, watched: it may take only so long and so much memory."""

import contextlib
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil

_TAIL = 25
"""Lines of the log that say why a command failed."""


class RunError(Exception):
    """It ended badly, took too long or too much memory; the words say which."""


def watched(command: list[Any], environment: dict[str, str], log: Path, *, seconds: float, most_mib: float) -> None:
    """Run a command to its end; what it says goes to ``log``. Raises ``RunError``."""
    end, peak = time.monotonic() + seconds, 0.0
    with log.open("w") as said:
        process = psutil.Popen(
            [str(word) for word in command], env=os.environ | environment, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            while process.poll() is None:
                with contextlib.suppress(psutil.Error):
                    peak = max(peak, process.memory_info().rss / 2**20)
                if peak > most_mib:
                    raise RunError(f"stopped at {peak:,.0f} MiB of memory")
                if time.monotonic() > end:
                    raise RunError(f"stopped after {seconds:.0f} s, with {peak:,.0f} MiB of memory")
                time.sleep(0.05)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-_TAIL:])
        raise RunError(f"ended with {process.returncode}: {tail}")

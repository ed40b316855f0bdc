"""Trials by the real command: one run after the other, one JSON file a run, so that the work can be done in pieces."""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def maskwright(*words: object, threads: int) -> float:
    """Run the command; the CPU seconds it took. Ends the benchmark when the command fails."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", "core.cli", *map(str, words)]
    before = _cpu_seconds()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return _cpu_seconds() - before


def once(results: Path, title: str, trial: Callable[[Path], dict[str, Any]]) -> dict[str, Any] | None:
    """What ``trial`` finds in a run folder of its own, written to ``results``; ``None`` if it is there already."""
    target = results / f"{title}.json"
    if target.exists():
        return None
    results.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(results / "runs" / title, ignore_errors=True)  # of a trial that was broken off
    found = trial(results / "runs" / title)
    target.write_text(json.dumps(found, indent=1))
    return found


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

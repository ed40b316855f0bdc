"""Damaged files end in sentences: thousands of them, and every verb that reads them.

    python tests/benchmarks/mutations.py [--count 6000] [--seed 0] [--processes 2] [--only NUMBER …]

Files of a run folder, weights, recipes, COCO files, exports and SAM's networks are damaged in every way that
``mutants.mutators`` knows, and a verb that reads them is done. Fine is an end as planned, and an error in one line.
Faults are all else: exit code 3, a traceback, a process that dies, takes longer than ``HANGS`` seconds or more memory
than ``MOST_MIB``. Prints each fault, and a table at the end; exit code 1 when there was one.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
HANGS = 60.0
MOST_MIB = 4 << 10


class Worker:
    """A process that does cases, started anew when one was too much for it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._seed = folder, seed
        self._process: subprocess.Popen[str] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def do(self, number: int) -> dict[str, Any]:
        """What came of a case."""
        if self._process is None:
            self._start()
        self._say(str(number))
        result = self._answer(HANGS)
        if "number" not in result:  # it is dead, or too busy to go on
            self.end()
        return result | {"number": number}

    def end(self) -> None:
        """End the process, whatever it is at."""
        if self._process is not None:
            self._process.kill()
            self._listener.join()
            with contextlib.suppress(BrokenPipeError):
                self._process.communicate()
            self._process = None

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.benchmarks.mutants.worker", str(self._folder), str(self._seed)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200", "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: Queue[str] = Queue()
        self._listener = threading.Thread(target=self._listen, args=(self._process, self._lines), daemon=True)
        self._listener.start()
        ready = self._answer(600)
        assert "ready" in ready, ready

    @staticmethod
    def _listen(process: "subprocess.Popen[str]", lines: "Queue[str]") -> None:
        assert process.stdout
        for line in process.stdout:
            lines.put(line)
        lines.put("")

    def _say(self, line: str) -> None:
        assert self._process and self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _answer(self, seconds: float) -> dict[str, Any]:
        """The next line, or why there is none."""
        assert self._process
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                line = self._lines.get(timeout=0.2)
                if line:
                    return dict(json.loads(line))
                return {"fine": False, "code": self._process.wait(), "said": "the process died"}
            except Empty:
                if _memory(self._process.pid) > MOST_MIB:
                    return {"fine": False, "code": "memory", "said": f"more than {MOST_MIB} MiB"}
        return {"fine": False, "code": "hangs", "said": f"longer than {seconds:.0f} s"}


def _memory(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss) >> 20
    except psutil.Error:
        return 0


def _work(worker: Worker, numbers: "Queue[int]", results: list[dict[str, Any]], seed: int) -> None:
    from tests.benchmarks.mutants.subjects import Case

    while True:
        try:
            number = numbers.get_nowait()
        except Empty:
            return worker.end()
        case = Case.of(seed, number)
        known = {"file": case.subject.file, "damage": case.damage, "verb": case.verb}
        results.append(result := known | worker.do(number))
        if not result["fine"]:
            print(f"\n--- {number}: {result['verb']} after {result['damage']} of {result['file']}: {result['code']}")
            print(result["said"][-1_500:], flush=True)
        elif len(results) % 500 == 0:
            print(f"{len(results)} cases", flush=True)


def _table(results: list[dict[str, Any]]) -> None:
    files = Counter(result["file"] for result in results)
    print(f"\n{'file':45} {'cases':>6} {'done':>6} {'error':>6} {'fault':>6} {'slowest':>8}")
    for file, cases in sorted(files.items()):
        own = [result for result in results if result["file"] == file]
        done = sum(bool(result["fine"]) and result["code"] in (0, 130) for result in own)
        faults = sum(not result["fine"] for result in own)
        slowest = max((result.get("seconds", 0.0) for result in own), default=0.0)
        print(f"{file:45} {cases:6} {done:6} {cases - done - faults:6} {faults:6} {slowest:6.1f} s")
    faults = sum(not result["fine"] for result in results)
    peak = max((result.get("peak_mib", 0) for result in results), default=0)
    print(f"{'all':45} {len(results):6} {'':6} {'':6} {faults:6}   most memory {peak} MiB")


def main() -> int:
    """Do the cases and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=6_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of cases")
    parser.add_argument("--work", type=Path, help="a folder to keep; where the whole files are made once")
    parser.add_argument("--results", type=Path, help="a JSONL file for all results")
    asked = parser.parse_args()
    numbers: Queue[int] = Queue()
    for number in asked.only or range(asked.first, asked.first + asked.count):
        numbers.put(number)
    results: list[dict[str, Any]] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        work = (asked.work or Path(temporary)).absolute()
        workers = [Worker(work / str(index), asked.seed) for index in range(asked.processes)]
        threads = [threading.Thread(target=_work, args=(worker, numbers, results, asked.seed)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    _table(results)
    print(f"{time.monotonic() - began:.0f} s, seed {asked.seed}")
    if asked.results:
        asked.results.write_text("".join(json.dumps(result) + "\n" for result in results))
    return int(any(not result["fine"] for result in results))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())

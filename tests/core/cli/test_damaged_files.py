"""A sample of the damaged files of ``tests/benchmarks/mutations.py``: each ends as planned or in a sentence."""

import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="pipes and links of POSIX")]

SEED, CASES = 7, 150


def test_damaged_files_end_in_sentences(tmp_path: Path) -> None:
    from tests.benchmarks.mutations import Worker

    worker = Worker(tmp_path, SEED)
    try:
        results = [worker.do(number) for number in range(CASES)]
    finally:
        worker.end()
    faults = [result for result in results if not result["fine"]]
    assert not faults, faults
    assert {result["code"] for result in results} >= {0, 1, 130}

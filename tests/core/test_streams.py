"""What shows a person how work goes does not end the work, whatever becomes of the stream."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell and devices of POSIX")

WORK = """
import os, sys
from core.streams import harden, lost
harden()
for number in range(20_000):
    print("² “line”", number, "\\udcff")
    print("² “line”", number, "\\udcff", file=sys.stderr)
with open(sys.argv[1], "w") as file:
    file.write(f"{min(file.fileno(), 3)} {type(lost(sys.stdout)).__name__}")
os.system("echo a library speaks; echo and complains >&2")
sys.exit(5)
"""


def _work(redirection: str, tmp_path: Path, **environment: str) -> str:
    """Run ``WORK`` with its output redirected by a shell; returns the lowest number a file got, and what is lost."""
    script, result = tmp_path / "work.py", tmp_path / "result"
    script.write_text(WORK, encoding="utf-8")
    line = f'"{sys.executable}" "{script}" "{result}" {redirection}; exit ${{PIPESTATUS[0]}}'
    ended = subprocess.run(
        ["bash", "-c", line],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert ended.returncode == 5, "the exit code is that of the work"
    return result.read_text()


@pytest.mark.parametrize(
    ("redirection", "lost"),
    [
        ("| head -1", "NoneType"),
        ("2>&1 | head -1", "NoneType"),
        (">/dev/full", "OSError"),
        (">/dev/full 2>&1", "OSError"),
        (">&-", "NoneType"),
        ("2>&-", "NoneType"),
        ("<&- >&- 2>&-", "NoneType"),
    ],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_no_stream_ends_the_work(redirection: str, lost: str, unbuffered: str, tmp_path: Path) -> None:
    assert _work(redirection, tmp_path, PYTHONUNBUFFERED=unbuffered) == f"3 {lost}"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1:strict", "utf-8"])
def test_no_encoding_ends_the_work(encoding: str, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    assert _work(f'> "{seen}"', tmp_path, PYTHONIOENCODING=encoding) == "3 NoneType"
    lines = seen.read_bytes().decode(encoding.partition(":")[0]).splitlines()
    assert len(lines) == 20_001 and "line" in lines[0] and "0" in lines[0] and "\\udcff" in lines[0]

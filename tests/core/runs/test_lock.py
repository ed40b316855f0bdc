"""One process at a time works in a run folder, whatever is done to the clock."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest
from filelock import FileLock

from core.runs import lock
from core.runs.lock import ProcessMark, RunBusyError, at_work, claimed, is_at_work, mark_of, process_at_work, write_mark

ROOT = Path(__file__).parents[3]
HOUR = 3600.0
WORKER = """
import sys
from pathlib import Path
from core.runs.lock import RunBusyError, at_work
try:
    with at_work(Path(sys.argv[1]), 0.3):
        print("at work", flush=True)
        sys.stdin.readline()
except RunBusyError:
    print("busy", flush=True)
"""

Begin = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts processes that want to work in ``tmp_path`` until a line is written to them."""
    made = []

    def start() -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", WORKER, str(tmp_path)]
        made.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT))
        return made[-1]

    yield start
    for process in made:
        process.kill()
        process.communicate()


def word(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_of_several_that_begin_at_once_one_works(begin: Begin, tmp_path: Path) -> None:
    several = [begin() for _ in range(4)]
    assert sorted(map(word, several)) == ["at work", "busy", "busy", "busy"]
    with pytest.raises(RunBusyError, match="still running"), claimed(tmp_path, 0):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_process_that_is_killed_lets_go(begin: Begin, tmp_path: Path) -> None:
    process = begin()
    assert word(process) == "at work" and is_at_work(tmp_path)
    process.kill()
    process.wait()
    assert not is_at_work(tmp_path)
    with claimed(tmp_path, 0):
        pass


def test_what_is_done_to_its_mark_does_not_end_a_process(begin: Begin, tmp_path: Path) -> None:
    process = begin()
    assert word(process) == "at work"
    for content in (b"", b"\xff", b"[1]", b'{"pid": "x"}', b'{"pid": 1e999}', b'{"pid": -1, "started": 0}', None):
        (tmp_path / "process.json").unlink(missing_ok=True)
        if content is not None:
            (tmp_path / "process.json").write_bytes(content)
        assert process_at_work(tmp_path) is None, content
        assert is_at_work(tmp_path), content


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the start of a process does not move with the clock")
@pytest.mark.parametrize("step", [-HOUR, 1.5, HOUR])
def test_a_clock_that_is_set_does_not_end_a_process(tmp_path: Path, step: float) -> None:
    mark = mark_of(psutil.Process())
    content = msgspec.json.encode(msgspec.structs.replace(mark, started=mark.started + step))
    (tmp_path / "process.json").write_bytes(content)
    found = process_at_work(tmp_path)
    assert found is not None and found.pid == os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="ticks")
def test_a_number_that_was_used_again_is_another_process(tmp_path: Path) -> None:
    mark = mark_of(psutil.Process())
    for change in ({"ticks": mark.ticks + 1}, {"boot": "another start of the machine"}):
        (tmp_path / "process.json").write_bytes(msgspec.json.encode(msgspec.structs.replace(mark, **change)))
        assert process_at_work(tmp_path) is None


def test_marks_of_earlier_versions_are_understood(tmp_path: Path) -> None:
    started = psutil.Process().create_time()
    (tmp_path / "process.json").write_bytes(msgspec.json.encode({"pid": os.getpid(), "started": started}))
    assert process_at_work(tmp_path) is not None


def test_who_starts_a_process_marks_it_before_it_can_do_so_itself(tmp_path: Path) -> None:
    with claimed(tmp_path):
        sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        write_mark(tmp_path, psutil.Process(sleeper.pid))
    try:
        with pytest.raises(RunBusyError), claimed(tmp_path, 0):
            pass
    finally:
        sleeper.communicate(b"\n")
    with at_work(tmp_path):
        assert process_at_work(tmp_path) is not None
    assert process_at_work(tmp_path) is None


def test_where_there_are_no_locks_the_mark_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(self: FileLock, *args: object, **more: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(FileLock, "acquire", no_locks)
    with at_work(tmp_path):
        pass
    mark = mark_of(psutil.Process(os.getppid()))
    (tmp_path / "process.json").write_bytes(msgspec.json.encode(mark))
    with pytest.raises(RunBusyError, match="still running"), claimed(tmp_path):
        pass
    elsewhere = ProcessMark(pid=1, started=time.time(), ticks=1, boot="other", host="node-7")
    (tmp_path / "process.json").write_bytes(msgspec.json.encode(elsewhere))
    with pytest.raises(RunBusyError, match="node-7") as told, claimed(tmp_path):
        pass
    assert "process.json" in told.value.hint
    (tmp_path / "lock").touch()
    assert is_at_work(tmp_path), "nobody can tell, so it is not called dead"


def test_a_process_of_a_machine_that_is_gone_hinders_nobody_where_there_are_locks(tmp_path: Path) -> None:
    elsewhere = ProcessMark(pid=1, started=time.time(), ticks=1, boot="other", host="node-7")
    (tmp_path / "process.json").write_bytes(msgspec.json.encode(elsewhere))
    assert not is_at_work(tmp_path)
    with claimed(tmp_path, 0):
        assert lock.process_at_work(tmp_path) is None

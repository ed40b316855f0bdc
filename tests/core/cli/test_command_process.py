"""The command as a process: signals, pipes, terminals and what is written where."""

import fcntl
import json
import os
import subprocess
import sys
import termios
import time
from pathlib import Path

import psutil
import pytest

from core.runs.events import Done
from core.runs.folder import runs

ROOT = Path(__file__).parents[3]

SAMPLE = "sample parts --train-images 2 --validation-images 1 --size 64"

pytestmark = pytest.mark.usefixtures("home")


def test_a_sample_made_by_the_command_is_a_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["sample", "parts", "--train-images", "2", "--validation-images", "1", "--size", "64"]
    done = subprocess.run(
        [sys.executable, "-m", "core.cli", *line],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Making the sample" in done.stdout
    written = json.loads((tmp_path / "parts" / "annotations" / "instances_train.json").read_text())
    assert len(written["images"]) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="shell and devices of POSIX")
@pytest.mark.parametrize(
    ("line", "code", "complaint"),
    [
        (f"{SAMPLE} | head -1", 0, ""),
        (f"{SAMPLE} >/dev/full 2>&-", 0, ""),
        ("evaluate nothing nowhere 2>/dev/full", 1, ""),
        ("find >/dev/full", 1, "cannot be written"),  # nothing but the list was wanted
    ],
)
def test_the_exit_code_is_of_the_work_whatever_becomes_of_what_is_shown(
    line: str, code: int, complaint: str, tmp_path: Path
) -> None:
    ended = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m core.cli {line}; exit ${{PIPESTATUS[0]}}'],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (ended.returncode, complaint in ended.stderr, "\n" in ended.stderr) == (code, True, bool(complaint))
    assert (tmp_path / "parts" / "annotations").is_dir() == line.startswith("sample")


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_a_job_goes_on_when_its_terminal_is_gone(tmp_path: Path, home: Path) -> None:
    terminal, end = os.openpty()
    job = subprocess.Popen(
        [sys.executable, "-m", "core.cli", *SAMPLE.split()],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY),
    )
    os.close(end)
    assert os.read(terminal, 1)  # it has begun to show something
    os.close(terminal)  # which sends SIGHUP, and lets nothing be written any more
    assert job.wait(30) == 0
    (folder,) = runs(home / "runs")
    assert isinstance(folder.records()[-1].event, Done)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGUSR1")
def test_a_pause_that_is_asked_for_in_the_first_moment_is_not_its_end(tmp_path: Path) -> None:
    line = "import os, signal, core.cli as cli, sys; sys.argv[1:] = ['sample', 'parts', '--train-images', '5000']; "
    line += "load = cli.run; cli.run = lambda words: (os.kill(os.getpid(), signal.SIGUSR1), load(words))[1]; cli.main()"
    command = [sys.executable, "-P", "-c", line]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert b"Stopped" in done.stdout, "what is no training cannot be paused, but it is ended, and keeps what it has"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot replace a process")
def test_the_window_is_the_process_that_was_started_so_that_none_outlives_it(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    started = psutil.Popen([sys.executable, "-m", "core.cli", "app"], cwd=tmp_path, env=environment)
    try:
        while "window" not in started.cmdline():
            assert started.poll() is None and not started.children(), "the window is a process of its own"
            time.sleep(0.02)
    finally:
        started.kill()
        started.wait()

"""Signals as requests: how often Ctrl-C was pressed, whatever the process is at."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cli.interrupts import Interrupts
from core.runs.control import CancelRequested, PauseRequested, StopRequested
from core.runs.folder import RunFolder

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def slow_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, what a test sends comes soon enough to be one press."""
    monkeypatch.setattr("core.cli.interrupts._ONE_PRESS", 10.0)


@pytest.fixture
def interrupts(said: list[str]) -> Iterator[Interrupts]:
    with Interrupts(said.append) as entered:
        yield entered


def _asked(interrupts: Interrupts, expected: str = "") -> str:
    """What is asked by now; as soon as that is ``expected``, else after a while."""
    until = time.monotonic() + (60.0 if expected else 0.05)
    while (found := _said(interrupts)) != expected and time.monotonic() < until:
        time.sleep(0.005)
    return found


def _said(interrupts: Interrupts) -> str:
    try:
        interrupts.check()
    except (StopRequested, CancelRequested, PauseRequested) as asked:
        return type(asked).__name__
    return ""


def test_one_press_that_comes_to_this_process_twice_is_one(
    interrupts: Interrupts, said: list[str], slow_hand: None
) -> None:
    for number, later in ((signal.SIGINT, 0.01), (signal.SIGINT, 0.01), (signal.SIGTERM, 0.2), (signal.SIGTERM, 0.0)):
        os.kill(os.getpid(), number)  # from the terminal, passed on by its parent, and what launchers send then
        time.sleep(later)
    assert _asked(interrupts) == "StopRequested"
    assert len(said) == 1


def test_a_key_held_down_is_one_press(interrupts: Interrupts, slow_hand: None) -> None:
    for _ in range(8):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.03)
    assert _asked(interrupts) == "StopRequested"


def test_who_asked_to_stop_may_still_cancel_but_not_pause(interrupts: Interrupts) -> None:
    os.kill(os.getpid(), signal.SIGUSR1)
    assert _asked(interrupts, "PauseRequested") == "PauseRequested"
    os.kill(os.getpid(), signal.SIGINT)
    assert _asked(interrupts, "StopRequested") == "StopRequested"
    os.kill(os.getpid(), signal.SIGUSR1)
    assert _asked(interrupts) == "StopRequested"
    time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGINT)
    assert _asked(interrupts, "CancelRequested") == "CancelRequested"


def test_a_terminal_that_hangs_up_ends_nothing_and_all_is_as_before_afterwards(said: list[str]) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    with Interrupts(said.append) as interrupts:
        os.kill(os.getpid(), signal.SIGHUP)
        assert _asked(interrupts) == "" and not said
    assert {number: signal.getsignal(number) for number in before} == before


LONG_STEP = """
import hashlib, sys, time
from core.cli.interrupts import Interrupts
from core.runs.control import CancelRequested
with Interrupts(lambda words: None) as interrupts:
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"long", b"step", int(sys.argv[1]))  # no handler of Python is called meanwhile
    try:
        interrupts.check()
    except CancelRequested:
        sys.exit(7)
"""


def test_two_presses_within_one_long_step_are_two() -> None:
    seconds = 3_000_000  # iterations: between one second and four
    with subprocess.Popen(
        [sys.executable, "-c", LONG_STEP, str(seconds)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout and child.stdout.readline() == "ready\n"
        for _ in range(2):
            time.sleep(0.15)
            child.send_signal(signal.SIGINT)
        assert child.wait(30) == 7


def test_what_is_asked_of_a_run_is_heard_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path)
    folder.ask("cancel")
    folder.forget_requests()  # as who begins to work does
    with Interrupts([].append, folder) as interrupts:
        assert _asked(interrupts) == ""
        now = time.time()
        for hours in (-1, 0, 1):
            monkeypatch.setattr(time, "time", lambda moment=now + 3600 * hours: moment)
            folder.forget_requests()
            folder.ask("pause")
            time.sleep(0.5)
            assert _asked(interrupts) == "PauseRequested"

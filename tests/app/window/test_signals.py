"""Signals to the window's process: it closes as its button would make it, whatever sends them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

WINDOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore them: who starts
signal.signal(signal.SIGHUP, signal.SIG_DFL)              # something in the background of a script, or by nohup
import app.__main__ as start
from app.window.main_window import MainWindow

close = MainWindow.closeEvent

def asked(window, event):
    print("asked to close", flush=True)
    if "trains" in sys.argv:
        window.jobs.running = lambda: ["a training"]
    if "hangs" in sys.argv:
        time.sleep(60)
    if "stays" in sys.argv:
        event.ignore()
    else:
        close(window, event)

MainWindow.closeEvent = asked
if "trains" in sys.argv:
    from PySide6.QtWidgets import QDialog
    from app.window import closing

    class Asking(QDialog):
        def __init__(self, window, jobs):
            super().__init__(window)

        def open(self):
            print("asked about runs", flush=True)

    closing.QuitDialog = Asking
start.keep_responsive = lambda window: print("ready", flush=True)
sys.exit(start.main([]))
"""


@contextmanager
def _window(*arguments: str) -> "Iterator[subprocess.Popen[str]]":
    with subprocess.Popen(
        [sys.executable, "-c", WINDOW, *arguments],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert child.stdout and child.stdout.readline() == "ready\n"
            yield child
        finally:
            child.kill()  # one that failed would be waited for for good


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_closes_the_window_as_its_button_does(number: signal.Signals) -> None:
    with _window() as child:
        child.send_signal(number)
        assert child.wait(20) == 0
        assert child.stdout and child.stdout.read() == "asked to close\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_where_a_session_ends_nobody_is_asked_about_runs(number: signal.Signals) -> None:
    with _window("trains") as child:
        child.send_signal(number)
        assert child.wait(20) == 0
        assert child.stdout and child.stdout.read() == "asked to close\n"


def test_after_ctrl_c_somebody_is_there_to_be_asked_about_runs() -> None:
    with _window("trains") as child:
        child.send_signal(signal.SIGINT)
        assert child.stdout and child.stdout.readline() == "asked to close\n"
        assert child.stdout.readline() == "asked about runs\n"
        child.kill()


@pytest.mark.parametrize("how", ["stays", "hangs"])
def test_a_second_signal_ends_a_window_that_does_not_close(how: str) -> None:
    with _window(how) as child:
        child.send_signal(signal.SIGINT)
        assert child.stdout and child.stdout.readline() == "asked to close\n"
        time.sleep(0.2)
        assert child.poll() is None
        child.send_signal(signal.SIGINT)
        assert child.wait(5) == 130


def test_what_is_sent_twice_at_once_is_one_wish() -> None:
    """A session that ends sends several signals, and closing takes its time."""
    with _window("stays") as child:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            child.send_signal(number)
        assert child.stdout and child.stdout.readline() == "asked to close\n"
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.5)
        child.kill()

"""The child process of a run: starting it, ending it, and finding out how it ended.

Used by the window, the command and tests; imports nothing of what does a job.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from core import safe_path
from core.errors import UserError
from core.files import open_own
from core.held_signals import held
from core.runs.control import SIGNALS, Ask
from core.runs.event_log import EventWriter
from core.runs.events import TERMINAL, Cancelled, Failed, Terminal
from core.runs.folder import RunFolder
from core.runs.lock import RunBusyError, claimed, write_mark
from core.words import tr

_LOG_LINES = 20
if sys.platform == "win32":
    _CREATION_FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
else:
    _CREATION_FLAGS = 0
_OUT_OF_MEMORY = tr("Use a smaller batch or input size, or close other programs.")


def start(folder: RunFolder) -> subprocess.Popen[bytes]:
    """Start the job of ``folder`` in a child process in a session of its own, so that it may outlive its parent.

    Its output goes to ``log.txt``. Requests that were made to an earlier process of a resumed run are deleted. Its
    working directory is the folder of the Python environment, which is always there and comes from nobody else. The
    caller has claimed the folder, polls the process and, once it has ended, calls ``outcome``.
    """
    folder.forget_requests()
    # The child has another working directory.
    folders = {name: os.environ.get(name) for name in ("MASKWRIGHT_HOME", "MASKWRIGHT_WEIGHTS")}
    own = {name: str(Path(named).absolute()) for name, named in folders.items() if named}
    log_file = os.fdopen(open_own(folder.log, os.O_WRONLY | os.O_APPEND), "ab")
    with log_file as log, held(SIGNALS):  # until it hears them, which takes a second
        child = subprocess.Popen(
            safe_path.own_command("job", str(folder.path.absolute())),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=sys.prefix,
            env=safe_path.environment() | own | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # POSIX
            creationflags=_CREATION_FLAGS,  # Windows
        )
    with contextlib.suppress(psutil.Error, OSError):  # it is gone already, or marks itself
        write_mark(folder.path, psutil.Process(child.pid))
    return child


def ask(folder: RunFolder, request: Ask) -> None:
    """Ask the process at work on ``folder`` to pause or to stop, by a signal where the disk is full.

    Raises ``OSError`` where that cannot be done either.
    """
    try:
        folder.ask(request)
    except OSError:
        process = folder.process()
        if process is None or sys.platform == "win32":
            raise
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended in the meantime
            process.send_signal(signal.SIGUSR1 if request == "pause" else signal.SIGTERM)


def end(folder: RunFolder, ask: Ask, patience: float = 3.0) -> None:
    """Ask the process at work on ``folder`` to pause, stop or cancel; terminate its whole process tree after
    ``patience`` seconds, and kill it after as many more. Returns when it is gone; call it from a thread.

    A stop may need minutes to save what was reached: ``ask`` waits for nothing and ends nothing.
    """
    with contextlib.suppress(OSError):  # on a full disk it is not asked, but ended all the same
        folder.ask(ask)
    process = folder.process()
    if process is None:
        return
    if _gone([process], patience):
        return
    try:
        tree = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for how in ("terminate", "kill"):
        for member in tree:
            with contextlib.suppress(psutil.Error):  # it ended in the meantime
                getattr(member, how)()
        if _gone(tree, patience):
            return


def outcome(folder: RunFolder, returncode: int | None) -> Terminal | None:
    """The terminal event of a run whose process is gone; ``None`` when another process is at work there by now.

    A process that ended without a terminal event gets one here, appended to the run's events: ``Cancelled`` if that was
    asked for, else ``Failed`` with the meaning of ``returncode`` (as of ``Popen``; ``None`` for a process that was not
    our child) and the last lines of the log. Raises ``OSError`` when it cannot be written.
    """
    try:
        with claimed(folder.path):
            return _said(folder) or _say_end(folder, returncode)
    except RunBusyError:
        return None


def _said(folder: RunFolder) -> Terminal | None:
    records = folder.records()
    last = records[-1].event if records else None
    return last if isinstance(last, TERMINAL) else None


def _say_end(folder: RunFolder, returncode: int | None) -> Cancelled | Failed:
    event: Cancelled | Failed
    if folder.asked() == "cancel":
        with contextlib.suppress(UserError):  # what it did cannot be read any more
            folder.discard(folder.read_job().job)
        event = Cancelled()
    else:
        message, hint = _meaning(returncode)
        last_lines = "\n".join(folder.end_of_log().splitlines()[-_LOG_LINES:])
        event = Failed(message=message, hint=hint, traceback=last_lines or tr("The log is empty."))
    with EventWriter(folder.events) as write:
        write(event)
    return event


def _gone(processes: list[psutil.Process], timeout: float) -> bool:
    """Whether all end within ``timeout`` seconds. Never collects a child's exit code: its ``Popen`` does, for
    ``outcome``."""
    until = time.monotonic() + timeout
    while any(_alive(process) for process in processes):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _meaning(returncode: int | None) -> tuple[str, str]:
    """A message and a hint for an exit code of a process that ended early."""
    if returncode is None:
        return tr("The process is gone and left no reason."), tr(
            "The computer may have restarted or run out of memory."
        )
    if returncode in (-9, 137):
        return tr("The process was killed: probably out of memory."), _OUT_OF_MEMORY
    if returncode == 0xC0000005:
        return tr("The process crashed in native code (access violation)."), tr("The log shows where.")
    if returncode < 0:
        name = (
            signal.Signals(-returncode).name
            if -returncode in set(signal.Signals)
            else tr("signal {number}", number=-returncode)
        )
        if name in ("SIGTERM", "SIGINT", "SIGHUP"):
            return tr("The process was ended from outside ({name}).", name=name), ""
        return tr("The process crashed in native code ({name}).", name=name), tr("The log shows where.")
    return tr("The process ended early, with exit code {returncode}.", returncode=returncode), tr(
        "The log may say why."
    )

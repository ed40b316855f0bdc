"""What the system tells the window: Ctrl-C in its terminal, a terminal that is closed, a session that ends."""

import contextlib
import os
import signal
import socket
import sys
import threading
import time

from PySide6.QtCore import QObject, Signal, Slot

from app.window.main_window import MainWindow

_CLOSING = [signal.SIGINT, signal.SIGTERM]
if sys.platform != "win32":
    _CLOSING.append(signal.SIGHUP)
_ONE_PRESS = 0.1
"""Seconds. What comes so soon after another is the same wish: a terminal sends Ctrl-C to all processes that it knows, a
program that started this one may pass it on once more, and a session that ends sends several signals."""


class CloseOnSignal(QObject):
    """Closes the window, which saves what was drawn: after Ctrl-C as its button does; when the terminal or the session
    ends nobody is there to be asked, and runs go on. A second signal ends the process at once: what was drawn is in the
    journal.

    Python calls handlers between two steps of its own, and while nothing happens in the window there are none. So what
    a signal writes into a socket wakes a thread, which hears the second one whatever the window is waiting for.
    """

    _signalled = Signal(int)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._signalled.connect(self._on_signal)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in _CLOSING:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                signal.signal(number, lambda number, frame: None)  # without a handler nothing is written to the socket
        threading.Thread(target=self._listen, name="signals", daemon=True).start()

    def _listen(self) -> None:
        first: float | None = None
        while numbers := self._reader.recv(64):
            heard = [number for number in numbers if number in _CLOSING]
            if not heard:
                continue
            if first is None:
                first = time.monotonic()
                with contextlib.suppress(RuntimeError):  # the window is gone, and its process soon too
                    self._signalled.emit(heard[0])
            elif time.monotonic() >= first + _ONE_PRESS:
                os._exit(128 + heard[0])

    @Slot(int)
    def _on_signal(self, number: int) -> None:
        if number == signal.SIGINT:
            self._window.close()
        else:
            self._window.close_unattended()

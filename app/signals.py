"""What the system tells the window: Ctrl-C in its terminal, a terminal that is closed, a session that ends."""

import os
import signal
import socket
import sys
from types import FrameType

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QWidget

_CLOSING = [signal.SIGINT, signal.SIGTERM]
if sys.platform != "win32":
    _CLOSING.append(signal.SIGHUP)


class CloseOnSignal(QSocketNotifier):
    """Closes the window as its button does, which saves what was drawn; a second signal ends the process: what was
    drawn is in the journal.

    Python calls handlers between two steps of its own, and while nothing happens in the window there are none. What a
    signal writes into a socket wakes Qt.
    """

    def __init__(self, window: QWidget) -> None:
        self._ear, self._mouth = socket.socketpair()
        for end in (self._ear, self._mouth):
            end.setblocking(False)
        super().__init__(self._ear.fileno(), QSocketNotifier.Type.Read, window)
        self._window = window
        self._heard = False
        self.activated.connect(self._hear)
        signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        for number in _CLOSING:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                signal.signal(number, _heard_elsewhere)

    def _hear(self) -> None:
        numbers = [number for number in self._ear.recv(64) if number in _CLOSING]
        if numbers and self._heard:
            os._exit(128 + numbers[0])
        if numbers:
            self._heard = True
            self._window.close()


def _heard_elsewhere(number: int, frame: FrameType | None) -> None:
    """A signal handler: there has to be one for the signal to be written into the socket."""

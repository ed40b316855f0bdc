"""A file that is only appended to, line by line."""

import contextlib
import os
import threading
from pathlib import Path

from core.files import sync

_SYNC_EVERY = 1.0
"""Seconds between syncs. A killed process loses nothing, a power failure at most this much."""


class JournalFile:
    """Appends to a file. A thread syncs it to the disk, so that no caller waits for the disk."""

    def __init__(self, path: Path) -> None:
        """Raises ``OSError``."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0))
        self._size = os.fstat(self._descriptor).st_size
        self._dirty, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._follow, name="journal", daemon=True)
        self._thread.start()

    def append(self, data: bytes) -> None:
        """Write all of ``data``, or raise ``OSError`` and leave the file as it was."""
        written = 0
        try:
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)
        self._dirty.set()

    def sync(self) -> None:
        """Wait until everything is on the disk. Raises ``OSError``."""
        sync(self._descriptor)

    def is_at(self, path: Path) -> bool:
        """Whether ``path`` still names this file, which may have been deleted, or its disk unmounted."""
        try:
            return os.path.samestat(path.stat(), os.fstat(self._descriptor))
        except OSError:
            return False

    def content(self) -> bytes:
        """The content of the file, also where its name is gone. Raises ``OSError``."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        parts = []
        while part := os.read(self._descriptor, 1 << 20):
            parts.append(part)
        return b"".join(parts)

    def close(self) -> None:
        """Close the file, after a last sync as far as that is possible."""
        self._end.set()
        self._dirty.set()
        self._thread.join()
        with contextlib.suppress(OSError):
            self.sync()
        os.close(self._descriptor)

    def _follow(self) -> None:
        while not self._end.is_set():
            self._dirty.wait()
            self._dirty.clear()
            with contextlib.suppress(OSError):  # what the disk has to say, it says to the next write
                self.sync()
            self._end.wait(_SYNC_EVERY)

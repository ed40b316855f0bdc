"""What is computed late, once, and remembered."""

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class Results:
    """Results by their keys. Methods may be called from several threads."""

    def __init__(self, known: Mapping[Hashable, Any]) -> None:
        self._known = dict(known)
        self._running: dict[Hashable, threading.Lock] = {}
        """Each is held while its result is computed."""
        self._lock = threading.Lock()
        """Held, for a moment, while one of the two before is changed or copied."""

    def known(self) -> dict[Hashable, Any]:
        """Those that are there."""
        with self._lock:
            return dict(self._known)

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The result of ``compute``, which is called only the first time that somebody asks for ``key``. Threads that
        ask meanwhile wait. When it raises, nothing is remembered, and the next one calls its own."""
        if key not in self._known:
            with self._lock:
                running = self._running.setdefault(key, threading.Lock())
            with running:
                if key not in self._known:
                    result = compute()
                    with self._lock:
                        self._known[key] = result
        found: T = self._known[key]
        return found

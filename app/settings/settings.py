"""What the window remembers between sessions, typed, over ``QSettings``."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QByteArray, QSettings

from app.settings.shortcuts import Shortcuts
from app.style.theme import Choice
from core.files import has_own_home, home

RECENT = 12


@dataclass(frozen=True, slots=True)
class Recent:
    """A dataset that was open before."""

    path: str
    name: str
    images: int
    instances: int
    classes: int
    opened: float
    """Seconds since the epoch."""
    cover: str = ""
    """The image that stands for it."""


class Settings:
    """Values are read when asked for and written at once."""

    def __init__(self, file: Path | None = None) -> None:
        """Settings in ``file``; else in Maskwright's home where a person chose that, or where the system keeps them."""
        if file is None and has_own_home():
            file = home() / "settings.ini"
        if file is not None:
            self._store = QSettings(str(file), QSettings.Format.IniFormat)
        else:
            self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Maskwright", "Maskwright")
        self.shortcuts = Shortcuts(self._store)

    @property
    def theme(self) -> Choice:
        value = self._store.value("theme", "system")
        return value if value in ("system", "dark", "light") else "system"

    @property
    def runs_folder(self) -> Path:
        """Where runs are made: ``runs`` under Maskwright's home unless it was changed."""
        return Path(str(self._store.value("runs_folder", "") or home() / "runs"))

    def recent(self) -> list[Recent]:
        """Datasets opened before, newest first; entries that cannot be read are skipped."""
        known = {field.name for field in fields(Recent)}
        found = []
        try:
            for entry in json.loads(str(self._store.value("recent", "[]"))):
                found.append(Recent(**{key: value for key, value in entry.items() if key in known}))
        except (ValueError, TypeError, AttributeError, RecursionError):
            return found
        return found

    def remember(self, dataset: Recent, names: Collection[str] = ()) -> None:
        """Put a dataset first in the list, in place of its entries by any of its other paths ``names``."""
        others = [entry for entry in self.recent() if entry.path not in {dataset.path, *names}]
        self._write_recent([dataset, *others][:RECENT])

    def forget(self, path: str) -> None:
        """Take a dataset off the list."""
        self._write_recent([entry for entry in self.recent() if entry.path != path])

    def _write_recent(self, entries: list[Recent]) -> None:
        self._store.setValue("recent", json.dumps([asdict(entry) for entry in entries]))

    def number(self, key: str, default: float) -> float:
        """A remembered number (a size, an opacity) named ``key``."""
        try:
            return float(cast(Any, self._store.value(key, default)))
        except (TypeError, ValueError):
            return default

    def flag(self, key: str, default: bool) -> bool:
        """A remembered switch named ``key``."""
        return str(self._store.value(key, default)).lower() == "true"

    def state(self, key: str) -> QByteArray:
        """What a window or splitter wrote of itself; empty when there is none."""
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def text(self, key: str) -> str | None:
        """A remembered text named ``key``; ``None`` when there is none."""
        value = self._store.value(key)
        return None if value is None else str(value)

    def write(self, key: str, value: str | float | bool | QByteArray) -> None:
        """Remember a text, a number, a switch or a state."""
        self._store.setValue(key, value)

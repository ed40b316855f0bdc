"""The window's tests run without a screen and leave no trace in a person's home."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QStandardPaths


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """Runs, samples and caches of a test lie in its own folder."""
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    QStandardPaths.setTestModeEnabled(os.name == "nt")

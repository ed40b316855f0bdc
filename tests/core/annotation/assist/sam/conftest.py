"""A SAM that can be worked out on paper, see ``pair``."""

from pathlib import Path

import pytest

from core.annotation.assist.sam import Sam, load
from tests.core.annotation.assist.sam.pair import write_pair


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights and compiled models of a test lie in its own folder."""
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MASKWRIGHT_WEIGHTS", raising=False)
    monkeypatch.delenv("MASKWRIGHT_MIRROR", raising=False)
    return tmp_path / "home"


@pytest.fixture
def sam(tmp_path: Path) -> Sam:
    return load(write_pair(tmp_path / "pair"))

"""A home of its own for what the command starts, and jobs that are not done."""

from pathlib import Path

import pytest

from core.cli import running
from core.jobs import AnyJob
from core.runs.control import Check, Report
from core.runs.events import Done, Terminal
from core.runs.folder import RunFolder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[AnyJob]:
    """The jobs that were started; none is done."""
    started: list[AnyJob] = []

    def execute(job: AnyJob, folder: RunFolder, report: Report, check: Check) -> Terminal:
        started.append(job)
        return Done(summary={"map": 0.5})

    monkeypatch.setattr(running, "execute", execute)
    monkeypatch.setattr(running, "per_class", lambda scores: "")
    monkeypatch.setattr(running, "_scores", lambda folder: None)
    return started

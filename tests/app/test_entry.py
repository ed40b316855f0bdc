"""``python -m app.entry``: one program is the window, a job and the command."""

import subprocess
import sys

import pytest

from core import safe_path


def start(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "app.entry", *words]
    return subprocess.run(command, env=safe_path.environment(), capture_output=True, text=True, check=False)


def test_other_words_are_the_commands():
    done = start("sample", "--help")
    assert done.returncode == 0 and "sample dataset of parts" in done.stdout


def test_a_job_is_done_in_its_run_folder(tmp_path):
    assert start("job", str(tmp_path)).returncode == 1
    assert "job.json" in (tmp_path / "events.jsonl").read_text(), "it says there what is lacking"


def test_the_window_is_opened(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "there is no such platform")
    assert "there is no such platform" in start("window").stderr


@pytest.mark.parametrize("role", ["window", "job"])
def test_a_frozen_program_starts_its_processes_by_itself(monkeypatch, role):
    assert safe_path.own_command(role, "/x") == [sys.executable, "-P", "-m", "app.entry", role, "/x"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert safe_path.own_command(role, "/x") == [sys.executable, role, "/x"]

"""What the window remembers."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from app.settings.settings import RECENT, Recent, Settings


def recent(path: str) -> Recent:
    return Recent(path=path, name=path, images=1, instances=2, classes=3, opened=4.0)


def test_recent_datasets_newest_first_each_once_and_not_too_many(tmp_path):
    file = tmp_path / "settings.ini"
    settings = Settings(file)
    for number in (*range(20), 5):
        settings.remember(recent(f"/data/{number}"))
    paths = [entry.path for entry in Settings(file).recent()]
    assert paths[:2] == ["/data/5", "/data/19"] and len(paths) == len(set(paths)) == RECENT
    settings.forget("/data/5")
    assert settings.recent()[0].path == "/data/19"


@pytest.mark.parametrize("rubbish", ["", "no JSON", "{}", "[1]", '[{"path": "x"}]', "null"])
def test_a_damaged_file_is_no_trouble(tmp_path, rubbish):
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    for key in ("recent", "theme", "gallery_side", "inspector", "window"):
        store.setValue(key, rubbish)
    store.sync()
    settings = Settings(tmp_path / "settings.ini")
    assert settings.recent() == []
    assert settings.theme == "system"
    assert settings.number("gallery_side", 176) == 176
    assert settings.state("window").isEmpty()


def test_a_home_of_ones_own_holds_the_settings_too(tmp_path, monkeypatch):
    for home in ("home", "another"):
        monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / home))
        assert Settings().recent() == []
        Settings().remember(recent(f"/data/{home}"))
        assert [entry.path for entry in Settings().recent()] == [f"/data/{home}"]
        assert home in (tmp_path / home / "settings.ini").read_text()


def test_runs_lie_in_maskwrights_home_unless_told_otherwise(settings, tmp_path):
    assert settings.runs_folder == tmp_path / "home" / "runs"
    settings.write("runs_folder", "/elsewhere")
    assert settings.runs_folder == Path("/elsewhere")

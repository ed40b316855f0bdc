"""Opening a folder in the system's own program, and what is said where there is none."""

from PySide6.QtGui import QDesktopServices, QGuiApplication

from app.widgets.outside import open_outside


def test_without_a_program_the_path_is_on_the_clipboard_and_the_person_is_told(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    assert str(tmp_path) in open_outside(tmp_path) and QGuiApplication.clipboard().text() == str(tmp_path)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: True)
    assert open_outside(tmp_path) == ""


def test_a_folder_that_is_gone_is_said_to_be(qapp, tmp_path):
    assert "not there any more" in open_outside(tmp_path / "gone")

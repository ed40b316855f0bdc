"""Opening a folder in the system's own program, and what is said where there is none."""

from PySide6.QtGui import QDesktopServices, QGuiApplication

from app.widgets.open_dialogs import copy_path, open_outside


def test_without_a_program_the_path_is_on_the_clipboard_and_the_person_is_told(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    assert str(tmp_path) in open_outside(tmp_path) and QGuiApplication.clipboard().text() == str(tmp_path)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: True)
    assert open_outside(tmp_path) == ""


def test_a_folder_that_is_gone_is_said_to_be(qapp, tmp_path):
    assert "not there any more" in open_outside(tmp_path / "gone")


def test_what_would_run_is_not_opened(qapp, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "app.widgets.open_dialogs.QDesktopServices.openUrl", lambda url: asked.append(url.path()) or True
    )
    (tmp_path / "evil.command").touch()
    (tmp_path / "log.txt").symlink_to(tmp_path / "evil.command")
    assert "is a link to" in open_outside(tmp_path / "log.txt") and not asked
    (tmp_path / "run.app").mkdir()
    assert open_outside(tmp_path / "run.app") == ""
    monkeypatch.setattr("app.widgets.open_dialogs.sys.platform", "darwin")
    assert open_outside(tmp_path / "run.app") == ""
    assert asked == [f"{tmp_path}/run.app/", f"{tmp_path}/"], "Windows would take run for run.exe, macOS run the folder"


def test_a_path_is_copied_so_that_it_can_be_pasted_anywhere(qapp, tmp_path):
    for name, pasted in (("a b", str(tmp_path / "a b")), ("a\x1b[201~\nb", rf"$'{tmp_path}/a\033[201~\012b'")):
        copy_path(tmp_path / name)
        assert QGuiApplication.clipboard().text() == pasted

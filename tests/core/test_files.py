"""A file that is replaced is the old one or the new one, on the disk and under its name."""

import errno
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from core import files
from core.files import exchange, make_folders, open_own, replace_folder, replacing, write_atomically


@pytest.fixture
def done(monkeypatch):
    """What was asked of the system, in order: the syncs, by what they were of, and the renames."""
    log = []
    replace, fsync = os.replace, os.fsync

    def note_replace(source, target, **more):
        replace(source, target, **more)
        log.append(("replaced", Path(target).name))

    def note_sync(descriptor):
        fsync(descriptor)
        log.append(("synced", "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"))

    monkeypatch.setattr("os.replace", note_replace)
    monkeypatch.setattr("os.fsync", note_sync)
    return log


@pytest.mark.skipif(sys.platform != "linux", reason="others sync by other means")
def test_a_file_is_on_the_disk_before_its_name_and_its_name_before_the_call_returns(tmp_path, done):
    write_atomically(tmp_path / "x.json", b"new")
    assert done == [("synced", "file"), ("replaced", "x.json"), ("synced", "folder")]


@pytest.mark.skipif(sys.platform != "linux", reason="others sync by other means")
def test_folders_that_are_made_are_on_the_disk(tmp_path, done):
    make_folders(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir() and done == [("synced", "folder")] * 2
    make_folders(tmp_path / "a" / "b")
    assert len(done) == 2


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "x.json"
    write_atomically(path, b"old")
    with pytest.raises(OSError, match="No space"), replacing(path) as file:
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
def test_the_mode_of_the_old_file_stays_and_a_new_one_has_the_usual(tmp_path):
    usual, shared = tmp_path / "usual", tmp_path / "shared"
    usual.touch()
    shared.touch()
    shared.chmod(0o664)
    for path in (shared, tmp_path / "new"):
        write_atomically(path, b"")
    assert shared.stat().st_mode & 0o777 == 0o664
    assert (tmp_path / "new").stat().st_mode == usual.stat().st_mode


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_nobody_can_lay_a_link_where_a_file_is_written(tmp_path, monkeypatch):
    """Even somebody who has guessed the name."""
    monkeypatch.setattr("secrets.token_hex", lambda bytes: "00")
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / ".maskwright-00.tmp").symlink_to(precious)
    with pytest.raises(FileExistsError):
        write_atomically(tmp_path / "x.json", b"theirs")
    assert precious.read_text() == "mine"


def test_the_longest_name_can_be_written(tmp_path):
    path = tmp_path / ("x" * 255)
    write_atomically(path, b"1")
    assert path.read_bytes() == b"1"


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be synced there")
@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_knows_no_sync_is_written_to_all_the_same(tmp_path, monkeypatch, number):
    def refuse(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", refuse)
    write_atomically(tmp_path / "x", b"1")
    assert (tmp_path / "x").read_bytes() == b"1"


@pytest.mark.parametrize("known", [True, False])
def test_a_folder_takes_the_place_of_another(tmp_path, monkeypatch, known):
    if not known:  # macOS, Windows, network disks
        monkeypatch.setattr(files, "_renameat2", None)
    old, new = tmp_path / "fp16", tmp_path / "made"
    for folder in (old, new):
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / "name").write_text(folder.name)
    replace_folder(new, old)
    assert (old / "deep" / "name").read_text() == "made" and list(tmp_path.iterdir()) == [old]
    (tmp_path / "made").mkdir()
    replace_folder(tmp_path / "made", tmp_path / "first")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "fp16"]


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2")
def test_a_folder_that_cannot_be_replaced_is_there_as_before(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_renameat2", None)
    old, new = tmp_path / "fp16", tmp_path / "made"
    for folder in (old, new):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    rename = Path.rename

    def refuse(path, target):
        if path == new:  # a program that looks for viruses has a file in it open
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PermissionError):
        replace_folder(new, old)
    assert (old / "name").read_text() == "fp16" and sorted(tmp_path.iterdir()) == [old, new]


def test_two_files_change_names(tmp_path):
    one, other = tmp_path / "1", tmp_path / "2"
    one.write_text("one")
    assert not exchange(one, other)
    other.write_text("other")
    if not exchange(one, other):
        pytest.skip("this file system cannot")
    assert (one.read_text(), other.read_text()) == ("other", "one")


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")
@pytest.mark.parametrize("laid", ["a link", "a link to nothing", "a pipe"])
def test_what_is_written_in_place_goes_into_a_file_of_that_folder(tmp_path, laid):
    elsewhere = tmp_path / "precious"
    path = tmp_path / "run" / "log.txt"
    path.parent.mkdir()
    if laid == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(elsewhere)
    if laid == "a link":
        elsewhere.write_text("precious")
    for line in (b"one\n", b"two\n"):
        with os.fdopen(open_own(path, os.O_WRONLY | os.O_APPEND), "ab") as file:
            file.write(line)
    assert path.is_file() and not path.is_symlink() and path.read_bytes() == b"one\ntwo\n"
    assert not elsewhere.exists() or elsewhere.read_text() == "precious"


def test_nobody_makes_a_temporary_name_that_others_can_guess():
    root = Path(__file__).parents[2]
    guessed = re.compile(r"""\.(tmp|part)["']|gettempdir|mktemp\(""")
    found = {
        file.relative_to(root).as_posix(): guessed.findall(text)
        for folder in ("core", "app")
        for file in (root / folder).rglob("*.py")
        if guessed.search(text := file.read_text(encoding="utf-8"))
    }
    assert found.keys() <= {"core/files.py", "core/models/weights/download.py"}, (
        "core.files has names and files for that"
    )

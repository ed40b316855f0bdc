"""Somebody else writes the file at the same moment: nothing of theirs is lost, nobody is accused who did nothing."""

import errno
import itertools
import json
import os
import threading

import pytest

from core import files
from core.annotation.storage import saving
from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import ConflictError, save
from core.dataset import open_dataset
from core.errors import UserError
from tests.core.annotation.edits import add, square
from tests.core.annotation.sessions import session
from tests.core.dataset.builders import annotation, coco, image

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def file(folder):
    folder.pictures(["1.png"])
    return folder.json("annotations/all.json", coco([image(1)], [annotation(1)]))


@pytest.fixture
def opened(file, folder):
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        yield opened


def theirs(number=1):
    return json.dumps(coco([image(1)], [annotation(1, note=f"theirs {number}")])).encode()


def before(name, monkeypatch, act, module=saving):
    """Have ``act`` done each time just before a function."""
    original = getattr(module, name)

    def acting(*args, **more):
        act()
        return original(*args, **more)

    monkeypatch.setattr(module, name, acting)


def backups(opened):
    return [path.read_bytes() for path in (opened.journal.folder / "backups").iterdir()]


def test_what_comes_between_the_last_look_and_the_write_is_put_back(file, opened, monkeypatch):
    before("exchange", monkeypatch, lambda: file.write_bytes(theirs()))
    with pytest.raises(ConflictError, match=r"changed annotations/all\.json"):
        save(opened.draft.snapshot(), opened.journal)
    assert file.read_bytes() == theirs() and [path.name for path in file.parent.iterdir()] == ["all.json"]


def test_what_comes_again_and_again_is_there_in_the_end(file, opened, monkeypatch):
    numbers = itertools.count(1)
    before("exchange", monkeypatch, lambda: (number := next(numbers)) < 5 and file.write_bytes(theirs(number)))
    with pytest.raises(ConflictError):
        save(opened.draft.snapshot(), opened.journal)
    assert file.read_bytes() == theirs(4)


def test_where_files_cannot_be_exchanged_the_last_look_is_late(file, opened, monkeypatch):
    """After the content has been written, which is what takes long."""
    monkeypatch.setattr(files, "_renameat2", None)
    before("_back_up", monkeypatch, lambda: file.write_bytes(theirs()))
    with pytest.raises(ConflictError):
        save(opened.draft.snapshot(), opened.journal)
    assert file.read_bytes() == theirs()


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_file_that_appears_where_there_was_none_is_not_written_over(folder, monkeypatch, exchanges):
    folder.pictures(["1.png"], ".")
    file = folder.path / "annotations" / "instances_default.json"
    if not exchanges:
        monkeypatch.setattr(files, "_renameat2", None)
    with session(folder) as opened:
        opened.draft.apply(add_class(opened.draft))
        before("move_new", monkeypatch, lambda: file.write_bytes(theirs()))
        with pytest.raises(ConflictError):
            save(opened.draft.snapshot(), opened.journal)
    assert file.read_bytes() == theirs()


def add_class(draft):
    from core.annotation.editing import classes

    return classes.add(draft, "nut")[0]


def test_a_program_that_writes_all_the_time_never_loses_a_version(file, folder):
    """Each of its versions was replaced by itself, or is there, or is in a backup."""
    written, stop = [], threading.Event()

    def write():
        for number in itertools.count():
            if stop.is_set():
                return
            temporary = file.with_suffix(".theirs")
            temporary.write_bytes(theirs(number))
            temporary.replace(file)
            written.append(theirs(number))
            stop.wait(0.002)

    thread = threading.Thread(target=write)
    with session(folder) as opened:
        thread.start()
        conflicts = 0
        for number in range(30):
            opened.draft.apply(add(opened.draft, 0, square(number, number % 20)))
            try:
                save(opened.draft.snapshot(), opened.journal)
            except ConflictError:
                conflicts += 1
        stop.set()
        thread.join()
    assert conflicts == 30 and file.read_bytes() == written[-1]


def test_a_save_that_failed_after_its_file_was_in_place_accuses_nobody(file, opened, monkeypatch):
    def fail(folder):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(saving, "sync_folder", fail)
    with pytest.raises(UserError, match="does not answer") as raised:
        save(opened.draft.snapshot(), opened.journal)
    assert not isinstance(raised.value, ConflictError)
    monkeypatch.setattr(saving, "sync_folder", files.sync_folder)
    opened.draft.apply(add(opened.draft, 0, square(9, 9)))
    save(opened.draft.snapshot(), opened.journal)
    assert len(json.loads(file.read_bytes())["annotations"]) == 3


@pytest.mark.parametrize("at", ["written_beside", "exchange", "sync_folder"])
def test_a_save_that_was_killed_accuses_nobody(file, folder, opened, monkeypatch, at):
    class Killed(BaseException):
        pass

    def kill(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(saving, at, kill)
        with pytest.raises(Killed):
            save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    again = open_draft(open_dataset(folder.path))
    assert again.recovered is None or again.recovered.changed_files == ()
    assert len(again.draft.annotations(0)) == 2 and not again.cut
    save(again.draft.snapshot(), again.journal)
    again.journal.close()


def test_what_a_killed_save_left_is_moved_to_the_backups(file, folder, opened):
    opened.journal.close()
    old, new = (file.with_name(f".maskwright-{name}.tmp") for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(theirs())
    os.utime(old, (0, 0))
    with session(folder) as again:
        assert not old.exists() and new.exists(), "the other may be somebody's at work"
        assert theirs() in backups(again)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_a_pipe_beside_the_files_is_not_waited_for(file, folder, opened):
    opened.journal.close()
    pipe = file.with_name(".maskwright-0.tmp")
    os.mkfifo(pipe)
    os.utime(pipe, (0, 0))
    with session(folder) as again:
        assert pipe.exists() and len(again.draft.annotations(0)) == 2


def test_theirs_is_not_written_over_without_a_backup(file, opened, monkeypatch):
    """Ours would be, where there is no room for one."""

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(saving, "keep_copy", fail)
    file.write_bytes(theirs())
    with pytest.raises(ConflictError) as raised:
        save(opened.draft.snapshot(), opened.journal)
    with pytest.raises(UserError, match="no room left"):
        raised.value.overwrite()
    assert file.read_bytes() == theirs()


def test_a_deleted_file_is_called_deleted(file, opened):
    file.unlink()
    with pytest.raises(ConflictError, match=r"deleted annotations/all\.json") as raised:
        save(opened.draft.snapshot(), opened.journal)
    raised.value.overwrite()
    assert len(json.loads(file.read_bytes())["annotations"]) == 2

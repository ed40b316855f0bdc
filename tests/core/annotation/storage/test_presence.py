"""The disk of the dataset, or the one of Maskwright's home, is not there for a while: nothing is written where it was
mounted, and nothing is lost."""

import json
import shutil

import pytest

from core.annotation.storage import presence
from core.annotation.storage.presence import AwayError
from core.annotation.storage.saving import ConflictError, save
from core.dataset import Category
from core.errors import UserError
from tests.core.annotation.edits import add, classes, square, state
from tests.core.annotation.sessions import session
from tests.core.dataset.builders import annotation, coco, image

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def file(folder):
    folder.pictures(["1.png"])
    return folder.json("annotations/all.json", coco([image(1)], [annotation(1)]))


@pytest.fixture
def unmount(folder, tmp_path):
    """Takes the dataset away, and leaves the empty folder that it was mounted on where there is one; the result brings
    it back."""

    def away(mount_point=True):
        folder.path.rename(tmp_path / "elsewhere")
        if mount_point:
            folder.path.mkdir()

        def back():
            if mount_point:
                folder.path.rmdir()  # fails unless it is empty
            (tmp_path / "elsewhere").rename(folder.path)

        return back

    return away


def count(file):
    return len(json.loads(file.read_bytes())["annotations"])


@pytest.mark.parametrize("mount_point", [True, False])
def test_nothing_is_written_while_the_dataset_is_away_and_all_is_when_it_is_back(file, folder, unmount, mount_point):
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        back = unmount(mount_point)
        for number in range(2):
            opened.draft.apply(add(opened.draft, 0, square(number, 5)))
            with pytest.raises(AwayError, match=f"{folder.path} is not there"):
                save(opened.draft.snapshot(), opened.journal)
        back()
        save(opened.draft.snapshot(), opened.journal)
        assert count(file) == 4


def test_a_folder_without_a_file_yet_is_waited_for_too(folder, unmount):
    folder.pictures(["1.png"], ".")
    with session(folder) as opened:
        back = unmount()
        opened.draft.apply(classes(opened.draft, Category(1, "nut")))
        with pytest.raises(AwayError):
            save(opened.draft.snapshot(), opened.journal)
        back()
        save(opened.draft.snapshot(), opened.journal)
    assert (folder.path / "annotations/instances_default.json").exists()


def test_what_was_not_saved_when_the_window_closed_is_there_when_the_disk_is_back(file, folder, unmount):
    with session(folder) as opened:
        back = unmount()
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        expected = state(opened.draft)
    back()
    with session(folder) as opened:
        assert opened.recovered.edits == 1 and state(opened.draft) == expected


def test_a_file_that_changed_while_it_was_away_is_not_written_over(file, folder, unmount, tmp_path):
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        back = unmount()
        theirs = tmp_path / "elsewhere" / "annotations" / "all.json"
        theirs.write_bytes(theirs.read_bytes() + b"\n")
        back()
        with pytest.raises(ConflictError):
            save(opened.draft.snapshot(), opened.journal)


@pytest.mark.parametrize("gone", ["annotations/all.json", "annotations"])
def test_what_somebody_deleted_while_the_pictures_are_there_is_no_disk_that_is_away(file, folder, gone):
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        path = folder.path / gone
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        with pytest.raises(ConflictError, match="deleted") as raised:
            save(opened.draft.snapshot(), opened.journal)
        raised.value.overwrite()
    assert count(file) == 2


def test_annotations_on_a_disk_of_their_own_may_be_away_alone(file, folder, monkeypatch):
    """The folder is there, and on the disk of the pictures now."""
    real, own = presence._device, 4711
    monkeypatch.setattr(presence, "_device", lambda path: own if path == file.parent else real(path))
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        monkeypatch.setattr(presence, "_device", real)
        content = file.read_bytes()
        file.unlink()
        with pytest.raises(AwayError, match="annotations is not there"):
            save(opened.draft.snapshot(), opened.journal)
        assert list(file.parent.iterdir()) == []
        file.write_bytes(content)
        save(opened.draft.snapshot(), opened.journal)
    assert count(file) == 2


def test_a_linked_dataset_whose_disk_is_pulled_out_is_away(file, folder, tmp_path):
    folder.path.rename(tmp_path / "stick")
    folder.path.symlink_to(tmp_path / "stick", target_is_directory=True)
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        (tmp_path / "stick").rename(tmp_path / "pulled")
        with pytest.raises(AwayError):
            save(opened.draft.snapshot(), opened.journal)
        assert not (tmp_path / "stick").exists()


# Maskwright's home


def vanish(home, how):
    """The home is deleted, or another disk is mounted over it, or it may not be written to any more."""
    if how == "deleted":
        shutil.rmtree(home)
    elif how == "unmounted":
        home.rename(home.with_name("unmounted"))
        home.mkdir()
    else:
        shutil.rmtree(home)
        home.write_text("no folder")


@pytest.mark.parametrize("how", ["deleted", "unmounted"])
def test_a_journal_that_vanishes_is_written_again_with_all_it_held(file, folder, home, how):
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        vanish(home, how)
        opened.draft.apply(add(opened.draft, 0, square(5, 5)))
        expected = state(opened.draft)
        with pytest.raises(UserError, match="another window"), session(folder):
            pass
    with session(folder) as opened:
        assert opened.recovered.edits == 2 and state(opened.draft) == expected and opened.history.done == 2


@pytest.mark.parametrize("how", ["deleted", "unmounted", "forbidden"])
def test_the_dataset_can_be_saved_whatever_happens_to_the_home(file, folder, home, how):
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        vanish(home, how)
        save(opened.draft.snapshot(), opened.journal)
        assert count(file) == 2
        assert (opened.journal.problem is not None) == (how == "forbidden")
        if how == "forbidden":
            home.unlink()
        opened.draft.apply(add(opened.draft, 0, square(5, 5)))
        assert opened.journal.problem is None
    with session(folder) as opened:
        assert len(opened.draft.annotations(0)) == 3


def test_an_edit_that_cannot_be_kept_is_refused_and_says_that_the_others_can_be_saved(file, folder, home):
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        vanish(home, "forbidden")
        with pytest.raises(UserError, match="journal") as raised:
            opened.draft.apply(add(opened.draft, 0, square(5, 5)))
        assert "can still be saved" in raised.value.hint
        save(opened.draft.snapshot(), opened.journal)
    assert count(file) == 2


def test_the_journal_of_the_home_that_comes_back_is_put_aside(file, folder, home):
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        vanish(home, "unmounted")
        opened.draft.apply(add(opened.draft, 0, square(5, 5)))
        shutil.rmtree(home)
        home.with_name("unmounted").rename(home)
        opened.draft.apply(add(opened.draft, 0, square(9, 9)))
        assert len(list(opened.journal.folder.glob("journal-*.jsonl"))) == 1
    with session(folder) as opened:
        assert opened.recovered.edits == 3


def test_another_window_that_took_the_vanished_lock_is_not_disturbed(file, folder, home):
    with session(folder) as one:
        one.draft.apply(add(one.draft, 0, square(1, 1)))
        shutil.rmtree(home)
        with session(folder) as other:
            with pytest.raises(UserError, match="another window"):
                one.draft.apply(add(one.draft, 0, square(5, 5)))
            assert "another window" in one.journal.problem.message
            other.draft.apply(add(other.draft, 0, square(9, 9)))
        one.draft.apply(add(one.draft, 0, square(5, 5)))
        assert one.journal.problem is None
    with session(folder) as again:
        assert again.recovered.edits == 2

"""Work on files that come and go: under another name, in another folder, damaged or deleted."""

import json
import shutil

import pytest

from core.annotation.storage.recovery import open_draft
from core.annotation.storage.strays import hint
from core.dataset import open_dataset
from core.errors import UserError
from tests.core.annotation.edits import add, square, state
from tests.core.annotation.sessions import draw, saved, session
from tests.core.dataset.builders import annotation, coco, image

pytestmark = pytest.mark.usefixtures("home")


def test_work_on_a_file_is_found_when_its_folder_is_opened(file, folder):
    """Or when the folder has got another file meanwhile."""
    opened = open_draft(open_dataset(file))
    draw(opened.draft, 2)
    opened.journal.close()
    folder.json("annotations/more.json", coco([image(9, "1.png")], []))
    with session(folder) as opened:
        assert (opened.recovered.edits, opened.recovered.skipped) == (2, 0) and opened.history.done == 2
        assert opened.draft.unsaved == 2
        draw(opened.draft, 1, start=5)
    with session(folder) as opened:
        assert opened.recovered.edits == 3 and opened.history.done == 3
        saved(opened.draft, opened.journal)
    opened = open_draft(open_dataset(file))
    opened.journal.close()
    assert opened.recovered is None and len(opened.draft.annotations(0)) + len(opened.draft.annotations(1)) == 5


@pytest.mark.parametrize("what", ["moved", "copied", "another"])
def test_work_on_a_dataset_that_was_moved_is_found(file, folder, tmp_path, what):
    """And stays where it is when that was only copied, or when another one has files of the same names."""
    with session(folder) as opened:
        draw(opened.draft, 2)
        expected = state(opened.draft)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(folder.path, elsewhere)
    if what != "copied":
        shutil.rmtree(folder.path)
    if what == "another":
        (elsewhere / "annotations/all.json").write_text(json.dumps(coco([image(1), image(2)], [annotation(7)])))
    for _ in range(2):
        opened = open_draft(open_dataset(elsewhere))
        opened.journal.close()
        assert (opened.recovered.edits if opened.recovered else 0) == (2 if what == "moved" else 0)
    if what == "moved":
        assert state(opened.draft) == expected


def test_work_on_one_of_several_files_waits_for_the_folder(dataset, folder):
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        opened.draft.apply(add(opened.draft, 2, square(1, 1)))
        expected = state(opened.draft)
    opened = open_draft(open_dataset(dataset.files[0].path))
    opened.journal.close()
    assert opened.recovered is None
    with session(folder) as opened:
        assert opened.recovered.edits == 2 and state(opened.draft) == expected


@pytest.mark.parametrize("damage", [None, b"", b"\0" * 500])
def test_a_file_that_is_damaged_or_gone_can_be_put_back_with_all_its_work(file, folder, versions, damage):
    file.unlink() if damage is None else file.write_bytes(damage)
    with session(folder) as opened:
        assert [stray.path for stray in opened.strays] == [file]
        opened.strays[0].put_back()
    with session(folder) as opened:
        assert opened.strays == () and opened.recovered.edits == 6 and state(opened.draft) == versions[1]


def test_a_file_that_is_gone_for_good_is_not_spoken_of_again(file, folder, versions):
    file.unlink()
    with session(folder) as opened:
        opened.strays[0].forget()
    with session(folder) as opened:
        assert opened.strays == ()


def test_a_sound_file_that_is_opened_otherwise_is_no_stray(file, folder, versions):
    folder.json("instances.json", coco([image(1)], [annotation(1)]))
    opened = open_draft(open_dataset(folder.path / "instances.json"))
    opened.journal.close()
    assert opened.strays == ()


def test_who_cannot_open_a_damaged_file_hears_of_its_copy(file, folder, versions):
    assert hint(file) == hint(folder.path) == ""
    file.write_bytes(b'{"images": [{"id": 1')
    for path in (file, folder.path):
        with pytest.raises(UserError):
            open_dataset(path)
        assert "backups" in hint(path)
    assert hint(folder.path.parent) == ""

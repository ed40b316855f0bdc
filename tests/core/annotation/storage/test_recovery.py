"""A journal is believed only as far as the files agree with it: what no file has is there again, or offered."""

import json

import pytest

from core.annotation.editing.edits import instances, inverse
from core.annotation.storage.recovery import open_draft
from core.dataset import Category, open_dataset
from core.errors import UserError
from tests.core.annotation.edits import add, change, classes, delete, square, state
from tests.core.annotation.sessions import draw, saved, session
from tests.core.dataset.builders import annotation, coco, image

pytestmark = pytest.mark.usefixtures("home")


@pytest.mark.parametrize(("version", "rescued"), [(0, 6), (1, 3), (2, 0)])
def test_an_old_file_that_is_put_back_gets_what_it_lacks(file, folder, versions, version, rescued):
    """Its rename was not on the disk when the power failed, or a sync tool has put it there."""
    contents, expected = versions
    file.write_bytes(contents[version])
    with session(folder) as opened:
        assert state(opened.draft) == expected and opened.draft.unsaved == rescued
        assert (opened.recovered.edits if opened.recovered else 0) == rescued
        assert opened.recovered is None or opened.recovered.changed_files == ()
        saved(opened.draft, opened.journal)
    entries = [
        sorted(json.loads(data)["annotations"], key=lambda entry: entry["id"])
        for data in (file.read_bytes(), contents[2])
    ]
    assert entries[0] == entries[1]


def test_it_gets_it_even_after_sessions_that_edited_nothing(file, folder, versions):
    for _ in range(2):
        with session(folder) as opened:
            assert opened.recovered is None
    file.write_bytes(versions[0][0])
    with session(folder) as opened:
        assert opened.recovered.edits == 6 and state(opened.draft) == versions[1]


def test_a_file_that_is_gone_is_there_again(folder):
    folder.pictures(["1.png", "2.png"], ".")
    with session(folder) as opened:
        opened.draft.apply(classes(opened.draft, Category(1, "nut")))
        opened.draft.apply(add(opened.draft, 0, square(1, 1, category=1)))
        saved(opened.draft, opened.journal)
    (folder.path / "annotations/instances_default.json").unlink()
    with session(folder) as opened:
        assert opened.recovered.edits == 2 and len(opened.draft.annotations(0)) == 1


@pytest.mark.parametrize("damaged", [b"", b"\0" * 500, b'{"images": [{"id": 1, "file_na'])
def test_of_a_damaged_file_nothing_is_lost_until_it_is_put_right(file, folder, versions, damaged):
    file.write_bytes(damaged)
    for _ in range(2):
        with pytest.raises(UserError):
            open_draft(open_dataset(file))
    file.write_bytes(versions[0][0])
    with session(folder) as opened:
        assert opened.recovered.edits == 6 and state(opened.draft) == versions[1]


def test_what_somebody_else_made_of_a_file_without_ours_is_offered_what_it_lacks(file, folder, versions):
    """Theirs began with the old file: it has none of what was saved here."""
    theirs = coco([image(1), image(2)], [annotation(1, note="theirs"), annotation(2, 2), annotation(3, 2, 7)])
    file.write_text(json.dumps(theirs))
    with session(folder) as opened:
        draft, recovered = opened.draft, opened.recovered
        assert (recovered.edits, recovered.skipped) == (0, 0) and draft.unsaved == 0
        assert recovered.changed_files == ("annotations/all.json",) and opened.cut
        before = state(draft)
        bring = recovered.bring_back(draft)
        assert instances(bring) == 5
        draft.apply(bring)
        assert [draft.instance_count(0), draft.instance_count(1)] == [1 + 3, 2 + 2]
        assert draft.review(1) == "done" and draft.annotations(1)[3].category == 7
        draft.apply(inverse(bring))
        assert state(draft) == before
        draft.apply(delete(draft, 0, 1))
        assert instances(recovered.bring_back(draft)) == 5, "whatever is done meanwhile"
        assert len(list(opened.journal.folder.glob("journal-*.jsonl"))) == 1


def test_what_somebody_else_deleted_after_the_save_stays_deleted_unless_it_is_wanted(file, folder, versions):
    content = json.loads(versions[0][2])
    ours = content["annotations"].pop()
    content["info"] = "edited elsewhere"
    file.write_text(json.dumps(content))
    with session(folder) as opened:
        assert opened.recovered.edits == 0 and len(opened.recovered.lost_work) == 1
        assert ours["id"] not in opened.draft.annotations(ours["image_id"] - 1)
        assert [kept.id for kept in opened.recovered.lost_work] == [ours["id"]]
    with session(folder) as opened:
        assert opened.recovered is None, "it is said once"


def test_a_file_that_somebody_else_only_added_to_is_no_reason_to_say_anything(file, folder, versions):
    content = json.loads(versions[0][2])
    content["annotations"].append(annotation(99))
    file.write_text(json.dumps(content))
    with session(folder) as opened:
        assert opened.recovered is None and opened.history.done == 0
        assert opened.cut == ("annotations/all.json was changed by somebody else.",)


def test_unsaved_work_on_a_file_that_has_it_already_is_not_done_twice(file, folder):
    """The save was killed after the file was written, and the mark of it never reached the disk."""
    with session(folder) as opened:
        draw(opened.draft, 2)
        opened.draft.apply(change(opened.draft, 0, 3, square(9, 9)))
        expected = state(opened.draft)
        journal = opened.journal.path.read_bytes()
        saved(opened.draft, opened.journal)
    opened.journal.path.write_bytes(journal)
    with session(folder) as opened:
        assert state(opened.draft) == expected
        assert opened.recovered is None


def test_a_class_that_is_gone_comes_back_with_its_instance(file, folder):
    first = file.read_bytes()
    with session(folder) as opened:
        opened.draft.apply(classes(opened.draft, *opened.draft.categories, Category(8, "coin", (1, 2, 3))))
        opened.draft.apply(add(opened.draft, 0, square(1, 1, category=8)))
        saved(opened.draft, opened.journal)
    content = json.loads(first)
    file.write_text(json.dumps(content | {"info": "theirs"}))
    with session(folder) as opened:
        opened.draft.apply(opened.recovered.bring_back(opened.draft))
        assert opened.draft.categories[-1] == Category(8, "coin", (1, 2, 3))
        assert opened.draft.annotations(0)[3].category == 8


def test_a_rename_that_only_one_of_two_files_has_is_finished(dataset, folder):
    files = sorted((folder.path / "annotations").iterdir())
    before = files[1].read_bytes()
    with session(folder) as opened:
        nut, bolt = opened.draft.categories
        opened.draft.apply(classes(opened.draft, Category(nut.id, "screw"), bolt))
        saved(opened.draft, opened.journal)
    files[1].write_bytes(before)
    with session(folder) as opened:
        assert [category.name for category in opened.draft.categories] == ["screw", "bolt"]
        shown = {annotation.category for index in range(3) for annotation in opened.draft.annotations(index).values()}
        assert shown == {category.id for category in opened.draft.categories} and opened.recovered.skipped == 0
        saved(opened.draft, opened.journal)
    for path in files:
        assert {category["name"] for category in json.loads(path.read_text())["categories"]} == {"screw", "bolt"}


def test_work_that_was_saved_beside_a_file_is_not_missing(file, folder):
    from core.annotation.storage.saving import ConflictError

    with session(folder) as opened:
        draw(opened.draft, 2)
        file.write_text(json.dumps(coco([image(1), image(2)], [annotation(1), annotation(2, 2, note="theirs")])))
        with pytest.raises(ConflictError) as raised:
            saved(opened.draft, opened.journal)
        (beside,) = raised.value.save_beside()
    with session(folder) as opened:
        assert opened.recovered is None
    beside.unlink()


def test_a_journal_of_an_earlier_version_is_read(file, folder, versions):
    """Its header has no number, its edits say nothing of steps."""
    file.write_bytes(versions[0][0])
    draft = open_draft(open_dataset(folder.path))
    draft.journal.close()
    lines = [json.loads(line) for line in draft.journal.path.read_bytes().splitlines()]
    for line in lines:
        line.pop("step", None)
        if line["line"] == "journal":
            line.pop("number", None)
    draft.journal.path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with session(folder) as opened:
        assert opened.recovered.edits == 6 and state(opened.draft) == versions[1]

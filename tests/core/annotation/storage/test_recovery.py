"""A journal is believed only as far as the files agree with it: what no file has is there again, or offered."""

import json
import shutil

import pytest

from core.annotation.editing import classes as class_edits
from core.annotation.editing.edits import instances, inverse
from core.annotation.storage.journal import read_journal
from core.annotation.storage.journal_lines import UndoHistory
from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import save
from core.annotation.storage.strays import hint
from core.dataset import Category, open_dataset
from core.errors import UserError
from tests.core.annotation.edits import add, change, classes, delete, mark, square, state
from tests.core.annotation.sessions import session
from tests.core.annotation.storage.test_journal import as_names
from tests.core.dataset.builders import annotation, coco, image

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def file(folder):
    """Two images with a nut each."""
    folder.pictures(["1.png", "2.png"])
    return folder.json("annotations/all.json", coco([image(1), image(2)], [annotation(1), annotation(2, 2)]))


def draw(draft, count, start=0):
    for number in range(start, start + count):
        draft.apply(add(draft, number % 2, square(number, number)))


def saved(draft, journal):
    snapshot = draft.snapshot()
    save(snapshot, journal)
    draft.saved(snapshot)


@pytest.fixture
def versions(file, folder):
    """The file before anything, after a first save of three new instances, and after a second one of two more and a
    review."""
    contents = [file.read_bytes()]
    with session(folder) as opened:
        draw(opened.draft, 3)
        saved(opened.draft, opened.journal)
        contents.append(file.read_bytes())
        draw(opened.draft, 2, start=3)
        opened.draft.apply(mark(opened.draft, 1, "done"))
        saved(opened.draft, opened.journal)
        contents.append(file.read_bytes())
        expected = state(opened.draft)
    return contents, expected


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


# Files that come and go


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


# History


def take_back(draft, history):
    history.done -= 1
    draft.apply(inverse(history.steps[history.done]), "undo")


def do_again(draft, history):
    draft.apply(history.steps[history.done], "redo")
    history.done += 1


@pytest.mark.parametrize("saves", [True, False])
def test_undo_and_redo_reach_across_sessions(file, folder, saves):
    with session(folder) as opened:
        states = [state(opened.draft)]
        for step in range(4):
            draw(opened.draft, 1, start=step)
            states.append(state(opened.draft))
        history = UndoHistory.of((kept.edit, kept.step) for kept in read_journal(opened.journal.path).records)
        take_back(opened.draft, history)
        if saves:
            saved(opened.draft, opened.journal)
    for _ in range(2):
        with session(folder) as opened:
            history = opened.history
            assert (len(history.steps), history.done, opened.cut) == (4, 3, ())
            assert (opened.recovered is None) is saves
    with session(folder) as opened:
        draft, history = opened.draft, opened.history
        assert state(draft) == states[3]
        do_again(draft, history)
        assert state(draft) == states[4]
        while history.done:
            take_back(draft, history)
            assert state(draft) == states[history.done]
        if saves:
            saved(draft, opened.journal)
    with session(folder) as opened:
        assert (len(opened.history.steps), opened.history.done) == (4, 0)
        assert state(opened.draft) == states[0]
        draw(opened.draft, 1, start=7)
    with session(folder) as opened:
        assert (len(opened.history.steps), opened.history.done) == (1, 1)


def test_what_undo_brought_back_and_nobody_saved_comes_back_as_itself(file, folder):
    """It was deleted in the file, whose other instances have larger ids."""
    with session(folder) as opened:
        draw(opened.draft, 2)
        gone = delete(opened.draft, 0, 1)
        opened.draft.apply(gone)
        saved(opened.draft, opened.journal)
        opened.draft.apply(inverse(gone), "undo")
        expected = as_names(state(opened.draft))
    with session(folder) as opened:
        assert as_names(state(opened.draft)) == expected and not opened.cut
        assert (len(opened.history.steps), opened.history.done) == (3, 2)


@pytest.mark.parametrize("ids", [["a-1", "b-2", "c-3"], [2**60, 2**60 + 2, 2**60 + 1], [5, 5, 5], [None, 7, None]])
def test_undo_reaches_across_sessions_whatever_the_ids_are(folder, ids):
    folder.pictures(["1.png", "2.png"])
    entries = [
        annotation(id, 1 + number % 2, segmentation=[[number, 1, 20, 1, 20, 20]], note=number)
        for number, id in enumerate(ids)
    ]
    file = folder.json("annotations/all.json", coco([image(1), image(2)], entries))
    with session(folder) as opened:
        draft, states = opened.draft, [as_names(state(opened.draft))]
        for make in (
            lambda: change(draft, 0, next(iter(draft.annotations(0))), square(9, 9)),
            lambda: delete(draft, 1, next(iter(draft.annotations(1)))),
            lambda: add(draft, 1, square(3, 3)),
        ):
            draft.apply(make())
            states.append(as_names(state(draft)))
        saved(draft, opened.journal)
    with session(folder) as opened:
        draft, history = opened.draft, opened.history
        assert opened.recovered is None and history.done == 3
        while history.done:
            take_back(draft, history)
            assert shapes(state(draft)) == shapes(states[history.done], named=True)
        saved(draft, opened.journal)
    after = json.loads(file.read_text())["annotations"]
    assert sorted(entry["note"] for entry in after) == [0, 1, 2], "what nobody here knows came back too"
    if len(set(ids)) == 3:
        assert {entry["id"]: entry["note"] for entry in after} == dict(zip(ids, range(3), strict=True))


def test_a_class_that_undo_brings_back_has_all_that_its_file_said_of_it(folder):
    folder.pictures(["1.png"])
    content = coco([image(1)], [annotation(1, note="n"), annotation(2, category_id=7)])
    content["categories"] = [{"id": 3, "name": "nut", "supercategory": "part"}, {"id": 7, "name": "bolt"}]
    file = folder.json("annotations/all.json", content)
    with session(folder) as opened:
        opened.draft.apply(class_edits.delete(opened.draft, opened.draft.categories[0].id))
        saved(opened.draft, opened.journal)
    assert len(json.loads(file.read_text())["categories"]) == 1
    with session(folder) as opened:
        take_back(opened.draft, opened.history)
    with session(folder) as opened:
        assert opened.recovered.edits == 1 and not opened.cut
        saved(opened.draft, opened.journal)
    after = json.loads(file.read_text())
    assert {"id": 3, "name": "nut", "supercategory": "part"} in after["categories"]
    assert [entry["note"] for entry in after["annotations"] if entry["category_id"] == 3] == ["n"]


def shapes(seen, named=False):
    """Without ids: some files have none that could stay."""
    names, instances, reviews = seen if named else as_names(seen)
    return names, [sorted(map(str, of_image.values())) for of_image in instances], reviews


def test_parts_of_a_gesture_are_one_step(file, folder):
    with session(folder) as opened:
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        opened.draft.apply(add(opened.draft, 0, square(5, 5)), "part")
        opened.draft.apply(add(opened.draft, 1, square(9, 9)))
    with session(folder) as opened:
        assert [instances(step) for step in opened.history.steps] == [2, 1]


def test_undo_finds_its_images_when_pictures_were_added(folder):
    folder.pictures(["b.png", "c.png"], ".")
    with session(folder) as opened:
        opened.draft.apply(classes(opened.draft, Category(1, "nut")))
        opened.draft.apply(add(opened.draft, 1, square(1, 1, category=1)))
        saved(opened.draft, opened.journal)
    folder.pictures(["a.png"], ".")
    for _ in range(2):
        with session(folder) as opened:
            names = [each.file_name for each in opened.draft.dataset.images]
            assert opened.recovered is None and not opened.cut and opened.history.done == 2
            (index,) = [part.image for part in [opened.history.steps[1]]]
            assert names[index] == "c.png" and opened.draft.instance_count(index) == 1
    with session(folder) as opened:
        take_back(opened.draft, opened.history)
        assert opened.draft.instance_count(index) == 0


def test_of_a_very_long_journal_the_newest_steps_stay(file, folder, monkeypatch):
    monkeypatch.setattr("core.annotation.storage.continuation.LONGEST", 8000)
    monkeypatch.setattr("core.annotation.storage.recovery.LONGEST", 8000)
    with session(folder) as opened:
        for step in range(20):
            draw(opened.draft, 1, start=step)
            saved(opened.draft, opened.journal)
        expected, newest = state(opened.draft), file.read_bytes()
    for _ in range(2):
        with session(folder) as opened:
            assert opened.recovered is None and not opened.cut
            assert 3 < len(opened.history.steps) < 12 and state(opened.draft) == expected
            assert opened.journal.path.stat().st_size < 8000
    with session(folder) as opened:
        take_back(opened.draft, opened.history)
        saved(opened.draft, opened.journal)
    file.write_bytes(newest)
    with session(folder) as opened:
        assert opened.recovered.edits == 1 and len(opened.draft.annotations(1)) == 10


def test_a_long_journal_keeps_all_that_an_old_file_lacks(file, folder, monkeypatch):
    before = file.read_bytes()
    with session(folder) as opened:
        for step in range(20):
            draw(opened.draft, 1, start=step)
            saved(opened.draft, opened.journal)
        expected = state(opened.draft)
    monkeypatch.setattr("core.annotation.storage.continuation.LONGEST", 8000)
    monkeypatch.setattr("core.annotation.storage.recovery.LONGEST", 8000)
    file.write_bytes(before)
    for _ in range(2):
        with session(folder) as opened:
            assert opened.recovered.edits == 20 and state(opened.draft) == expected


def test_undo_that_ends_because_the_journal_is_long_says_so(file, folder, monkeypatch):
    with session(folder) as opened:
        draw(opened.draft, 3)
        saved(opened.draft, opened.journal)
    monkeypatch.setattr("core.annotation.storage.continuation.LONGEST", 100)
    monkeypatch.setattr("core.annotation.storage.recovery.LONGEST", 100)
    with session(folder) as opened:
        assert opened.cut and not opened.history.steps and opened.recovered is None
        assert [opened.draft.instance_count(index) for index in (0, 1)] == [3, 2]
    with session(folder) as opened:
        assert not opened.cut


def test_a_journal_whose_last_line_is_torn_goes_on(file, folder):
    with session(folder) as opened:
        draw(opened.draft, 2)
    with opened.journal.path.open("ab") as journal:
        journal.write(b'{"line": "edit", "num')
    with session(folder) as opened:
        assert opened.history.done == 2 and not opened.cut
        draw(opened.draft, 1, start=5)
    with session(folder) as opened:
        assert opened.history.done == 3 and opened.recovered.edits == 3

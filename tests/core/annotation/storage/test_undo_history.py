"""Undo and redo reach across sessions, as far as the journal does."""

import json

import pytest

from core.annotation.editing import classes as class_edits
from core.annotation.editing.edits import instances, inverse
from core.annotation.storage.journal import read_journal
from core.annotation.storage.journal_lines import UndoHistory
from core.dataset import Category
from tests.core.annotation.edits import add, change, classes, delete, square, state
from tests.core.annotation.sessions import draw, saved, session
from tests.core.annotation.storage.test_journal import as_names
from tests.core.dataset.builders import annotation, coco, image

pytestmark = pytest.mark.usefixtures("home")


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
    names, instances, *others = seen if named else as_names(seen)
    return names, [sorted(map(str, of_image.values())) for of_image in instances], others


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

"""After a save there is one dataset, what the files hold, and nothing of the work notices."""

import gc
import json
import sys
import tempfile
import weakref
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from core.annotation.editing.edits import ClassEdit, CompoundEdit, inverse
from core.annotation.storage.recovery import open_draft
from core.dataset import open_dataset
from tests.core.annotation.edits import EDITS, add, change, delete, mark, some_edit, square, state
from tests.core.annotation.sessions import save_and_renew, session
from tests.core.conftest import Folder
from tests.core.dataset.builders import annotation, coco, image

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def opened(dataset):
    opened = open_draft(dataset)
    yield opened
    opened.journal.close()


def test_the_draft_lies_over_what_the_files_hold(opened, folder):
    draft = opened.draft
    draft.apply(add(draft, 0, square(1, 2)))
    draft.apply(mark(draft, 2, "done"))
    before = state(draft)
    save_and_renew(opened, folder.path)
    assert state(draft) == before
    assert draft.dataset.instance_count(draft.dataset.images[0]) == 3
    assert draft.dataset.review(draft.dataset.images[2]) == "done"
    snapshot = draft.snapshot()
    assert not snapshot.annotations and not snapshot.reviews, "nothing of it is an edit any more"


def test_the_dataset_before_it_is_not_kept_in_memory(dataset, folder):
    with session(folder) as opened:
        draft = opened.draft
        draft.annotations(1)
        draft.apply(delete(draft, 0, 2))
        draft.apply(add(draft, 2, square(1, 2)))
        before, content = weakref.ref(draft.dataset), draft.dataset.files[0].data
        save_and_renew(opened, folder.path)
        gc.collect()
        assert before() is None
        assert sys.getrefcount(content) == 2, "no entry is a view on it"


def test_undo_reaches_across_it_and_gives_back_fields_that_nobody_knows(opened, folder):
    file = folder.path / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    opened.journal.close()
    content["annotations"][1]["score"] = 0.25
    content["categories"][1]["supercategory"] = "part"
    file.write_text(json.dumps(content))
    with session(folder) as opened:
        draft, first = opened.draft, state(opened.draft)
        bolt = draft.categories[1].id
        gone = ClassEdit(name="", before=draft.categories, after=draft.categories[:1])
        edits = [CompoundEdit(name="", edits=(delete(draft, 0, 2), gone))]
        assert bolt == 7
        draft.apply(edits[0])
        save_and_renew(opened, folder.path)
        draft.apply(inverse(edits[0]), "undo")
        assert state(draft) == first
        save_and_renew(opened, folder.path)
    content = json.loads(file.read_text())
    assert [entry.get("score") for entry in content["annotations"] if entry["id"] == 2] == [0.25]
    assert [entry.get("supercategory") for entry in content["categories"] if entry["id"] == 7] == ["part"]


def test_what_was_edited_meanwhile_stays_an_edit(opened, folder):
    draft = opened.draft
    draft.apply(add(draft, 0, square(1, 2)))
    draft.apply(add(draft, 2, square(1, 2)))
    found = save_and_renew(opened, folder.path)
    draft.apply(change(draft, 0, 4, square(9, 9)))
    later = state(draft)
    draft.renew(found)  # as if the answer had come only now
    assert state(draft) == later
    assert list(draft.snapshot().annotations) == [0]
    save_and_renew(opened, folder.path)
    assert state(draft) == later and not draft.snapshot().annotations


def test_a_file_that_somebody_else_changed_is_not_taken_for_what_was_saved(opened, folder):
    draft, dataset = opened.draft, opened.draft.dataset
    draft.apply(add(draft, 0, square(1, 2)))
    file = folder.path / "annotations" / "instances_val.json"
    file.write_text(file.read_text() + "\n")
    assert save_and_renew(opened, folder.path) is None
    assert draft.dataset is dataset


def test_a_crash_after_it_loses_nothing_and_undo_reaches_back_behind_it(opened, folder):
    draft, first = opened.draft, state(opened.draft)
    draft.apply(edit := delete(draft, 0, 2))
    save_and_renew(opened, folder.path)
    draft.apply(later := add(draft, 2, square(1, 2)))
    there = state(draft)
    opened.journal.close()
    with session(folder) as again:
        assert state(again.draft) == there
        assert again.history.steps == [edit, later]
        again.draft.apply(inverse(later), "undo")
        again.draft.apply(inverse(edit), "undo")
        assert state(again.draft) == first


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EDITS, EDITS)
def test_whatever_is_edited_before_and_after_it_can_be_taken_back(home, before, after):
    with tempfile.TemporaryDirectory() as name:
        folder = Folder(Path(name) / "parts")
        folder.path.mkdir()
        folder.pictures(["1.png", "2.png", "3.png"])
        crowd = {"size": [30, 40], "counts": [600, 100, 500]}
        entries = [annotation(4), annotation(2, category_id=7), annotation(9, 2, segmentation=crowd, iscrowd=1)]
        folder.json("annotations/instances_train.json", coco([image(1), image(2), image(3)], entries))
        opened = open_draft(open_dataset(folder.path))
        draft, states, done = opened.draft, [state(opened.draft)], []
        for part in (before, after):
            for kind, index, number in part:
                done.append(some_edit(draft, kind, index, number))
                draft.apply(done[-1])
                states.append(state(draft))
            assert save_and_renew(opened, folder.path) is not None
            assert state(draft) == states[-1]
        while done:
            draft.apply(inverse(done.pop()), "undo")
            states.pop()
            assert unordered(draft) == unordered_state(states[-1])
        save_and_renew(opened, folder.path)
        assert unordered(draft) == unordered_state(states[0])
        opened.journal.close()


def unordered(draft):
    """All there is to see but which instance lies on which: what was gone from the file comes back on top."""
    return unordered_state(state(draft))


def unordered_state(state):
    categories, instances, *others = state
    return categories, [dict(each) for each in instances], others

"""Edits change a draft, fit what is there or change nothing, and can all be taken back."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import CompoundEdit, inverse
from core.annotation.editing.model import Annotation
from core.dataset import Category, open_dataset
from core.errors import UserError
from core.geometry.segmentation import Polygons, Rle
from tests.core.annotation.edits import EDITS, Kept, add, change, classes, delete, mark, some_edit, square, state
from tests.core.dataset.builders import annotation, coco, image


@pytest.fixture
def draft(dataset):
    return Draft(dataset, Kept())


def test_instances_are_found_by_the_ids_of_the_file_in_its_order(draft):
    assert list(draft.annotations(0)) == [4, 2]
    assert draft.annotations(1)[9].crowd and draft.annotations(0)[2].category == 7


def test_new_ids_continue_above_the_largest_of_the_file_and_are_never_used_again(draft):
    assert [draft.new_id(0), draft.new_id(1), draft.new_id(2)] == [10, 11, 2]
    draft.apply(add(draft, 0, square(1, 1), id=20))
    draft.apply(delete(draft, 0, 20))
    assert draft.new_id(1) == 21


def test_where_a_file_uses_an_id_twice_the_later_ones_get_fresh_ones(folder):
    entries = [annotation(5), annotation(5), annotation(7, 2), annotation(5, 2), annotation(30, 99)]
    draft = Draft(open_dataset(folder.json("x.json", coco([image(1), image(2)], entries))), Kept())
    assert list(draft.annotations(0)) == [5, 31] and list(draft.annotations(1)) == [7, 32]
    assert draft.new_id(0) == 33


def test_a_hostile_id_does_not_use_up_all_numbers(folder):
    draft = Draft(open_dataset(folder.json("x.json", coco([image(1)], [annotation(2**53), annotation(3)]))), Kept())
    draft.apply(change(draft, 0, 2**53, square(1, 1)))
    assert draft.new_id(0) == 4


def test_what_was_deleted_comes_back_in_its_place(draft):
    draft.apply(add(draft, 0, square(1, 1)))
    gone = delete(draft, 0, 4, 10)
    draft.apply(gone)
    assert list(draft.annotations(0)) == [2]
    draft.apply(inverse(gone))
    assert list(draft.annotations(0)) == [4, 2, 10]


def test_counts_and_classes_are_known_without_decoding(draft, monkeypatch):
    monkeypatch.setattr("core.dataset.dataset.read_instance", None)
    assert [draft.instance_count(index) for index in range(3)] == [2, 1, 1]
    assert [draft.labels(index) for index in range(3)] == [{3, 7}, {3}, {3}]
    assert draft.class_counts() == {3: 3, 7: 1}


def test_counts_follow_edits(draft):
    draft.apply(delete(draft, 0, 2))
    draft.apply(add(draft, 2, square(1, 1, category=7)))
    assert [draft.instance_count(index) for index in range(3)] == [1, 1, 2]
    assert draft.labels(0) == {3} and draft.labels(2) == {3, 7}
    assert draft.class_counts() == {3: 3, 7: 1}


def test_an_edit_that_does_not_fit_changes_nothing(draft):
    nut, bolt = draft.categories
    other = change(draft, 0, 4, square(1, 1))
    wrong = [
        msgspec.structs.replace(other, before={4: square(2, 2)}),
        msgspec.structs.replace(other, before={}),
        msgspec.structs.replace(other, before={99: square(2, 2)}),
        msgspec.structs.replace(other, image=7),
        msgspec.structs.replace(other, image=-1),
        msgspec.structs.replace(other, after={4: square(1, 1, category=8)}),
        msgspec.structs.replace(other, after={4: Annotation(3, Polygons([[1.0, 2.0]]), (1.0, 1.0, 6.0, 6.0))}),
        msgspec.structs.replace(
            other, after={4: msgspec.structs.replace(square(1, 1), segmentation=Rle((30, 40), "??"))}
        ),
        msgspec.structs.replace(other, after={4: msgspec.structs.replace(square(1, 1), box=(0, 0, -1, float("nan")))}),
        add(draft, 0, square(1, 1), id=0),
        add(draft, 0, square(1, 1), id=4),
        classes(draft, nut),
        classes(draft, nut, bolt, Category(7, "washer")),
        classes(draft, nut, bolt, Category(8, "nut")),
        classes(draft, nut, bolt, Category(8, "coin", (1, 2, 300))),
        msgspec.structs.replace(classes(draft, nut, bolt), before=(nut,)),
        msgspec.structs.replace(mark(draft, 0, "done"), before="to fix"),
    ]
    before = state(draft)
    for edit in wrong:
        for whole in (edit, CompoundEdit(name="Both", edits=(mark(draft, 1, "done"), edit))):
            with pytest.raises(ValueError):
                draft.apply(whole)
    assert state(draft) == before and draft.revision == 0 and draft.keeper.edits == []


def test_an_edit_that_cannot_be_kept_is_not_done(dataset):
    draft = Draft(dataset, Kept(room=0))
    before = state(draft)
    with pytest.raises(UserError, match="full"):
        draft.apply(delete(draft, 0, 4))
    assert state(draft) == before and draft.unsaved == 0


def test_a_class_goes_together_with_its_instances(draft):
    nut, _ = draft.categories
    edit = CompoundEdit(name="Delete bolt", edits=(delete(draft, 0, 2), classes(draft, nut)))
    draft.apply(edit)
    assert draft.categories == (nut,) and list(draft.annotations(0)) == [4]
    draft.apply(inverse(edit))
    assert len(draft.categories) == 2 and list(draft.annotations(0)) == [4, 2]


def test_a_snapshot_stays_what_it_was(draft):
    draft.apply(add(draft, 0, square(1, 1)))
    snapshot = draft.snapshot()
    draft.apply(delete(draft, 0, 10))
    assert list(snapshot.annotations[0]) == [4, 2, 10] and snapshot.revision == 1
    draft.saved(snapshot)
    assert (draft.revision, draft.unsaved) == (2, 1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=EDITS)
def test_any_edits_and_then_all_inverses_give_the_first_state(dataset, numbers):
    draft = Draft(dataset, Kept())
    before, done = state(draft), []
    for kind, image_index, number in numbers:
        if kind == 7 and done:
            draft.apply(inverse(done.pop()))
            continue
        done.append(some_edit(draft, kind, image_index, number))
        draft.apply(done[-1])
    after = state(draft)
    for edit in reversed(done):
        draft.apply(inverse(edit))
    assert state(draft) == before
    for edit in done:
        draft.apply(edit)
    assert state(draft) == after

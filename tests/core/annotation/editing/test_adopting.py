"""Taking over what somebody else annotated: afterwards both agree on it, and undo brings back what was."""

from pathlib import Path

import msgspec
import pytest

from core.annotation.editing.adopting import Adoption
from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import inverse
from core.dataset import open_dataset
from core.dataset.several.comparison import Difference, compare_instances
from tests.core.annotation.edits import Kept, state
from tests.core.dataset.builders import coco, image
from tests.core.dataset.several.test_comparison import GRAYS, drawn
from tests.core.dataset.several.test_merging import make

CLASSES = [{"id": 1, "name": "Nut"}, {"id": 2, "name": "bolt"}, {"id": 9, "name": "washer"}]


@pytest.fixture
def compared(tmp_path: Path) -> tuple[Draft, Adoption, list[Difference]]:
    """One difference of each kind, two with a class that only the right one has."""
    images = [image(1, "a.png"), image(2, "b.png")]
    mine = [drawn(1, 1), drawn(2, 11), drawn(3, 21, 7), drawn(4, 31, 7)]
    theirs = [drawn(1, 3, 1), drawn(2, 11, 9), drawn(3, 21, 2), drawn(9, 1, 9, image_id=2)]
    left = open_dataset(make(tmp_path / "left", {"train": coco(images, mine)}, GRAYS))
    right = open_dataset(make(tmp_path / "right", {"train": coco(images, theirs, CLASSES)}, GRAYS))
    draft = Draft(left, Kept())
    return draft, Adoption(draft, right), compare_instances(left, right, 0.75).differences


def test_each_kind_can_be_taken_over_alone(compared):
    draft, adoption, differences = compared
    assert [each.kind for each in differences] == ["shape", "class", "left", "right"]
    for number, each in enumerate(differences, 1):
        draft.apply(adoption.edit([each]))
        assert adoption.done(differences) == set(differences[:number])
    names = {category.id: category.name for category in draft.categories}
    assert [names[one.category] for one in draft.annotations(0).values()] == ["nut", "washer", "bolt"]
    assert [names[one.category] for one in draft.annotations(1).values()] == ["washer"]
    assert draft.annotations(0)[1].segmentation.coco[0][0] == 3
    assert adoption.edit(differences) is None


def test_all_at_once_is_one_step_that_undo_takes_back(compared):
    draft, adoption, differences = compared
    before = state(draft)
    edit = adoption.edit(differences)
    assert edit.name == "Accept 4 differences"
    draft.apply(edit)
    assert adoption.done(differences) == set(differences)
    draft.apply(inverse(edit))
    assert state(draft) == before and adoption.done(differences) == set()


def test_what_was_deleted_or_changed_meanwhile_is_no_fault(compared):
    draft, adoption, differences = compared
    shape, confused, alone, _ = differences
    draft.apply(adoption.edit([msgspec.structs.replace(alone, left=shape.left)]))  # somebody deletes it
    assert adoption.edit([shape]) is None
    draft.apply(adoption.edit([confused, shape]))
    assert adoption.done(differences) == {confused}

"""Edits of the classes: what a person sees of the other classes stays."""

import pytest

from core.annotation.editing import classes
from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import inverse, parts
from core.annotation.storage.rebase import Rebase
from core.dataset.palette import class_color
from tests.core.annotation.edits import Kept, state


@pytest.fixture
def draft(dataset):
    """Nuts, bolts, and two more classes."""
    draft = Draft(dataset, Kept())
    draft.apply(classes.add_all(draft, ["washer", "gear"]))
    return draft


def colors(draft):
    return {item.name: item.color or class_color(place) for place, item in enumerate(draft.categories)}


def id_of(draft, name):
    return next(item.id for item in draft.categories if item.name == name)


@pytest.mark.parametrize("merge", [False, True])
def test_when_a_class_goes_the_others_keep_their_colors(draft, merge):
    before, known = colors(draft), state(draft)
    gone, into = id_of(draft, "nut"), id_of(draft, "gear")
    draft.apply(edit := classes.merge(draft, gone, into) if merge else classes.delete(draft, gone))
    assert colors(draft) == {name: color for name, color in before.items() if name != "nut"}
    draft.apply(inverse(edit))
    assert state(draft) == known


def test_classes_before_it_need_no_color_of_their_own(draft):
    draft.apply(classes.delete(draft, id_of(draft, "gear")))
    assert all(item.color is None for item in draft.categories)


@pytest.mark.parametrize("meanwhile", ["removed", "colored"])
def test_a_class_that_went_goes_again_whatever_became_of_the_others(dataset, meanwhile):
    """After a crash, on files in which somebody else changed another class."""
    before = Draft(dataset, Kept())
    edit = classes.delete(before, id_of(before, "nut"))
    now = Draft(dataset, Kept())
    bolt = id_of(now, "bolt")
    if meanwhile == "removed":
        now.apply(classes.delete(now, bolt))
    else:
        now.apply(classes.recolor(now, bolt, (9, 9, 9)))
    places = {image.index: ("", image.id, image.file_name) for image in dataset.images}
    files = [file.path.relative_to(dataset.root).as_posix() for file in dataset.files]
    places = {index: (files[dataset.file_number(dataset.images[index])], *place[1:]) for index, place in places.items()}
    again = Rebase(now, dataset.categories).edit(edit.name, parts(edit), places)
    now.apply(again)
    assert [item.name for item in now.categories] == ([] if meanwhile == "removed" else ["bolt"])
    assert meanwhile == "removed" or now.categories[0].color == (9, 9, 9)


def test_a_new_class_looks_like_no_other(draft):
    draft.apply(classes.delete(draft, id_of(draft, "nut")))
    edit, _ = classes.add(draft, "coin")
    draft.apply(edit)
    draft.apply(classes.add_all(draft, ["screw", "ring"]))
    assert len(set(colors(draft).values())) == len(draft.categories) == 6
    edit, id = classes.add(draft, "plate", (1, 2, 3))
    draft.apply(edit)
    assert colors(draft)["plate"] == (1, 2, 3) and id_of(draft, "plate") == id

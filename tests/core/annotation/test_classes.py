"""Edits of the classes: what a person sees of the other classes stays."""

import pytest

from core.annotation import classes
from core.annotation.draft import Draft
from core.annotation.edits import inverse
from core.dataset.palette import class_color
from tests.core.annotation.editing import Kept, state


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
def test_when_a_class_goes_the_others_keep_their_colours(draft, merge):
    before, known = colors(draft), state(draft)
    gone, into = id_of(draft, "nut"), id_of(draft, "gear")
    draft.apply(edit := classes.merge(draft, gone, into) if merge else classes.delete(draft, gone))
    assert colors(draft) == {name: color for name, color in before.items() if name != "nut"}
    draft.apply(inverse(edit))
    assert state(draft) == known


def test_classes_before_it_need_no_colour_of_their_own(draft):
    draft.apply(classes.delete(draft, id_of(draft, "gear")))
    assert all(item.color is None for item in draft.categories)


def test_a_new_class_looks_like_no_other(draft):
    draft.apply(classes.delete(draft, id_of(draft, "nut")))
    edit, _ = classes.add(draft, "coin")
    draft.apply(edit)
    draft.apply(classes.add_all(draft, ["screw", "ring"]))
    assert len(set(colors(draft).values())) == len(draft.categories) == 6
    edit, id = classes.add(draft, "plate", (1, 2, 3))
    draft.apply(edit)
    assert colors(draft)["plate"] == (1, 2, 3) and id_of(draft, "plate") == id

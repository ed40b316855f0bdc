"""Marking what nobody has labelled: what is selected becomes the mark, undone in one step, drawn hatched."""

import numpy as np

from app.tools import not_labelled
from tests.app.tools.conftest import square


def region(bench):
    return bench.editing.draft.not_labelled(bench.context.image)


def pixels(bench):
    found = region(bench)
    return found.mask(bench.context.size).area if found else 0


def test_what_is_selected_becomes_the_mark_and_undo_brings_it_back(make_bench):
    bench = make_bench([square(20, 20, 30)], [square(80, 40, 10)])
    bench.context.select(list(bench.context.annotations)[:1])
    not_labelled.mark_inside(bench.context)
    assert pixels(bench) == 900 and len(bench.instances) == 1 and bench.steps == 1
    bench.context.select(list(bench.context.annotations))
    not_labelled.mark_inside(bench.context)
    assert pixels(bench) == 1000 and not bench.instances
    bench.editing.undo()
    bench.editing.undo()
    assert not region(bench) and len(bench.instances) == 2
    bench.editing.redo()
    assert pixels(bench) == 900


def test_only_the_boxes_of_what_is_selected_are_labelled(make_bench):
    bench = make_bench([square(20, 20, 30)])
    bench.context.select(list(bench.context.annotations))
    not_labelled.mark_outside(bench.context)
    height, width = bench.context.size
    mask = region(bench).mask(bench.context.size)
    whole = np.zeros((height, width), np.uint8)
    whole[mask.y : mask.y + mask.bitmap.shape[0], mask.x : mask.x + mask.bitmap.shape[1]] = mask.bitmap
    assert mask.area == height * width - 900 and not whole[20:50, 20:50].any()


def test_the_mark_is_taken_away_in_one_step(make_bench):
    bench = make_bench([square(20, 20, 30)])
    not_labelled.unmark(bench.context)
    assert bench.steps == 0
    bench.context.select(list(bench.context.annotations))
    not_labelled.mark_inside(bench.context)
    not_labelled.unmark(bench.context)
    assert not region(bench) and bench.steps == 2
    bench.editing.undo()
    assert pixels(bench) == 900

"""Brush strokes: which pixels a round brush covers."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.geometry.bridged_rings import loops, to_ring
from core.geometry.polygons import rasterise
from core.geometry.strokes import TOLERANCE, Stroke

SIZE = (60, 80)


def test_a_dab_is_a_disc_of_its_diameter():
    stroke = Stroke(SIZE)
    stroke.move((30.0, 20.0), (30.0, 20.0), 16)
    y, x = np.nonzero(stroke.bitmap)
    assert np.hypot(x + 0.5 - 30, y + 0.5 - 20).max() <= 8
    assert stroke.mask().area == pytest.approx(np.pi * 64, rel=0.05)
    assert stroke.mask().box == (22, 12, 16, 16)


@pytest.mark.parametrize("at", [(3.0, 4.0), (3.5, 4.5), (3.99, 4.01)])
def test_the_smallest_brush_paints_the_pixel_under_it(at):
    stroke = Stroke(SIZE)
    stroke.move(at, at, 1)
    assert stroke.bitmap[4, 3] == 1
    assert stroke.mask().area <= 4


def test_a_fast_move_leaves_no_gap():
    stroke = Stroke(SIZE)
    stroke.move((5.0, 5.0), (70.0, 41.0), 1)
    columns = stroke.bitmap[:, 5:70].sum(axis=0)
    assert columns.min() >= 1
    stroke.move((70.0, 41.0), (70.0, 10.0), 6)
    assert stroke.bitmap[10:41, 67:73].all()


def test_what_lies_outside_of_the_image_is_cut_off():
    stroke = Stroke(SIZE)
    assert stroke.move((-50.0, 10.0), (-40.0, 10.0), 8) == (0, 0, 0, 0)
    assert stroke.mask().area == 0
    stroke.move((-2.0, -2.0), (90.0, 70.0), 8)
    assert stroke.mask().size == SIZE
    assert stroke.mask().full().sum() == stroke.bitmap.sum()


def test_the_mask_is_what_was_painted():
    stroke = Stroke(SIZE)
    for start, end in (((10.0, 10.0), (20.0, 30.0)), ((20.0, 30.0), (60.0, 12.0))):
        left, top, right, bottom = stroke.move(start, end, 7)
        assert stroke.bitmap[top:bottom, left:right].any()
    assert np.array_equal(stroke.mask().full(), stroke.bitmap)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-9, 89), st.floats(-9, 69)), min_size=1, max_size=6), st.floats(1, 40))
@example([(1.0, 1.0), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)], 7.0)
def test_the_outline_is_off_by_a_quarter_of_a_pixel_at_most(points, diameter):
    stroke = Stroke(SIZE)
    for start, end in zip(points, points[1:] or points, strict=False):
        stroke.move(start, end, diameter)
    outline = stroke.painted().outline
    if diameter < 2:
        assert np.array_equal(rasterise(outline, SIZE).full(), stroke.bitmap)
        return
    capsules = [shapely.buffer(shapely.linestrings(ends), diameter / 2, quad_segs=90) for ends in _ways(points)]
    exact = shapely.union_all(capsules)
    off = exact.symmetric_difference(shapely.union_all([shapely.Polygon(*_loops(part)) for part in outline]))
    assert off.difference(exact.boundary.buffer(TOLERANCE + 0.002)).area < 1e-6


def _ways(points):
    return [[start, end] for start, end in zip(points, points[1:] or points, strict=False)]


def _loops(part):
    outer, *holes = loops(to_ring(part))
    return outer, holes


def test_the_outline_has_few_corners_and_holes_where_the_brush_went_around():
    stroke = Stroke(SIZE)
    stroke.move((30.0, 30.0), (30.0, 30.0), 24)
    assert len(stroke.painted().outline[0]) / 2 <= 24
    around = [(20.0, 20.0), (60.0, 20.0), (60.0, 40.0), (20.0, 40.0), (20.0, 20.0)]
    stroke = Stroke(SIZE)
    for start, end in pairwise(around):
        stroke.move(start, end, 8)
    (part,) = stroke.painted().outline
    assert len(loops(to_ring(part))) == 2 and not rasterise([part], SIZE).full()[30, 40]


def test_a_step_on_a_large_image_changes_what_the_brush_sweeps_over():
    stroke = Stroke((20_000, 20_000))
    for step in range(20):
        left, top, right, bottom = stroke.move((1000.0 + 20 * step, 9000.0), (1020.0 + 20 * step, 9010.0), 60)
        assert right - left <= 20 + 62 and bottom - top <= 10 + 62
    left, top, right, bottom = stroke.window
    assert right - left <= 20 * 20 + 62 and bottom - top <= 10 + 62

"""What strokes, rings and other instances make of an instance."""

import math

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from core.annotation.editing import boolean_ops
from core.annotation.editing.edits import InstanceEdit
from core.annotation.editing.model import Annotation, fault
from core.annotation.editing.shape_ops import as_mask, filled, with_parts
from core.geometry import masks
from core.geometry.segmentation import Polygons, Rle, to_json
from core.geometry.strokes import Stroke
from tests.core.annotation.edits import square

SIZE = (60, 80)
BOW = Annotation(3, Polygons([[10.0, 10.0, 50.0, 50.0, 50.0, 10.0, 10.0, 50.0]]), (10.0, 10.0, 40.0, 40.0))


def pixels(annotation):
    assert annotation is not None and fault(annotation, SIZE) is None
    return annotation.mask(SIZE).full()


def corners(annotation):
    return {point for part in annotation.segmentation.parts for point in zip(part[0::2], part[1::2], strict=True)}


def mask_of_square(x, y, side=6, **other):
    return as_mask(square(x, y, side, **other), SIZE)


def hole(x, y, side):
    return [float(value) for value in (x, y, x, y + side, x + side, y + side, x + side, y)]


def stroke(*points, diameter=6.0):
    brush = Stroke(SIZE)
    for start, end in zip(points, points[1:] or points, strict=False):
        brush.move(start, end, diameter)
    return brush.painted()


def expected(before, drawn, made):
    """The pixels of a stroke on those of an instance."""
    inside = before.mask(SIZE).full()
    return inside | drawn.mask.full() if made is boolean_ops.painted else inside & (1 - drawn.mask.full())


def run_through(at, *shapes):
    """Whether an outline runs through the pixels ``at`` (column, row), or as near to their centre as their border."""
    closed = [np.reshape([*part, *part[:2]], (-1, 2)) for shape in shapes for part in shape]
    outlines = shapely.union_all([shapely.linestrings(ring) for ring in closed])
    return bool((shapely.distance(shapely.points(at + 0.5), outlines) <= 0.5).all())


# Strokes

places = st.tuples(st.floats(-6, 86), st.floats(-6, 66))
lines = st.lists(
    places | st.tuples(st.integers(0, 80).map(float), st.integers(0, 60).map(float)), min_size=1, max_size=5
)
diameters = st.sampled_from([1.0, 2.0, 3.0, 7.0, 16.0, 30.0])


@st.composite
def polygons(draw):
    """A star, some with a hole, some with a part beside it."""
    count = draw(st.integers(3, 9))
    reach = draw(st.lists(st.floats(9, 26), min_size=count, max_size=count))
    turns = [2 * math.pi * place / count for place in range(count)]
    star = [
        coordinate
        for r, t in zip(reach, turns, strict=True)
        for coordinate in (36 + r * math.cos(t), 30 + r * math.sin(t))
    ]
    whole = with_parts(square(0, 0), [star])
    if draw(st.booleans()):
        whole = boolean_ops.with_hole(whole, hole(35, 28, draw(st.sampled_from([3, 4.5]))), SIZE)
    return boolean_ops.with_part(whole, hole(66, 4, 9), SIZE) if draw(st.booleans()) else whole


@settings(max_examples=80, deadline=None)
@given(polygons(), lines, diameters, st.sampled_from([boolean_ops.painted, boolean_ops.erased]))
def test_a_polygon_stays_one_to_the_pixels_at_its_edge_and_corners_away_from_the_stroke_to_the_bit(
    before, points, diameter, made
):
    drawn = stroke(*points, diameter=diameter)
    wanted, after = expected(before, drawn, made), made(before, drawn)
    shapes = [one.segmentation.parts for one in (before, after) if one is not None]
    differing = np.argwhere(wanted != (0 if after is None else pixels(after)))[:, ::-1]
    assert run_through(differing, *shapes, drawn.outline)
    if after is None:
        return
    assert isinstance(after.segmentation, Polygons)
    if np.array_equal(wanted, before.mask(SIZE).full()):
        assert after is before
    near = [np.array(points[:-1] or points), np.array(points[1:] or points)]
    for corner in corners(before):
        if _distance(corner, *near) > diameter / 2 + 1.5:
            assert corner in corners(after)


def _distance(at, starts, ends):
    along = ends - starts
    share = np.clip(((at - starts) * along).sum(1) / np.maximum((along**2).sum(1), 1e-9), 0, 1)
    return np.hypot(*(at - starts - along * share[:, None]).T).min()


@pytest.mark.parametrize("made", [boolean_ops.painted, boolean_ops.erased])
@pytest.mark.parametrize("before", [mask_of_square(10, 10, 20, crowd=True), BOW])
def test_masks_and_polygons_that_cross_themselves_get_exactly_the_pixels_of_the_stroke(before, made):
    drawn = stroke((28.0, 20.0), (60.0, 20.0))
    after = made(before, drawn)
    assert isinstance(after.segmentation, Rle)
    assert np.array_equal(pixels(after), expected(before, drawn, made))
    assert after.crowd == before.crowd and after.category == before.category


@pytest.mark.parametrize("before", [square(10, 10, 20), mask_of_square(10, 10, 20)])
def test_a_stroke_by_which_no_pixel_changes_leaves_the_instance_as_it_is(before):
    assert boolean_ops.painted(before, stroke((18.0, 18.0), (22.0, 22.0))) is before
    assert boolean_ops.erased(before, stroke((50.0, 18.0))) is before


@pytest.mark.parametrize("before", [square(10, 10, 20), mask_of_square(10, 10, 20)])
def test_nothing_is_left_where_all_is_erased(before):
    assert boolean_ops.erased(before, stroke((20.0, 20.0), diameter=40.0)) is None


def test_a_box_that_is_painted_on_gets_a_mask():
    found = boolean_ops.painted(Annotation(3, None, (0.0, 0.0, 9.0, 9.0)), stroke((23.0, 23.0)))
    assert found.box == (20, 20, 6, 6) and isinstance(found.segmentation, Rle)


def test_a_stroke_beside_a_polygon_is_a_part_of_it_and_one_between_parts_joins_them():
    before = square(10, 10, 10)
    apart = boolean_ops.painted(before, stroke((50.0, 15.0)))
    assert len(apart.segmentation.parts) == 2 and before.segmentation.parts[0] in apart.segmentation.parts
    joined = boolean_ops.painted(apart, stroke((15.0, 15.0), (50.0, 15.0)))
    assert len(joined.segmentation.parts) == 1 and corners(before) <= corners(joined)


def test_an_eraser_makes_a_hole_that_can_be_filled_again_or_two_parts():
    before = square(10, 10, 20)
    ring = boolean_ops.erased(before, stroke((20.0, 20.0)))
    assert not pixels(ring)[20, 20] and len(ring.segmentation.parts) == 1 and corners(before) < corners(ring)
    assert corners(filled(ring, None, SIZE)) == corners(before)
    assert corners(boolean_ops.painted(ring, stroke((20.0, 20.0), diameter=8.0))) == corners(before)
    halves = boolean_ops.erased(before, stroke((20.0, 5.0), (20.0, 35.0)))
    assert sorted(len(part) for part in halves.segmentation.parts) == [8, 8]


def test_a_polygon_ends_at_the_border_of_the_image():
    found = boolean_ops.painted(square(10, 10, 20), stroke((20.0, 12.0), (20.0, -9.0), diameter=10.0))
    assert min(y for _, y in corners(found)) == 0 and pixels(found)[0, 16:24].all()


def test_what_of_a_polygon_lies_outside_of_the_image_goes_with_the_rest():
    beyond = Annotation(3, Polygons([[-9.0, 10.0, 20.0, 10.0, 20.0, 20.0, -9.0, 20.0]]), (-9.0, 10.0, 29.0, 10.0))
    left = boolean_ops.erased(beyond, stroke((0.0, 15.0), (5.0, 15.0), diameter=20.0))
    assert min(x for x, _ in corners(left)) > 13


def test_slivers_are_left_out():
    left = boolean_ops.erased(square(10, 10, 20), stroke((5.0, 15.0), (35.0, 15.0), diameter=9.8))
    assert [part[1] > 15 for part in left.segmentation.parts] == [True], "nothing of the tenth of a pixel at the top"


def test_a_hundred_strokes_along_an_edge_leave_few_corners_and_cost_kilobytes():
    random = np.random.default_rng(0)
    before = with_parts(square(0, 0), [hole(10, 10, 40)])
    for _ in range(100):
        x, y = random.uniform(8, 50), random.uniform(49, 51)
        points = [(x + step, y + random.normal(0, 0.3)) for step in range(12)]
        made = boolean_ops.painted if random.random() < 0.7 else boolean_ops.erased
        after = made(before, stroke(*points, diameter=8.0))
        edit = InstanceEdit(name="Brush stroke", image=0, before={1: before}, after={1: after})
        assert len(msgspec.json.encode(edit, enc_hook=to_json)) < 8000
        before = after
    assert {(10.0, 10.0), (50.0, 10.0)} <= corners(before) and len(corners(before)) < 150


# Rings


@pytest.mark.parametrize("make, kind", [(square, Polygons), (mask_of_square, Rle)])
def test_a_part_and_a_hole_keep_what_kind_of_shape_it_is(make, kind):
    before = make(10, 10, 20)
    more = boolean_ops.with_part(before, hole(50, 10, 10), SIZE)
    less = boolean_ops.with_hole(before, hole(15, 15, 5), SIZE)
    assert pixels(more).sum() == 500 and pixels(less).sum() == 375
    assert isinstance(more.segmentation, kind) and isinstance(less.segmentation, kind)


def test_a_hole_across_the_border_is_cut_exactly_too():
    less = boolean_ops.with_hole(square(10, 10, 20), hole(25, 15, 10), SIZE)
    assert pixels(less).sum() == 400 - 50 and isinstance(less.segmentation, Polygons)


def test_a_part_that_overlaps_makes_a_polygon_larger():
    assert len(boolean_ops.with_part(square(10, 10, 20), hole(25, 15, 10), SIZE).segmentation.parts) == 1
    both = boolean_ops.with_part(BOW, hole(5, 5, 10), SIZE)
    assert both.segmentation.parts == [*BOW.segmentation.parts, hole(5, 5, 10)], (
        "one that crosses itself stays beside it"
    )


# Other instances


def test_polygons_that_overlap_or_share_a_border_merge_into_one_outline_and_others_into_parts():
    one, over, beside, apart = square(10, 10, 20), square(20, 20, 20), square(30, 12, 8), square(60, 10, 10)
    found = boolean_ops.merged([one, over, beside, apart], SIZE)
    assert len(found.segmentation.parts) == 2 and apart.segmentation.parts[0] in found.segmentation.parts
    assert corners(found) >= {(10, 10), (10, 30), (20, 40), (40, 40), (40, 20)} and (20, 20) not in corners(found)
    assert pixels(found).sum() == 700 + 64 + 100


def test_merging_with_a_mask_keeps_the_pixels():
    mixed = boolean_ops.merged([square(10, 10, 20), mask_of_square(20, 20, 20)], SIZE)
    assert isinstance(mixed.segmentation, Rle) and pixels(mixed).sum() == 700
    assert len(boolean_ops.merged([BOW, square(5, 5, 10)], SIZE).segmentation.parts) == 2


@pytest.mark.parametrize("make, kind", [(square, Polygons), (mask_of_square, Rle)])
def test_subtracting_and_intersecting(make, kind):
    one, other = square(10, 10, 20), make(20, 20, 20)
    less, common = boolean_ops.subtracted(one, [other], SIZE), boolean_ops.intersected([one, other], SIZE)
    assert pixels(less).sum() == 300 and pixels(common).sum() == 100
    assert isinstance(less.segmentation, kind) and isinstance(common.segmentation, kind)
    assert boolean_ops.subtracted(one, [square(0, 0, 50)], SIZE) is None
    assert boolean_ops.subtracted(one, [square(30, 10, 10)], SIZE) is one, "a border in common is no overlap"
    assert boolean_ops.intersected([one, square(50, 20)], SIZE) is None


# Masks from assists


def test_what_an_assist_adds_to_a_polygon_makes_it_a_mask():
    found = masks.crop(mask_of_square(28, 12).mask(SIZE).full())
    before = square(10, 10, 20)
    assert np.array_equal(pixels(boolean_ops.with_pixels(before, found)), pixels(before) | found.full())
    assert np.array_equal(pixels(boolean_ops.without_pixels(before, found)), pixels(before) & (1 - found.full()))
    assert isinstance(boolean_ops.with_pixels(before, found).segmentation, Rle)

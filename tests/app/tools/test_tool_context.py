"""What tools see of the image in view."""

import numpy as np
import pytest

from core.annotation.editing.model import Annotation
from core.errors import UserError
from core.geometry import masks
from core.geometry.segmentation import Polygons, Rle
from tests.app.tools.conftest import square

RING = square(20, 20, 60)


def test_the_smallest_instance_under_a_pixel_comes_first(make_bench):
    bench = make_bench([square(40, 40, 10)], [RING])
    small, large = bench.context.annotations
    assert bench.context.at(45, 45) == [small, large]
    assert bench.context.at(20, 20) == [large] and bench.context.at(80, 80) == []


def test_a_click_into_a_hole_goes_through(make_bench):
    bench = make_bench()
    bitmap = np.zeros(bench.context.size, np.uint8)
    bitmap[20:60, 20:60] = 1
    bitmap[30:40, 30:40] = 0
    bench.context.draw("Mask", Rle.of(masks.crop(bitmap)))
    assert bench.context.at(25, 25) and not bench.context.at(35, 35)


def test_what_lies_within_and_what_touches(make_bench):
    bench = make_bench([square(20, 20, 10)], [square(50, 20, 30)])
    one, two = bench.context.annotations
    assert bench.context.within((10, 10, 60, 40)) == [one]
    assert bench.context.within((10, 10, 60, 40), touching=True) == [one, two]


def test_the_place_of_an_instance_is_that_of_its_shape_whatever_box_the_file_states(make_bench):
    bench = make_bench()
    bench.context.add("Odd", Annotation(1, Polygons([RING]), (0.0, 0.0, 1.0, 1.0)))
    assert bench.context.at(50, 50)


def test_a_box_without_a_mask_can_be_clicked_on(make_bench):
    bench = make_bench()
    bench.context.add("Box", Annotation(1, None, (10.0, 10.0, 20.0, 20.0)))
    assert bench.context.at(15, 15) and not bench.context.at(35, 35)


def test_the_order_of_selecting_is_kept(make_bench):
    bench = make_bench([square(20, 20, 10)], [square(50, 20, 30)])
    one, two = bench.context.annotations
    bench.context.select((two, one, two, 99))
    assert bench.context.order == (two, one) and bench.context.selection == {one, two}


def test_undo_takes_what_is_gone_out_of_the_selection(make_bench, qtbot):
    bench = make_bench([RING])
    bench.context.draw("Box", Polygons([square(1, 1, 5)]))
    with qtbot.waitSignals([bench.context.selected, bench.context.changed]):
        bench.editing.undo()
    assert not bench.context.selection


def test_an_edit_of_another_image_changes_nothing_here(make_bench, qtbot):
    bench = make_bench([RING])
    bench.context.draw("Box", Polygons([square(1, 1, 5)]))
    bench.choose(1)
    with qtbot.assertNotEmitted(bench.context.changed):
        bench.editing.undo()


def test_a_change_that_changes_nothing_is_no_step(make_bench):
    bench = make_bench([RING])
    bench.context.change("Nothing", dict(bench.context.annotations))
    assert bench.steps == 0


def test_what_cannot_be_kept_is_not_selected(make_bench, monkeypatch):
    bench = make_bench()

    def full(edit, step):
        raise UserError("the disk is full", "")

    monkeypatch.setattr(bench.editing.draft.keeper, "append", full, raising=False)
    bench.context.draw("Box", Polygons([RING]))
    assert not bench.instances and not bench.context.selection and bench.steps == 0


def test_what_waits_for_a_class_is_made_in_the_order_of_drawing(make_bench):
    bench = make_bench(classes=())
    bench.context.draw("One", Polygons([square(1, 1, 5)]))
    bench.context.draw("Two", Polygons([RING]))
    assert len(bench.context.unclassified.drawn) == 2
    bench.name_class("nut")
    assert [annotation.box[0] for annotation in bench.instances] == [1, 20] and not bench.context.unclassified.drawn


@pytest.mark.parametrize("category, name", [(1, "nut"), (2, "bolt")])
def test_each_class_has_its_color(make_bench, category, name):
    bench = make_bench()
    assert bench.context.color(category) != bench.context.color(3 - category)

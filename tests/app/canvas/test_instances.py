"""What is drawn of an instance."""

import pytest

from app.canvas.instances import make_all
from core.annotation.editing.model import Annotation
from core.geometry.segmentation import Polygons

SIZE = (60, 80)
STYLES = {1: ((255, 0, 0), "nut")}


@pytest.mark.parametrize("nothing", [None, Polygons([])])
def test_a_box_without_a_mask_is_seen_as_a_box_and_has_no_pixels(nothing):
    box = Annotation(1, nothing, (20.0, 10.0, 40.0, 30.0), False)
    crowd = Annotation(1, nothing, (0.0, 0.0, 5.0, 5.0), True)
    made = make_all({1: box, 2: crowd}, SIZE, STYLES)
    shape = made[1][2]
    assert (shape.style, shape.text) == ("box", "nut") and made[2][2].style == "crowd"
    drawn = shape.path(1.0).boundingRect()
    assert (drawn.x(), drawn.y(), drawn.width(), drawn.height()) == (20, 10, 40, 30)
    assert shape.mask.area == 0
    assert shape.contains(20, 10) and shape.contains(59, 39) and not shape.contains(60, 40)
    moved = make_all({1: Annotation(1, nothing, (0.0, 0.0, 8.0, 8.0), False)}, SIZE, STYLES, made)
    assert moved[1][2].box.width() == 8

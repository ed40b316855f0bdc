"""Shapes of polygons, and many shapes: drawn as they were drawn, found where they are, kept between frames."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage

from app.canvas import ImagePyramid, ImageView, Shape
from app.canvas.outline import PolygonOutline
from app.canvas.overlay import Options
from app.canvas.shape_index import ShapeIndex
from app.canvas.viewport import Viewport
from core.geometry import masks

SIZE = (300, 400)
RED = (255, 0, 0)


def square(x: float, y: float, side: float) -> list[float]:
    return [x, y, x + side, y, x + side, y + side, x, y + side]


def polygon(*parts: list[float], text: str = "") -> Shape:
    return Shape(PolygonOutline(list(parts), SIZE), RED, text)


def rings(count: int, radius: float = 12.0) -> list[Shape]:
    random = np.random.default_rng(0)
    angles = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    shapes = []
    for _ in range(count):
        middle = random.uniform((0, 0), (400, 300))
        ring = middle + radius * np.stack([np.cos(angles), np.sin(angles)], 1)
        shapes.append(
            Shape(PolygonOutline([ring.ravel().tolist()], SIZE), tuple(random.integers(40, 255, 3).tolist()), "")
        )
    return shapes


@pytest.fixture
def view(qtbot):
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(400, 320)
    view.show()
    qtbot.waitExposed(view)
    view.show_picture(ImagePyramid(np.zeros((*SIZE, 3), np.uint8)))
    view.set_options(Options(opacity=1.0))
    view.set_viewport(Viewport(1.0, 0.0, 0.0))
    return view


def grabbed(view) -> np.ndarray:
    """The view's pixels, RGB."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def afresh(view) -> np.ndarray:
    """The same, all of it painted anew."""
    view.show_picture(view.picture, view.shapes, keep=True)
    view.renew_picture(view.picture)
    return grabbed(view)


def test_a_polygon_is_drawn_along_its_edges_and_not_along_pixels(view):
    view.show_shapes([polygon([10.0, 10.0, 30.0, 10.0, 10.0, 30.0])])
    view.set_viewport(Viewport(8.0, -60.0, -60.0))
    red = grabbed(view)[:, :, 0]
    diagonal = [red[y, 200 - y] for y in range(30, 170)]  # from (30, 10) to (10, 30), seen at 800 %
    assert min(diagonal) > 100 and max(diagonal) - min(diagonal) < 10, "no stairs"
    beyond = [red[y, 200 - y + 4] for y in range(30, 170)]
    assert max(beyond) == 0


def test_parts_that_overlap_are_joined_and_a_ring_with_a_hole_is_open(view):
    view.show_shapes([polygon(square(10, 10, 40), square(30, 30, 40))])
    assert grabbed(view)[40, 40, 0] == 255
    walk = [100, 100, 180, 100, 180, 180, 100, 180, 100, 100, 120, 120, 120, 160, 160, 160, 160, 120, 120, 120]
    view.show_shapes([polygon([float(value) for value in walk])])
    red = grabbed(view)[:, :, 0]
    assert red[110, 150] == 255 and red[140, 140] == 0
    view.set_options(Options(opacity=0.0))
    assert grabbed(view)[110, 110, 0] == 0, "the way into the hole is not to be seen"


def test_what_is_under_the_mouse_is_what_the_file_means(view):
    part = [10.2, 10.7, 60.3, 22.1, 33.9, 58.4]
    shape, mask = polygon(part), masks.crop(polygon(part).mask.full())
    hit = [(x, y) for y in range(SIZE[0]) for x in range(SIZE[1]) if shape.contains(x, y)]
    assert len(hit) == mask.area and all(mask.full()[y, x] for x, y in hit)


def test_of_many_shapes_the_smallest_visible_one_is_found():
    shapes = [polygon(square(10, 10, side), text=str(side)) for side in (80, 20, 40)]
    index = ShapeIndex(shapes)
    found = index.at(15, 15)
    assert found is not None and found.text == "20"
    shapes[1].visible = False
    found = index.at(15, 15)
    assert found is not None and found.text == "40"
    assert index.at(200, 200) is None
    assert [shape.text for shape in index.touching(QRectF(60, 60, 5, 5))] == ["80"]


def test_an_index_changed_by_an_edit_is_the_index_of_what_there_is():
    shapes = rings(200)
    before = ShapeIndex(shapes)
    after = [*shapes[:50], polygon(square(5, 5, 300)), *shapes[53:], polygon(square(100, 100, 1))]
    changed, anew = before.changed(after), ShapeIndex(after)
    assert [shape.area for shape in changed.shapes] == [shape.area for shape in anew.shapes]
    assert set(changed.shapes) == set(after) and len(before.shapes) == 200
    for area in (QRectF(0, 0, 40, 40), QRectF(100, 100, 80, 20), QRectF(390, 0, 20, 300)):
        assert set(changed.touching(area)) == set(anew.touching(area))
        assert changed.cost(area, 1.0) == pytest.approx(anew.cost(area, 1.0))


def test_panning_shows_what_painting_everything_would_show(view):
    view.show_picture(ImagePyramid(np.random.default_rng(1).integers(0, 255, (*SIZE, 3), np.uint8)), rings(60))
    view.set_options(Options(opacity=0.4))
    view.set_viewport(Viewport(1.5, -40.0, -30.0))
    grabbed(view)
    for step in ((7, 3), (-20, 11), (0, -37), (60, 60)):
        view.set_viewport(view.viewport.moved(QPointF(*step)))
        seen = grabbed(view)
        assert np.abs(seen - afresh(view)).max() <= 2


def test_what_came_into_view_while_a_thread_drew_what_came_before_is_all_there_in_the_end(qtbot, view, monkeypatch):
    view.show_picture(ImagePyramid(np.zeros((*SIZE, 3), np.uint8)), shapes := rings(60))
    view.set_options(Options(opacity=0.4))
    view.set_viewport(Viewport(1.5, -40.0, -30.0))
    grabbed(view)
    monkeypatch.setattr("app.canvas.layer.STRIPS_AT_ONCE", 0.0)
    late = []
    view.layer.renewed.connect(lambda: late.append(view.viewport))
    for number, step in enumerate(((7, 3), (9, -5), (-30, 11), (0, -37), (12, 60), (3, 3))):
        view.set_viewport(view.viewport.moved(QPointF(*step)))
        grabbed(view)  # asks a thread for the strips, which goes on while the picture moves
        assert view.layer.busy
        if number == 3:
            view.show_shapes([*shapes[:30], *shapes[31:], *rings(1, radius=25.0)])
        if number % 2:
            qtbot.wait(30)

    def done() -> bool:
        grabbed(view)
        return not view.layer.busy

    qtbot.waitUntil(done, timeout=10_000)
    assert late, "a thread has drawn"
    seen = grabbed(view)
    monkeypatch.setattr("app.canvas.layer.AT_ONCE", 1e9)
    assert np.abs(seen - afresh(view)).max() <= 2


def test_after_an_edit_the_others_stay_and_the_new_one_is_there_at_once(view):
    shapes = rings(60)
    view.show_shapes(shapes)
    view.set_options(Options(opacity=0.4))
    grabbed(view)
    view.show_shapes([*shapes[:30], *shapes[31:], *rings(1, radius=25.0)])
    seen = grabbed(view)
    assert np.abs(seen - afresh(view)).max() <= 2
    shapes[3].visible = False
    view.refresh()
    seen = grabbed(view)
    assert np.abs(seen - afresh(view)).max() <= 2


def test_an_edit_among_thousands_is_seen_at_once_and_after_the_thread(qtbot, view):
    shapes = rings(3000, radius=6.0)
    view.show_shapes(shapes)
    grabbed(view)
    qtbot.waitUntil(lambda: grabbed(view).max() > 0, timeout=10_000)
    view.set_viewport(Viewport(1.25, 0.0, 0.0))
    grabbed(view)  # the thread begins to draw for the new scale
    others = [*shapes[1:], polygon(square(100, 100, 120))]
    view.show_shapes(others)
    qtbot.waitUntil(lambda: not view.layer.busy, timeout=10_000)
    grabbed(view)
    qtbot.waitUntil(lambda: not view.layer.busy, timeout=10_000)
    seen = grabbed(view)
    afresh(view)
    qtbot.waitUntil(lambda: not view.layer.busy, timeout=10_000)
    assert np.abs(seen - grabbed(view)).max() <= 2

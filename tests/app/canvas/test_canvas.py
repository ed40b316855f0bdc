"""The picture view: where pixels and masks land on the screen, and what mouse and keys do."""

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage

from app.canvas import ImagePyramid, ImageView, Shape
from app.canvas.image_view import bind_view
from app.canvas.overlay import Options, label_rect
from app.canvas.viewport import Viewport
from core.geometry import masks


def picture(width=40, height=30, value=0):
    return ImagePyramid(np.full((height, width, 3), value, np.uint8))


def ring():
    """A square of 10 with a hole of 4 × 4 at (13, 12)."""
    bitmap = np.zeros((30, 40), np.uint8)
    bitmap[9:19, 10:20] = 1
    bitmap[12:16, 13:17] = 0
    return masks.crop(bitmap)


@pytest.fixture
def view(qtbot):
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(400, 320)
    view.show()
    qtbot.waitExposed(view)
    return view


def grabbed(view) -> np.ndarray:
    """The view's pixels, RGB."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def test_at_8x_a_mask_covers_exactly_its_pixels_and_its_hole_is_empty(view):
    view.show_picture(picture(), [Shape(ring(), (255, 0, 0), "ring")])
    view.set_options(Options(opacity=1.0))
    view.set_viewport(Viewport(8.0, 16.0, 24.0))
    red = grabbed(view)[:, :, 0]
    expected = np.kron(ring().full(), np.ones((8, 8), int))
    seen = red[24 : 24 + 240, 16 : 16 + 320]
    inside, outside = expected == 1, expected == 0
    # The outline is 1.5 pixels wide, half of it on either side of the edge: one pixel either way may be mixed.
    square = np.ones((3, 3), np.uint8)
    near = cv2.dilate(expected.astype(np.uint8), square) != cv2.erode(expected.astype(np.uint8), square)
    assert (seen[inside & ~near] == 255).all()
    assert (seen[outside & ~near] == 0).all()
    assert near.sum() < 0.02 * near.size


def test_image_pixels_are_squares_at_8x(view):
    random = np.random.default_rng(0).integers(0, 255, (20, 20, 3), np.uint8)
    view.show_picture(ImagePyramid(random))
    view.set_viewport(Viewport(8.0, 40.0, 16.0))
    seen = grabbed(view)[16 : 16 + 160, 40 : 40 + 160]
    assert np.array_equal(seen, np.kron(random, np.ones((8, 8, 1), int)))


def test_at_100_percent_pixels_are_untouched(view):
    random = np.random.default_rng(1).integers(0, 255, (200, 300, 3), np.uint8)
    view.show_picture(ImagePyramid(random))
    view.actual_size()
    corner = view.viewport.to_widget(QPointF(0, 0)).toPoint()
    seen = grabbed(view)[corner.y() : corner.y() + 200, corner.x() : corner.x() + 300]
    assert np.array_equal(seen, random)


def test_a_large_picture_shrinks_to_its_mean_without_losing_place(view):
    image = np.zeros((3000, 4000, 3), np.uint8)
    image[:, 2000:] = 200
    view.show_picture(ImagePyramid(image))
    middle = view.viewport.to_widget(QPointF(2000, 1500)).toPoint()
    row = grabbed(view)[middle.y(), :, 0]
    assert row[middle.x() - 4] < 10 and row[middle.x() + 4] > 190


def test_zooming_keeps_the_point_under_the_mouse(view):
    view.show_picture(picture(400, 300))
    anchor = QPointF(100, 80)
    before = view.viewport.to_image(anchor)
    after = view.viewport.zoomed(view.viewport.scale * 3, anchor).to_image(anchor)
    assert (after - before).manhattanLength() < 1e-9


def test_a_picture_cannot_be_lost_by_panning(view):
    view.show_picture(picture(400, 300))
    view.set_viewport(view.viewport.moved(QPointF(1e5, -1e5)))
    corner = view.viewport.to_widget(QPointF(0, 300))
    assert corner.x() < view.width() and corner.y() > 0


@pytest.mark.parametrize("style", ["truth", "prediction", "crowd", "box"])
def test_styles_can_be_told_apart(view, style):
    bitmap = np.zeros((30, 40), np.uint8)
    bitmap[5:25, 5:35] = 1
    view.show_picture(picture(), [Shape(masks.crop(bitmap), (0, 255, 0), "", style)])
    view.set_viewport(Viewport(8.0, 0.0, 0.0))
    green = grabbed(view)[:, :, 1]
    edge, fill = green[40, 44:276], green[60:180, 60:260]
    dashed = (edge < 150).mean() > 0.2
    hatched = 0.05 < (fill < 20).mean() < 0.95
    filled = (fill > 20).mean() > 0.95
    told = {"truth": (False, False, True), "prediction": (True, False, True), "crowd": (False, True, False)}
    assert (dashed, hatched, filled) == told.get(style, (False, False, False))


def test_click_selects_the_smaller_of_two_shapes_and_a_drag_selects_nothing(qtbot, view):
    small = np.zeros((30, 40), np.uint8)
    small[10:14, 10:14] = 1
    shapes = [Shape(masks.crop(small), (1, 2, 3), "small"), Shape(masks.crop(np.ones((30, 40))), (3, 2, 1), "large")]
    view.show_picture(picture(), shapes)
    at = view.viewport.to_widget(QPointF(12, 12)).toPoint()
    with qtbot.waitSignal(view.selected) as selected:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert selected.args[0].text == "small"
    with qtbot.assertNotEmitted(view.selected):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=at)
        for step in range(1, 5):
            qtbot.mouseMove(view, at + QPoint(10 * step, 0))
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at + QPoint(40, 0))


def test_hidden_masks_leave_the_bare_picture(view):
    view.show_picture(picture(), [Shape(ring(), (255, 0, 0), "ring")])
    assert grabbed(view)[:, :, 0].max() > 100
    view.set_options(Options(masks=False))
    red, green = grabbed(view)[60:260, 60:340, 0], grabbed(view)[60:260, 60:340, 1]
    assert np.array_equal(red, green)


def test_many_shapes_are_drawn_off_the_gui_thread_and_arrive(qtbot, view):
    random = np.random.default_rng(0)
    noise = (random.random((200, 200)) < 0.5).astype(np.uint8)
    view.show_picture(picture(200, 200), [Shape(masks.crop(noise), (255, 0, 0), "noise")])
    qtbot.waitUntil(lambda: grabbed(view)[:, :, 0].max() > 100, timeout=5000)


def test_keys_fit_and_zoom_and_a_person_may_choose_others(qtbot, view, settings):
    bind_view(settings.shortcuts, view, Qt.ShortcutContext.WidgetShortcut, view)
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus, timeout=5000)
    view.show_picture(picture(400, 300))
    fitted = view.viewport
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.viewport.scale > fitted.scale
    qtbot.keyClick(view, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert view.viewport.scale * view.devicePixelRatioF() == pytest.approx(1)
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert view.viewport == fitted
    settings.shortcuts.change("view.in", ("F",))
    settings.shortcuts.change("view.fit", ("Q",))
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert view.viewport.scale > fitted.scale
    qtbot.keyClick(view, Qt.Key.Key_Q)
    assert view.viewport == fitted


def test_a_mask_without_pixels_is_no_trouble(view):
    empty = masks.crop(np.zeros((30, 40), np.uint8))
    view.show_picture(picture(), [Shape(empty, (255, 0, 0), "nothing")])
    assert view.grab().toImage().pixelColor(0, 0) != QColor("red")


def test_the_selected_shape_has_a_wider_outline(qtbot, view):
    bitmap = np.zeros((30, 40), np.uint8)
    bitmap[10:20, 10:30] = 1
    shape = Shape(masks.crop(bitmap), (0, 255, 0), "")
    view.show_picture(picture(), [shape])
    view.set_options(Options(opacity=0.0))
    view.set_viewport(Viewport(8.0, 0.0, 0.0))

    def width() -> float:
        return float(grabbed(view)[70:90, 160, 1].sum()) / 255

    ordinary = width()
    view.select(shape)
    assert ordinary == pytest.approx(1.5, abs=0.2)
    assert width() == pytest.approx(2.5, abs=0.3)


def test_labels_never_cover_each_other(view):
    shapes = []
    for x in (5, 6, 7):
        bitmap = np.zeros((300, 400), np.uint8)
        bitmap[100:200, x : x + 60] = 1
        shapes.append(Shape(masks.crop(bitmap), (200, 0, 0), "a rather long name"))
    view.show_picture(picture(400, 300), shapes)
    view.set_options(Options(labels=True, opacity=0.0))
    view.set_viewport(Viewport(1.0, 0.0, 0.0))
    label = label_rect(shapes[0], view.viewport)
    white = (grabbed(view)[int(label.top()) : int(label.bottom()), :, :].min(axis=2) > 150).sum(axis=0)
    written = np.flatnonzero(white)
    assert written.size and written.max() < label.right()


def test_an_area_stays_in_the_middle_of_a_view_that_gets_its_size_later_until_somebody_moves_it(view):
    view.show_picture(picture(400, 300))
    view.resize(60, 40)
    area = QRectF(300, 200, 40, 40)
    view.look_at(area)
    view.resize(500, 400)
    middle = QPointF(250, 200)
    assert (view.viewport.to_image(middle) - area.center()).manhattanLength() < 1
    assert 120 * view.viewport.scale > 300, "as close as the new size allows"
    view.set_viewport(view.viewport.moved(QPointF(60, 60)))
    view.resize(700, 500)
    assert (view.viewport.to_image(QPointF(350, 250)) - area.center()).manhattanLength() > 5
    view.look_at(QRectF(0, 0, 390, 290))
    whole = view.viewport
    view.fit()
    assert view.viewport == whole, "what is large is seen in the whole picture"


def test_of_an_area_at_the_edge_the_picture_stays_in_view(view):
    view.show_picture(picture(400, 300))
    view.resize(500, 400)
    view.look_at(QRectF(0, 260, 40, 40))
    at = view.viewport
    assert 0 <= at.x < 30 and 370 < at.to_widget(QPointF(400, 300)).y() <= 400
    assert view.rect().toRectF().contains(at.to_widget_rect(QRectF(1, 260, 39, 39)))
    view.look_at(QRectF(0, 0, 40, 90))  # so little closer that the picture is lower than the view
    at = view.viewport
    assert at.to_widget(QPointF(0, 0)).y() == pytest.approx(400 - at.to_widget(QPointF(0, 300)).y(), abs=1)

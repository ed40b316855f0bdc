"""How the picture is shown: brightness, contrast, crosshair, minimap, loupe."""

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from app.canvas import ImagePyramid, ImageView
from app.canvas.backdrop import DisplaySettings, lookup
from app.canvas.image_view import bind_view
from app.canvas.picture import MappedImagePyramid
from app.canvas.viewport import Viewport

CALM = DisplaySettings(minimap=False)


@pytest.fixture
def view(qtbot):
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(600, 500)
    view.show()
    qtbot.waitExposed(view)
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2).repeat(200, 0)
    view.show_picture(ImagePyramid(ramp))
    view.set_display(CALM)
    view.set_viewport(Viewport(1.0, 100.0, 100.0))
    return view


def grabbed(view) -> np.ndarray:
    """The view's pixels, RGB."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def test_brightness_and_contrast_change_what_is_seen_and_nothing_around_the_picture(view):
    plain = grabbed(view)
    view.set_display(DisplaySettings(brightness=0.25, minimap=False))
    bright = grabbed(view)
    assert np.array_equal(bright[150, 100:256, 0], np.minimum(np.arange(156) + 64, 255))
    assert np.array_equal(bright[:100], plain[:100]) and np.array_equal(bright[:, :100], plain[:, :100])
    view.set_display(DisplaySettings(contrast=0.5, minimap=False))
    steep = grabbed(view)[150, 100:356, 0]
    assert steep[40] == 0 and steep[215] == 255 and abs(steep[128] - 128) <= 2
    view.set_display(CALM)
    assert np.array_equal(grabbed(view), plain)


@pytest.mark.parametrize("brightness", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("contrast", [-1.0, 0.0, 1.0])
def test_no_setting_turns_the_order_of_values_around(brightness, contrast):
    table = lookup(DisplaySettings(brightness, contrast))
    assert table is None or (np.diff(table.astype(int)) >= 0).all()


def test_a_crosshair_follows_the_mouse_and_goes_with_it(qtbot, view):
    plain = grabbed(view)
    view.set_display(DisplaySettings(crosshair=True, minimap=False))
    qtbot.mouseMove(view, QPoint(200, 180))
    seen = np.abs(grabbed(view) - plain).max(2) > 30
    assert seen[180, 20] and seen[20, 200] and not seen[20, 20]
    qtbot.mouseMove(view, QPoint(250, 220))
    seen = np.abs(grabbed(view) - plain).max(2) > 30
    assert seen[220, 20] and not seen[180, 20]


def test_a_minimap_is_there_while_not_all_is_in_view(view):
    view.set_display(DisplaySettings())
    whole = grabbed(view)[380:, 440:]
    assert np.ptp(whole[:, :, 0]) == 0
    view.set_viewport(Viewport(4.0, -200.0, -100.0))
    corner = grabbed(view)[380:, 440:]
    assert np.ptp(corner[:, :, 0]) > 100


def test_the_loupe_shows_four_times_as_much_while_its_key_is_held(qtbot, view, settings):
    bind_view(settings.shortcuts, view, Qt.ShortcutContext.WidgetShortcut, view)
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus, timeout=5000)
    plain = grabbed(view)
    qtbot.mouseMove(view, QPoint(228, 200))
    qtbot.keyPress(view, Qt.Key.Key_Z)
    row = grabbed(view)[180, 170:290, 0]
    assert row[-1] - row[0] == pytest.approx(30, abs=3)
    qtbot.keyRelease(view, Qt.Key.Key_Z)
    assert np.array_equal(grabbed(view), plain)


def test_a_huge_picture_looks_like_any_other(view):
    random = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    pixels = cv2.resize(random, (1200, 800))
    view.show_picture(ImagePyramid(pixels))
    plain = [grabbed(view)]
    view.set_viewport(Viewport(1.0, -300.0, -200.0))
    plain.append(grabbed(view))
    view.show_picture(
        MappedImagePyramid([pixels, cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)])
    )
    assert np.abs(grabbed(view) - plain[0]).max() <= 3
    view.set_viewport(Viewport(1.0, -300.0, -200.0))
    assert np.array_equal(grabbed(view), plain[1])


def test_a_click_and_a_drag_on_the_minimap_look_elsewhere(qtbot, view):
    view.set_display(DisplaySettings())
    view.set_viewport(Viewport(8.0, 0.0, 0.0))
    grabbed(view)  # the map is where it was drawn
    left_half, right_half = QPoint(460, 430), QPoint(560, 430)
    with qtbot.assertNotEmitted(view.selected):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=left_half)
        before = view.viewport.to_image(view.rect().toRectF().center())
        qtbot.mouseMove(view, right_half)
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=right_half)
    after = view.viewport.to_image(view.rect().toRectF().center())
    assert before.x() < 70 and after.x() > 180
    qtbot.mouseMove(view, left_half)
    assert view.viewport.to_image(view.rect().toRectF().center()) == after

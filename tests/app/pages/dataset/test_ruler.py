"""A line over a scale bar says how large pixels are, and the picture has a scale bar from then on."""

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt

from app.canvas.scale_bar import round_length
from core.dataset import open_dataset
from core.images.pixel_size import PixelSize


@pytest.mark.parametrize(
    ("longest", "words"),
    [
        (140.0, "100 µm"),
        (0.7, "500 nm"),
        (0.0031, "2 nm"),
        (2500.0, "2 mm"),
        (30_000.0, "2 cm"),
        (7e6, "5 m"),
        (1.0, "1 µm"),
    ],
)
def test_a_scale_bar_is_a_round_number_long(longest, words):
    length, said = round_length(longest)
    assert said == words and longest / 2.6 < length <= longest


def test_a_line_and_a_length_are_the_size_of_a_pixel(qtbot, window, dataset_folder):
    window.document.open(dataset_folder)
    qtbot.waitUntil(lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == 15)
    page = window.page
    page.open_image(page.gallery.choose(2))
    viewer = page.viewer
    qtbot.waitUntil(lambda: viewer.view.picture is not None)
    viewer.measure.click()
    assert viewer.ruler.isVisible() and not viewer.scale.all.isEnabled()
    place = viewer.view.viewport
    at = [QPointF(x * place.scale + place.x, 30 * place.scale + place.y).toPoint() for x in (10, 60)]
    qtbot.mousePress(viewer.ruler, Qt.MouseButton.LeftButton, pos=at[0])
    qtbot.mouseMove(viewer.ruler, at[1])
    viewer.ruler.mouseMoveEvent(_move(at[1]))
    qtbot.mouseRelease(viewer.ruler, Qt.MouseButton.LeftButton, pos=at[1])
    assert abs(viewer.scale.pixels.value() - 50) < 0.5
    viewer.scale.pixels.set_value(50)
    viewer.scale.length.set_value(100)
    with qtbot.waitSignal(window.document.renewed):
        viewer.scale.all.click()
    assert not viewer.ruler.isVisible()
    assert set(open_dataset(dataset_folder).pixel_sizes.values()) == {PixelSize(2.0, "µm")}
    assert len(window.document.dataset.pixel_sizes) == 15
    qtbot.waitUntil(lambda: viewer.view._pixel_size == PixelSize(2.0, "µm"))
    assert viewer.scale_notice.isVisible()
    corner = viewer.view.grab(QRectF(0, viewer.view.height() - 60, 160, 60).toRect()).toImage()
    bar = [all(corner.pixelColor(x, y).lightness() > 200 for x in range(20, 60)) for y in range(corner.height())]
    assert sum(bar) >= 3, "the bar is drawn"


def test_an_image_that_nobody_selected_stays_in_view_and_is_the_one_that_is_measured(qtbot, window, dataset_folder):
    window.document.open(dataset_folder)
    qtbot.waitUntil(lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == 15)
    page = window.page
    viewer = page.viewer
    page.open_image(window.document.dataset.images[2])
    qtbot.waitUntil(lambda: viewer.view.picture is not None)
    viewer.measure.click()
    viewer.scale.pixels.set_value(50)
    viewer.scale.length.set_value(100)
    with qtbot.waitSignal(window.document.renewed):
        viewer.scale.one.click()
    qtbot.waitUntil(lambda: viewer.view._pixel_size == PixelSize(2.0, "µm"))
    assert viewer.isVisible() and viewer.view.picture is not None and viewer.image.index == 2
    assert window.document.dataset.pixel_sizes == {2: PixelSize(2.0, "µm")}
    with qtbot.waitSignal(window.document.renewed):
        viewer.scale_notice.undo.click()
    assert not open_dataset(dataset_folder).pixel_sizes and viewer.scale_notice.isHidden()
    with qtbot.waitSignal(window.document.renewed):
        page.viewer.pixel_size_chosen.emit(PixelSize(3.0, "nm"), True)
    qtbot.waitUntil(lambda: len(viewer._dataset.pixel_sizes) == 15)
    viewer.measure.click()
    with qtbot.waitSignal(window.document.renewed):
        viewer.scale.forget.click()
    assert not open_dataset(dataset_folder).pixel_sizes and viewer.scale_notice.isVisible()
    qtbot.waitUntil(lambda: not viewer._dataset.pixel_sizes)
    with qtbot.waitSignal(window.document.renewed):
        qtbot.keyClick(viewer.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert set(open_dataset(dataset_folder).pixel_sizes.values()) == {PixelSize(3.0, "nm")}
    qtbot.waitUntil(lambda: viewer.view._pixel_size == PixelSize(3.0, "nm"))
    assert viewer.scale_notice.isHidden()
    with qtbot.waitSignal(window.document.renewed):
        window.document.editing.redo()
    qtbot.waitUntil(lambda: not viewer._dataset.pixel_sizes)
    viewer.measure.click()
    assert not viewer.scale.forget.isEnabled() and viewer.scale_notice.isHidden()
    page.open_image(page.gallery.choose(3))
    assert not viewer.measure.isChecked() and viewer.ruler.isHidden(), "the line lay in the image before"


def test_escape_leaves_the_scale_before_the_image(qtbot, window, dataset_folder):
    window.document.open(dataset_folder)
    qtbot.waitUntil(lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == 15)
    page = window.page
    page.open_image(page.gallery.choose(2))
    qtbot.waitUntil(lambda: page.viewer.view.picture is not None)
    page.viewer.measure.click()
    qtbot.keyClick(page.viewer.scale.length, Qt.Key.Key_Escape)
    assert page.viewer.isVisible() and page.viewer.scale.isHidden()
    qtbot.keyClick(page.viewer.view, Qt.Key.Key_Escape)
    assert page.viewer.isHidden()


def _move(at):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    return QMouseEvent(QEvent.Type.MouseMove, at.toPointF(), at.toPointF(), left, left, Qt.KeyboardModifier.NoModifier)

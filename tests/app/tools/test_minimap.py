"""The minimap is there to look elsewhere, whatever tool is in hand."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.canvas.viewport import Viewport


def test_a_drag_on_the_minimap_draws_nothing(bench):
    bench.take("box")
    bench.view.set_viewport(Viewport(16.0, 0.0, 0.0))
    bench.grabbed()  # the map is where it was drawn
    begin, end = QPoint(560, 410), QPoint(660, 480)
    QTest.mousePress(bench.view, Qt.MouseButton.LeftButton, pos=begin)
    QTest.mouseMove(bench.view, end)
    QTest.mouseRelease(bench.view, Qt.MouseButton.LeftButton, pos=end)
    assert not bench.tool.busy() and bench.steps == 0
    assert bench.view.viewport.to_image(QPoint(0, 0).toPointF()).x() > 80

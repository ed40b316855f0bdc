"""Hands events to a tool, until ``ImageView.set_tool`` does."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from app.canvas import ImageView
from app.canvas.tools.tool import Pointer


class StandIn(ImageView):
    tool = None
    down = None

    def set_tool(self, tool):
        if self.tool is not None:
            self.tool.end()
        self.tool = tool
        tool.easel.preview.connect(self.update)
        tool.easel.damaged.connect(
            lambda r: self.update(self.viewport.to_widget_rect(r).toAlignedRect().adjusted(-2, -2, 2, 2))
        )
        tool.begin()

    def _damaged(self, area):
        self.update(self.viewport.to_widget_rect(area).toAlignedRect().adjusted(-2, -2, 2, 2))

    def _p(self, e, button):
        return Pointer(self.viewport.to_image(e.position()), e.position(), self.viewport.scale, e.modifiers(), button)

    def mousePressEvent(self, e):
        self.down = e.button()
        self.tool.press(self._p(e, e.button()))

    def mouseMoveEvent(self, e):
        if self.down is not None:
            self.tool.drag(self._p(e, self.down))
        else:
            self.tool.hover(self._p(e, Qt.MouseButton.NoButton))

    def mouseReleaseEvent(self, e):
        if self.down is not None:
            self.tool.release(self._p(e, self.down))
        self.down = None

    def mouseDoubleClickEvent(self, e):
        self.tool.double_click(self._p(e, e.button()))

    def wheelEvent(self, e):
        steps = (e.angleDelta().y() or e.angleDelta().x()) / 120
        if not self.tool.wheel(self._p(e, Qt.MouseButton.NoButton), steps):
            super().wheelEvent(e)

    def keyPressEvent(self, e):
        if e.key() == Qt.Key.Key_Escape and self.tool.cancel():
            return
        if e.key() == Qt.Key.Key_Z and e.modifiers() & Qt.KeyboardModifier.ControlModifier and self.tool.undo():
            return
        if not self.tool.key_press(e):
            super().keyPressEvent(e)

    def paintEvent(self, e):
        super().paintEvent(e)
        if self.tool is not None:
            p = QPainter(self)
            p.setClipRegion(e.region())
            self.tool.paint(p, self.viewport)

"""The image view with a tool in hand: what the mouse and the keys do goes to the tool, all else stays as it is."""

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)

from app.canvas import overlay
from app.canvas.image_view import ImageView
from app.canvas.layer import ShapeLayer
from app.canvas.overlay import Options
from app.canvas.shape import Shape
from app.canvas.shape_index import ShapeIndex
from app.canvas.viewport import Viewport, extent
from app.style import theme, tokens
from app.tools.tool import Pointer, Tool
from app.tools.tool_context import ToolContext
from core.words import tr

_BUTTONS = Qt.MouseButton.LeftButton | Qt.MouseButton.RightButton
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_STEP, _FINE = 16.0, 1.0
"""Widget pixels that an arrow key moves the cross."""
_FEW = 20
"""Selected shapes that are drawn in every frame."""
_MARKED = Options(opacity=0.0, outline=tokens.OUTLINE_SELECTED)
_AROUND = 4
"""Widget pixels around what a tool says it has painted."""


class ToolView(ImageView):
    """Space, the middle button and the wheel move the picture as ever. Arrow keys move a cross with which Space and
    Enter click, so that every tool works without a mouse."""

    menu_asked = Signal(QPoint)
    """A right click, or the menu key, on instances that are selected now; where on the screen."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__()
        self.context = context
        self.tool: Tool | None = None
        self.marked: list[Shape] = []
        """The selected shapes."""
        self._marked, self._marks = ShapeIndex(), ShapeLayer(self)
        """Those too where they are many: drawn once and kept."""
        self._marks.renewed.connect(self.update)
        self._working: Qt.MouseButton | None = None
        """The button that the tool holds down."""
        self._cross: QPointF | None = None
        """In widget pixels, while the keyboard points."""
        self._above = 0
        """Widget pixels of the window above this view."""
        self._room: tuple[QSize, int] | None = None
        """The size of the window and the width of this view: where both are as before, a bar came or went."""
        self._held = False
        """Whether the keyboard is dragging."""
        context.preview.connect(self.update)
        context.damaged.connect(self._repaint)

    @property
    def hovered(self) -> Shape | None:
        """The shape under the mouse or under the cross."""
        return self._hovered

    def set_tool(self, tool: Tool | None) -> None:
        """Take another tool; the one of before has been ended."""
        self.tool = tool
        self._working, self._held = None, False
        self._show_cursor()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A bar that comes above or below the view, or goes, neither moves nor scales the picture under the hand, nor
        does a window that grows while a tool is at work. What waits unseen for its place has no hand on it."""
        above, room = self.mapTo(self.window(), QPoint()).y(), (self.window().size(), self.width())
        sunk, self._above = above - self._above, above
        bar, self._room = room == self._room, room
        drawn_on = self.isVisible() and self.tool is not None and self.tool.busy()
        if self._fits and not bar and not drawn_on:
            self.fit()
        else:
            self._apply_viewport(self.viewport.moved(QPointF(0, -sunk)))

    def mark(self, shapes: list[Shape]) -> None:
        """These shapes are selected."""
        self.marked = shapes
        self._marked = self.index.part(shapes) if len(shapes) > _FEW else ShapeIndex()
        self._marks.clear()
        self.update()

    def _apply_viewport(self, to: Viewport) -> None:
        super()._apply_viewport(to)
        if self.picture is not None:
            self.context.set_visible_area(extent(self.viewport.to_image_rect(self.rect().toRectF())))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.picture is None:
            return
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        if self.options.masks:
            self._draw_marked(painter, ratio)
            if not self.options.labels:  # a suggestion says its score in any case
                suggested = [shape for shape in self.index.predictions if shape.visible]
                overlay.draw_labels(painter, suggested, self.viewport)
        if self.tool is not None:
            painter.save()
            self.tool.paint(painter, self.viewport)
            painter.restore()
        if self._cross is not None:
            self._draw_cross(painter, self._cross)

    def _draw_marked(self, painter: QPainter, ratio: float) -> None:
        if len(self.marked) > _FEW:
            self._marks.draw(painter, self._marked, self.viewport, self.size(), ratio, _MARKED)
            return
        for shape in self.marked:
            if shape.visible:
                overlay.draw_shape(painter, shape, self.viewport, ratio, _MARKED.opacity, _MARKED.outline)

    def _draw_cross(self, painter: QPainter, at: QPointF) -> None:
        for color, width in (("scrim", 3.0), ("on_scrim", 1.0)):
            painter.setPen(QPen(theme.color(color), width))
            painter.drawLine(QPointF(at.x() - 9, at.y()), QPointF(at.x() + 9, at.y()))
            painter.drawLine(QPointF(at.x(), at.y() - 9), QPointF(at.x(), at.y() + 9))

    @Slot(object)
    def _repaint(self, area: QRectF) -> None:
        place = self.viewport.to_widget_rect(area)
        self.update(place.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND).toAlignedRect())

    # Mouse

    def _pointer(self, event: QMouseEvent | QWheelEvent, button: Qt.MouseButton = Qt.MouseButton.NoButton) -> Pointer:
        return self._at(event.position(), event.modifiers(), button)

    def _at(self, place: QPointF, modifiers: Qt.KeyboardModifier, button: Qt.MouseButton) -> Pointer:
        return Pointer(self.viewport.to_image(place), place, self.viewport.scale, modifiers, button)

    def _works(self) -> bool:
        return self.tool is not None and self.picture is not None and not self._space

    def _takes_press(self, event: QMouseEvent) -> bool:
        """Whether a button that goes down is the tool's."""
        free = self._works() and self._working is None and not self._over_map(event.position())
        return free and bool(event.button() & _BUTTONS)

    def _press(self, event: QMouseEvent, press: Callable[[Pointer], None]) -> None:
        if self.context.editing.busy:
            self.context.said.emit(tr("One moment: many instances are being changed"))
            return
        self._working = event.button()
        press(self._pointer(event, event.button()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = False
        self._hide_cross()
        if self.tool is not None and self._takes_press(event):
            self._press(event, self.tool.press)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hide_cross()
        if self._working is not None and self.tool is not None:
            self.tool.drag(self._pointer(event, self._working))
            self._hover(event.position())
            return
        super().mouseMoveEvent(event)
        if self._works() and self._drag is None:
            assert self.tool is not None
            self.tool.hover(self._pointer(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._working is not None and event.button() == self._working:
            button, self._working = self._working, None
            if self.tool is not None:
                self.tool.release(self._pointer(event, button))
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.tool is not None and self._takes_press(event):
            self._press(event, self.tool.double_click)
        else:
            super().mouseDoubleClickEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Of what is selected; of what lies under the mouse where that is not. Tools that use the right button have
        none."""
        mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        if self.tool is None or (mouse and self.tool.uses_right_button):
            return
        at = QPointF(event.pos()) if mouse else (self._cross or self.rect().toRectF().center())
        point = self.viewport.to_image(at)
        under = self.context.at(math.floor(point.x()), math.floor(point.y()))
        if under and not self.context.selection & set(under):
            self.context.select(under[:1])
        if self.context.order and (under or not mouse):
            self.menu_asked.emit(self.mapToGlobal(at.toPoint()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()  # Alt makes it a sideways one
        if not (self._works() and self.tool is not None and self.tool.wheel(self._pointer(event), turned / 120)):
            super().wheelEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self.tool is not None:
            self.tool.leave()

    def _show_cursor(self) -> None:
        if self.tool is None or self._space:
            super()._show_cursor()
        else:
            self.setCursor(self.tool.cursor)

    # Keys

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._takes(event):
            event.accept()
            return True
        return super().event(event)

    def _takes(self, event: QKeyEvent) -> bool:
        """Whether a key is the tool's now, before any shortcut."""
        if self.tool is None or self.picture is None:
            return False
        return self.tool.uses(event) or (event.key() == Qt.Key.Key_Escape and self.tool.busy())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.tool is None or self.picture is None:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.escape()
        elif not (self.tool.key_press(event) or self._point(event)):
            super().keyPressEvent(event)

    def escape(self) -> None:
        """Throw away what is begun; where nothing is, the selection."""
        self._held = False
        if self.tool is None or not self.tool.cancel():
            self.context.select(())

    def _point(self, event: QKeyEvent) -> bool:
        """Move the cross, or click with it. ``False`` when the key is for something else."""
        assert self.tool is not None
        if event.key() in _ARROWS and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            across, down = _ARROWS[Qt.Key(event.key())]
            step = _FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
            start = self._cross or self.rect().toRectF().center()
            area = self.rect().toRectF()
            place = QPointF(start.x() + across * step, start.y() + down * step)
            self._cross = QPointF(min(max(place.x(), 0), area.right()), min(max(place.y(), 0), area.bottom()))
            self._hover(self._cross)
            if self._held:
                self.tool.drag(self._at(self._cross, event.modifiers(), Qt.MouseButton.LeftButton))
            else:
                self.tool.hover(self._at(self._cross, event.modifiers(), Qt.MouseButton.NoButton))
        elif event.key() == Qt.Key.Key_Space and self._cross is not None:
            self._click(self._at(self._cross, event.modifiers(), Qt.MouseButton.LeftButton))
        else:
            return False
        self.update()
        return True

    def _click(self, pointer: Pointer) -> None:
        """With the cross; of a tool that drags, one end of a drag."""
        assert self.tool is not None
        self._held = self._held and self.tool.busy()  # another image ends a drag
        if not self._held:
            self.tool.press(pointer)
        if self._held or not self.tool.drags:
            self.tool.release(pointer)
        self._held = self.tool.drags and not self._held

    def _hide_cross(self) -> None:
        if self._cross is not None and not self._held:
            self._cross = None
            self.update()

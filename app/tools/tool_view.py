"""The image view with a tool: mouse and key events go to the tool, what it has no use for to the view."""

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QInputEvent,
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
    """Space, the middle button and the wheel move the picture. Arrow keys move a cross with which Space and
    Enter click, so that every tool works without a mouse."""

    menu_requested = Signal(QPoint)
    """A right click, or the menu key, on instances that are selected now; where on the screen."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__()
        self.context = context
        self.tool: Tool | None = None
        self.marked: list[Shape] = []
        """The selected shapes."""
        self._marked, self._marks = ShapeIndex(), ShapeLayer(self)
        """The selected shapes where they are many: drawn once and kept."""
        self._marks.renewed.connect(self.update)
        self._working: Qt.MouseButton | None = None
        """The button that the tool holds down."""
        self._cross: QPointF | None = None
        """In widget pixels, while the keyboard points."""
        self._above = 0
        """Widget pixels of the window above this view."""
        self._room: tuple[QSize, int] | None = None
        """The size of the window and the width of this view: where both are as before, a bar came or went."""
        self._expecting = False
        """Whether the person asked for what comes or goes now."""
        self._held = False
        """Whether the keyboard is dragging."""
        context.preview.connect(self.update)
        context.damaged.connect(self._on_damaged)

    def set_tool(self, tool: Tool | None) -> None:
        """Take another tool; the one of before has been ended."""
        self.tool = tool
        self._working, self._held = None, False
        self._show_cursor()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A bar that comes by itself above or below the view, or goes, neither moves nor scales the picture under the
        hand, nor does a window that grows while something is begun. A view that is hidden is fitted."""
        above, room = self.mapTo(self.window(), QPoint()).y(), (self.window().size(), self.width())
        sunk, self._above = above - self._above, above
        bar, self._room = room == self._room and not self._expecting, room
        drawn_on = self.isVisible() and self.tool is not None and self.tool.busy()
        if self._fits and not bar and not drawn_on:
            self.fit()
        else:
            self._apply_viewport(self.viewport.moved(QPointF(0, -sunk)))

    def expect_room(self) -> None:
        """The person asked for a bar, or sends it away: a picture that fits is fitted to the room that is left, until
        the mouse is over it again."""
        self._expecting = True

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
            if len(self.marked) > _FEW:
                self._marks.draw(painter, self._marked, self.viewport, self.size(), ratio, _MARKED)
            else:
                marked = [shape for shape in self.marked if shape.visible]
                overlay.draw_shapes(painter, marked, self.viewport, ratio, _MARKED.opacity, _MARKED.outline)
            if not self.options.labels:  # a suggestion says its score in any case
                suggested = [shape for shape in self.index.predictions if shape.visible]
                overlay.draw_labels(painter, suggested, self.viewport)
        if self.tool is not None:
            painter.save()
            self.tool.paint(painter, self.viewport)
            painter.restore()
        if (cross := self._cross) is not None:
            for color, width in (("scrim", 3.0), ("on_scrim", 1.0)):
                painter.setPen(QPen(theme.color(color), width))
                painter.drawLine(cross - QPointF(9, 0), cross + QPointF(9, 0))
                painter.drawLine(cross - QPointF(0, 9), cross + QPointF(0, 9))

    @Slot(object)
    def _on_damaged(self, area: QRectF) -> None:
        place = self.viewport.to_widget_rect(area)
        self.update(place.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND).toAlignedRect())

    # Mouse

    def _pointer(self, at: QPointF, event: QInputEvent, button: Qt.MouseButton = Qt.MouseButton.NoButton) -> Pointer:
        """What a tool gets of an event ``at`` a place in the view."""
        self._expecting = False
        held, keys = event.modifiers(), Qt.KeyboardModifier
        shift, alt, control = (bool(held & key) for key in (keys.ShiftModifier, keys.AltModifier, keys.ControlModifier))
        return Pointer(self.viewport.to_image(at), at, self.viewport.scale, button, shift, alt, control)

    @property
    def _tool_at_work(self) -> Tool | None:
        """The tool, unless the mouse moves the picture or there is none."""
        return self.tool if self.picture is not None and not self._space else None

    def _press(self, event: QMouseEvent, *, twice: bool) -> bool:
        """A button went down, ``twice`` in the same place; ``False`` when it is not for the tool."""
        tool = self._tool_at_work
        if tool is None or self._working is not None or self._over_map(event.position()):
            return False
        if not event.button() & _BUTTONS:
            return False
        if self.context.editing.busy:
            self.context.status_message.emit(tr("One moment: many instances are being changed"))
            return True
        self._working = event.button()
        (tool.double_click if twice else tool.press)(self._pointer(event.position(), event, event.button()))
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = False
        self._hide_cross()
        if not self._press(event, twice=False):
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hide_cross()
        if self._working is not None and self.tool is not None:
            self.tool.drag(self._pointer(event.position(), event, self._working))
            self._hover(event.position())
            return
        super().mouseMoveEvent(event)
        if self._tool_at_work is not None and self._drag is None:
            self._tool_at_work.hover(self._pointer(event.position(), event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._working is not None and event.button() == self._working:
            button, self._working = self._working, None
            if self.tool is not None:
                self.tool.release(self._pointer(event.position(), event, button))
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self._press(event, twice=True):
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
            self.menu_requested.emit(self.mapToGlobal(at.toPoint()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()  # Alt makes it a sideways one
        tool = self._tool_at_work
        if tool is None or not tool.wheel(self._pointer(event.position(), event), turned / 120):
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
        """A key is the tool's before it is a shortcut's, where the tool has a use for it now."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            tool = self.tool if self.picture is not None else None
            if tool is not None and (tool.uses(event) or (event.key() == Qt.Key.Key_Escape and tool.busy())):
                event.accept()
                return True
        return super().event(event)

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
                self.tool.drag(self._pointer(self._cross, event, Qt.MouseButton.LeftButton))
            else:
                self.tool.hover(self._pointer(self._cross, event))
        elif event.key() == Qt.Key.Key_Space and self._cross is not None:  # of a tool that drags, one end of a drag
            pointer = self._pointer(self._cross, event, Qt.MouseButton.LeftButton)
            self._held = self._held and self.tool.busy()  # another image ends a drag
            if not self._held:
                self.tool.press(pointer)
            if self._held or not self.tool.drags:
                self.tool.release(pointer)
            self._held = self.tool.drags and not self._held
        else:
            return False
        self.update()
        return True

    def _hide_cross(self) -> None:
        if self._cross is not None and not self._held:
            self._cross = None
            self.update()

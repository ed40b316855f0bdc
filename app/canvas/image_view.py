"""The picture in a person's hands: zoom, pan, hover, select, by mouse, touchpad and keyboard."""

import math
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.canvas.picture_view import STEP, PictureView
from app.canvas.shape import Shape
from app.canvas.shape_index import ShapeIndex

if TYPE_CHECKING:
    from app.settings.shortcuts import Shortcuts


class ImageView(PictureView):
    """A drag moves the picture, a click selects, the wheel zooms; a drag on the minimap looks elsewhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drag: QPointF | None = None
        """Where the mouse was, while it moves the picture."""
        self._pressed: QPointF | None = None
        """Where it went down, while that may still become a click."""
        self._steering = False
        """Whether the drag is on the minimap."""
        self._space = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # Mouse

    @property
    def has_mouse(self) -> bool:
        """Whether the mouse was moved over the picture and is still there."""
        return self._aids.mouse is not None

    def wheelEvent(self, event: QWheelEvent) -> None:
        touchpad = event.pointingDevice().type() == QPointingDevice.DeviceType.TouchPad
        if touchpad and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._move(self.viewport.moved(QPointF(event.pixelDelta() or event.angleDelta() / 2)))
        else:
            self._zoom(self.viewport.scale * STEP ** (event.angleDelta().y() / 120), event.position())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._zoom(self.viewport.scale * (1 + event.value()), event.position())
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        self._steering = left and self._over_map(event.position())
        if self._steering:
            self._drag = event.position()
            self._steer(event.position())
        elif left or event.button() == Qt.MouseButton.MiddleButton:
            self._drag = event.position()
            self._pressed = event.position() if left and not self._space else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        self._aids.mouse = position
        if self._drag is None:
            self._hover(position)
            return
        if self._steering:
            self._steer(position)
            return
        far = self._pressed is None or (position - self._pressed).manhattanLength() > 4
        if far:
            self._pressed = None
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._move(self.viewport.moved(position - self._drag))
            self._drag = position

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None:
            self.selection = self._shape_at(event.position())
            self.selected.emit(self.selection)
            self.update()
        self._drag = self._pressed = None
        self._steering = False
        self._show_cursor()

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered = self._aids.mouse = None
        self.pointed.emit("")
        self.update()

    # Keyboard

    def show_loupe(self) -> None:
        """Show the loupe until a key comes up: the one for it is whichever the person likes."""
        self._aids.loupe = True
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._space = True
            self._show_cursor()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            super().keyReleaseEvent(event)
        elif event.key() == Qt.Key.Key_Space:
            self._space = False
            self._show_cursor()
        elif self._aids.loupe:
            self._aids.loupe = False
            self.update()
        else:
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        # A frame around the picture all the time would be the loudest thing on the page.
        self._ringed = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = self._ringed = self._aids.loupe = False
        self._show_cursor()
        super().focusOutEvent(event)

    def _show_cursor(self) -> None:
        self.setCursor(Qt.CursorShape.OpenHandCursor if self._space else Qt.CursorShape.ArrowCursor)

    # What lies there

    def show_shapes(self, shapes: Iterable[Shape], ahead: ShapeIndex | None = None) -> None:
        """As ``PictureView`` does; another shape may lie under the mouse now, though it rests."""
        super().show_shapes(shapes, ahead)
        if self._aids.mouse is not None and self._drag is None:
            self._hover(self._aids.mouse)

    def _hover(self, position: QPointF) -> None:
        self._aids.mouse = position
        if self._aids.follow_mouse:
            self.update()
        point = self.viewport.to_image(position)
        x, y = math.floor(point.x()), math.floor(point.y())
        shape = self._shape_at(position)
        inside = self.picture is not None and 0 <= x < self.picture.width and 0 <= y < self.picture.height
        self.pointed.emit((f"{x}, {y}" + (f" · {shape.text}" if shape else "")) if inside else "")
        if shape is not self.hovered:
            self.hovered = shape
            self.update()

    def _over_map(self, position: QPointF) -> bool:
        return self.picture is not None and self._aids.minimap.point(position) is not None

    def _steer(self, position: QPointF) -> None:
        """Look at what lies under ``position`` on the minimap."""
        place = self._aids.minimap.point(position, beyond=True)
        if place is not None:
            self._move(self.viewport.centred_on(place, self.rect().toRectF().center()))

    def _shape_at(self, position: QPointF) -> Shape | None:
        if not self.options.masks:
            return None
        point = self.viewport.to_image(position)
        x, y = math.floor(point.x()), math.floor(point.y())
        return self.index.at(x, y)


Context = Qt.ShortcutContext


def bind_view(shortcuts: "Shortcuts", where: QWidget, context: Context, *views: ImageView) -> None:
    """Fit, zoom, and the loupe, which belongs to the view that has the focus. Several views are linked ones: what the
    first does, the others follow."""

    def fit() -> None:
        for view in views:
            view.fit()

    shortcuts.bind("view.fit", where, fit, context)
    shortcuts.bind("view.actual", where, views[0].actual_size, context)
    shortcuts.bind("view.in", where, partial(views[0].zoom_by, 1), context)
    shortcuts.bind("view.out", where, partial(views[0].zoom_by, -1), context)
    for view in views:
        shortcuts.bind("view.loupe", view, view.show_loupe, Context.WidgetShortcut)

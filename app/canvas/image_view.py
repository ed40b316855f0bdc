"""The picture and the shapes over it: zoom, pan, hover, select.

A plain widget that paints only what is in view. A scene graph would add nothing: shapes share one transform, and a
finished layer of them is kept between frames.
"""

import math
from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPointF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPointingDevice,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app import theme
from app.canvas import overlay, pixel_grid, viewport
from app.canvas.aids import Aids
from app.canvas.backdrop import Backdrop
from app.canvas.display import Display
from app.canvas.layer import ShapeLayer
from app.canvas.overlay import Options
from app.canvas.picture import Picture
from app.canvas.shape import Shape
from app.canvas.shape_index import ShapeIndex
from app.canvas.viewport import Viewport

_STEP = 1.25
_FEW = 64
"""Shapes up to which a change is painted into what is there; more are painted with all others."""


class ImageView(QWidget):
    """Shows one ``Picture`` with ``Shape``s."""

    pointed = Signal(str)
    """What the mouse is over: the pixel and the shape; empty outside of the picture."""
    zoomed = Signal(str)
    """The zoom in percent of device pixels; empty without a picture."""
    selected = Signal(object)
    """The ``Shape`` that was clicked, or ``None``."""
    looked = Signal(object)
    """The ``Viewport`` changed by hand; give it to ``look`` of another view to link the two."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: Picture | None = None
        self.index = ShapeIndex()
        self.selection: Shape | None = None
        self.options = Options()
        self.viewport = Viewport()
        self._fits = True
        self._hovered: Shape | None = None
        self._drag: QPointF | None = None
        self._pressed: QPointF | None = None
        self._space = False
        self._ringed = False
        self._seen: frozenset[Shape] = frozenset()
        """The shapes that were visible when they were last shown."""
        self._backdrop, self._aids = Backdrop(), Aids()
        self._layer = ShapeLayer(self)
        self._layer.renewed.connect(self.update)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Picture")

    # What is shown

    def show_picture(self, picture: Picture | None, shapes: Iterable[Shape] = (), *, keep: bool = False) -> None:
        """Show a picture and its shapes; it is fitted to the view unless ``keep`` and the size is the same."""
        old, self.picture = self.picture, picture
        same = old is not None and picture is not None and (old.width, old.height) == (picture.width, picture.height)
        self._layer.clear()
        self.show_shapes(shapes)
        if picture is None:
            self.zoomed.emit("")
            self.pointed.emit("")
        elif not (keep and same):
            self.fit()

    @property
    def shapes(self) -> list[Shape]:
        """All of them, those on top last."""
        return self.index.shapes

    def show_shapes(self, shapes: Iterable[Shape]) -> None:
        """Show other shapes over the same picture; small ones lie on top. A few different ones cost little."""
        self.index = self.index.changed(list(shapes))
        if self._hovered not in self.index.known:
            self._hovered = None
        if self.selection not in self.index.known:
            self.selection = None
        self.refresh()

    def refresh(self) -> None:
        """Draw the shapes anew, after their ``visible`` has changed."""
        seen = frozenset(shape for shape in self.index.shapes if shape.visible)
        different, self._seen = seen ^ self._seen, seen
        if len(different) <= _FEW:
            self._layer.damage(shape.box for shape in different)
        else:
            self._layer.invalidate()
        self.update()

    def set_options(self, options: Options) -> None:
        """Opacity, masks, labels."""
        self.options = options
        self._layer.invalidate()
        self.update()

    def set_display(self, display: Display) -> None:
        """Brightness, contrast, and what helps to aim."""
        self._backdrop.set_display(display)
        self._aids.set_display(display)
        self.update()

    def select(self, shape: Shape | None) -> None:
        """Mark a shape, without telling anybody."""
        self.selection = shape
        self.update()

    # Where one looks

    def fit(self) -> None:
        """The whole picture, and go on fitting it while the view changes its size."""
        if self.picture is not None:
            self._fits = True
            self._set_viewport(viewport.fitting(self._image_size(), self.size().toSizeF()))

    def actual_size(self) -> None:
        """One image pixel is one pixel of the screen."""
        self._zoom(1 / self.devicePixelRatioF(), self.rect().toRectF().center())

    def zoom_by(self, steps: float) -> None:
        """Zoom about the middle."""
        self._zoom(self.viewport.scale * _STEP**steps, self.rect().toRectF().center())

    def look(self, at: Viewport) -> None:
        """Look where another view looks."""
        self._fits = False
        self._set_viewport(at)

    def _zoom(self, scale: float, anchor: QPointF) -> None:
        self._move(self.viewport.zoomed(scale, anchor))

    def _move(self, to: Viewport) -> None:
        if self.picture is not None:
            self._fits = False
            self._set_viewport(to)
            self.looked.emit(self.viewport)

    def _set_viewport(self, to: Viewport) -> None:
        if self.picture is None:
            return
        self.viewport = to.kept(self._image_size(), self.size().toSizeF(), self.devicePixelRatioF())
        self.zoomed.emit(f"{self.viewport.scale * self.devicePixelRatioF():.0%}")
        self.update()

    def _image_size(self) -> QSizeF:
        assert self.picture is not None
        return QSizeF(self.picture.width, self.picture.height)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("canvas"))
        if self.picture is None:
            return
        ratio = self.devicePixelRatioF()
        self._backdrop.draw(painter, self.picture, self.viewport, self.size(), ratio)
        pixel_grid.draw(painter, self._image_size(), self.viewport, self.rect().toRectF(), ratio)
        if self.options.masks and self.shapes:
            self._layer.draw(painter, self.index, self.viewport, self.size(), ratio, self.options)
        for shape in dict.fromkeys((self._hovered, self.selection)):
            if shape is not None and shape.visible and self.options.masks:
                overlay.draw_marked(painter, shape, self.viewport, ratio, chosen=shape is self.selection)
        self._aids.draw(painter, self.picture, self.index, self.viewport, self.rect().toRectF(), ratio, self.options)
        if self._ringed:
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    # Mouse and keyboard

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._fits:
            self.fit()
        else:
            self._set_viewport(self.viewport)

    def wheelEvent(self, event: QWheelEvent) -> None:
        touchpad = event.pointingDevice().type() == QPointingDevice.DeviceType.TouchPad
        if touchpad and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._move(self.viewport.moved(QPointF(event.pixelDelta() or event.angleDelta() / 2)))
        else:
            self._zoom(self.viewport.scale * _STEP ** (event.angleDelta().y() / 120), event.position())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._zoom(self.viewport.scale * (1 + event.value()), event.position())
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        if left or event.button() == Qt.MouseButton.MiddleButton:
            self._drag = event.position()
            self._pressed = event.position() if left and not self._space else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        self._aids.mouse = position
        if self._drag is None:
            self._hover(position)
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
        self._show_cursor()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = self._aids.mouse = None
        self.pointed.emit("")
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_F:
                self.fit()
            case Qt.Key.Key_0 if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.actual_size()
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_by(1)
            case Qt.Key.Key_Minus:
                self.zoom_by(-1)
            case Qt.Key.Key_Space:
                self._space = True
                self._show_cursor()
            case Qt.Key.Key_Z if event.modifiers() == Qt.KeyboardModifier.NoModifier:
                self._aids.loupe = True
                self.update()
            case _:
                super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._show_cursor()
        elif event.key() == Qt.Key.Key_Z and not event.isAutoRepeat():
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

    def _hover(self, position: QPointF) -> None:
        self._aids.mouse = position
        if self._aids.follow_mouse:
            self.update()
        point = self.viewport.to_image(position)
        x, y = math.floor(point.x()), math.floor(point.y())
        shape = self._shape_at(position)
        inside = self.picture is not None and 0 <= x < self.picture.width and 0 <= y < self.picture.height
        self.pointed.emit((f"{x}, {y}" + (f" · {shape.text}" if shape else "")) if inside else "")
        if shape is not self._hovered:
            self._hovered = shape
            self.update()

    def _shape_at(self, position: QPointF) -> Shape | None:
        if not self.options.masks:
            return None
        point = self.viewport.to_image(position)
        x, y = math.floor(point.x()), math.floor(point.y())
        return self.index.at(x, y)

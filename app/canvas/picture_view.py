"""The picture and the shapes over it: what is shown, where one looks, and how it is painted.

A plain widget that paints only what is in view. A scene graph would add nothing: shapes share one transform, and a
finished layer of them is kept between frames.
"""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.canvas import overlay, viewport
from app.canvas.aids import Aids, draw_pixel_grid
from app.canvas.backdrop import Backdrop, DisplaySettings
from app.canvas.layer import ShapeLayer
from app.canvas.overlay import Options
from app.canvas.picture import ImagePyramid
from app.canvas.scale_bar import draw_scale_bar
from app.canvas.shape import Shape
from app.canvas.shape_index import ShapeIndex
from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.threads.frame_priority import frame_priority
from core.images.pixel_size import PixelSize
from core.words import tr

STEP = 1.25
"""What one notch of the wheel zooms by."""
_LIFT = 0.15
"""Opacity that is added to the shape under the mouse."""
_FEW = 64
"""Shapes up to which a change is painted into what is there; more are painted with all others."""

_LEAST_SIDE = 40.0
"""Image pixels: of what is smaller, one sees no more by looking closer."""


class PictureView(QWidget):
    """Shows one ``ImagePyramid`` with ``Shape``s. What the mouse and the keys do is said by ``ImageView``."""

    pointed = Signal(str)
    """What the mouse is over: the pixel and the shape; empty outside of the picture."""
    zoomed = Signal(str)
    """The zoom in percent of device pixels; empty without a picture."""
    selected = Signal(object)
    """The ``Shape`` that was clicked, or ``None``."""
    viewport_changed = Signal(object)
    """The ``Viewport`` changed by hand; give it to ``look`` of another view to link the two."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: ImagePyramid | None = None
        self.index = ShapeIndex()
        self.selection: Shape | None = None
        self.options = Options()
        self.viewport = Viewport()
        self._fits = True
        self._area: QRectF | None = None
        """What is kept in the middle while the view changes its size, until somebody moves the picture."""
        self.hovered: Shape | None = None
        """The shape under the mouse, or under the cross of the keyboard."""
        self._ringed = False
        self._pixel_size: PixelSize | None = None
        self._seen: frozenset[Shape] = frozenset()
        """The shapes that were visible when they were last shown."""
        self._backdrop, self._aids = Backdrop(), Aids()
        self.layer = ShapeLayer(self)
        """The shapes as they were drawn; ``busy`` while a thread draws them."""
        self.layer.renewed.connect(self.update)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("Picture"))

    def event(self, event: QEvent) -> bool:
        with frame_priority:
            return super().event(event)

    # What is shown

    def show_picture(
        self,
        picture: ImagePyramid | None,
        shapes: Iterable[Shape] = (),
        ahead: ShapeIndex | None = None,
        *,
        keep: bool = False,
    ) -> None:
        """Show a picture and its shapes; it is fitted to the view unless ``keep`` and the size is the same. A worker
        may have made their index ``ahead``."""
        old, self.picture = self.picture, picture
        same = old is not None and picture is not None and (old.width, old.height) == (picture.width, picture.height)
        self.layer.clear()
        self.show_shapes(shapes, ahead)
        if picture is None:
            self._tell_zoom()
            self.pointed.emit("")
        elif not (keep and same):
            self.fit()

    def renew_picture(self, picture: ImagePyramid) -> None:
        """The picture in view looks better now, or a sharper one of the same size takes its place; all else stays."""
        self.picture = picture
        self._backdrop.clear()
        self._aids.minimap.clear()
        self.update()

    @property
    def shapes(self) -> list[Shape]:
        """All of them, those on top last."""
        return self.index.shapes

    def show_shapes(self, shapes: Iterable[Shape], ahead: ShapeIndex | None = None) -> None:
        """Show other shapes over the same picture; small ones lie on top. A few different ones cost little, and many
        do where a worker has made their index ``ahead``."""
        self.index = self.index.changed(list(shapes), ahead)
        if self.hovered not in self.index.known:
            self.hovered = None
        if self.selection not in self.index.known:
            self.selection = None
        self.refresh()

    def refresh(self) -> None:
        """Draw the shapes anew, after their ``visible`` has changed."""
        seen = frozenset([shape for shape in self.index.shapes if shape.visible])
        different, self._seen = seen ^ self._seen, seen
        if len(different) <= _FEW:
            self.layer.damage(shape.box for shape in different)
        else:
            self.layer.invalidate()
        self.update()

    def set_options(self, options: Options) -> None:
        """Opacity, masks, labels."""
        self.options = options
        self.layer.invalidate()
        self.update()

    def set_display(self, display: DisplaySettings) -> None:
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
            self._fits, self._area = True, None
            self._apply_viewport(viewport.fitting(self._image_size(), self.size().toSizeF()))

    def actual_size(self) -> None:
        """One image pixel is one pixel of the screen."""
        self._zoom(1 / self.devicePixelRatioF(), self.rect().toRectF().center())

    def zoom_by(self, steps: float) -> None:
        """Zoom about the middle."""
        self._zoom(self.viewport.scale * STEP**steps, self.rect().toRectF().center())

    def look_at(self, area: QRectF) -> None:
        """Bring an area, in image pixels, to the middle, with as much room around it, and keep it there while the view
        changes its size. At an edge the picture stays in view, and what is large is seen in the whole of it."""
        self.fit()
        if self.picture is not None:
            side = max(area.width(), area.height(), _LEAST_SIDE)
            seen = viewport.fitting(QSizeF(3 * side, 3 * side), self.size().toSizeF())
            if seen.scale > self.viewport.scale:
                size, middle = self.size().toSizeF(), self.rect().toRectF().center()
                self._move(seen.centred_on(area.center(), middle).filled(self._image_size(), size))
            self._area = area

    def set_viewport(self, at: Viewport) -> None:
        """Look where another view looks."""
        self._fits, self._area = False, None
        self._apply_viewport(at)

    def _zoom(self, scale: float, anchor: QPointF) -> None:
        self._move(self.viewport.zoomed(scale, anchor))

    def _move(self, to: Viewport) -> None:
        if self.picture is not None:
            self._fits, self._area = False, None
            self._apply_viewport(to)
            self.viewport_changed.emit(self.viewport)

    def _apply_viewport(self, to: Viewport) -> None:
        if self.picture is None:
            return
        self.viewport = to.kept(self._image_size(), self.size().toSizeF(), self.devicePixelRatioF())
        self._tell_zoom()
        self.update()

    def _tell_zoom(self) -> None:
        self.zoomed.emit(f"{self.viewport.scale * self.devicePixelRatioF():.0%}" if self.picture is not None else "")

    def _image_size(self) -> QSizeF:
        assert self.picture is not None
        return QSizeF(self.picture.width, self.picture.height)

    def set_pixel_size(self, size: PixelSize | None) -> None:
        """How large a pixel of the picture is: a scale bar says so; ``None`` where nobody knows."""
        self._pixel_size = size
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("canvas"))
        if self.picture is None:
            return
        ratio = self.devicePixelRatioF()
        self._backdrop.draw(painter, self.picture, self.viewport, self.size(), ratio)
        draw_pixel_grid(painter, self._image_size(), self.viewport, self.rect().toRectF(), ratio)
        if self.options.masks and self.shapes:
            self.layer.draw(painter, self.index, self.viewport, self.size(), ratio, self.options)
        for shape in dict.fromkeys((self.hovered, self.selection)):
            if shape is not None and shape.visible and self.options.masks:
                chosen = shape is self.selection  # has a stronger outline; the one under the mouse is lifted
                opacity, width = (0.0, tokens.OUTLINE_SELECTED) if chosen else (_LIFT, tokens.OUTLINE)
                overlay.draw_shapes(painter, [shape], self.viewport, ratio, opacity, width)
                overlay.draw_label(painter, shape, self.viewport)
        self._aids.draw(painter, self.picture, self.index, self.viewport, self.rect().toRectF(), ratio, self.options)
        if self._pixel_size is not None:
            draw_scale_bar(painter, self._pixel_size, self.viewport, self.rect().toRectF())
        if self._ringed:
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell_zoom()  # a window listens to what is in view only

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._area is not None:
            self.look_at(self._area)
        elif self._fits:
            self.fit()
        else:
            self._apply_viewport(self.viewport)

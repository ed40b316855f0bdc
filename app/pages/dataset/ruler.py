"""Saying how large pixels are: a line over a scale bar in the picture, and how long that bar is."""

import math

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.canvas import ImageView
from app.style import theme, tokens
from app.style.format import tool_tip
from app.widgets import label, row, tool_button
from app.widgets.buttons import button
from app.widgets.containers import group
from app.widgets.flow import Flow, Wrapping
from app.widgets.inputs import ComboBox, NumberBox
from core.images.pixel_size import MICROMETRES, PixelSize
from core.words import tr

_NUMBER = 84
_END = 6.0
"""Half the strokes at the ends of the line, in widget pixels."""


class Ruler(QWidget):
    """Lies over a view while a line is drawn; the line stays where it is in the picture."""

    measured = Signal(float)
    """The length of the line in pixels of the picture."""

    def __init__(self, view: ImageView) -> None:
        super().__init__(view)
        self._view = view
        self._line: tuple[QPointF, QPointF] | None = None
        """In pixels of the picture."""
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Line over a scale bar"))
        view.installEventFilter(self)
        view.viewport_changed.connect(self.update)
        self.hide()

    def begin(self) -> None:
        """Come into view, without a line."""
        self._line = None
        self.setGeometry(self._view.rect())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._view.rect())
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            point = self._view.viewport.to_image(event.position())
            self._line = point, point
        else:
            event.ignore()  # the view moves its picture

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._line is None or not event.buttons() & Qt.MouseButton.LeftButton:
            event.ignore()
            return
        first, end = self._line[0], self._view.viewport.to_image(event.position())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:  # level or upright, as most bars are
            wide = abs(end.x() - first.x()) >= abs(end.y() - first.y())
            end = QPointF(end.x(), first.y()) if wide else QPointF(first.x(), end.y())
        self._line = first, end
        self.measured.emit(math.hypot(end.x() - first.x(), end.y() - first.y()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._line is None:
            return
        viewport = self._view.viewport
        one, other = (
            QPointF(p.x() * viewport.scale + viewport.x, p.y() * viewport.scale + viewport.y) for p in self._line
        )
        along = other - one
        length = math.hypot(along.x(), along.y()) or 1.0
        across = QPointF(-along.y(), along.x()) * (_END / length)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in (("scrim", 4.0), ("accent", 2.0)):
            painter.setPen(QPen(theme.color(color), width))
            painter.drawLine(one, other)
            for end in (one, other):
                painter.drawLine(end - across, end + across)


class ScaleForm(QWidget):
    """“200 pixels are 50 µm”, for this image or for all."""

    chosen = Signal(object, bool)
    """The ``PixelSize``, and whether it is that of all images; ``None``: what was said is taken away."""
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.pixels, self.length, self.unit = NumberBox(whole=False), NumberBox(whole=False), ComboBox()
        for box, name in ((self.pixels, tr("Pixels")), (self.length, tr("Length"))):
            box.setAccessibleName(name)
            box.setFixedWidth(_NUMBER)
            box.changed.connect(self._update)
        self.unit.setAccessibleName(tr("Unit"))
        self.unit.addItems([*MICROMETRES])
        self.unit.setCurrentText("µm")
        self.one, self.all = button(tr("This image")), button(tr("All images"))
        self.forget = button(tr("As the files say"))
        self.forget.setToolTip(tool_tip(tr("Take away what was said of this image, and the same of others")))
        self._close = tool_button("x", tr("Leave the scale as it is"), tr("Escape"))
        said = group(self.pixels, label(tr("pixels are"), "dim"), self.length, self.unit)
        line, parts = Flow(), Wrapping()
        for part in (
            label(tr("Draw a line over a scale bar:"), "dim"),
            said,
            group(self.one, self.all, self.forget, self._close),
        ):
            line.addWidget(part)
        parts.setLayout(line)
        whole = row(parts)
        whole.setContentsMargins(tokens.SMALL, tokens.TINY, tokens.SMALL, tokens.TINY)
        self.setLayout(whole)
        self.one.clicked.connect(lambda: self.chosen.emit(self.pixel_size(), False))
        self.all.clicked.connect(lambda: self.chosen.emit(self.pixel_size(), True))
        self.forget.clicked.connect(lambda: self.chosen.emit(None, False))
        self._close.clicked.connect(self.left)
        self._update()

    def pixel_size(self) -> PixelSize | None:
        """What the form says; ``None`` while something is missing, or cannot be."""
        pixels, length = self.pixels.value(), self.length.value()
        if not pixels or not length:
            return None
        try:
            return PixelSize(float(f"{length / pixels:.6g}"), self.unit.currentText())  # type: ignore[arg-type]
        except ValueError:
            return None

    @Slot(float)
    def show_pixels(self, pixels: float) -> None:
        """The line over the scale bar is so long."""
        self.pixels.set_value(round(pixels, 1))

    @Slot()
    def _update(self) -> None:
        for each in (self.one, self.all):
            each.setEnabled(self.pixel_size() is not None)

"""One line of a chart: its curve, the faint original behind it while it is smoothed, and its entry in the legend."""

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton

from app.style import theme, tokens
from app.style.format import tool_tip
from core.words import tr

Values = NDArray[np.float64]
_SMOOTH_FROM = 30
"""Fewer points are drawn as they are."""


class LegendItem(QAbstractButton):
    """A stroke in the line's color, its name, and its value at the mouse or the last one; hides and shows the line."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.color = QColor()
        self._value = ""
        self.setCheckable(True)
        self.setChecked(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(tool_tip(tr("Show or hide {name}", name=name)))
        self.setAccessibleName(name)
        self.setFont(theme.font(tokens.CAPTION_SIZE))

    def show_value(self, value: str) -> None:
        if value == self._value:
            return
        longer = len(value) != len(self._value)
        self._value = value
        self.setAccessibleDescription(value)
        if longer:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        value = metrics.horizontalAdvance("0" * len(self._value)) + tokens.TINY if self._value else 0
        return QSize(18 + metrics.horizontalAdvance(self.name) + value + tokens.TINY, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(theme.color("accent"))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
        shown = self.isChecked()
        pen = QPen(self.color if shown else theme.color("control_line"), 3)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        middle = self.height() // 2
        painter.drawLine(4, middle, 12, middle)
        painter.setPen(theme.color("dim" if shown else "control_line"))
        rest = self.rect().adjusted(18, 0, 0, 0)
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, self.name)
        if shown and self._value:
            painter.setPen(theme.color("text"))
            rest.adjust(self.fontMetrics().horizontalAdvance(self.name) + tokens.TINY, 0, 0, 0)
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, self._value)


class ChartLine:
    """Keeps the points of a line, arrays of shape ``(N,)``, and draws them into ``plot``.

    ``color`` is a token, or RGB of the class palette; ``width`` is in pixels. Without ``legend`` it lies behind the
    others.
    """

    def __init__(
        self,
        plot: pg.PlotWidget,
        name: str,
        color: str | tuple[int, int, int],
        width: float,
        *,
        legend: bool,
    ) -> None:
        self.x: Values = np.empty(0)
        self.y: Values = np.empty(0)
        self.legend_item = LegendItem(name) if legend else None
        self._plot, self._color, self._width = plot, color, width
        self._curve = pg.PlotDataItem()
        self._curve.setZValue(2 if legend else 0)
        self._original: pg.PlotDataItem | None = None
        """The points as they are, behind a smoothed line; made when there is one."""
        plot.addItem(self._curve)
        if self.legend_item is not None:
            self.legend_item.toggled.connect(self._on_toggled)
        self.update_style()

    def draw(self, x: Values, y: Values, *, smooth: bool) -> None:
        """Draw these points; with ``smooth``, where they are many, their moving average over a faint original."""
        self.x, self.y = x, y
        smooth = smooth and len(y) >= _SMOOTH_FROM
        if smooth and self._original is None:
            self._original = pg.PlotDataItem()
            self._original.setZValue(1 if self.legend_item is not None else 0)
            self._original.setVisible(self._curve.isVisible())
            self._plot.addItem(self._original)
            self.update_style()
        if self._original is not None:
            self._original.setData(*((x, y) if smooth else ([], [])))
        self._curve.setData(x, moving_average(y) if smooth else y)

    def show_value(self, x: float | None) -> None:
        """Put the value of the point nearest to ``x`` into the legend; without ``x``, that of the last one."""
        if self.legend_item is None:
            return
        value = ""
        if len(self.x):
            index = -1 if x is None else int(np.abs(self.x - x).argmin())
            value = f"{self.y[index]:.3f}"
        self.legend_item.show_value(value)

    def update_style(self) -> None:
        """Take the colors of the theme."""
        color = theme.color(self._color) if isinstance(self._color, str) else QColor(*self._color)
        self._curve.setPen(pg.mkPen(color, width=self._width))
        if self._original is not None:
            faint = QColor(color)
            faint.setAlphaF(0.18)
            self._original.setPen(pg.mkPen(faint, width=1))
        if self.legend_item is not None:
            self.legend_item.color = color
            self.legend_item.update()

    def remove(self) -> None:
        """Take the line out of the plot and the legend."""
        for item in filter(None, (self._curve, self._original)):
            self._plot.removeItem(item)
        if self.legend_item is not None:
            self.legend_item.hide()
            self.legend_item.deleteLater()

    def _on_toggled(self, shown: bool) -> None:
        for item in filter(None, (self._curve, self._original)):
            item.setVisible(shown)


def moving_average(y: Values) -> Values:
    """The mean over a centred window of about a thirtieth of the points, narrower at both ends."""
    half = max(len(y) // 60, 1)
    sums = np.concatenate(([0.0], np.cumsum(y)))
    index = np.arange(len(y))
    first, last = np.maximum(index - half, 0), np.minimum(index + half + 1, len(y))
    means: Values = (sums[last] - sums[first]) / (last - first)
    return means

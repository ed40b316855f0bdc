"""One plot with its title, legend, hover line and best marker."""

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plots.chart_line import ChartLine, Values
from app.style import theme, tokens
from app.widgets.containers import column, row
from app.widgets.flow import Flow
from app.widgets.labels import label
from core.words import tr


class Chart(QWidget):
    """Lines over epochs. Each keeps one array and is drawn with one call; only what fits the pixels is painted.

    ``header``, the title and the legend, is for whoever shows the chart to place above it; ``corner`` is the right end
    of it, for switches.
    """

    hovered = Signal(object)
    """The x of the point nearest to the mouse, ``None`` when it leaves."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._lines: dict[str, ChartLine] = {}
        self._smooth = False
        self._x: float | None = None
        self._range: tuple[tuple[float, float], tuple[float, float]] | None = None
        self.best: tuple[float, float] | None = None
        self._legend = Flow(gap=tokens.TINY)
        self._plot = pg.PlotWidget(background=None, enableMenu=False, axisItems={"bottom": _EpochAxis("bottom")})
        for part in (self._plot, self._plot.viewport()):
            part.setAcceptDrops(False)  # what is dropped is the window's
        self._plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        name = tr("Plot: {title}", title=title)
        for part in (self, self._plot, self._plot.viewport()):
            part.setAccessibleName(name)
        self._prepare_plot()
        self._hover = pg.InfiniteLine(angle=90, movable=False, label="", labelOpts={"position": 0.96})
        self._marker = pg.ScatterPlotItem(size=9, pxMode=True)
        self._marker_text = pg.TextItem(anchor=(0.5, 1.25))
        for item in (self._hover, self._marker, self._marker_text):
            item.setZValue(10)
            item.hide()
            self._plot.addItem(item, ignoreBounds=True)
        name_label = label(title, "heading")
        heading = row(name_label, tokens.TINY)
        heading.setAlignment(name_label, Qt.AlignmentFlag.AlignTop)
        heading.addLayout(self._legend, 1)
        self.corner = row(gap=0)
        heading.addLayout(self.corner)
        heading.setAlignment(self.corner, Qt.AlignmentFlag.AlignTop)
        self.header = QWidget()
        self.header.setLayout(heading)
        self.setLayout(column(self._plot))
        self._restyle()

    def _prepare_plot(self) -> None:
        plot: pg.PlotItem = self._plot.getPlotItem()
        plot.setDownsampling(auto=True, mode="peak")
        plot.setClipToView(True)
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.showGrid(x=False, y=True, alpha=0.25)
        for side in ("left", "bottom"):
            plot.getAxis(side).enableAutoSIPrefix(False)  # it writes the label anew with every range
        plot.setLabel("bottom", tr("epoch"))
        plot.getAxis("left").setWidth(40)
        plot.setContentsMargins(0, 0, 8, 0)
        self._plot.viewport().setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents, False)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.wheelEvent = lambda event: event.ignore()  # the page scrolls, the plot does not zoom
        scene = self._plot.scene()
        scene.sigMouseMoved.connect(self._on_mouse_moved)
        for action in scene.contextMenu:  # pyqtgraph's own, of a menu that is switched off
            action.deleteLater()
        scene.contextMenu.clear()

    # What is drawn

    def draw(
        self,
        name: str,
        x: Sequence[float] | Values,
        y: Sequence[float] | Values,
        color: str | tuple[int, int, int],
        width: float = 1.5,
        *,
        in_legend: bool = True,
    ) -> None:
        """Draw the line ``name`` anew. ``color`` is a token, or RGB of the class palette."""
        line = self._lines.get(name)
        if line is None:
            line = ChartLine(self._plot, name, color, width, legend=in_legend)
            self._lines[name] = line
            if line.legend_item is not None:
                self._legend.addWidget(line.legend_item)
        line.draw(np.asarray(x, np.float64), np.asarray(y, np.float64), smooth=self._smooth)
        line.show_value(self._x)
        self._describe()

    def _describe(self) -> None:
        """Tell a screen reader where the lines end."""
        points = [
            tr("{name} {value:.3f} at epoch {epoch}", name=name, value=line.y[-1], epoch=epoch_of(line.x[-1]))
            for name, line in self._lines.items()
            if line.legend_item is not None and len(line.x)
        ]
        if self.best is not None:
            x, value = self.best
            points.append(tr("best {value:.3f} at epoch {epoch}", value=value, epoch=epoch_of(x)))
        for part in (self, self._plot, self._plot.viewport()):
            part.setAccessibleDescription(", ".join(points))

    def forget(self, name: str) -> None:
        """Take a line away."""
        line = self._lines.pop(name, None)
        if line is None:
            return
        if line.legend_item is not None:
            self._legend.removeWidget(line.legend_item)
        line.remove()

    def names(self) -> list[str]:
        """The lines that are drawn."""
        return list(self._lines)

    def clear(self) -> None:
        for name in self.names():
            self.forget(name)
        self.mark_best(None)

    def smooth(self, on: bool) -> None:
        """Draw a moving average over a faint original."""
        self._smooth = on
        for line in self._lines.values():
            line.draw(line.x, line.y, smooth=on)

    def mark_best(self, point: tuple[float, float] | None) -> None:
        """Mark the point of the model that was kept."""
        self.best = point
        self._describe()
        for item in (self._marker, self._marker_text):
            item.setVisible(point is not None)
        if point is not None:
            self._marker.setData([point[0]], [point[1]])
            self._marker_text.setText(f"{point[1]:.3f}")
            self._marker_text.setPos(*point)

    def set_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        if (x, y) != self._range:
            self._range = x, y
            box = self._plot.getPlotItem().vb
            box.setRange(xRange=x, yRange=y, padding=0)
            box.prepareForPaint()  # now, or it would happen while painting, and all be painted twice
        right = x[0] + 0.9 * (x[1] - x[0])
        self._marker_text.setAnchor((1.1, 1.0) if self.best and self.best[0] > right else (0.5, 1.25))

    @Slot(object)
    def show_at(self, x: float | None) -> None:
        """Put the hover line at ``x`` and the values there into the legend."""
        self._x = x
        self._hover.setVisible(x is not None)
        if x is not None:
            self._hover.setPos(x)
            self._hover.label.setFormat(tr("epoch {epoch}", epoch=epoch_of(x)))
        for line in self._lines.values():
            line.show_value(x)

    @Slot(object)
    def _on_mouse_moved(self, position: QPointF) -> None:
        """Where nothing is drawn, the mouse points at itself."""
        box = self._plot.getPlotItem().vb
        if not box.sceneBoundingRect().contains(position):
            self.hovered.emit(None)
            return
        x = float(box.mapSceneToView(position).x())
        lines = [line.x for line in self._lines.values() if line.legend_item is not None and len(line.x)]
        nearest = (float(xs[np.abs(xs - x).argmin()]) for xs in lines)
        self.hovered.emit(min(nearest, key=lambda other: abs(other - x), default=x))

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(None)
        super().leaveEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._restyle()

    def _restyle(self) -> None:
        for side in ("left", "bottom"):
            axis = self._plot.getPlotItem().getAxis(side)
            axis.setPen(theme.color("line"))
            axis.setTextPen(theme.color("dim"))
            axis.label.setFont(theme.font(tokens.CAPTION_SIZE))
            axis.setTickFont(theme.font(tokens.CAPTION_SIZE))
            axis.setStyle(tickLength=0, tickTextOffset=6)
        self._plot.setBackground(theme.color("canvas"))
        self._hover.label.setColor(theme.color("dim"))
        self._hover.setPen(pg.mkPen(theme.color("control_line"), width=1))
        self._marker.setBrush(theme.color("accent"))
        self._marker.setPen(pg.mkPen(theme.color("surface"), width=2))
        self._marker_text.setColor(theme.color("text"))
        self._marker_text.textItem.setFont(theme.font(tokens.CAPTION_SIZE, strong=True))
        for line in self._lines.values():
            line.update_style()


def epoch_of(x: float) -> int:
    """The epoch to which a point of a plot belongs: steps of epoch 12 lie between 11 and 12, its end at 12."""
    return max(math.ceil(round(x, 6)), 1)


class _EpochAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Marks whole epochs only."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        whole = [(spacing, offset) for spacing, offset in super().tickSpacing(low, high, size) if spacing >= 1]
        return whole or [(1.0, 0.0)]

"""Bars that are links: a list of lines, or a histogram of columns, with the mouse and with the keyboard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.style import theme, tokens
from app.style.format import tool_tip
from core.geometry.mask_style import Color
from core.plain_text import printable

SERIES = ("accent", "warning", "good", "dim")
"""Color tokens of the parts of a bar; those that follow look like the last one."""
_LINE = 24
_THICK = 12
_SWATCH = 10
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, made of as many parts as there are series."""

    name: str
    counts: tuple[int, ...]
    tip: str
    """What it says in words."""
    swatch: Color | None = None
    marked: bool = False
    """Tinted, as something that asks for attention."""

    @property
    def total(self) -> int:
        return sum(self.counts)


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.bars: Sequence[Bar] = ()

    def show_bars(self, bars: Sequence[Bar]) -> None:
        self.beginResetModel()
        self.bars = bars
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.bars)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        bar = self.bars[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return bar.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(bar.tip)
        return printable(bar.tip) if role == Qt.ItemDataRole.AccessibleTextRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """A bar of nothing leads nowhere."""
        flags = super().flags(index)
        return flags if self.bars[index.row()].total else flags & ~Qt.ItemFlag.ItemIsEnabled


class BarView(QListView):
    """Bars below each other with their names before them, or side by side on their names. A click or Enter on one
    asks for what it counts."""

    requested = Signal(int)
    """The place of a bar."""

    def __init__(self, name: str, *, columns: bool = False, most_lines: int = 12) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.columns = columns
        self._most_lines = most_lines
        self._bars = _Model()
        self.setModel(self._bars)
        self.setItemDelegate(_Columns(self) if columns else _Lines(self))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        never = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(never)
        if columns:
            self.setFlow(QListView.Flow.LeftToRight)
            self.setVerticalScrollBarPolicy(never)
            self.setMinimumHeight(180)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._on_chosen)
        self.activated.connect(self._on_chosen)

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Show these instead."""
        self._bars.show_bars(bars)
        self.highest = max((bar.total for bar in bars), default=0) or 1
        if not self.columns:
            self.setFixedHeight(min(max(len(bars), 1), self._most_lines) * _LINE)
        first = next((place for place, bar in enumerate(bars) if bar.total), 0)
        self.setCurrentIndex(self._bars.index(first))

    def bars(self) -> Sequence[Bar]:
        """Those that are shown."""
        return self._bars.bars

    def cell(self) -> QSize:
        """How large each bar is with its name."""
        room = self.viewport().size()
        if not self.columns:
            return QSize(room.width(), _LINE)
        return QSize(room.width() // max(len(self.bars()), 1), room.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def _on_chosen(self, index: QModelIndex) -> None:
        if self.bars()[index.row()].total:
            self.requested.emit(index.row())

    def minimumSizeHint(self) -> QSize:
        return QSize(160, super().minimumSizeHint().height())


class _Delegate(QStyledItemDelegate):
    """Paints what lines and columns have in common."""

    def __init__(self, view: BarView) -> None:
        super().__init__(view)
        self.view = view
        self.font = theme.font(tokens.CAPTION_SIZE)
        self.metrics = QFontMetrics(self.font)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return self.view.cell()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        bar = self.view.bars()[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5)
        current = self.view.hasFocus() and self.view.currentIndex() == index
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver) and bar.total > 0
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if bar.marked or hovered:
            painter.setBrush(theme.color("warning", 0.12) if bar.marked else theme.color("hover"))
        painter.setPen(QPen(theme.color("accent"), 1) if current else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(frame, tokens.TINY, tokens.TINY)
        painter.setFont(self.font)
        painter.setPen(Qt.PenStyle.NoPen)
        self.paint_bar(painter, option.rect, bar)
        painter.restore()

    def paint_bar(self, painter: QPainter, place: QRect, bar: Bar) -> None:
        raise NotImplementedError

    def lengths(self, bar: Bar, room: float) -> list[tuple[QColor, float]]:
        """Color and length of the parts of a bar; what is there is seen, however little."""
        colors = [theme.color(SERIES[min(place, len(SERIES) - 1)]) for place in range(len(bar.counts))]
        parts = [max(room * count / self.view.highest, 1.0) if count else 0.0 for count in bar.counts]
        return list(zip(colors, parts, strict=True))


class _Lines(_Delegate):
    """Name, bar, number."""

    def paint_bar(self, painter: QPainter, place: QRect, bar: Bar) -> None:
        area = place.adjusted(tokens.SMALL, 0, -tokens.SMALL, 0)
        bars = self.view.bars()
        swatches = _SWATCH + tokens.SMALL if any(one.swatch for one in bars) else 0
        widest = max(self.metrics.horizontalAdvance(printable(one.name)) for one in bars)
        names = min(widest + 2, (area.width() - swatches) * 2 // 5)
        figures = self.metrics.horizontalAdvance(f"{self.view.highest:,}")
        middle = Qt.AlignmentFlag.AlignVCenter
        if bar.swatch is not None:
            painter.setBrush(QColor(*bar.swatch))
            painter.drawRoundedRect(QRectF(area.left(), area.center().y() - 4.5, _SWATCH, _SWATCH), 3, 3)
        painter.setPen(theme.color("text" if bar.total else "dim"))
        words = QRect(area.left() + swatches, area.top(), names, area.height())
        name = self.metrics.elidedText(printable(bar.name), Qt.TextElideMode.ElideMiddle, names)
        painter.drawText(words, int(middle | Qt.AlignmentFlag.AlignLeft), name)
        painter.setPen(theme.color("dim"))
        painter.drawText(area, int(middle | Qt.AlignmentFlag.AlignRight), f"{bar.total:,}")
        painter.setPen(Qt.PenStyle.NoPen)
        left = float(words.right() + tokens.SMALL)
        for color, length in self.lengths(bar, area.right() - figures - tokens.SMALL - left):
            painter.setBrush(color)
            painter.drawRect(QRectF(left, area.center().y() - _THICK / 2 + 0.5, length, _THICK))
            left += length


class _Columns(_Delegate):
    """Number, bar, name, from top to bottom."""

    def paint_bar(self, painter: QPainter, place: QRect, bar: Bar) -> None:
        high = self.metrics.height() + tokens.TINY
        centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.color("dim"))
        foot = QRect(place.left(), place.bottom() - high, place.width(), high)
        painter.drawText(
            foot, int(centre), self.metrics.elidedText(bar.name, Qt.TextElideMode.ElideRight, foot.width())
        )
        painter.setPen(Qt.PenStyle.NoPen)
        wide = min(place.width() * 0.7, 48.0)
        left, bottom = place.center().x() + 0.5 - wide / 2, float(foot.top() - 2)
        room = bottom - place.top() - high - tokens.TINY
        for color, length in self.lengths(bar, room):
            painter.setBrush(color)
            painter.drawRect(QRectF(left, bottom - length, wide, length))
            bottom -= length
        number = f"{bar.total:,}" if bar.total else ""
        if self.metrics.horizontalAdvance(number) <= place.width() - 2:
            painter.setPen(theme.color("text"))
            painter.drawText(QRectF(place.left(), bottom - high, place.width(), high), int(centre), number)

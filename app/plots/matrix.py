"""A matrix whose cells are links, the darker the more they count."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from app.style import theme, tokens
from app.style.format import tool_tip
from core.plain_text import printable

_SMALLEST, _LARGEST = 22, 56
_LONGEST_NAME = 110
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

Tip = Callable[[int, int], str]
"""What the cell at a row and a column says in words."""


class _Model(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.values: Sequence[Sequence[int]] = ()
        self.names: Sequence[str] = ()
        self.tip: Tip = lambda row, column: ""

    def show(self, values: Sequence[Sequence[int]], names: Sequence[str], tip: Tip) -> None:
        self.beginResetModel()
        self.values, self.names, self.tip = values, names, tip
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.values)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() or not self.values else len(self.values[0])

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.values[row][column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(self.tip(row, column))
        return printable(self.tip(row, column)) if role == Qt.ItemDataRole.AccessibleTextRole else None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) or section >= len(self.names):
            return None
        name = self.names[section]
        return tool_tip(name) if role == Qt.ItemDataRole.ToolTipRole else printable(name)


class MatrixView(QTableView):
    """With ``named`` rows and columns have the same names, and cells are squares; otherwise they fill the view."""

    requested = Signal(int, int)
    """Row and column of a cell."""

    def __init__(self, name: str, *, named: bool) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.named = named
        self._cells = _Model()
        self.setModel(self._cells)
        self.setItemDelegate(_CellDelegate(self))
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalHeader(_Names(Qt.Orientation.Horizontal))
        self.setVerticalHeader(_Names(Qt.Orientation.Vertical))
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setVisible(named)
        if not named:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(260)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._on_chosen)
        self.activated.connect(self._on_chosen)

    def show_values(self, values: Sequence[Sequence[int]], names: Sequence[str], tip: Tip) -> None:
        """Show these counts; ``names`` are those of rows and columns."""
        self.highest = max((max(row) for row in values if row), default=0) or 1
        self._cells.show(values, names, tip)
        self._fit()
        self.setCurrentIndex(self._cells.index(0, 0))

    def values(self) -> Sequence[Sequence[int]]:
        """Those that are shown."""
        return self._cells.values

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        rows, columns = self._cells.rowCount(), self._cells.columnCount()
        if not rows:
            return
        room = self.viewport().size()
        across, down = self.horizontalHeader(), self.verticalHeader()
        if self.named:
            whole = self.width() - down.sizeHint().width()
            side = min(max(whole // columns, _SMALLEST), _LARGEST)
            across.setDefaultSectionSize(side)
            down.setDefaultSectionSize(side)
            return
        for header, count, length in ((across, columns, room.width()), (down, rows, room.height())):
            for place in range(count):  # all pixels are given away
                header.resizeSection(place, length * (place + 1) // count - length * place // count)

    def _on_chosen(self, index: QModelIndex) -> None:
        if index.data():
            self.requested.emit(index.row(), index.column())


class _Names(QHeaderView):
    """Names of classes: elided, those of columns turned upward."""

    def __init__(self, side: Qt.Orientation) -> None:
        super().__init__(side)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(4)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFont(theme.font(tokens.CAPTION_SIZE))

    def _longest(self) -> int:
        model, metrics = self.model(), QFontMetrics(self.font())
        names = (str(model.headerData(place, self.orientation()) or "") for place in range(self.count()))
        return min(max(map(metrics.horizontalAdvance, names), default=0), _LONGEST_NAME) + tokens.SMALL

    def sizeHint(self) -> QSize:
        longest = self._longest()
        return QSize(longest, 0) if self.orientation() == Qt.Orientation.Vertical else QSize(0, longest)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        painter.save()
        upright = self.orientation() == Qt.Orientation.Horizontal
        length = (rect.height() if upright else rect.width()) - tokens.TINY
        name = str(self.model().headerData(section, self.orientation()) or "")
        painter.setFont(self.font())
        painter.setPen(theme.color("dim"))
        name = QFontMetrics(self.font()).elidedText(name, Qt.TextElideMode.ElideRight, length)
        if upright:
            painter.translate(rect.left(), rect.bottom() - tokens.TINY)
            painter.rotate(-90)
            place, side = QRect(0, 0, length, rect.width()), Qt.AlignmentFlag.AlignLeft
        else:
            place, side = QRect(rect.left(), rect.top(), length, rect.height()), Qt.AlignmentFlag.AlignRight
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | side), name)
        painter.restore()


class _CellDelegate(QStyledItemDelegate):
    """A cell in the shade of its count, with the count where there is room."""

    def __init__(self, view: MatrixView) -> None:
        super().__init__(view)
        self._view = view
        self._font = theme.font(tokens.CAPTION_SIZE)
        self._metrics = QFontMetrics(self._font)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        value = int(index.data())
        painter.save()
        share = (value / self._view.highest) ** 0.5  # few are told from none
        cell = QRectF(option.rect).adjusted(0, 0, -1, -1)
        painter.fillRect(cell, theme.color("canvas"))
        if value:
            painter.fillRect(cell, theme.color("accent", 0.12 + 0.88 * share))
        current = self._view.hasFocus() and self._view.currentIndex() == index
        if current or (value and option.state & QStyle.StateFlag.State_MouseOver):
            painter.setPen(QPen(theme.color("text"), 1 + current))
            painter.drawRect(cell.adjusted(1, 1, -1, -1))
        number = f"{value:,}"
        if self._view.named and value and self._metrics.horizontalAdvance(number) <= cell.width() - tokens.TINY:
            painter.setFont(self._font)
            painter.setPen(theme.color("on_accent" if share > 0.5 else "text"))
            painter.drawText(cell, int(Qt.AlignmentFlag.AlignCenter), number)
        painter.restore()

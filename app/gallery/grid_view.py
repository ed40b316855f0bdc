"""A grid of items of one size. Where an item lies is computed, so that a million cost no more than ten.

``QListView`` lays out every item anew whenever its width changes: 35 ms at 10,000 items, 160 ms at 50,000.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem

from app.gallery.dragging import carry
from app.style import tokens

_Index = QModelIndex | QPersistentModelIndex
_Move = QAbstractItemView.CursorAction


class GridView(QAbstractItemView):
    """Shows column 0 of a list model.

    The delegate's ``sizeHint`` is asked twice: for the least width of a cell, then, with ``option.rect`` as wide as
    cells that share the whole width, for their height.
    """

    resized = Signal(int)
    """Ctrl and the wheel: by how many steps to change the size of the cells."""
    scrolled = Signal()
    """Other items are in view now."""

    def __init__(self) -> None:
        self.columns = 1
        """Cells in a row."""
        self._size = QSize(1, 1)
        self._width = -1
        super().__init__()
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._hovered = -1
        self.entered.connect(self._hover)
        self.viewportEntered.connect(lambda: self._hover(QModelIndex()))

    # Where things lie

    def _count(self) -> int:
        return self.model().rowCount() if self.model() is not None else 0

    def _cell(self, row: int) -> QRect:
        """The cell of item ``row``, before scrolling."""
        line, column = divmod(row, self.columns)
        width, height = self._size.toTuple()
        return QRect(tokens.SMALL + column * width, tokens.SMALL + line * height, width, height)

    def rows_in_view(self, margin: int = 0) -> range:
        """The items that can be seen, at least in part, and those up to ``margin`` pixels above and below."""
        columns, height = self.columns, self._size.height()
        top = self.verticalOffset() - tokens.SMALL
        first = max((top - margin) // height, 0) * columns
        last = ((top + self.viewport().height() + margin) // height + 1) * columns
        return range(min(first, self._count()), min(last, self._count()))

    def visualRect(self, index: _Index) -> QRect:
        return self._cell(index.row()).translated(0, -self.verticalOffset()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        place = point + QPoint(-tokens.SMALL, self.verticalOffset() - tokens.SMALL)
        column = place.x() // self._size.width()
        if not 0 <= column < self.columns or place.y() < 0:
            return QModelIndex()
        row = place.y() // self._size.height() * self.columns + column
        return self.model().index(row, 0) if row < self._count() else QModelIndex()

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: _Index) -> bool:
        return False

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        for row in self.rows_in_view():
            index = self.model().index(row, 0)
            if selection.contains(index):
                region += self.visualRect(index)
        return region

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select what lies in ``rect``; for Shift, all from the item at its first corner to the one at its last."""
        if command & QItemSelectionModel.SelectionFlag.Current:
            ends = sorted(
                index.row() for at in (rect.topLeft(), rect.bottomRight()) if (index := self.indexAt(at)).isValid()
            )
            rows = list(range(ends[0], ends[-1] + 1)) if ends else []
        else:
            rect = rect.normalized()
            rows = [row for row in self.rows_in_view() if self.visualRect(self.model().index(row, 0)).intersects(rect)]
        self._select(rows, command)

    def select_rows(self, rows: Iterable[int]) -> None:
        """Select these items and no others; the current one stays."""
        self._select(rows, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _select(self, rows: Iterable[int], command: QItemSelectionModel.SelectionFlag) -> None:
        selection = QItemSelection()
        for first, last in _runs(rows):
            selection.select(self.model().index(first, 0), self.model().index(last, 0))
        self.selectionModel().select(selection, command)

    def selected_count(self) -> int:
        """How many items are selected."""
        return sum(part.height() for part in self.selectionModel().selection().toList())

    def selected_rows(self) -> list[int]:
        """The items that are selected, in order."""
        return sorted(
            row for part in self.selectionModel().selection().toList() for row in range(part.top(), part.bottom() + 1)
        )

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Carry the selected items, which whoever takes them asks for."""
        if number := self.selected_count():
            carry(self, number)

    # Scrolling

    def updateGeometries(self) -> None:
        if self.model() is not None:
            option, nothing = QStyleOptionViewItem(), QModelIndex()
            width = self.viewport().width() - 2 * tokens.SMALL
            self.columns = max(width // self.itemDelegate().sizeHint(option, nothing).width(), 1)
            option.rect = QRect(0, 0, width // self.columns, 0)
            self._size = self.itemDelegate().sizeHint(option, nothing)
        height = self._size.height()
        lines = -(-self._count() // self.columns)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(lines * height + 2 * tokens.SMALL - self.viewport().height(), 0))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(height // 4, 1))
        bar.setEnabled(bar.maximum() > 0)
        super().updateGeometries()
        self.scrolled.emit()

    def relayout(self) -> None:
        """The delegate's size hint has changed: bring the current item, if it is in view, else the middle one, to
        the middle."""
        middle = self.viewport().rect().center()
        index = self.currentIndex()
        if not self.viewport().rect().intersects(self.visualRect(index)):
            index = self.indexAt(middle)
        self.updateGeometries()
        if index.isValid():
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self.viewport().update()

    def scrollTo(
        self, index: _Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if not index.isValid():
            return
        cell, height = self._cell(index.row()), self.viewport().height()
        top = self.verticalOffset()
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            top = cell.center().y() - height // 2
        elif cell.top() < top:
            top = cell.top() - tokens.SMALL
        elif cell.bottom() > top + height:
            top = cell.bottom() + tokens.SMALL - height
        self.verticalScrollBar().setValue(top)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(dx, dy)
        self.scrolled.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Not the event's old size: a view that was hidden has none, and would lose its place where only its height is
        # another now.
        if event.size().width() != self._width:
            self._width = event.size().width()
            self.relayout()
        else:
            self.updateGeometries()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.resized.emit(1 if event.angleDelta().y() > 0 else -1)
        else:
            super().wheelEvent(event)

    # Keyboard

    def moveCursor(self, action: _Move, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        count, row, columns = self._count(), self.currentIndex().row(), self.columns
        if not count:
            return QModelIndex()
        if row < 0:
            return self.model().index(0, 0)
        page = max(self.viewport().height() // self._size.height(), 1) * columns
        to = {
            _Move.MoveLeft: row - 1,
            _Move.MovePrevious: row - 1,
            _Move.MoveRight: row + 1,
            _Move.MoveNext: row + 1,
            _Move.MoveUp: row - columns if row >= columns else row,
            _Move.MoveDown: row + columns if row + columns < count else row,
            _Move.MovePageUp: row - page,
            _Move.MovePageDown: row + page,
            _Move.MoveHome: 0,
            _Move.MoveEnd: count - 1,
        }[action]
        return self.model().index(min(max(to, 0), count - 1), 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Qt leaves Return to the desktop's taste on some systems; here it always opens.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        base = option.state & ~(QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus)
        delegate, model, current = self.itemDelegate(), self.model(), self.currentIndex().row()
        focus = QStyle.StateFlag.State_HasFocus if self.hasFocus() else QStyle.StateFlag.State_None
        for row in self.rows_in_view():
            rect = self._cell(row).translated(0, -self.verticalOffset())
            if not rect.intersects(event.rect()):
                continue
            option.rect = rect
            option.state = base
            index = model.index(row, 0)
            if self.selectionModel().isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected | focus
            if row == self._hovered or (row == current and focus):
                option.state |= QStyle.StateFlag.State_MouseOver
            delegate.paint(painter, option, index)

    def _hover(self, index: QModelIndex) -> None:
        for row in (self._hovered, index.row()):
            if row >= 0:
                self.viewport().update(self._cell(row).translated(0, -self.verticalOffset()))
        self._hovered = index.row()


def _runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each run of rows that follow each other."""
    for _, run in groupby(enumerate(rows), lambda pair: pair[1] - pair[0]):
        found = [row for _, row in run]
        yield found[0], found[-1]

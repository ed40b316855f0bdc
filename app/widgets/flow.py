"""A layout that begins a new line when one is full."""

import math

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from app.style import tokens


class Wrapping(QWidget):
    """The base of widgets whose lines may break: never lower than that makes them at their width."""

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        layout = self.layout()
        if layout is not None and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self.setMinimumHeight(layout.heightForWidth(self.width()))
        return done


class Flow(QLayout):
    """Items from left to right, then on the next line, each at half the height of its line. With ``stretch_to`` they
    share each line evenly, and a line takes as many as leave each at least that wide. Few items are not drawn out: they
    leave room for ``columns``. With ``even`` the lines are about equally full."""

    def __init__(self, gap: int = tokens.SMALL, stretch_to: int = 0, columns: int = 1, *, even: bool = False) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._stretch_to = stretch_to
        self._columns = columns
        self._even = even
        self._heights: dict[int, int] = {}
        """By width: a page asks for them again and again while it arranges itself."""
        self._smallest: QSize | None = None
        self.setSpacing(gap)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def invalidate(self) -> None:
        self._heights.clear()
        self._smallest = None
        super().invalidate()

    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:
            self._heights[width] = self._arrange(QRect(0, 0, width, 0), move=False)
        return self._heights[width]

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        if self._smallest is None:
            self._smallest = QSize()
            for item in self._items:
                self._smallest = self._smallest.expandedTo(item.minimumSize())
        return self._smallest

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Put the items into ``rect`` if they are to ``move``; returns the height they need."""
        items = [item for item in self._items if not item.isEmpty()]
        fixed = self._width_of_each(rect.width(), len(items))
        gap = self.spacing()
        lines: list[list[tuple[QLayoutItem, QRect]]] = [[]]
        x, y, bottom = rect.x(), rect.y(), rect.y()
        for item in items:
            size = item.sizeHint()
            width = fixed or min(size.width(), rect.width())
            height = item.heightForWidth(width) if item.hasHeightForWidth() else size.height()
            if lines[-1] and x + width > rect.right() + 1:
                lines.append([])
                x, y = rect.x(), bottom + gap
            lines[-1].append((item, QRect(QPoint(x, y), QSize(width, height))))
            x += width + gap
            bottom = max(bottom, y + height)
        for line in lines if move else ():
            highest = max((place.height() for _, place in line), default=0)
            for item, place in line:
                if fixed:
                    place.setHeight(highest)
                item.setGeometry(place.translated(0, (highest - place.height()) // 2))
        return bottom - rect.y()

    def _width_of_each(self, width: int, count: int) -> int:
        """The common width of the items, 0 when each has its own."""
        if not self._stretch_to or not count:
            return 0
        columns = max((width + self.spacing()) // (self._stretch_to + self.spacing()), 1)
        columns = min(columns, max(count, self._columns))
        if self._even:
            columns = math.ceil(count / math.ceil(count / columns))
        return (width - (columns - 1) * self.spacing()) // columns

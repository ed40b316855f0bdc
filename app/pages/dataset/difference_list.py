"""The differences that are open, one a line."""

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.pages.dataset.differences import Differences, Positions
from app.style import icons, theme, tokens
from core.dataset import Dataset
from core.dataset.several.comparison import Difference, Kind
from core.plain_text import printable
from core.words import tr

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_LINE = 44
_ICON = 16
ICONS: dict[Kind, str] = {"left": "minus-circle", "right": "plus-circle", "class": "tag", "shape": "polygon"}


def said(difference: Difference) -> str:
    """A difference in a few words."""
    match difference.kind:
        case "left":
            return tr("{name} only in this one", name=difference.left_class)
        case "right":
            return tr("{name} only in the other", name=difference.right_class)
        case "class":
            return tr("{left} here, {right} there", left=difference.left_class, right=difference.right_class)
        case "shape":
            return tr("{name}, IoU {iou:.2f}", name=difference.left_class, iou=difference.iou)


class DifferenceList(QListView):
    """Two lines for each: what differs, and in which image. Left keeps what is here, Right takes what is there."""

    kept = Signal()
    taken = Signal()
    chosen = Signal(object)
    """The position of the ``Difference`` that is current now, or ``None``."""

    def __init__(self) -> None:
        super().__init__()
        self._model = _Model()
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Differences"))
        self.selectionModel().currentChanged.connect(lambda: self.chosen.emit(self.current()))

    def show_differences(self, dataset: Dataset | None, differences: Differences, positions: Positions) -> None:
        """Show others; the current one stays current, or the one that comes in its place does."""
        current, row = self.current(), self.currentIndex().row()
        self._model.show(dataset, differences, positions)
        if current is not None:
            row = int(np.searchsorted(positions, current))  # its own row, or that of the next one
        self.setCurrentIndex(self._model.index(min(max(row, 0), len(positions) - 1), 0))
        if current is None or self.current() is None:
            self.chosen.emit(self.current())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            (self.kept if event.key() == Qt.Key.Key_Left else self.taken).emit()
        else:
            super().keyPressEvent(event)

    def current(self) -> int | None:
        """The position of the one that is selected."""
        row = self.currentIndex().row()
        return int(self._model.positions[row]) if 0 <= row < len(self._model.positions) else None


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.positions: Positions = np.zeros(0, np.intp)
        self._differences: Differences | None = None
        self._dataset: Dataset | None = None

    def show(self, dataset: Dataset | None, differences: Differences, positions: Positions) -> None:
        self.beginResetModel()
        self._dataset, self._differences, self.positions = dataset, differences, positions
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.positions)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._differences is None or self._differences.found is None:
            return None
        difference = self._differences.at(int(self.positions[index.row()]))
        name = self._dataset.images[difference.image].file_name if self._dataset is not None else ""
        if role == Qt.ItemDataRole.DisplayRole:
            return said(difference)
        if role == Qt.ItemDataRole.UserRole:
            return name
        if role == Qt.ItemDataRole.DecorationRole:
            return ICONS[difference.kind]
        return f"{said(difference)}, {name}" if role == Qt.ItemDataRole.AccessibleTextRole else None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(160, _LINE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection" if selected else "hover"))
            painter.drawRoundedRect(option.rect, tokens.TINY, tokens.TINY)
        inside = option.rect.adjusted(tokens.SMALL, tokens.TINY, -tokens.SMALL, -tokens.TINY)
        place = inside.toRectF()
        place.setSize(QSize(_ICON, _ICON).toSizeF())
        place.moveTop(inside.top() + 2)
        icons.paint(painter, str(index.data(Qt.ItemDataRole.DecorationRole)), place, "dim")
        inside.setLeft(inside.left() + _ICON + tokens.SMALL)
        half = inside.height() // 2
        for role, color, font, top in (
            (Qt.ItemDataRole.DisplayRole, "text", theme.font(), inside.top()),
            (Qt.ItemDataRole.UserRole, "dim", theme.font(tokens.CAPTION_SIZE), inside.top() + half),
        ):
            painter.setFont(font)
            painter.setPen(theme.color(color))
            line = inside.adjusted(0, top - inside.top(), 0, 0)
            line.setHeight(half)
            text = printable(str(index.data(role)))
            text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, line.width())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
        painter.restore()

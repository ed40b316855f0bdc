"""The instances of an image as a list: swatch, class, area."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app import theme, tokens
from app.widgets.swatch import INDENT
from core.dataset import Dataset, Instance

_Index = QModelIndex | QPersistentModelIndex


class InstanceList(QListView):
    """A list of any length; rows are positions of instances in their image."""

    chosen = Signal(int)
    """The person chose a row."""

    def __init__(self) -> None:
        super().__init__()
        self._model = _Model()
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Instances")
        self.selectionModel().currentChanged.connect(self._tell)

    def show_instances(self, dataset: Dataset | None, instances: Sequence[Instance]) -> None:
        """Show other instances, none of them chosen."""
        self.show_lines([_line(dataset, instance) for instance in instances] if dataset else [])

    def show_lines(self, lines: "Sequence[Line]") -> None:
        """Show these lines, none of them chosen."""
        self._model.show_rows(lines)

    def renew_lines(self, lines: "Sequence[Line]") -> None:
        """The same number of lines say something else: what is chosen stays, and where one looks."""
        self._model.lines = lines
        self.viewport().update()  # to be told that data changed, the view would lay out all lines anew

    def choose(self, row: int | None) -> None:
        """Mark a row, without telling anybody."""
        self.selectionModel().blockSignals(True)
        self.setCurrentIndex(self._model.index(row, 0) if row is not None else QModelIndex())
        self.selectionModel().blockSignals(False)
        self.viewport().update()

    def _tell(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.row())


Line = tuple[str, str, tuple[int, int, int]]
"""Name, note, colour."""


def _line(dataset: Dataset, instance: Instance) -> Line:
    area = "box only" if instance.segmentation is None else f"{instance.area:,.0f} px"
    note = f"crowd · {area}" if instance.crowd else area
    return dataset.categories[instance.label].name, note, dataset.color(instance.label)


class _Model(QStringListModel):
    """Counts its rows itself: the view asks twice for each of ten thousand, too often for Python."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Sequence[Line] = ()

    def show_rows(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.setStringList([""] * len(lines))

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            name, note, _ = self.lines[index.row()]
            return f"{name}, {note}"
        return None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, 26)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, _Model)
        name, note, color = model.lines[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.color("selection" if selected else "hover"))
            painter.drawRoundedRect(option.rect, tokens.TINY, tokens.TINY)
        painter.setBrush(QColor(*color))
        rect = option.rect.adjusted(INDENT, 0, -tokens.SMALL, 0)
        painter.drawRoundedRect(QRectF(rect.left(), rect.center().y() - 4.5, 10, 10), 3, 3)
        metrics = option.fontMetrics
        painter.setPen(theme.color("dim"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect, int(middle | Qt.AlignmentFlag.AlignRight), note)
        room = rect.adjusted(10 + tokens.SMALL, 0, -metrics.horizontalAdvance(note) - tokens.SMALL, 0)
        painter.setPen(theme.color("text"))
        short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(middle | Qt.AlignmentFlag.AlignLeft), short)
        painter.restore()

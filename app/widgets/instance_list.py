"""The instances of an image as a list: swatch, class, area."""

from collections.abc import Callable
from functools import cache
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.style import theme, tokens
from app.widgets.swatch import INDENT
from core.dataset import Dataset, Image
from core.words import tr

_Index = QModelIndex | QPersistentModelIndex


class InstanceList(QListView):
    """A list of any length; rows are positions of instances in their image."""

    chosen = Signal(int)
    """The person chose a row."""

    def __init__(self) -> None:
        super().__init__()
        self._model = _Model()
        self.setModel(self._model)
        self.setItemDelegate(_InstanceDelegate(self))
        self.setUniformItemSizes(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Instances"))
        self.selectionModel().currentChanged.connect(
            lambda index: self.chosen.emit(index.row()) if index.isValid() else None
        )

    def show_instances(self, dataset: Dataset | None, image: Image | None) -> None:
        """Show the instances of an image of a dataset, none of them chosen."""
        if dataset is None or image is None:
            self.show_lines(0, None)
            return
        instances, size = dataset.instances(image), (image.height, image.width)

        @cache
        def pixels(place: int) -> int | None:
            shape = instances[place].segmentation
            return shape.area(size) if shape else None

        def line(place: int) -> InstanceRow:
            instance = instances[place]
            text = note(pixels(place), *([tr("crowd")] if instance.crowd else []))
            return dataset.categories[instance.label].name, text, dataset.color(instance.label)

        self.show_lines(len(instances), line)

    def show_lines(self, number: int, line: "RowOf | None") -> None:
        """Show so many lines, none of them chosen. ``line`` makes each by its position when it is looked at: what a
        thousand of them say takes time to count out."""
        self._model.line = line
        self._model.setStringList([""] * number)

    def renew_lines(self, line: "RowOf") -> None:
        """The same number of lines say something else: what is chosen stays, and where one looks."""
        self._model.line = line
        self.viewport().update()  # told that data changed, the view would lay out all lines anew

    def choose(self, row: int | None) -> None:
        """Mark a row, without telling anybody."""
        self.selectionModel().blockSignals(True)
        self.setCurrentIndex(self._model.index(row, 0) if row is not None else QModelIndex())
        self.selectionModel().blockSignals(False)
        self.viewport().update()


InstanceRow = tuple[str, str, tuple[int, int, int]]
"""Name, note, color."""
RowOf = Callable[[int], InstanceRow]


def note(pixels: int | None, *marks: str) -> str:
    """What a line says of an instance: ``marks``, and its number of pixels, or that it has only a box."""
    return " · ".join((*marks, tr("box only") if pixels is None else tr("{pixels:,} px", pixels=pixels)))


class _Model(QStringListModel):
    """Counts its rows itself: the view asks twice for each of ten thousand, too often for Python."""

    def __init__(self) -> None:
        super().__init__()
        self.line: RowOf | None = None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.line is not None and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            name, note, _ = self.line(index.row())
            return f"{name}, {note}"
        return None


class _InstanceDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, 26)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, _Model) and model.line is not None
        name, note, color = model.line(index.row())
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

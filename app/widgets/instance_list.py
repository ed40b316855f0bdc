"""The instances of an image as a list: swatch, class, area."""

from collections.abc import Callable, Sequence
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
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Instances"))
        self.selectionModel().currentChanged.connect(self._tell)

    def show_instances(self, dataset: Dataset | None, image: Image | None) -> None:
        """Show the instances of an image of a dataset, none of them chosen."""
        if dataset is None or image is None:
            self.show_lines([])
            return
        instances, size = dataset.instances(image), (image.height, image.width)

        @cache
        def pixels(place: int) -> int | None:
            shape = instances[place].segmentation
            return shape.area(size) if shape else None

        def line(place: int) -> InstanceRow:
            instance = instances[place]
            text = note(pixels(place), *(["crowd"] if instance.crowd else []))
            return dataset.categories[instance.label].name, text, dataset.color(instance.label)

        self.show_lines(InstanceRows(range(len(instances)), line))

    def show_lines(self, lines: "Sequence[InstanceRow]") -> None:
        """Show these lines, none of them chosen."""
        self._model.show_rows(lines)

    def renew_lines(self, lines: "Sequence[InstanceRow]") -> None:
        """The same number of lines say something else: what is chosen stays, and where one looks."""
        self._model.lines = lines
        self.viewport().update()  # told that data changed, the view would lay out all lines anew

    def choose(self, row: int | None) -> None:
        """Mark a row, without telling anybody."""
        self.selectionModel().blockSignals(True)
        self.setCurrentIndex(self._model.index(row, 0) if row is not None else QModelIndex())
        self.selectionModel().blockSignals(False)
        self.viewport().update()

    def _tell(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.row())


InstanceRow = tuple[str, str, tuple[int, int, int]]
"""Name, note, color."""


class InstanceRows(Sequence[InstanceRow]):
    """Lines that are written when they are looked at: what a thousand of them say takes time to count out."""

    def __init__(self, ids: Sequence[int], write: Callable[[int], InstanceRow]) -> None:
        self._ids, self._write = ids, write

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, place: int) -> InstanceRow:  # type: ignore[override]
        return self._write(self._ids[place])


def note(pixels: int | None, *marks: str) -> str:
    """What a line says of an instance: ``marks``, and its number of pixels, or that it has only a box."""
    return " · ".join((*marks, tr("box only") if pixels is None else tr("{pixels:,} px", pixels=pixels)))


class _Model(QStringListModel):
    """Counts its rows itself: the view asks twice for each of ten thousand, too often for Python."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Sequence[InstanceRow] = ()

    def show_rows(self, lines: Sequence[InstanceRow]) -> None:
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

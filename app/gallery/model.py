"""The images of a dataset as the gallery filters them, their Qt model, and the delegate that paints one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.gallery.thumbnails import Thumbnails
from app.style import icons, theme, tokens
from app.style.format import tool_tip
from core.dataset import Dataset, Image, Problem
from core.plain_text import printable
from core.words import size_in_words, tr, tr_n

StateFilter = Literal["any", "masks", "bare", "problems"]
"""With instances, without, with something wrong."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which images to show; what is empty means all."""

    classes: frozenset[int] = frozenset()
    """Labels of which at least one is in the image."""
    split: str = ""
    state: StateFilter = "any"
    text: str = ""
    """Part of the file name."""
    images: frozenset[int] | None = None
    """Only those with these ``Image.index``; ``None``: all."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One image."""

    image: Image
    labels: frozenset[int]
    count: int
    """Instances."""
    name: str
    """File name in lower case."""


class ImageIndex:
    """All images of a dataset, ready to be filtered. Make it in a worker."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.rows = [
            Row(
                image,
                frozenset(dataset.labels(image)),
                dataset.instance_count(image),
                image.file_name.lower(),
            )
            for image in dataset.images
        ]
        self.colors = [dataset.color(label) for label in range(len(dataset.categories))]
        self.class_counts = [int(count) for count in dataset.class_counts()]
        self.split_counts = Counter(image.split for image in dataset.images)
        masks = sum(row.count > 0 for row in self.rows)
        self.states: dict[StateFilter, int] = {"any": len(self.rows), "masks": masks, "bare": len(self.rows) - masks}
        self.set_problems(dataset.problems)

    def set_problems(self, problems: Iterable[Problem]) -> None:
        """These are the problems of the dataset now."""
        self._faulty = {problem.image for problem in problems}
        self._faulty.update(row.image.index for row in self.rows if not self.dataset.has_picture(row.image))
        self.states["problems"] = len(self._faulty - {None})

    def select(self, filter: Filter) -> list[Row]:
        """The rows that fit, in the order of the dataset."""
        rows = self.rows
        if filter.images is not None:
            rows = [row for row in rows if row.image.index in filter.images]
        if filter.split:
            rows = [row for row in rows if row.image.split == filter.split]
        if filter.classes:
            rows = [row for row in rows if not filter.classes.isdisjoint(row.labels)]
        if filter.state != "any":
            faulty, masks = filter.state == "problems", filter.state == "masks"
            rows = [row for row in rows if (row.image.index in self._faulty if faulty else (row.count > 0) == masks)]
        words = filter.text.lower().split()
        if words:
            rows = [row for row in rows if all(word in row.name for word in words)]
        return rows


_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class GalleryModel(QAbstractListModel):
    """The rows that passed the filter."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[Row] = ()
        self._places: dict[int, int] = {}

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other images."""
        self.beginResetModel()
        self.rows = rows
        self._places = {row.image.index: place for place, row in enumerate(rows)}
        self.endResetModel()

    def place(self, image_index: int) -> int | None:
        """The row of the image with this ``Image.index``; ``None`` when the filter hides it."""
        return self._places.get(image_index)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.image.file_name
        instances = tr_n("{n} instance", "{n} instances", row.count)
        size = size_in_words((row.image.height, row.image.width))
        text = f"{row.image.file_name}\n{size} · {instances} · {row.image.split}"
        return tool_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text


_CAPTION = 24
_GAP = tokens.SMALL
_ASPECT = 0.75


class GalleryDelegate(QStyledItemDelegate):
    """A thumbnail on a tile, the file name and the number of instances under it."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.side = 176
        """Width of a tile."""
        self._thumbnails = thumbnails
        self._font = theme.font(tokens.CAPTION_SIZE)
        self._metrics = QFontMetrics(self._font)

    def tile(self, cell: QRect) -> QRect:
        """Where the thumbnail lies in a cell."""
        return cell.adjusted(_GAP // 2, _GAP // 2, -_GAP // 2, -_GAP // 2 - _CAPTION)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        width = max(option.rect.width(), self.side + _GAP)
        return QSize(width, round((width - _GAP) * _ASPECT) + _CAPTION + _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, GalleryModel)
        row = model.rows[index.row()]
        cell = option.rect.adjusted(_GAP // 2, _GAP // 2, -_GAP // 2, -_GAP // 2)
        tile = self.tile(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_tile(painter, tile, self._thumbnails.get(row.image))
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if selected or hovered:
            color = theme.color("accent" if focused else "dim") if selected else theme.color("control_line")
            painter.setPen(QPen(color, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(tile).adjusted(1, 1, -1, -1), tokens.RADIUS, tokens.RADIUS)
        caption = QRect(cell.left() + 2, tile.bottom() + 1, cell.width() - 4, _CAPTION)
        painter.setFont(self._font)
        painter.setPen(theme.color("dim"))
        count, middle = f"{row.count:,}" if row.count else tr("no masks"), Qt.AlignmentFlag.AlignVCenter
        painter.drawText(caption, int(middle | Qt.AlignmentFlag.AlignRight), count)
        painter.setPen(theme.color("text" if selected else "dim"))
        caption.setRight(caption.right() - self._metrics.horizontalAdvance(count) - tokens.SMALL)
        name = printable(row.image.file_name.rpartition("/")[2])
        name = self._metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, caption.width())
        painter.drawText(caption, int(middle | Qt.AlignmentFlag.AlignLeft), name)
        painter.restore()

    def _paint_tile(self, painter: QPainter, tile: QRect, thumbnail: QImage | None) -> None:
        size = thumbnail.size() / painter.device().devicePixelRatioF() if thumbnail is not None else QSize()
        if size != tile.size():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("surface"))
            painter.drawRoundedRect(tile, tokens.RADIUS, tokens.RADIUS)
        if thumbnail is None:
            return
        if thumbnail.isNull():
            middle = QRect(0, 0, 32, 32)
            middle.moveCenter(tile.center())
            icons.paint(painter, "image-square", QRectF(middle), "bad_text")
            return
        # Made for this tile, it is shown pixel by pixel; made for another size of tiles, it is scaled meanwhile.
        exact = size.width() == tile.width() or size.height() == tile.height()
        if not exact:
            size.scale(tile.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(QPoint(0, 0), size)
        place.moveCenter(tile.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact)
        painter.drawImage(place, thumbnail)

"""How an image is painted in the gallery."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.gallery.model import GalleryModel
from app.gallery.thumbnails import Thumbnails
from app.style import icons, theme, tokens
from core.plain_text import printable
from core.words import tr

_Index = QModelIndex | QPersistentModelIndex
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

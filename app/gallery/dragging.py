"""Images that are dragged out of the gallery, and the lines of the filters onto which they are dropped."""

from PySide6.QtCore import QMimeData, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.style import theme, tokens
from app.widgets.swatch import SwatchRow
from core.words import tr_n

DRAGGED = "application/x-maskwright-images"
"""What is dragged, as a MIME type: the images that are selected in the gallery, which whoever takes them asks for."""


def carry(view: QWidget, number: int) -> None:
    """Let the mouse carry so many images until they are dropped."""
    drag, mime = QDrag(view), QMimeData()
    mime.setData(DRAGGED, b"")
    drag.setMimeData(mime)
    drag.setPixmap(_badge(tr_n("{n} image", "{n} images", number), view.devicePixelRatioF()))
    drag.setHotSpot(QPoint(-tokens.SMALL, -tokens.SMALL))
    drag.exec(Qt.DropAction.MoveAction)


class DropRow(SwatchRow):
    """A line onto which images of the gallery can be dropped."""

    dropped = Signal()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(DRAGGED):
            event.acceptProposedAction()
            self.mark(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.mark(False)

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.mark(False)
        self.dropped.emit()


def _badge(text: str, ratio: float) -> QPixmap:
    """A small sign that follows the mouse."""
    font = theme.font(strong=True)
    size = QFontMetrics(font).size(0, text) + QSize(2 * tokens.SMALL, tokens.SMALL)
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("accent"))
    painter.drawRoundedRect(QRect(QPoint(0, 0), size), tokens.RADIUS, tokens.RADIUS)
    painter.setPen(theme.color("on_accent"))
    painter.setFont(font)
    painter.drawText(QRect(QPoint(0, 0), size), int(Qt.AlignmentFlag.AlignCenter), text)
    painter.end()
    return pixmap

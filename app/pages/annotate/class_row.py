"""A class in the list of the Annotate page: its key, swatch, name, count, and an eye that hides it."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter

from app.style import icons, theme, tokens
from app.style.plain_text import tool_tip
from app.widgets.swatch import SwatchRow

_KEY, _EYE = 14, 16
"""Widths in pixels."""


class ClassRow(SwatchRow):
    """A click chooses it; one on the eye, which shows under the mouse, hides or shows its instances."""

    eye_clicked = Signal()
    renaming_asked = Signal()

    def __init__(self, name: str, count: int, color: tuple[int, int, int], key: str) -> None:
        super().__init__(name, count, color)
        self.key = key
        """What chooses it on the keyboard; empty when nothing does."""
        self.masks_hidden = False
        self.setToolTip(tool_tip(f"{name} ({key})" if key else name))

    def show_masks_hidden(self, masks_hidden: bool) -> None:
        """Whether its instances are hidden now."""
        self.masks_hidden = masks_hidden
        self.setAccessibleDescription("hidden" if masks_hidden else "")
        self.update()

    def _eye(self) -> QRectF:
        left = self.width() - tokens.SMALL - super()._beside_name() - _EYE
        return QRectF(left, (self.height() - _EYE) / 2, _EYE, _EYE)

    def _beside_name(self) -> int:
        return super()._beside_name() + _EYE + tokens.TINY

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._eye().contains(event.position()):
            self.setDown(False)
            self.eye_clicked.emit()
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._eye().contains(event.position()):
            super().mouseDoubleClickEvent(event)
        else:
            self.renaming_asked.emit()

    def _paint_words(self, painter: QPainter, left: int) -> None:
        if self.masks_hidden or self.underMouse():
            icons.paint(painter, "eye-slash" if self.masks_hidden else "eye", self._eye(), "dim")
        if self.key:
            painter.setFont(theme.font(tokens.CAPTION_SIZE))
            painter.setPen(theme.color("dim"))
            place = QRectF(left, 0, _KEY, self.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self.key)
            painter.setFont(self.font())
        super()._paint_words(painter, left + _KEY)

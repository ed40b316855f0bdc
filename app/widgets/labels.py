"""Text on a page."""

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.style.format import tool_tip
from core.plain_text import printable

Role = Literal[
    "text", "title", "heading", "figure", "dim", "caption", "good", "warning", "bad", "wrong", "notice", "key"
]


def label(text: str = "", role: Role = "text", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A label in one of the roles of the style sheet. Always plain text: much of it comes from files."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setProperty("role", role)
    result.setWordWrap(wrap)
    if selectable:
        result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return result


def set_role(target: QLabel, role: Role) -> None:
    """Give a label another role."""
    if target.property("role") != role:
        target.setProperty("role", role)
        target.style().polish(target)


class ElidedLabel(QLabel):
    """One line that gives way: what does not fit becomes an ellipsis, and the tooltip has it all."""

    def __init__(
        self,
        text: str = "",
        role: Role = "text",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_tip()

    def setText(self, text: str) -> None:
        super().setText(text)
        self._update_tip()

    def _update_tip(self) -> None:
        fits = self.fontMetrics().horizontalAdvance(printable(self.text())) <= self.contentsRect().width()
        self.setToolTip(tool_tip("" if fits else self.text()))

    def paintEvent(self, event: QPaintEvent) -> None:
        rect = self.contentsRect()
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(printable(self.text()), self._mode, rect.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(rect, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)

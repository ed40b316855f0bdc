"""A message that stands on a page: what happened, why, what to do; details folded."""

from typing import Literal

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from app.style import icons, theme, tokens
from app.style.plain_text import breakable
from app.widgets.buttons import button, link_button
from app.widgets.containers import column, row
from app.widgets.labels import label

Kind = Literal["bad", "warning", "good", "accent"]

_ICONS = {"bad": "warning-circle", "warning": "warning", "good": "check-circle", "accent": "info"}
_ICON = 20


class Banner(QWidget):
    """Tinted by its kind, with the kind's icon; hidden until it has something to say."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self._kind: Kind = kind
        self._message, self._hint = label(role="heading", wrap=True), label(role="dim", wrap=True)
        for text in (self._message, self._hint):
            text.setSizePolicy(text.sizePolicy().horizontalPolicy(), text.sizePolicy().Policy.Minimum)
        self.details = QPlainTextEdit(readOnly=True)
        self.details.setFixedHeight(140)
        self.details.setAccessibleName("Details")
        self.details.hide()
        self.unfold = link_button("Show details")
        self.unfold.setCheckable(True)
        self.unfold.toggled.connect(self._show_details)
        self._actions = row()
        words = column(self._message, self._hint, row(self.unfold, None), self.details, gap=2)
        content = row(words, self._actions, gap=tokens.MEDIUM)
        content.setStretch(0, 1)
        content.setContentsMargins(2 * tokens.SMALL + _ICON, tokens.SMALL, tokens.SMALL, tokens.SMALL)
        self.setLayout(content)
        self.hide()

    def add_action(self, text: str) -> QPushButton:
        """A button at the right."""
        result = button(text)
        self._actions.addWidget(result)
        return result

    def say(self, message: str, hint: str = "", details: str = "", kind: Kind | None = None) -> None:
        """Show the message; without one, hide."""
        self._kind = kind or self._kind
        self._message.setText(breakable(message))
        self._hint.setText(breakable(hint))
        self._hint.setVisible(bool(hint))
        self.unfold.setVisible(bool(details))
        if self.details.toPlainText() != details:
            self.details.setPlainText(details)
            self.unfold.setChecked(False)
        self.setAccessibleName(message)
        self.setAccessibleDescription(hint)
        self.setVisible(bool(message))
        self.update()

    def _show_details(self, shown: bool) -> None:
        self.details.setVisible(shown)
        self.unfold.setText("Hide details" if shown else "Show details")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.color(self._kind, 0.10))
        painter.setPen(theme.color(self._kind, 0.45))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), tokens.RADIUS, tokens.RADIUS)
        place = QRectF(tokens.SMALL, tokens.SMALL, _ICON, _ICON)
        icons.paint(painter, _ICONS[self._kind], place, f"{self._kind}_text")

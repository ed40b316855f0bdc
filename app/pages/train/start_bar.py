"""The bar under the form of a new training: what it will learn from, or what stands in its way, and what starts it."""

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from app.style import tokens
from app.widgets.buttons import button, primary_button
from app.widgets.command_button import CommandButton
from app.widgets.containers import column, row
from app.widgets.labels import ElidedLabel
from core.jobs import AnyJob
from core.words import tr

_TEXT = 240
"""Least width of the text where it stands beside the buttons."""
_ICON_BUTTON = 52
"""Width of a button without its text."""


class StartBar(QWidget):
    """Stays whole in a small window: the text moves above the buttons, and all of them but Start lose their texts."""

    def __init__(self, job: Callable[[], AnyJob | None]) -> None:
        super().__init__()
        self.summary, self.reason = ElidedLabel(role="text"), ElidedLabel(role="caption")
        self.copy = CommandButton(job)
        self.estimate = button(tr("Estimate"), "gauge")
        self.start = primary_button(tr("Start training"), "play")
        self._texts = {each: each.text() for each in (self.copy, self.estimate)}
        for each, text in self._texts.items():
            each.setAccessibleName(text)
        self._whole = 0
        """Width of the buttons with their texts; 0 until it is known."""
        self._layout = row(column(self.summary, self.reason, gap=2), row(None, self.copy, self.estimate, self.start))
        self._layout.setStretch(0, 1)
        self._layout.setContentsMargins(tokens.MEDIUM, 12, tokens.MEDIUM, 12)
        self.setLayout(self._layout)

    def minimumSizeHint(self) -> QSize:
        buttons = self.start.sizeHint().width() + len(self._texts) * (_ICON_BUTTON + tokens.SMALL)
        return QSize(buttons + 2 * tokens.MEDIUM, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        if not self._whole:
            buttons = (self.copy, self.estimate, self.start)
            self._whole = sum(each.sizeHint().width() + tokens.SMALL for each in buttons)
        room = self.width() - 2 * tokens.MEDIUM
        beside = room >= self._whole + _TEXT
        self._layout.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        for each, text in self._texts.items():
            each.setText(text if room >= self._whole else "")

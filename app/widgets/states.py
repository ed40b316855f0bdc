"""What a page shows when it has nothing, waits, or cannot go on; and messages that stand on it."""

import traceback
from typing import Literal

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPlainTextEdit, QProgressBar, QPushButton, QWidget

from app.style import icons, theme, tokens
from app.style.format import breakable
from app.style.icons import Icon
from app.widgets.buttons import button, link_button, primary_button
from app.widgets.containers import centred, column, row
from app.widgets.labels import label
from core.errors import UserError
from core.words import tr

Tone = Literal["bad", "warning", "good", "accent"]

_ICONS = {"bad": "warning-circle", "warning": "warning", "good": "check-circle", "accent": "info"}
_ICON = 20


class Banner(QWidget):
    """Tinted by its kind, with the kind's icon; hidden until it has something to say."""

    def __init__(self, kind: Tone) -> None:
        super().__init__()
        self._kind: Tone = kind
        self._message, self._hint = label(role="heading", wrap=True), label(role="dim", wrap=True)
        for text in (self._message, self._hint):
            text.setSizePolicy(text.sizePolicy().horizontalPolicy(), text.sizePolicy().Policy.Minimum)
        self.details = QPlainTextEdit(readOnly=True)
        self.details.setFixedHeight(140)
        self.details.setAccessibleName(tr("Details"))
        self.details.hide()
        self.unfold = link_button(tr("Show details"))
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

    def say(self, message: str, hint: str = "", details: str = "", kind: Tone | None = None) -> None:
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
        self.unfold.setText(tr("Hide details") if shown else tr("Show details"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.color(self._kind, 0.10))
        painter.setPen(theme.color(self._kind, 0.45))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), tokens.RADIUS, tokens.RADIUS)
        place = QRectF(tokens.SMALL, tokens.SMALL, _ICON, _ICON)
        icons.paint(painter, _ICONS[self._kind], place, f"{self._kind}_text")


_WIDTH = 440


class EmptyState(QWidget):
    """Centred: a picture, one sentence, more words, one button."""

    acted = Signal()
    """The button was clicked."""

    def __init__(
        self,
        icon: str,
        sentence: str = "",
        more: str = "",
        action: str = "",
        action_icon: str = "",
        *,
        color: str = "dim",
    ) -> None:
        super().__init__()
        self.sentence = label(role="heading", wrap=True)
        self.more = label(role="dim", wrap=True)
        for text in (self.sentence, self.more):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.below = column(gap=tokens.SMALL)
        stack = column(
            None,
            row(None, Icon(icon, 48, color), None),
            tokens.SMALL,
            centred(self.sentence, _WIDTH),
            centred(self.more, _WIDTH),
            tokens.SMALL,
            self.below,
            None,
            margin=tokens.LARGE,
        )
        self.setLayout(stack)
        self.say(sentence, more)
        self.button: QPushButton | None = None
        if action:
            self.button = primary_button(action, action_icon)
            self.button.clicked.connect(self.acted)
            self.below.addLayout(row(None, self.button, None))

    def say(self, sentence: str, more: str = "") -> None:
        self.sentence.setText(breakable(sentence))
        self.more.setText(breakable(more))
        self.more.setVisible(bool(more))
        self.setAccessibleName(sentence)
        self.setAccessibleDescription(more)


class LoadingState(EmptyState):
    """Something is on its way."""

    def __init__(self, sentence: str = "", more: str = "") -> None:
        super().__init__("hourglass", sentence, more)
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedWidth(200)
        bar.setAccessibleName(tr("Working"))
        self.below.addLayout(row(None, bar, None))


class ErrorState(EmptyState):
    """What went wrong, why, what to do; details folded."""

    def __init__(self, action: str = "") -> None:
        super().__init__("warning-circle", action=action, color="bad_text")
        self.details = QPlainTextEdit(readOnly=True)
        self.details.setFixedHeight(160)
        self.details.setAccessibleName(tr("Details"))
        self.unfold = link_button(tr("Show details"))
        self.unfold.setCheckable(True)
        self.unfold.toggled.connect(self.details.setVisible)
        self.details.hide()
        self.below.addLayout(row(None, self.unfold, None))
        self.below.addLayout(centred(self.details, _WIDTH))

    def show_error(self, error: Exception) -> None:
        """Put ``error`` into words; one that is no ``UserError`` shows its traceback under the details."""
        message, hint, details = error_texts(error)
        self.say(message, hint)
        self.details.setPlainText(details)
        self.unfold.setVisible(bool(details))
        self.unfold.setChecked(False)


def error_texts(error: Exception) -> tuple[str, str, str]:
    """Message, hint and details of an error."""
    if isinstance(error, UserError):
        return _sentence(error.message), _sentence(error.hint), ""
    details = "".join(traceback.format_exception(error))
    return tr("Maskwright made a mistake here."), tr("Please report it with the details below."), details


def _sentence(text: str) -> str:
    """Errors are written to follow a colon; a page begins them with a capital, unless it is a file's name."""
    first, *rest = text.split(" ", 1)
    return text[:1].upper() + text[1:] if rest and first.isalpha() else text

"""What a page shows when it has nothing, waits, or cannot go on."""

import traceback

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QProgressBar, QPushButton, QWidget

from app.style import tokens
from app.style.icons import Icon
from app.style.plain_text import breakable
from app.widgets.buttons import link_button, primary_button
from app.widgets.containers import centred, column, row
from app.widgets.labels import label
from core.errors import UserError

_WIDTH = 440


class _State(QWidget):
    """Centred: a picture, a sentence, more words, then whatever the state needs."""

    def __init__(self, picture: str, color: str) -> None:
        super().__init__()
        self.sentence = label(role="heading", wrap=True)
        self.more = label(role="dim", wrap=True)
        for text in (self.sentence, self.more):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.below = column(gap=tokens.SMALL)
        stack = column(
            None,
            row(None, Icon(picture, 48, color), None),
            tokens.SMALL,
            centred(self.sentence, _WIDTH),
            centred(self.more, _WIDTH),
            tokens.SMALL,
            self.below,
            None,
            margin=tokens.LARGE,
        )
        self.setLayout(stack)

    def say(self, sentence: str, more: str = "") -> None:
        self.sentence.setText(breakable(sentence))
        self.more.setText(breakable(more))
        self.more.setVisible(bool(more))
        self.setAccessibleName(sentence)
        self.setAccessibleDescription(more)


class EmptyState(_State):
    """One sentence, one button."""

    acted = Signal()

    def __init__(self, icon: str, sentence: str, more: str = "", action: str = "", action_icon: str = "") -> None:
        super().__init__(icon, "dim")
        self.say(sentence, more)
        self.button: QPushButton | None = None
        if action:
            self.button = primary_button(action, action_icon)
            self.button.clicked.connect(self.acted)
            self.below.addLayout(row(None, self.button, None))


class LoadingState(_State):
    """Something is on its way."""

    def __init__(self, sentence: str = "", more: str = "") -> None:
        super().__init__("hourglass", "dim")
        self.say(sentence, more)
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedWidth(200)
        bar.setAccessibleName("Working")
        self.below.addLayout(row(None, bar, None))


class ErrorState(_State):
    """What went wrong, why, what to do; details folded."""

    acted = Signal()

    def __init__(self, action: str = "") -> None:
        super().__init__("warning-circle", "bad_text")
        self._details = QPlainTextEdit(readOnly=True)
        self._details.setFixedHeight(160)
        self._details.setAccessibleName("Details")
        self._unfold = link_button("Show details")
        self._unfold.setCheckable(True)
        self._unfold.toggled.connect(self._details.setVisible)
        self._details.hide()
        if action:
            button = primary_button(action)
            button.clicked.connect(self.acted)
            self.below.addLayout(row(None, button, None))
        self.below.addLayout(row(None, self._unfold, None))
        self.below.addLayout(centred(self._details, _WIDTH))

    def show_error(self, error: Exception) -> None:
        """Put ``error`` into words; one that nobody foresaw shows its traceback under the details."""
        message, hint, details = in_words(error)
        self.say(message, hint)
        self._details.setPlainText(details)
        self._unfold.setVisible(bool(details))
        self._unfold.setChecked(False)


def in_words(error: Exception) -> tuple[str, str, str]:
    """Message, hint and details of an error."""
    if isinstance(error, UserError):
        return _sentence(error.message), _sentence(error.hint), ""
    details = "".join(traceback.format_exception(error))
    return "Maskwright made a mistake here.", "Please report it with the details below.", details


def _sentence(text: str) -> str:
    """Errors are written to follow a colon; a page begins them with a capital, unless it is a file's name."""
    first, *rest = text.split(" ", 1)
    return text[:1].upper() + text[1:] if rest and first.isalpha() else text

"""What stands over a coarse picture: how far the sharp one is, or why there is none."""

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from app.style import theme, tokens
from app.widgets import column, label, row
from app.widgets.buttons import button
from app.widgets.states import in_words

_WIDTH = 340


class PreviewNote(QWidget):
    """Hidden while the picture is as sharp as its file."""

    again = Signal()
    """Try once more."""

    def __init__(self) -> None:
        super().__init__()
        self._message, self._hint = label(role="heading", wrap=True), label(role="dim", wrap=True)
        self._progress = QProgressBar(textVisible=False)
        self._progress.setAccessibleName("How much of the picture is ready")
        self._again = button("Try again")
        self._again.clicked.connect(self.again)
        content = column(self._message, self._hint, self._progress, row(self._again, None), gap=tokens.TINY)
        content.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.MEDIUM, tokens.SMALL)
        self.setLayout(content)
        self.setFixedWidth(_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Maximum)
        self.hide()

    def show_progress(self, share: float) -> None:
        """The sharp picture is on its way."""
        percent = int(100 * share)
        self._progress.setRange(0, 100 if percent else 0)  # some files are read as a whole before anything is known
        self._progress.setValue(percent)
        state = f", {percent} %" if percent else " …"
        self._say(f"Making the picture ready{state}", "Draw meanwhile; it gets sharp by itself.", failed=False)

    def show_failure(self, error: Exception) -> None:
        """There will be no sharp picture."""
        message, hint, _ = in_words(error)
        self._say(message, f"{hint}. Only a coarse picture can be shown." if hint else "", failed=True)

    def _say(self, message: str, hint: str, *, failed: bool) -> None:
        self._message.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._progress.setVisible(not failed)
        self._again.setVisible(failed)
        self.setAccessibleName(message)
        self.setAccessibleDescription(hint)
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.color("raised"))
        painter.setPen(theme.color("line"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), tokens.RADIUS, tokens.RADIUS)

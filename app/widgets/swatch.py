"""A class as it is shown everywhere: its color and its name, never the color alone."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from app.style import theme, tokens
from core.words import tr

INDENT = tokens.SMALL + 2
"""Where the words of a line begin."""


class SwatchRow(QAbstractButton):
    """A line of a filter list: swatch or none, name, count; checked lines are filled and marked at the left. A color
    that is a name is that of the theme."""

    def __init__(self, name: str, count: int, color: tuple[int, int, int] | str | None = None) -> None:
        super().__init__()
        self.setText(name)
        self.setShortcut(QKeySequence())  # Qt makes one of a letter after “&”
        self._color = color
        self._marked = False
        self.show_count(count)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def mark(self, marked: bool) -> None:
        """Show that what is dragged would be dropped here."""
        self._marked = marked
        self.update()

    @property
    def _name(self) -> str:
        return self.text() or tr("(no name)")

    def show_count(self, count: int) -> None:
        self.count = count
        self.setAccessibleName(f"{self._name}, {count:,}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, tokens.CONTROL)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        frame = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        if self.isChecked() or self.underMouse():
            painter.setBrush(theme.color("selection" if self.isChecked() else "hover"))
            painter.drawRoundedRect(frame, tokens.RADIUS, tokens.RADIUS)
        if self.hasFocus() or self._marked:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.color("accent"))
            painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), tokens.RADIUS, tokens.RADIUS)
            painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked():
            painter.setBrush(theme.color("accent"))
            painter.drawRoundedRect(QRectF(2, frame.center().y() - 6, 3, 12), 1.5, 1.5)
        left = INDENT
        if self._color is not None:
            painter.setBrush(theme.color(self._color) if isinstance(self._color, str) else QColor(*self._color))
            painter.drawRoundedRect(QRectF(left, frame.center().y() - 5, 10, 10), 3, 3)
            left += 10 + tokens.SMALL
        self._paint_words(painter, left)

    def _beside_name(self) -> int:
        """Pixels at the right that the name leaves free."""
        return self.fontMetrics().horizontalAdvance(f"{self.count:,}") + tokens.SMALL

    def _paint_words(self, painter: QPainter, left: int) -> None:
        number = f"{self.count:,}"
        right = self.rect().adjusted(0, 0, -tokens.SMALL, 0)
        painter.setPen(theme.color("dim"))
        painter.drawText(right, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), number)
        room = right.adjusted(left, 0, -self._beside_name(), 0)
        quiet = not self.count and not self.isChecked()
        painter.setPen(theme.color("dim" if quiet else "text"))
        name = self.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), name)

"""A small palette that drops from a button."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QMenu, QWidget, QWidgetAction

from app.style import theme, tokens
from app.style.format import tool_tip
from app.widgets import column, link_button
from core.dataset.palette import Color, class_color
from core.words import tr

_COLOURS, _A_ROW = 24, 6
_SIDE = 24


class ColorMenu(QMenu):
    """Colors that classes get by themselves, and one entry that leaves the choice to the place in the list."""

    chosen = Signal(object)
    """A ``Color``, or ``None`` for the one of its place."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        grid = QGridLayout()
        grid.setSpacing(tokens.TINY)
        for place, color in enumerate(map(class_color, range(_COLOURS))):
            button = _ColorButton(color)
            button.clicked.connect(lambda _=False, color=color: self._choose(color))
            grid.addWidget(button, place // _A_ROW, place % _A_ROW)
        usual = link_button(tr("The color of its place"), tr("As if nobody had chosen one"))
        usual.clicked.connect(lambda: self._choose(None))
        content = QWidget()
        content.setLayout(column(grid, usual, margin=tokens.SMALL))
        action = QWidgetAction(self)
        action.setDefaultWidget(content)
        self.addAction(action)

    def _choose(self, color: Color | None) -> None:
        self.close()
        self.chosen.emit(color)


class _ColorButton(QAbstractButton):
    def __init__(self, color: Color) -> None:
        super().__init__()
        self._color = QColor(*color)
        self.setFixedSize(QSize(_SIDE, _SIDE))
        self.setToolTip(tool_tip(self._color.name()))
        self.setAccessibleName(f"Color {self._color.name()}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self.hasFocus() or self.underMouse()
        painter.setPen(theme.color("accent") if marked else Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), tokens.TINY, tokens.TINY)

"""The legend of a chart: what each line is, its value, and a switch to hide it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton

from app.style import theme, tokens
from app.style.format import tool_tip
from core.words import tr


class LegendItem(QAbstractButton):
    """A stroke in the line's color, its name, its value at the mouse or the last one."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.color = QColor()
        self._value = ""
        self.setCheckable(True)
        self.setChecked(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(tool_tip(tr("Show or hide {name}", name=name)))
        self.setAccessibleName(name)

    def show_value(self, value: str) -> None:
        if value == self._value:
            return
        longer = len(value) != len(self._value)
        self._value = value
        self.setAccessibleDescription(value)
        if longer:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        value = metrics.horizontalAdvance("0" * len(self._value)) + tokens.TINY if self._value else 0
        return QSize(18 + metrics.horizontalAdvance(self.name) + value + tokens.TINY, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(theme.color("accent"))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
        shown = self.isChecked()
        pen = QPen(self.color if shown else theme.color("control_line"), 3)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        middle = self.height() // 2
        painter.drawLine(4, middle, 12, middle)
        painter.setPen(theme.color("dim" if shown else "control_line"))
        rest = self.rect().adjusted(18, 0, 0, 0)
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, self.name)
        if shown and self._value:
            painter.setPen(theme.color("text"))
            rest.adjust(self.fontMetrics().horizontalAdvance(self.name) + tokens.TINY, 0, 0, 0)
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, self._value)

"""Controls that hold a value. A wheel that is turned over one of them is the page's: it changes nothing unseen."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
)

from app.style import tokens
from app.style.plain_text import tool_tip


class ComboBox(QComboBox):
    """One of several. Its list scrolls as ever while it is open."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """As ever, but what does not fit ends with an ellipsis: a style sheet would cut it off."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        place = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        icon = 0 if option.currentIcon.isNull() else self.iconSize().width() + tokens.SMALL
        words = option.currentText or self.placeholderText()
        option.currentText = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, place.width() - icon)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Slider(QSlider):
    """A horizontal one of a fixed width."""

    def __init__(self, name: str, width: int, tip: str = "") -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFixedWidth(width)
        self.setAccessibleName(name)
        self.setToolTip(tool_tip(tip or name))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SpinBox(QDoubleSpinBox):
    """A number between two."""

    def __init__(self) -> None:
        super().__init__()
        prepare_line(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def prepare_line(box: QAbstractSpinBox) -> None:
    """The line of a box for numbers: with a margin, and what is dropped on it is the window's."""
    box.lineEdit().setTextMargins(6, 0, 0, 0)
    box.lineEdit().setAcceptDrops(False)

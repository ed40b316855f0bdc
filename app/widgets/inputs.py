"""Controls that hold a value. A wheel that is turned over one of them is the page's: it changes nothing unseen."""

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPaintEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
)

from app.style import icons, tokens
from app.style.format import tool_tip
from core.words import tr


class _WheelScrollsPage:
    """Base of controls over which the wheel scrolls the page."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class LineEdit(QLineEdit):
    """A line for text. What is dropped on it is the window's, which opens it."""

    def __init__(self, name: str = "", hint: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setAcceptDrops(False)


def search_field(name: str = "", hint: str = "") -> LineEdit:
    """A field with a magnifying glass, and a button that clears it."""
    field = LineEdit(name, hint)
    field.setClearButtonEnabled(True)
    name_clear_button(field)
    field.addAction(icons.icon("magnifying-glass", "dim"), QLineEdit.ActionPosition.LeadingPosition)
    *_, glass = field.findChildren(QToolButton)
    glass.setAccessibleName(tr("Search"))
    return field


def name_clear_button(field: QLineEdit) -> None:
    """Qt draws the button that clears a field without a word to a screen reader, or a tooltip."""
    for button in field.findChildren(QToolButton):
        button.setAccessibleName(tr("Clear"))
        button.setToolTip(tr("Clear"))


class NameEdit(LineEdit):
    """For names that are typed beside a picture: Escape emits ``escaped``, for the picture to get the focus."""

    escaped = Signal()
    """Nothing of what was typed is wanted."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


class ComboBox(_WheelScrollsPage, QComboBox):
    """A combo box that elides what does not fit. Its open list scrolls with the wheel, and has its name."""

    def showPopup(self) -> None:
        self.view().setAccessibleName(self.accessibleName())  # not before: the list is made only now
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ends what does not fit with an ellipsis: Qt cuts it off where there is a style sheet."""
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


class Slider(_WheelScrollsPage, QSlider):
    """A horizontal one of a fixed width."""

    def __init__(self, name: str, width: int, tip: str = "") -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFixedWidth(width)
        self.setAccessibleName(name)
        self.setToolTip(tool_tip(tip or name))


class SpinBox(_WheelScrollsPage, QDoubleSpinBox):
    """A number between two."""

    def __init__(self) -> None:
        super().__init__()
        _prepare_line(self)


def _prepare_line(box: QAbstractSpinBox) -> None:
    """The line of a box for numbers: with a margin, and what is dropped on it is the window's."""
    box.lineEdit().setTextMargins(6, 0, 0, 0)
    box.lineEdit().setAcceptDrops(False)


class NumberBox(_WheelScrollsPage, QAbstractSpinBox):
    """Unlike ``QSpinBox`` it keeps what was typed, right or wrong, so that the form can say what is wrong with it.

    ``whole`` numbers step by ``step``; others, such as a learning rate, go up the row 1, 2, 5, 10.
    """

    changed = Signal()
    """The text has changed."""

    def __init__(
        self, *, whole: bool, step: float = 1, minimum: float | None = None, maximum: float | None = None
    ) -> None:
        super().__init__()
        self._whole, self._step = whole, step
        self._minimum = -math.inf if minimum is None else minimum
        self._maximum = math.inf if maximum is None else maximum
        _prepare_line(self)
        self.lineEdit().textChanged.connect(self.changed)

    def value(self) -> int | float | None:
        """The number, ``None`` when the text is none."""
        text = self.text().strip().replace(",", ".")
        try:
            number = int(text) if self._whole else float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None

    def set_value(self, value: float) -> None:
        self.lineEdit().setText(plain(value))

    def mark_wrong(self, wrong: bool) -> None:
        """Show that the value will not do."""
        self.setProperty("wrong", wrong)
        self.style().polish(self)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def stepBy(self, steps: int) -> None:
        value = self.value()
        if value is None:
            return
        for _ in range(abs(steps)):
            multiple = value / self._step
            if not self._whole:
                value = neighbour(value, up=steps > 0)
            else:
                value = int(self._step * (math.floor(multiple) + 1 if steps > 0 else math.ceil(multiple) - 1))
        self.set_value(min(max(value, self._minimum), self._maximum))
        self.selectAll()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        value = self.value()
        if value is not None and self.text() != plain(value):
            self.set_value(value)


def plain(value: float) -> str:
    """A number as people write it: ``0.0007``, ``4e-06``, ``35``."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e9):
        return str(int(value))
    return f"{value:.6g}" if abs(value) >= 1e-4 else f"{value:.4g}".replace("e-0", "e-")


def neighbour(value: float, *, up: bool) -> float:
    """The next number of the row …, 0.1, 0.2, 0.5, 1, 2, 5, 10, …; 0 lies below them all."""
    if value <= 0:
        return 0.0001 if up else 0.0
    exponent = math.floor(math.log10(value) + 1e-9)
    row = [factor * 10.0**power for power in (exponent - 1, exponent, exponent + 1) for factor in (1, 2, 5)]
    beyond = [step for step in row if (step > value * 1.0001 if up else step < value * 0.9999)]
    return float(f"{(min if up else max)(beyond):.3g}")

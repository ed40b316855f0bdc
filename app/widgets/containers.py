"""Rows, columns, cards and sections: the 8-pixel grid in one place."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from app.style import tokens
from app.widgets.labels import label

Item = QWidget | QLayout | int | None
"""A part of a row or column: a number is a gap in pixels, ``None`` takes what room is left."""


def row(*items: Item, gap: int = tokens.SMALL, margin: int = 0) -> QHBoxLayout:
    """Items side by side, centred on one line."""
    layout = QHBoxLayout()
    _fill(layout, items, gap, margin)
    return layout


def group(*items: Item) -> QWidget:
    """Items side by side that stay together where lines break."""
    result = QWidget()
    result.setLayout(row(*items))
    return result


def column(*items: Item, gap: int = tokens.SMALL, margin: int = 0) -> QVBoxLayout:
    """Items below each other."""
    layout = QVBoxLayout()
    _fill(layout, items, gap, margin)
    return layout


def centred(item: QWidget, width: int) -> QHBoxLayout:
    """``item`` in the middle, as wide as its place lets it, at most ``width``."""
    item.setMaximumWidth(width)
    layout = row(None, item, None, gap=0)
    layout.setStretchFactor(item, 1000)  # what room there is goes to it first, and beside it evenly then
    return layout


def _fill(layout: QHBoxLayout | QVBoxLayout, items: tuple[Item, ...], gap: int, margin: int) -> None:
    layout.setSpacing(gap)
    layout.setContentsMargins(margin, margin, margin, margin)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        else:
            layout.addWidget(item)


def hairline(*, vertical: bool = False) -> QFrame:
    """A line between two parts."""
    line = QFrame()
    line.setProperty("role", "vertical-hairline" if vertical else "hairline")
    return line


def scrolling(content: QWidget) -> QScrollArea:
    """Content that may be higher than its place."""
    area = QScrollArea(widgetResizable=True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it takes the focus
    area.setWidget(content)
    return area


class Card(QFrame):
    """A framed part of a page. With ``clickable`` it is a button: mouse, Enter and Space give ``clicked``."""

    clicked = Signal()

    def __init__(self, *, clickable: bool = False) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setProperty("clickable", clickable)
        self._clickable = clickable
        if clickable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def select(self, selected: bool) -> None:
        """Mark the card as the chosen one of several."""
        self.setProperty("selected", selected)
        self.style().polish(self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if self._clickable and event.button() == Qt.MouseButton.LeftButton and inside:
            self.clicked.emit()
        else:
            super().mouseReleaseEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._clickable:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._clickable and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


class Section(QWidget):
    """A heading and what belongs to it, as in the inspector and the filters."""

    def __init__(self, title: str, *content: Item, action: QWidget | None = None, indent: int = 0) -> None:
        super().__init__()
        heading = row(indent, label(title, "heading"), None)
        if action is not None:
            heading.addWidget(action)
        self.body = column(*content)
        self.setLayout(column(heading, self.body))

"""Rows, columns, cards and sections on the 8-pixel grid; what holds a whole page, covers a window, or folds away."""

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.style import theme, tokens
from app.style.icons import icon
from app.widgets.labels import label
from core.words import tr

LayoutItem = QWidget | QLayout | int | None
"""A part of a row or column: a number is a gap in pixels, ``None`` takes what room is left."""


def row(*items: LayoutItem, gap: int = tokens.SMALL, margin: int = 0) -> QHBoxLayout:
    """Items side by side, centred on one line."""
    layout = QHBoxLayout()
    _fill(layout, items, gap, margin)
    return layout


def group(*items: LayoutItem) -> QWidget:
    """Items side by side that stay together where lines break."""
    result = QWidget()
    result.setLayout(row(*items))
    return result


def column(*items: LayoutItem, gap: int = tokens.SMALL, margin: int = 0) -> QVBoxLayout:
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


def _fill(layout: QHBoxLayout | QVBoxLayout, items: tuple[LayoutItem, ...], gap: int, margin: int) -> None:
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


def clear(layout: QLayout) -> None:
    """Take everything out of a layout, and throw it away."""
    while (item := layout.takeAt(0)) is not None:
        if (shown := item.widget()) is not None:
            shown.hide()
            shown.deleteLater()


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
    """A heading, with an ``action`` at its right perhaps, over a ``body``, as in the filters."""

    def __init__(self, title: str, *content: LayoutItem, action: QWidget | None = None, indent: int = 0) -> None:
        super().__init__()
        heading = row(indent, label(title, "heading"), None)
        if action is not None:
            heading.addWidget(action)
        self.body = column(*content)
        self.setLayout(column(heading, self.body))


def draw_drop_frame(widget: QWidget, inside: int) -> None:
    """Paint the dashed frame of what takes drops, so many pixels ``inside`` a widget; for its ``paintEvent``."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(theme.color("surface"))
    pen = QPen(theme.color("control_line"), 1.5)
    pen.setDashPattern([4, 3])
    painter.setPen(pen)
    frame = QRectF(widget.rect()).adjusted(inside, inside, -inside, -inside)
    painter.drawRoundedRect(frame, tokens.RADIUS, tokens.RADIUS)


class PageArea(QScrollArea):
    """Gives a page all of its room, and never less than the page needs.

    Not ``setWidgetResizable``: with text that wraps, that would ask for the height a page would like to have.
    """

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it takes the focus
        self._page = page
        self.setWidget(page)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and watched is self._page:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        least, room = self._page.minimumSizeHint(), self.maximumViewportSize()
        if least.width() > room.width():
            room.setHeight(room.height() - self.horizontalScrollBar().sizeHint().height())
        if least.height() > room.height():
            room.setWidth(room.width() - self.verticalScrollBar().sizeHint().width())
        self._page.resize(room.expandedTo(least))


class Overlay(QWidget):
    """Covers its window, and follows its size."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._covered = window
        window.installEventFilter(self)
        self.hide()

    def cover(self) -> None:
        """Come into view."""
        self.setGeometry(self._covered.rect())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._covered:
            self.setGeometry(self._covered.rect())
        return False


class Disclosure(QWidget):
    """A button with a caret; a click, Enter or Space unfolds ``content``."""

    def __init__(self, title: str, content: QWidget) -> None:
        super().__init__()
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setIconSize(QSize(14, 14))
        self.button.setProperty("fold", True)
        self.content = content
        self.button.toggled.connect(self._fold)
        self.setLayout(column(row(self.button, None), content))
        self._fold(False)

    def _fold(self, shown: bool) -> None:
        self.button.setIcon(icon("caret-down" if shown else "caret-right", "dim"))
        self.content.setVisible(shown)


class Figure(QWidget):
    """A caption over a value; a note may stand beside it in small."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self._caption = label(caption, "caption")
        self._value = label("–", "figure")
        self._note = label("", "caption")
        self._note.hide()
        self.setLayout(column(self._caption, self._value, self._note, None, gap=0))

    def show_value(self, value: str, note: str = "", caption: str = "") -> None:
        """Show ``value``, a dash when there is none yet."""
        self._value.setText(value or "–")
        self._note.setText(note)
        self._note.setVisible(bool(note))
        if caption:
            self._caption.setText(caption)
        name = self._caption.text()
        self.setAccessibleName(
            f"{name}: {value} {note}".rstrip() if value else tr("{caption}: not yet known", caption=name)
        )

"""The parts around a page: rail, title bar, status bar; what covers it while something is dragged; and how large a
window may be on its screen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QMargins, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QWidget

from app.pages.page import PageEntry
from app.style import icons, theme, tokens
from app.widgets.buttons import tool_button
from app.widgets.containers import Overlay, column, row
from app.widgets.inputs import search_field
from app.widgets.labels import ElidedLabel, label
from app.window.job_ring import JobRing
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList

SEARCH_DELAY_MS = 120
MESSAGE_MS = 6000
_ICON, _SMALL = QSize(22, 22), QSize(18, 18)
_COMPACT = 460
"""Height below which the buttons of the rail are as low as they can be."""


class Rail(QFrame):
    """The pages, one below the other."""

    chosen = Signal(str)

    def __init__(self, entries: Sequence[PageEntry]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setFixedWidth(tokens.RAIL)
        self.buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        for entry in entries:
            button = QToolButton()
            button.setText(entry.title)
            button.setIcon(icons.icon(entry.icon, "dim"))
            button.setIconSize(_ICON)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setCheckable(True)
            button.setFixedWidth(tokens.RAIL - 1)
            button.setProperty("page", True)
            button.setAccessibleName(entry.title)
            button.clicked.connect(lambda _=False, key=entry.key: self.chosen.emit(key))
            group.addButton(button)
            self.buttons[entry.key] = button
        self.theme = tool_button("moon", tr("Switch between dark and light"))
        self.help = tool_button("keyboard", tr("Shortcuts"))
        below = [row(None, button, None) for button in (self.theme, self.help)]
        self.setLayout(column(tokens.SMALL, *self.buttons.values(), None, *below, tokens.SMALL, gap=2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        compact = self.height() < _COMPACT
        for button in self.buttons.values():
            if bool(button.property("compact")) != compact:
                button.setProperty("compact", compact)
                button.setIconSize(_SMALL if compact else _ICON)
                button.style().polish(button)


class TitleBar(QFrame):
    """Page title, dataset, search, jobs, inspector switch."""

    searched = Signal(str)

    def __init__(self, jobs: "JobList") -> None:
        super().__init__()
        self.setObjectName("titlebar")
        self.setFixedHeight(tokens.TITLE_BAR)
        self.title = label("", "title")
        self.dataset = ElidedLabel(role="dim")
        self.search = search_field()
        self.search.setMinimumWidth(80)
        self.search.setMaximumWidth(240)
        self.ring = JobRing(jobs)
        self.inspector = tool_button("columns", tr("Inspector"), checkable=True)
        bar = row(self.title, self.dataset, self.search, self.ring, self.inspector, gap=tokens.SMALL)
        bar.setStretch(1, 1)
        bar.insertSpacing(1, tokens.SMALL)
        bar.setContentsMargins(tokens.LARGE, 0, tokens.SMALL, 0)
        self.setLayout(bar)
        self._pause = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._pause.timeout.connect(lambda: self.searched.emit(self.search.text()))
        self.search.textChanged.connect(self._pause.start)


class StatusBar(QFrame):
    """Message, what the mouse is over, zoom, whether all is saved, device, running job."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("statusbar")
        self.setFixedHeight(tokens.STATUS_BAR)
        self.message = ElidedLabel()
        self.pointed, self.zoom, self.saved = ElidedLabel(), label(), label()
        self.device, self.job = label(), label()
        self.device.setToolTip(tr("What trainings run on, and the number format they compute in"))
        bar = row(self.message, self.pointed, self.zoom, self.saved, self.device, self.job, gap=tokens.LARGE)
        bar.setStretch(0, 1)
        bar.setContentsMargins(tokens.MEDIUM, 0, tokens.MEDIUM, 0)
        self.setLayout(bar)
        self._fade = QTimer(self, singleShot=True, interval=MESSAGE_MS)
        self._fade.timeout.connect(self.message.clear)

    def say(self, text: str) -> None:
        """Show a message for a few seconds."""
        self.message.setText(text)
        self._fade.start()


class DropOverlay(Overlay):
    """Covers the window while something that can be opened is dragged over it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setMouseTracking(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hide()  # nothing is dragged any more, though nobody said so

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("scrim", 0.8))
        frame = self.rect().adjusted(tokens.LARGE, tokens.LARGE, -tokens.LARGE, -tokens.LARGE)
        painter.setPen(QPen(theme.color("accent"), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, 2 * tokens.RADIUS, 2 * tokens.RADIUS)
        painter.setPen(theme.color("on_scrim"))
        painter.setFont(theme.font(tokens.TITLE_SIZE, strong=True))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("Drop it here"))


_FRAME = QMargins(8, 36, 8, 8)
"""What a system puts around a window, about: it says so only once the window is shown."""


def fit_screen(window: QWidget, *, centred: bool = False) -> None:
    """Move and shrink a window that is not shown yet so that it lies, with its frame, on its screen."""
    if window.windowState() & Qt.WindowState.WindowMaximized:
        return
    room = window.screen().availableGeometry().marginsRemoved(_FRAME)
    place = window.geometry()
    place.setSize(place.size().boundedTo(room.size()))
    if centred:
        place.moveCenter(room.center())
    place.moveRight(min(place.right(), room.right()))
    place.moveBottom(min(place.bottom(), room.bottom()))
    place.moveLeft(max(place.left(), room.left()))
    place.moveTop(max(place.top(), room.top()))
    window.setGeometry(place)

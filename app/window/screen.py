"""Windows and the screen that they are on."""

from PySide6.QtCore import QMargins, Qt
from PySide6.QtWidgets import QWidget

_FRAME = QMargins(8, 36, 8, 8)
"""What a system puts around a window, about: it says so only once the window is shown."""


def fit_screen(window: QWidget, *, centred: bool = False) -> None:
    """Before a window is shown: bring it, with its frame, into the room that its screen has."""
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

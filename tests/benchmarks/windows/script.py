"""What is done to both windows, alike: opened by a drop, looked at, moved over, zoomed, and a corner dragged."""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

try:
    from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
    from PySide6.QtGui import QDragEnterEvent, QDropEvent
    from PySide6.QtWidgets import QApplication, QWidget
except ImportError:
    from PyQt5.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
    from PyQt5.QtGui import QDragEnterEvent, QDropEvent
    from PyQt5.QtWidgets import QApplication, QWidget

from windows.hands import LEFT, MIDDLE, NO_KEY, Frame, Hands, circle, settle
from windows.memory import peak_mib

_FIRST_SIZE = 1600, 1000
"""Of both windows until it is known how large the view in them is."""
_LONGEST = 30.0
"""Seconds for each part of the script."""
_ZOOM_STEPS = 25
"""Up by a tenth each: about from the whole picture to 300 %."""


class Window(Protocol):
    """What the script must know of a window."""

    window: QWidget
    dropped: str
    """What is dropped on it, in the folder of the case."""

    def opened(self) -> bool:
        """Whether the picture and its instances are there and painted."""

    def view(self) -> QWidget:
        """Where the picture is."""

    def look_closely(self) -> None:
        """100 %, the middle of the picture in the middle of the view."""

    def look_at_all(self) -> None:
        """The whole picture."""

    def place(self, x: float, y: float) -> QPointF:
        """Where a place of the picture lies in the view, when it is looked at closely."""

    def zoom(self, hands: Hands, inwards: bool) -> None:
        """Turn the wheel in the middle, for about a tenth more or less."""

    def take_hold(self, hands: Hands) -> None:
        """What a person does before an instance's corner can be dragged."""

    def corner(self) -> tuple[float, float]:
        """Where the corner to drag is now, in the picture."""


def run(window: Window, case: dict[str, Any], began: float) -> dict[str, Any]:
    """Everything, and what was measured: seconds, MiB, and every ``Frame`` by part of the script. A picture of the
    window as it is in the end lies in the folder of the case."""
    QApplication.processEvents()
    found: dict[str, Any] = {"start": time.time() - began, "frames": {}, "early": []}
    window.window.resize(*_FIRST_SIZE)
    settle(3.0)
    found["open"] = open_by_drop(window, Path(case["folder"]) / window.dropped)
    settle(3.0)
    found["memory_open"] = peak_mib()
    make_view(window, case["view"])
    hands = Hands(window.view(), _LONGEST)
    play(window, hands, found)
    drag_corner(window, hands, found)
    found["memory"] = peak_mib()
    found["view"] = [window.view().width(), window.view().height()]
    found["window"] = [window.window.width(), window.window.height()]
    window.window.grab().save(str(Path(case["folder"]) / "window.png"))
    return found


def open_by_drop(window: Window, path: Path) -> float:
    """Drop a file or folder on the window; seconds until it is painted."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    place = QPoint(window.window.width() // 2, window.window.height() // 2)
    copy = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(place, copy, mime, LEFT, NO_KEY)
    drop = QDropEvent(QPointF(place), copy, mime, LEFT, NO_KEY)
    begin = time.perf_counter()
    for event in (enter, drop):
        QApplication.sendEvent(window.window, event)
    while not window.opened():
        QApplication.processEvents()
        time.sleep(0.0005)
    QApplication.processEvents()
    return time.perf_counter() - begin


def make_view(window: Window, size: tuple[int, int]) -> None:
    """Give the window the size at which its view has ``size``: a frame costs what there is to paint."""
    window.look_at_all()
    for _ in range(3):
        short = QSize(*size) - window.view().size()
        window.window.resize(window.window.size() + short)
        settle(0.5)


def play(window: Window, hands: Hands, found: dict[str, Any]) -> None:
    """Pan, hover, zoom; adds each one's ``frames``, and its name to ``early`` where the time was over first."""
    for name, look, part in (
        ("pan", window.look_closely, _pan),
        ("hover", window.look_closely, _hover),
        ("zoom", window.look_at_all, _zoom),
    ):
        look()
        settle(1.0)
        hands.taken()
        if not part(window, hands):
            found["early"].append(name)
        found["frames"][name] = hands.taken()


def _pan(window: Window, hands: Hands) -> bool:
    return hands.drag(MIDDLE, circle(hands.middle, 220, 160))


def _hover(window: Window, hands: Hands) -> bool:
    places = circle(hands.middle, 300, 120)
    return hands.play(lambda place=place: hands.move(place) for place in places)  # type: ignore[misc]


def _zoom(window: Window, hands: Hands) -> bool:
    ways = [True] * _ZOOM_STEPS + [False] * _ZOOM_STEPS
    return hands.play(lambda way=way: window.zoom(hands, way) for way in ways)  # type: ignore[misc]


def drag_corner(window: Window, hands: Hands, found: dict[str, Any]) -> None:
    """Out and nearly back, twice. Adds the frames of moving, how long letting go took each time, and how far the corner
    was in the end from where it had been, in pixels of the picture."""
    window.look_closely()
    settle(1.0)
    window.take_hold(hands)
    settle(1.0)
    start = window.corner()
    found["frames"] |= {"drag": [], "let go": []}
    for _ in range(2):
        if not _drag_once(window, hands, found["frames"]):
            found["early"].append("drag")
    found["moved"] = max(abs(now - before) for now, before in zip(window.corner(), start, strict=True))
    assert found["moved"] > 1, "the corner was not moved"


def _drag_once(window: Window, hands: Hands, frames: dict[str, list[Frame]]) -> bool:
    first = window.place(*window.corner())
    *places, last = [first + QPointF(2 * step, step) for step in [*range(40), *range(40, 4, -1)]]
    hands.move(first)
    settle(0.5)
    hands.taken()
    hands.frame(lambda: hands.press(first, LEFT))
    whole = hands.play(lambda place=place: hands.move(place, LEFT) for place in places)  # type: ignore[misc]
    hands.frame(lambda: hands.move(last, LEFT))
    frames["drag"] += hands.taken()
    hands.frame(lambda: hands.release(last, LEFT))
    frames["let go"].append(max(hands.taken()))
    settle(1.5)  # until it is saved
    return whole


def read_case() -> tuple[dict[str, Any], Path, float]:
    """From the command line: the case, where the result goes, and when the command was given."""
    case, result, began = sys.argv[1:4]
    return json.loads(Path(case).read_text()), Path(result), float(began)


def finish(measure: Callable[[], dict[str, Any]], result: Path) -> None:
    """Measure, write down what was found and end the process, whatever its window would like to ask."""
    code = 1
    try:
        result.write_text(json.dumps(measure()))
        code = 0
    finally:
        if code:
            traceback.print_exc(file=sys.__stderr__)
        os._exit(code)

"""labelme's own window under the script: ``labelme_window.py CASE RESULT BEGAN``, run by the Python of an environment
with labelme; started by ``against_labelme.py``.

labelme is started by its command and used from outside: its window, its scroll area and its actions are found as Qt
shows them.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from labelme.__main__ import main as labelme
from PyQt5.QtCore import QEvent, QObject, QPoint, QPointF, QTimer
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QAction, QApplication, QMainWindow, QScrollArea, QWidget

from windows.hands import CONTROL, Hands
from windows.script import finish, read_case, run

_NOTCH = 120
_ACTUAL_SIZE, _WHOLE = "Ctrl+0", "Ctrl+F"
"""labelme's shortcuts."""


class Painted(QObject):
    """Notices that the canvas is painted with a picture on it."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.seen = False
        canvas.installEventFilter(self)

    def eventFilter(self, canvas: QObject, event: QEvent) -> bool:
        self.seen = self.seen or (event.type() == QEvent.Type.Paint and not canvas.pixmap.isNull())
        return False


class LabelmeWindow:
    """As it starts: shapes can be edited. Its file of labels is saved by itself after every change."""

    dropped = "labelme/1.jpg"

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        self.window = next(item for item in QApplication.topLevelWidgets() if isinstance(item, QMainWindow))
        self._area = self.window.centralWidget()
        assert isinstance(self._area, QScrollArea)
        self._canvas = self._area.widget()
        self._painted = Painted(self._canvas)

    def opened(self) -> bool:
        return self._painted.seen

    def view(self) -> QWidget:
        return self._area.viewport()

    def look_closely(self) -> None:
        self._action(_ACTUAL_SIZE).trigger()
        QApplication.processEvents()
        for bar in (self._area.horizontalScrollBar(), self._area.verticalScrollBar()):
            bar.setValue((bar.minimum() + bar.maximum()) // 2)

    def look_at_all(self) -> None:
        action = self._action(_WHOLE)
        action.setChecked(False)
        action.trigger()

    def place(self, x: float, y: float) -> QPointF:
        """The middle of the picture is that of the canvas, which the scroll area moves."""
        size = self._canvas.size()
        left, top = size.width() / 2 - self.case["width"] / 2, size.height() / 2 - self.case["height"] / 2
        corner = self._canvas.mapTo(self.view(), QPoint(0, 0))
        return QPointF(corner.x() + left + x, corner.y() + top + y)

    def zoom(self, hands: Hands, inwards: bool) -> None:
        hands.turn(_NOTCH if inwards else -_NOTCH, hands.middle, CONTROL)

    def take_hold(self, hands: Hands) -> None:
        """Any corner under the mouse can be dragged."""

    def corner(self) -> tuple[float, float]:
        file = (Path(self.case["folder"]) / self.dropped).with_suffix(".json")
        x, y = json.loads(file.read_text())["shapes"][self.case["instance"]]["points"][self.case["corner"]]
        return x, y

    def _action(self, shortcut: str) -> QAction:
        wanted = QKeySequence(shortcut)
        return next(action for action in self.window.findChildren(QAction) if action.shortcut() == wanted)


def main() -> None:
    case, result, began = read_case()

    def measure() -> dict[str, Any]:
        return run(LabelmeWindow(case), case, began) | {"version": version("labelme")}

    loop = QApplication.exec_

    def begin() -> int:
        QTimer.singleShot(0, lambda: finish(measure, result))
        code: int = loop()
        return code

    QApplication.exec_ = staticmethod(begin)
    sys.argv = ["labelme"]
    labelme()


if __name__ == "__main__":
    main()

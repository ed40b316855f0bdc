"""Maskwright's window under the script: ``our_window.py CASE RESULT BEGAN``; started by ``against_labelme.py``."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from PySide6.QtCore import QPointF, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.__main__ import main as maskwright
from app.canvas.viewport import Viewport
from app.window.main_window import MainWindow
from windows.hands import Hands
from windows.memory import own_mib
from windows.script import finish, open_by_drop, read_case, run

_TENTH = 51
"""Eighths of a degree of the wheel that zoom by a factor of 1.1: a notch zooms by 1.25."""


class OurWindow:
    """On the Annotate page, with the tool that one begins with: select and edit."""

    dropped = "ours"

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        self.window = next(item for item in QApplication.topLevelWidgets() if isinstance(item, MainWindow))
        self.window.show_page("annotate")
        self._page = self.window.page
        self._before = self.window.document.dataset

    def expect_another(self) -> None:
        """What is open now is not what is waited for."""
        self._before = self.window.document.dataset

    def opened(self) -> bool:
        fresh = self.window.document.dataset is not self._before
        return fresh and self._page.context.pixels is not None and not self.view().layer.busy

    def view(self) -> QWidget:
        return self._page.stage.view

    def look_closely(self) -> None:
        view = self.view()
        middle = QPointF(self.case["width"] / 2, self.case["height"] / 2)
        view.set_viewport(Viewport(1.0).centred_on(middle, view.rect().toRectF().center()))

    def look_at_all(self) -> None:
        self.view().fit()

    def place(self, x: float, y: float) -> QPointF:
        return self.view().viewport.to_widget(QPointF(x, y))

    def zoom(self, hands: Hands, inwards: bool) -> None:
        hands.turn(_TENTH if inwards else -_TENTH, hands.middle)

    def take_hold(self, hands: Hands) -> None:
        hands.click(self.place(*self.case["grab"]))
        assert self._page.context.order == (self.case["instance"] + 1,), "another instance was selected"

    def corner(self) -> tuple[float, float]:
        shape = self._page.context.annotations[self.case["instance"] + 1].segmentation
        x, y = shape.parts[0][2 * self.case["corner"] : 2 * self.case["corner"] + 2]
        return x, y


def main() -> None:
    case, result, began = read_case()

    def measure() -> dict[str, Any]:
        window = OurWindow(case)
        found = run(window, case, began)
        found["own_memory"] = own_mib()
        window.expect_another()
        found["open_again"] = open_by_drop(window, Path(case["folder"]) / window.dropped)
        return found

    application = QApplication([])
    QTimer.singleShot(0, application, lambda: finish(measure, result))
    maskwright([])


if __name__ == "__main__":
    main()

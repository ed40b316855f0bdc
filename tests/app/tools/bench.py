"""What a person has in front of them, without the page around it, and hands that use it."""

from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas import ImagePyramid
from app.canvas.viewport import Viewport
from app.document.editing import Editing
from app.settings.toolbox import TOOLS
from app.tools.commands import make_tool
from app.tools.tool import Tool
from app.tools.tool_view import ToolView
from core.annotation.editing.edits import ClassEdit
from core.annotation.editing.model import Annotation
from core.annotation.storage.unfinished import Begun
from core.dataset import Category

SIZE = (120, 160)
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier

Place = tuple[float, float]
"""``x, y`` in image pixels."""


class Bench:
    """The view, the tools' context and a tool."""

    def __init__(self, view: ToolView, editing: Editing) -> None:
        self.view, self.editing, self.context = view, editing, view.context
        self.tool: Tool | None = None
        self.messages: list[str] = []
        self.aside: dict[int, bytes] = {}
        """What was begun, by its image, as the disk has it."""
        self.context.status_message.connect(self.messages.append)

    def take(self, key: str) -> Tool:
        """Take a tool."""
        if self.tool is not None:
            self.tool.end()
        self.tool = make_tool(next(entry for entry in TOOLS if entry.key == key), self.context)
        self.view.set_tool(self.tool)
        self.tool.begin()
        return self.tool

    def choose(self, index: int) -> None:
        """Another image comes, as when the page changes it."""
        assert self.editing.draft is not None
        dataset = self.editing.draft.dataset
        pixels = dataset.read_image(dataset.images[index])
        if self.tool is not None and self.context.image is not None and (begun := self.tool.set_aside()) is not None:
            self.aside[self.context.image] = msgspec.json.encode(begun)
        self.context.show(index, (pixels.shape[0], pixels.shape[1]))
        self.view.show_picture(ImagePyramid(pixels))
        self.context.give_pixels(pixels)
        self.view.set_viewport(Viewport(4.0, 10.0, 10.0))
        if self.tool is not None:
            self.tool.begin()
            if index in self.aside:
                self.tool.take_up(msgspec.json.decode(self.aside.pop(index), type=Begun))

    # What a person sees

    @property
    def instances(self) -> list[Annotation]:
        """Those of the image in view, in order."""
        return list(self.context.annotations.values())

    @property
    def steps(self) -> int:
        """What undo could take back."""
        return self.editing.history.index()

    def pixels(self, place: int = -1) -> NDArray[np.uint8]:
        """The pixels of an instance at the size of the image."""
        return self.instances[place].mask(self.context.size).full()

    def grabbed(self) -> NDArray[np.int64]:
        """The view's pixels, RGB."""
        image = self.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(np.int64)

    def color_at(self, x: float, y: float) -> tuple[int, int, int]:
        """What the screen shows there, RGB."""
        place = self.at((x, y))
        red, green, blue = self.grabbed()[place.y(), place.x()].tolist()
        return red, green, blue

    # What a person does

    def at(self, place: Place) -> QPoint:
        return self.view.viewport.to_widget(QPointF(*place)).toPoint()

    def hover(self, place: Place, held: Qt.KeyboardModifier = NONE) -> None:
        self._send_move(place, held, Qt.MouseButton.NoButton)

    def press(self, place: Place, held: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        self.hover(place, held)
        QTest.mousePress(self.view, button, held, self.at(place))

    def move(self, place: Place, held: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        """With the button down."""
        self._send_move(place, held, button)

    def release(self, place: Place, held: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        QTest.mouseRelease(self.view, button, held, self.at(place))

    def click(self, *places: Place, held: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        """On one place after the other, slower than a double click."""
        for place in places:
            self.press(place, held, button)
            self.release(place, held, button)

    def double_click(self, place: Place, button: Qt.MouseButton = LEFT) -> None:
        """As a mouse does it: press, release, double click, release."""
        self.click(place, button=button)
        self.double_press(place, button)
        self.release(place, button=button)

    def double_press(self, place: Place, button: Qt.MouseButton = LEFT) -> None:
        """The second press in the same place, soon after a click."""
        at, global_at = QPointF(self.at(place)), QPointF(self.view.mapToGlobal(self.at(place)))
        event = QMouseEvent(QEvent.Type.MouseButtonDblClick, at, global_at, button, button, NONE)
        QApplication.sendEvent(self.view, event)

    def drag(
        self, *places: Place, held: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT, steps: int = 4
    ) -> None:
        """Press at the first place, go over the others, release at the last."""
        self.press(places[0], held, button)
        for (x, y), (to_x, to_y) in pairwise(places):
            for step in range(1, steps + 1):
                share = step / steps
                self.move((x + (to_x - x) * share, y + (to_y - y) * share), held, button)
        self.release(places[-1], held, button)

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.view, key, held)

    def _send_move(self, place: Place, held: Qt.KeyboardModifier, buttons: Qt.MouseButton) -> None:
        at, global_at = QPointF(self.at(place)), QPointF(self.view.mapToGlobal(self.at(place)))
        event = QMouseEvent(QEvent.Type.MouseMove, at, global_at, Qt.MouseButton.NoButton, buttons, held)
        QApplication.sendEvent(self.view, event)

    def name_class(self, name: str) -> None:
        """The page's answer to ``class_wanted``."""
        draft = self.editing.draft
        assert draft is not None
        new = Category(1 + max((known.id for known in draft.categories), default=0), name)
        self.editing.do(ClassEdit(name="New class", before=draft.categories, after=(*draft.categories, new)))
        self.context.choose_category(new.id)

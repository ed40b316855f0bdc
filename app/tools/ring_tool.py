"""What tools share that set a ring corner by corner."""

from PySide6.QtCore import QPointF, Qt

from app.style import tokens
from app.tools import placing
from app.tools.tool import Pointer, Tool
from app.tools.tool_context import ToolContext
from core.annotation.storage.unfinished import Begun, BegunRing
from core.words import tr

_LEAST = 3
"""Points that make a ring."""


class RingTool(Tool):
    """A click sets a corner; one on the first, a double click or Enter closes the ring. Undo and the key that deletes
    take the last corner back, Escape all. Another tool closes a ring of three points and throws away less; on another
    image it waits until the person is back."""

    enter_accepts = True
    closable = _LEAST
    """Points from which on a click on the first one closes."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self.points: list[QPointF] = []
        """What is set so far, in image pixels."""
        self.counts: list[int] = []
        """How many points there were before each act of the person; empty where each act sets one."""
        self.mouse: QPointF | None = None
        """Where a click now would set a corner; ``None`` while the mouse is elsewhere."""
        self.on_first = False
        """Whether a click now would close the ring."""

    # What a tool of this kind says

    def place(self, pointer: Pointer) -> QPointF:
        """Where a corner comes to lie."""
        raise NotImplementedError

    def set_corner(self, at: QPointF) -> None:
        """Add a corner."""
        raise NotImplementedError

    def take_back(self) -> None:
        """Remove the last corner; there is one."""
        raise NotImplementedError

    def forget(self) -> None:
        """Remove all corners."""
        raise NotImplementedError

    def close(self, *, hole: bool) -> None:
        """The person closes the ring, as a hole with Alt; there are points."""
        raise NotImplementedError

    def close_now(self) -> None:
        """Another tool comes: close the ring without waiting for anything."""
        self.close(hole=False)

    # The ring

    def busy(self) -> bool:
        return bool(self.points)

    def press(self, pointer: Pointer) -> None:
        if pointer.button != Qt.MouseButton.LeftButton or self.context.image is None:
            return
        if self._closes(pointer):
            self.close(hole=pointer.alt)
        else:
            self.set_corner(self.place(pointer))
        self.hover(pointer)

    def drag(self, pointer: Pointer) -> None:
        self.hover(pointer)

    def hover(self, pointer: Pointer) -> None:
        self.mouse = self.place(pointer)
        self.on_first = self._closes(pointer)
        self.context.preview.emit()

    def double_click(self, pointer: Pointer) -> None:
        if self.busy():  # else the first of the two clicks has closed the ring
            self.close(hole=pointer.alt)

    def leave(self) -> None:
        self.mouse = None
        self.context.preview.emit()

    def accept(self, *, alt: bool) -> None:
        self.close(hole=alt)

    def undo(self) -> bool:
        if not self.busy():
            return False
        self.take_back()
        self.context.preview.emit()
        return True

    def cancel(self) -> bool:
        begun = self.busy()
        self.forget()
        self.on_first = False
        self.context.preview.emit()
        return begun

    def end(self) -> None:
        if len(self.points) >= _LEAST:
            self.close_now()
        if self.cancel():
            self.context.status_message.emit(
                tr("{tool}: less than three points, nothing was made of them", tool=self.entry.title)
            )
        self.mouse = None

    def set_aside(self) -> Begun | None:
        corners = tuple((at.x(), at.y()) for at in self.points)
        begun = BegunRing(corners, tuple(self.counts)) if corners else None
        self.cancel()
        self.mouse = None
        return begun

    def take_up(self, begun: Begun) -> None:
        assert isinstance(begun, BegunRing)
        for x, y in begun.corners:
            self.set_corner(QPointF(x, y))
        self.context.preview.emit()

    def _closes(self, pointer: Pointer) -> bool:
        near = self.busy() and placing.distance(pointer.at, self.points[0]) * pointer.scale <= tokens.REACH
        return near and len(self.points) >= self.closable

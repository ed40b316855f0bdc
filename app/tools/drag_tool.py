"""What tools share that are drawn with one drag, from where the button goes down to where it comes up."""

from PySide6.QtCore import QPointF, Qt

from app.tools.tool import Pointer, Tool
from app.tools.tool_context import ToolContext


class DragTool(Tool):
    """Escape, another tool and another image throw a drag away; the latter two say so."""

    drags = True

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self.start: QPointF | None = None
        """Where the drag began, in image pixels; ``None`` while there is none."""
        self.stop = QPointF()
        """Where it would end now."""
        self._pressed = QPointF()
        """Where it began, in widget pixels."""

    # For each of them

    def place(self, pointer: Pointer) -> QPointF:
        """Where a drag begins, or, with a ``start``, ends."""
        raise NotImplementedError

    def finish(self, start: QPointF, stop: QPointF, way: float) -> None:
        """The button came up, ``way`` widget pixels (across and down) from where it went down."""
        raise NotImplementedError

    # The drag

    def busy(self) -> bool:
        return self.start is not None

    def press(self, pointer: Pointer) -> None:
        if pointer.button == Qt.MouseButton.LeftButton and self.context.image is not None:
            self.start = self.stop = self.place(pointer)
            self._pressed = pointer.widget

    def drag(self, pointer: Pointer) -> None:
        if self.start is not None:
            self.stop = self.place(pointer)
            self.context.preview.emit()

    def release(self, pointer: Pointer) -> None:
        start = self.start
        if start is not None:
            self.cancel()
            self.finish(start, self.stop, (pointer.widget - self._pressed).manhattanLength())

    def cancel(self) -> bool:
        begun, self.start = self.busy(), None
        self.context.preview.emit()
        return begun

    def end(self) -> None:
        if self.cancel():
            self.say_unfinished()

"""What tools share that ask a worker for a mask and show it before it becomes an instance."""

from collections.abc import Callable

from PySide6.QtGui import QColor, QPainter

from app.style import tokens
from app.canvas import overlay
from app.tools.tool_context import Easel
from app.canvas.shape import Shape
from app.tools import painting
from app.tools.tool import Tool
from app.canvas.viewport import Viewport
from app.threads.workers import Lane
from core.dataset.palette import Colour
from core.errors import UserError
from core.geometry.masks import Mask


class ProposingTool(Tool):
    """The newest question wins; an answer that comes after the tool has ended or the image has changed is dropped."""

    def __init__(self, easel: Easel) -> None:
        super().__init__(easel)
        self.proposal: Shape | None = None
        """The mask that was found, as it is shown."""
        self._lane = Lane(self)
        self._lane.done.connect(self._take)
        self._lane.failed.connect(self._fail)

    def proposed(self) -> None:
        """``proposal`` is another one."""

    @property
    def waits(self) -> bool:
        """Whether an answer is still to come."""
        return self._lane.busy

    def ask(self, find: Callable[..., Mask], *args: object) -> None:
        """Ask for a mask; ``find`` is called in a thread."""
        self._lane.run(_shaped, self.easel.color(self.easel.category), find, *args)

    def forget(self) -> None:
        """Drop the proposal and the question."""
        self._lane.drop()
        self.proposal = None
        self.easel.preview.emit()

    def has_pixels(self) -> bool:
        """Whether there is something to look at; says when there is not yet."""
        if self.easel.pixels is None:
            self.easel.said.emit("This tool looks at the picture, which is not ready yet")
        return self.easel.pixels is not None

    def _take(self, shape: Shape) -> None:
        self.proposal = shape if shape.area else None
        if self.proposal is None:
            self.easel.said.emit("Nothing was found here")
        self.proposed()
        self.easel.preview.emit()

    def _fail(self, error: Exception) -> None:
        self.forget()
        if not isinstance(error, UserError):
            raise error
        self.easel.said.emit(str(error))

    def paint_proposal(self, painter: QPainter, viewport: Viewport) -> None:
        """The mask in the colour of its class, with its outline."""
        painting.draw_waiting(painter, viewport, self.easel)
        if self.proposal is not None:
            self.proposal.color = QColor(*self.easel.color(self.easel.category))
            ratio = painter.device().devicePixelRatioF()
            opacity = tokens.MASK_OPACITY
            overlay.draw_shape(painter, self.proposal, viewport, ratio, opacity, tokens.OUTLINE_SELECTED)


def _shaped(color: Colour, find: Callable[..., Mask], *args: object) -> Shape:
    return Shape(find(*args), color, "")

"""What tools share that ask a worker for a mask and show it before it becomes an instance."""

from collections.abc import Callable

from PySide6.QtGui import QPainter

from app.canvas import overlay
from app.canvas.shape import Shape
from app.canvas.viewport import Viewport
from app.style import tokens
from app.threads.workers import LatestWorker
from app.tools import painting
from app.tools.tool import Tool
from app.tools.tool_context import ToolContext
from core.errors import UserError
from core.geometry.masks import Mask
from core.words import tr


class ProposingTool(Tool):
    """The newest question wins; an answer that comes after the tool has ended or the image has changed is dropped."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self.proposal: Shape | None = None
        """The mask that was found, as it is shown."""
        self.worker = LatestWorker(self)
        """Busy while an answer is still to come."""
        self.worker.done.connect(self._on_proposed)
        self.worker.failed.connect(self._on_failed)

    def proposed(self) -> None:
        """``proposal`` has changed."""

    def ask(self, find: Callable[..., Mask], *args: object) -> None:
        """Ask for a mask; ``find`` is called in a thread."""
        color = self.context.color(self.context.category)
        self.worker.run(lambda: Shape(find(*args), color, ""))

    def forget(self) -> None:
        """Drop the proposal and the question."""
        self.worker.drop()
        self.proposal = None
        self.context.preview.emit()

    def has_pixels(self) -> bool:
        """Whether there is something to look at; says when there is not yet."""
        if self.context.pixels is None:
            self.context.status_message.emit(tr("This tool looks at the picture, which is not ready yet"))
        return self.context.pixels is not None

    def _on_proposed(self, shape: Shape) -> None:
        self.proposal = shape if shape.area else None
        if self.proposal is None:
            self.context.status_message.emit(tr("Nothing was found here"))
        self.proposed()
        self.context.preview.emit()

    def _on_failed(self, error: Exception) -> None:
        self.forget()
        if not isinstance(error, UserError):
            raise error
        self.context.status_message.emit(str(error))

    def paint_proposal(self, painter: QPainter, viewport: Viewport) -> None:
        """The mask in the color of its class, with its outline."""
        painting.draw_unclassified(painter, viewport, self.context)
        if self.proposal is not None:
            self.proposal.color = painting.current_color(self.context)
            ratio = painter.device().devicePixelRatioF()
            opacity, width = tokens.MASK_OPACITY, tokens.OUTLINE_SELECTED
            overlay.draw_shapes(painter, [self.proposal], viewport, ratio, opacity, width)

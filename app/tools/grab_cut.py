"""GrabCut: a box around an object, then strokes that say what belongs to it and what does not."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from app.canvas import overlay
from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.tools import painting, placing
from app.tools.proposing_tool import ProposingTool
from app.tools.tool import NumberOption, Pointer
from app.tools.tool_context import ToolContext
from core.annotation.assist import grab_cut
from core.annotation.storage.unfinished import Begun, BegunRegion
from core.geometry.masks import Mask, from_rle, to_rle
from core.geometry.segmentation import Rle
from core.geometry.strokes import Stroke
from core.words import tr

_SMALLEST = 4.0
"""Image pixels: a smaller box is a click."""


_Hint = tuple[Mask, bool]
"""The pixels of a stroke, and whether they belong to the object."""


class GrabCutTool(ProposingTool):
    """Drag a box; correct with strokes; Enter, a double click or another tool keeps what is shown."""

    key = "grab_cut"
    drags = True
    enter_accepts = True
    options = (NumberOption("size", tr("Stroke"), 1, 200, 8, "px"),)

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._start: QPointF | None = None
        self._end = QPointF()
        self._box: QRectF | None = None
        """Around the object; set once it is drawn."""
        self._hints: list[_Hint] = []
        self._stroke: Stroke | None = None
        self._inside = True
        self._last = QPointF()
        self._accepts = False
        """Whether to keep the answer as soon as it is there."""
        context.image_changed.connect(self._find)

    def busy(self) -> bool:
        return self._start is not None or self._box is not None

    # Mouse

    def press(self, pointer: Pointer) -> None:
        if self._box is not None:
            self._inside = pointer.button == Qt.MouseButton.LeftButton and not pointer.alt
            self._stroke, self._last = Stroke(self.context.size), pointer.at
            self._paint_to(pointer.at)
        elif pointer.button == Qt.MouseButton.LeftButton and self.has_pixels():
            self._start = self._end = placing.inside(pointer.at, self.context.size)

    def drag(self, pointer: Pointer) -> None:
        if self._stroke is not None:
            self._paint_to(pointer.at)
        elif self._start is not None:
            self._end = placing.inside(pointer.at, self.context.size)
        self.context.preview.emit()

    def release(self, pointer: Pointer) -> None:
        if self._stroke is not None:
            painted, self._stroke = self._stroke.mask(), None
            if painted.area:
                self._hints.append((painted, self._inside))
                self._find()
        elif self._start is not None:
            box = QRectF(self._start, self._end).normalized()
            self._start = None
            if min(box.width(), box.height()) < _SMALLEST:
                self.context.status_message.emit(tr("Drag a box around an object"))
            elif max(box.width(), box.height()) > grab_cut.LARGEST:
                self.context.status_message.emit(
                    tr("Drag a smaller box: {largest:,.0f} px a side at most", largest=grab_cut.LARGEST)
                )
            else:
                self._box = box
                self._find()
        self.context.preview.emit()

    def double_click(self, pointer: Pointer) -> None:
        if self._box is not None:
            self.undo()  # the first of the two clicks painted a dab
            self.accept(alt=False)

    def _paint_to(self, at: QPointF) -> None:
        assert self._stroke is not None
        self._stroke.move(self._last.toTuple(), at.toTuple(), float(self.values["size"]))
        self._last = at

    # Keys

    def accept(self, *, alt: bool) -> None:
        """Keep the mask as soon as it is there."""
        self._accepts = self.worker.busy
        if not self._accepts:
            self.end()

    def undo(self) -> bool:
        if not self._hints:
            return super().undo()
        self._hints.pop()
        self._find()
        return True

    def cancel(self) -> bool:
        begun = self.busy()
        self._start = self._box = self._stroke = None
        self._hints, self._accepts = [], False
        self.forget()
        return begun

    def end(self) -> None:
        found = self.proposal
        self.cancel()
        if found is not None:
            self.context.draw(self.entry.title, Rle.of(found.mask))

    def set_aside(self) -> Begun | None:
        box, hints = self._box, tuple((to_rle(painted), inside) for painted, inside in self._hints)
        if self.cancel() and box is None:
            self.say_unfinished()
        return BegunRegion((box.x(), box.y(), box.width(), box.height()), hints) if box is not None else None

    def take_up(self, begun: Begun) -> None:
        assert isinstance(begun, BegunRegion)
        self._box = QRectF(*begun.box)
        self._hints = [(from_rle(painted), inside) for painted, inside in begun.strokes]
        self._find()

    # The mask

    def _find(self) -> None:
        if self._box is None or self.context.pixels is None:
            return  # a huge picture is not ready yet
        inside = [painted for painted, is_inside in self._hints if is_inside]
        outside = [painted for painted, is_inside in self._hints if not is_inside]
        self.ask(grab_cut.cut, self.context.pixels, self._box.getRect(), inside, outside)

    def proposed(self) -> None:
        if self._accepts:
            self.accept(alt=False)

    # Painting

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        self.paint_proposal(painter, viewport)
        box = self._box or (QRectF(self._start, self._end).normalized() if self._start is not None else None)
        if box is not None:
            color = painting.current_color(self.context)
            overlay.draw_path(painter, viewport, box, color, width=tokens.OUTLINE, dashed=True)
        colors = theme.color("bad"), theme.color("good")
        for painted, inside in self._hints:
            overlay.draw_mask(painter, viewport, painted, colors[inside], painting.GONE)
        if self._stroke is not None:
            painting.draw_stroke(painter, viewport, self._stroke, colors[self._inside], painting.GONE)

"""Selecting what has one color: press, and drag up or down for more or less of it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from app.canvas import overlay
from app.canvas.viewport import Viewport
from app.style import theme
from app.tools import painting, placing
from app.tools.proposing_tool import ProposingTool
from app.tools.tool import NumberOption, Pointer
from app.tools.tool_context import ToolContext
from core.annotation.assist import wand
from core.annotation.editing import boolean_ops
from core.geometry.segmentation import Rle
from core.words import tr

_STEP = 4.0
"""Widget pixels the mouse moves for one level of tolerance."""


class WandTool(ProposingTool):
    """A press shows what would be selected, the release makes it an instance; Shift adds it to the selected one, Alt
    takes it away."""

    key = "wand"
    options = (NumberOption("tolerance", tr("Tolerance"), 0, 255, 24),)

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._pressed: Pointer | None = None
        self._usual = 0.0
        self._released = False
        self._targets: list[int] = []

    def busy(self) -> bool:
        return self._pressed is not None

    def press(self, pointer: Pointer) -> None:
        x, y = placing.pixel(pointer.at)
        height, width = self.context.size
        if pointer.button != Qt.MouseButton.LeftButton or not (0 <= x < width and 0 <= y < height):
            return
        if not self.has_pixels() or not self._aims(pointer):
            return
        self._pressed, self._released, self._usual = pointer, False, float(self.values["tolerance"])
        self._find()

    def drag(self, pointer: Pointer) -> None:
        if self._pressed is None:
            return
        levels = (self._pressed.widget.y() - pointer.widget.y()) / _STEP
        tolerance = float(round(min(max(self._usual + levels, 0.0), 255.0)))
        if tolerance != self.values["tolerance"]:
            self.set_option("tolerance", tolerance)
            self._find()

    def release(self, pointer: Pointer) -> None:
        self._released = True
        if not self.worker.busy:
            self._finish()

    def double_click(self, pointer: Pointer) -> None:
        """Once is enough: the first of the two clicks has made an instance."""

    def proposed(self) -> None:
        if self._released:
            self._finish()

    def cancel(self) -> bool:
        begun, self._pressed = self.busy(), None
        self.forget()
        return begun

    def end(self) -> None:
        if self.cancel():
            self.say_unfinished()

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        if self._pressed is not None and self._pressed.alt and self.proposal is not None:
            overlay.draw_mask(painter, viewport, self.proposal.mask, theme.color("canvas"), painting.GONE)
        else:
            self.paint_proposal(painter, viewport)

    def _aims(self, pointer: Pointer) -> bool:
        """Which instances are to change; ``False`` when they cannot."""
        aimed: Sequence[int] = ()
        if pointer.shift:
            aimed = self.context.order[-1:]
        elif pointer.alt:
            aimed = self.context.order or self.context.pick(*placing.pixel(pointer.at))[:1]
        self._targets = self.context.free(aimed)
        if pointer.alt and not aimed:
            self.context.status_message.emit(tr("There is no instance to take from"))
        return bool(self._targets) or not (aimed or pointer.alt)

    def _find(self) -> None:
        assert self._pressed is not None
        x, y = placing.pixel(self._pressed.at)
        self.ask(wand.flood, self.context.pixels, (x, y), float(self.values["tolerance"]))

    def _finish(self) -> None:
        pressed, shape, known = self._pressed, self.proposal, self.context.annotations
        self.cancel()
        if pressed is None or shape is None:
            return
        if wand.was_cut(shape.mask, placing.pixel(pressed.at)):
            self.context.status_message.emit(tr("The color goes on: the wand looks {far:,} px far", far=wand.FAR))
        if pressed.alt:
            after = {id: boolean_ops.without_pixels(known[id], shape.mask) for id in self._targets if id in known}
            self.context.change(tr("Wand"), after)
        elif self._targets:
            id = self._targets[0]
            self.context.change(tr("Wand"), {id: boolean_ops.with_pixels(known[id], shape.mask)})
        else:
            self.context.draw(tr("Wand"), Rle.of(shape.mask))

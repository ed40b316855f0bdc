"""Masks from clicks and boxes by a Segment Anything model."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter

from app.canvas import overlay
from app.canvas.viewport import Viewport
from app.style import tokens
from app.tools import painting, placing
from app.tools.sam_prompts import SamPrompt, Steps, draw_steps
from app.tools.sam_session import DrawnAnswer, SamSession
from app.tools.tool import Pointer, SwitchOption, Tool
from app.tools.tool_context import ToolContext
from core.annotation.assist.sam import Click, Prompt
from core.annotation.assist.sam.view import LARGE
from core.annotation.editing import shape_ops
from core.annotation.storage.unfinished import Begun, BegunPrompts
from core.errors import UserError
from core.geometry.mask_style import Color
from core.geometry.segmentation import Rle
from core.words import sentences, tr

_DRAG_FROM = 5.0
"""Widget pixels that the mouse must go before a press is a box and no click."""
_STILL = 3.0
"""Widget pixels that the mouse must go before SAM is asked again what lies under it."""


class SamTool(Tool):
    """Click on an object, correct with further clicks, accept.

    What is on the screen is what is kept: another tool takes the newest answer there is.
    """

    key = "sam"
    enter_accepts = True
    options = (
        SwitchOption("repair", tr("Repair selected")),
        SwitchOption("hover", tr("Preview under the mouse"), True),
    )

    weights_wanted = Signal()
    """There are no weights, or they cannot be used: offer to download them or to choose a folder."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self.session = SamSession(context, lambda: self.steps.extents(), self)
        self.steps = Steps()
        """The object that is begun, with the answer that is on the screen."""
        self._accepting = False
        self._hovered: DrawnAnswer | None = None
        self._mouse: Pointer | None = None
        self._asked_at: QPointF | None = None
        """Where SAM was last asked what lies under the mouse, in widget pixels."""
        self._start: QPointF | None = None
        self._corner: QPointF | None = None
        """Where the box that is dragged ends now."""
        self.session.note_changed.connect(self.note_changed)
        self.session.ready.connect(self._on_ready)
        self.session.answered.connect(self._on_answered)
        self.session.failed.connect(self._on_failed)
        context.image_changed.connect(self._on_image_changed)
        self._on_image_changed()

    def weights_changed(self) -> None:
        """Weights arrived, or another folder is used: encode the picture in view."""
        self._reset()
        self.session.forget()
        self.begin()

    # The picture

    @property
    def note(self) -> str:
        return self.session.note

    def begin(self) -> None:
        self.session.follows = True
        self.session.renew()
        if not self.session.present:
            self.context.status_message.emit(tr("SAM has no weights yet"))
            self.weights_wanted.emit()
        elif not self.session.is_ready and self.context.pixels is not None:
            self.context.status_message.emit(tr("SAM looks at the picture …"))

    def _on_image_changed(self) -> None:
        """Another image is in view, or its pixels have come."""
        if self.context.pixels is None:
            self._reset()
            self.session.forget()
        # Of a large picture only what is looked at with the tool.
        if self.session.follows or max(self.context.size) <= LARGE:
            self.session.renew()

    def _on_ready(self) -> None:
        if self.steps.made and not self.steps.answered:
            self._ask()
        elif self.session.follows and not self.steps.made:
            if not self.note:
                self.context.status_message.emit(tr("SAM is ready: click on an object, or drag a box"))
            self._preview()

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            raise error
        self.cancel()
        if self.session.follows:
            self.context.status_message.emit(sentences(error.message, error.hint))
            self.weights_wanted.emit()

    # The mouse

    def press(self, pointer: Pointer) -> None:
        if self._start is None and pointer.button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._start = pointer.widget

    def drag(self, pointer: Pointer) -> None:
        if self._start is None or pointer.button != Qt.MouseButton.LeftButton or pointer.alt:
            return
        if self._corner is not None or (pointer.widget - self._start).manhattanLength() >= _DRAG_FROM:
            self._corner = pointer.widget
            self._mouse = pointer
            self.context.preview.emit()

    def release(self, pointer: Pointer) -> None:
        start, corner = self._start, self._corner
        self._start = self._corner = None
        if start is None:
            return
        height, width = self.context.size
        if corner is not None:
            one = pointer.at + (start - pointer.widget) / pointer.scale
            box = left, top, right, bottom = placing.box_between(one, pointer.at, self.context.size)
            if right - left >= 1 and bottom - top >= 1:
                self._step(box)
            else:
                self.context.preview.emit()
        elif 0 <= pointer.at.x() < width and 0 <= pointer.at.y() < height:
            plus = pointer.button == Qt.MouseButton.LeftButton and not pointer.alt
            self._step(Click(pointer.at.x(), pointer.at.y(), plus))

    def double_click(self, pointer: Pointer) -> None:
        """Accept. The first of the two clicks was none, unless it was all there is. Two quick minus clicks are two."""
        if pointer.button != Qt.MouseButton.LeftButton or pointer.alt or not self.steps.made:
            self.press(pointer)
            return
        if len(self.steps.made) > 1:
            self.undo()
        self.accept(alt=False)

    def hover(self, pointer: Pointer) -> None:
        self._mouse = pointer
        self._preview()

    def leave(self) -> None:
        self._mouse = self._hovered = self._asked_at = None
        self.context.preview.emit()

    # The object

    def busy(self) -> bool:
        return bool(self.steps.made)

    def cancel(self) -> bool:
        begun = self.busy() or self._corner is not None
        self._reset()
        return begun

    def end(self) -> None:
        self.session.follows = False
        self._keep()

    def set_aside(self) -> Begun | None:
        self.session.follows = False
        steps, dragged = self.steps, self._corner is not None
        self._reset()
        if dragged:
            self.say_unfinished()
        return steps.begun() if steps.made else None

    def take_up(self, begun: Begun) -> None:
        assert isinstance(begun, BegunPrompts)
        self.steps = self._about(begun.target if begun.target in self.context.annotations else None)
        self.steps.take_up(begun)
        self._ask()

    def undo(self) -> bool:
        if not self.busy():
            return self._corner is not None and self.cancel()
        self.steps.take_back()
        self._accepting = False
        self.session.asking.drop()
        if not self.steps.made:
            self._reset()
        elif not self.steps.answered:
            self._ask()
        self.context.preview.emit()
        return True

    def _reset(self) -> None:
        self.session.asking.drop()
        self.steps = Steps()
        self._accepting = False
        self._hovered = self._asked_at = self._start = self._corner = None
        self.context.preview.emit()

    def _step(self, step: SamPrompt) -> None:
        if not self.session.present:
            self.begin()
            return
        if not self.steps.made:
            self.steps = self._about(self._repaired)
        if (problem := self.steps.problem(step)) is not None:
            self.context.status_message.emit(problem)
            return
        self._accepting = False
        self.steps.made.append(step)
        self._ask()

    @property
    def _repaired(self) -> int | None:
        """What the next steps are about: the instance that was selected last, or ``None`` for a new object."""
        return self.context.order[-1] if self.values["repair"] and self.context.order else None

    def _about(self, id: int | None) -> Steps:
        if id is None:
            return Steps()
        return Steps(target=id, old=self.context.hits.mask(id), locked=id in self.context.locked)

    def accept(self, *, alt: bool) -> None:
        """Keep the object as soon as its answer is there."""
        self._accepting = not self.steps.answered
        if not self._accepting:
            self._keep()

    def _keep(self) -> None:
        seen, target = self.steps.latest, self.steps.target
        known = self.context.annotations.get(target) if target is not None else None
        if seen is not None and target is not None and known is not None:
            self.context.change(tr("Repair with SAM"), {target: shape_ops.masked(known, seen.answer.mask)})
        elif seen is not None and target is None and seen.answer.mask.area:
            self.context.draw(self.entry.title, Rle.of(seen.answer.mask))
        self._reset()

    @property
    def _color(self) -> Color:
        known = self.context.annotations.get(self.steps.target or 0)
        return self.context.color(known.category if known is not None else self.context.category)

    def _ask(self) -> None:
        self.session.renew()
        if self.session.is_ready:
            self._asked_at = None
            self.session.ask(self.steps.question(), self._color)
        else:
            self.context.status_message.emit(tr("SAM looks at the picture; the answer comes when it has"))
        self.context.preview.emit()

    def _preview(self) -> None:
        """Ask what lies under the mouse, one question at a time, while nothing is begun."""
        mouse = self._mouse
        possible = (
            self.session.follows and self.session.is_ready and not self.session.asking.busy and not self.steps.made
        )
        if mouse is None or not possible or not self.values["hover"] or self._repaired is not None:
            return
        if not self.session.sees(mouse.at.x(), mouse.at.y()):
            self._hovered = self._asked_at = None
            self.context.preview.emit()
        elif self._asked_at is None or (mouse.widget - self._asked_at).manhattanLength() >= _STILL:
            self._asked_at = mouse.widget
            under = Prompt((Click(mouse.at.x(), mouse.at.y()),))
            self.session.ask(lambda sam, embedding: sam.predict(embedding, under), self._color)

    def _on_answered(self, seen: DrawnAnswer) -> None:
        if self.steps.made:
            self.steps.seen[len(self.steps.made)] = seen
            self._hovered = None
            if self._accepting:
                self.accept(alt=False)
            elif not seen.answer.mask.area:
                self.context.status_message.emit(tr("SAM finds nothing there"))
        else:
            self._hovered = seen
            self._preview()
        self.context.preview.emit()

    # Painting

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        painting.draw_unclassified(painter, viewport, self.context)
        seen, color = self.steps.latest or self._hovered, QColor(*self._color)
        if seen is not None:
            ratio, opacity = painter.device().devicePixelRatioF(), tokens.MASK_OPACITY
            opacity = opacity if self.steps.made else opacity / 2
            overlay.draw_shapes(painter, [seen.shape], viewport, ratio, opacity, tokens.OUTLINE_SELECTED)
        if self._start is not None and self._corner is not None:
            box = QRectF(viewport.to_image(self._start), viewport.to_image(self._corner)).normalized()
            overlay.draw_path(painter, viewport, box, color, width=tokens.OUTLINE, dashed=True)
        draw_steps(painter, viewport, self.steps, color)

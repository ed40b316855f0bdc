"""The prompts about one object, the answer of SAM after each, and how both look on the picture."""

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.canvas import overlay
from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.tools import painting
from app.tools.sam_session import DrawnAnswer
from core.annotation.assist.sam import Answer, Click, Embedding, Logits, Prompt, Sam, repair
from core.annotation.assist.sam.view import Extent
from core.geometry.masks import Mask
from core.words import tr

Box = tuple[float, float, float, float]
"""``x1, y1, x2, y2`` in pixels of the picture."""
Step = Click | Box


@dataclass
class Steps:
    """One object: a new one, or ``old``, the mask of the instance ``target``, to be corrected."""

    target: int | None = None
    old: Mask | None = None
    locked: bool = False
    """Whether the instance must stay as it is."""
    made: list[Step] = field(default_factory=list)
    seen: dict[int, DrawnAnswer] = field(default_factory=dict)
    """Answers, by the number of steps that they are for."""

    @property
    def clicks(self) -> tuple[Click, ...]:
        return tuple(step for step in self.made if isinstance(step, Click))

    @property
    def box(self) -> Box | None:
        """The last one that was drawn."""
        return next((step for step in reversed(self.made) if not isinstance(step, Click)), None)

    @property
    def latest(self) -> DrawnAnswer | None:
        """What is on the screen: the newest answer there is."""
        return self.seen[max(self.seen)] if self.seen else None

    @property
    def answered(self) -> bool:
        """Whether there is an answer to all steps."""
        return len(self.made) in self.seen

    def extents(self) -> list[Extent]:
        """How far all of it reaches in the picture: clicks, box, the old mask and the newest answer."""
        masks = [self.old, self.latest.answer.mask if self.latest is not None else None]
        boxes = [mask.box for mask in masks if mask is not None and mask.bitmap.size]
        reached = [(x, y, x + width, y + height) for x, y, width, height in boxes]
        reached += [(click.x, click.y, click.x, click.y) for click in self.clicks]
        return reached + ([self.box] if self.box is not None else [])

    def problem(self, step: Step) -> str | None:
        """Why a step cannot be taken, in words."""
        if self.locked:
            return tr("This instance is locked")
        if self.old is not None:
            return None if isinstance(step, Click) else tr("Repair with clicks: a box is for a new instance")
        if not self.made and isinstance(step, Click) and not step.plus:
            return tr("First click on the object, then on what does not belong to it")
        return None

    def add(self, step: Step) -> None:
        self.made.append(step)

    def take_back(self) -> None:
        """Without the last step and its answer."""
        self.seen.pop(len(self.made), None)
        self.made.pop()

    def question(self) -> "StepsQuestion":
        """What to ask now; a value that does not change with the steps."""
        before = self.seen.get(len(self.made) - 1)
        return StepsQuestion(Prompt(self.clicks, self.box), self.old, before.answer if before is not None else None)


@dataclass(frozen=True, slots=True)
class StepsQuestion:
    """A prompt for a new object, or the clicks that correct an old one."""

    prompt: Prompt
    old: Mask | None = None
    before: Answer | None = None
    """To the prompt with a step less."""

    def __call__(self, sam: Sam, embedding: Embedding) -> Answer:
        if self.old is not None:
            return repair(sam, embedding, self.old, self.prompt.clicks)
        return sam.predict(embedding, replace(self.prompt, before=self._logits(sam, embedding)))

    def _logits(self, sam: Sam, embedding: Embedding) -> Logits | None:
        """The answer of before in the frame of the embedding: the view may have moved since."""
        if self.before is None or self.before.frame is embedding.frame:
            return self.before.logits if self.before is not None else None
        return sam.logits(embedding, self.before.mask)


def draw_answer(painter: QPainter, viewport: Viewport, seen: DrawnAnswer, *, faint: bool) -> None:
    """The mask with a dashed outline, as a proposal; ``faint`` while it is only what lies under the mouse."""
    ratio = painter.device().devicePixelRatioF()
    opacity = tokens.MASK_OPACITY / 2 if faint else tokens.MASK_OPACITY
    overlay.draw_shape(painter, seen.shape, viewport, ratio, opacity, tokens.OUTLINE_SELECTED)


def draw_steps(painter: QPainter, viewport: Viewport, steps: Steps, color: QColor) -> None:
    """The box and the clicks."""
    if steps.box is not None:
        left, top, right, bottom = steps.box
        draw_box(painter, viewport, QRectF(QPointF(left, top), QPointF(right, bottom)), color)
    for click in steps.clicks:
        _draw_click(painter, viewport.to_widget(QPointF(click.x, click.y)), click.plus)


def draw_box(painter: QPainter, viewport: Viewport, box: QRectF, color: QColor) -> None:
    """A box in image pixels."""
    outline = painting.rectangle_path(box)
    painting.draw_outline(painter, viewport, outline, color, width=tokens.OUTLINE, dashed=True)


def _draw_click(painter: QPainter, at: QPointF, plus: bool) -> None:
    """A plus or a minus on a disc: told apart by form as well as by color."""
    arm = tokens.HANDLE / 2
    sign = QPainterPath(at - QPointF(arm, 0))
    sign.lineTo(at + QPointF(arm, 0))
    if plus:
        sign.moveTo(at - QPointF(0, arm))
        sign.lineTo(at + QPointF(0, arm))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("on_scrim"), tokens.OUTLINE))
    painter.setBrush(theme.color("good" if plus else "bad"))
    painter.drawEllipse(at, 2 * arm, 2 * arm)
    painter.strokePath(sign, painter.pen())
    painter.restore()

"""The prompts about one object, the answer of SAM after each, and how both look on the picture."""

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from app.canvas import overlay
from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.tools.sam_session import DrawnAnswer, Question
from core.annotation.assist.sam import Answer, Click, Embedding, Prompt, Sam, repair
from core.annotation.storage.unfinished import BegunPrompts
from core.geometry.masks import Mask
from core.geometry.segmentation import Extent
from core.words import tr

SamPrompt = Click | Extent


@dataclass
class Steps:
    """One object: a new one, or ``old``, the mask of the instance ``target``, to be corrected."""

    target: int | None = None
    old: Mask | None = None
    locked: bool = False
    """Whether the instance must stay as it is."""
    made: list[SamPrompt] = field(default_factory=list)
    seen: dict[int, DrawnAnswer] = field(default_factory=dict)
    """Answers, by the number of steps that they are for."""

    @property
    def clicks(self) -> tuple[Click, ...]:
        return tuple(step for step in self.made if isinstance(step, Click))

    @property
    def box(self) -> Extent | None:
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

    def begun(self) -> BegunPrompts:
        """The steps as they outlast the program."""
        return BegunPrompts(tuple(tuple(map(float, step)) for step in self.made), self.target)

    def take_up(self, begun: BegunPrompts) -> None:
        """Add the steps that were begun; none of them has an answer yet."""
        for step in begun.steps:
            match step:
                case (x, y, plus):
                    self.made.append(Click(x, y, bool(plus)))
                case (left, top, right, bottom):
                    self.made.append((left, top, right, bottom))

    def problem(self, step: SamPrompt) -> str | None:
        """Why a step cannot be taken, in words."""
        if self.locked:
            return tr("This instance is locked")
        if self.old is not None:
            return None if isinstance(step, Click) else tr("Repair with clicks: a box is for a new instance")
        if not self.made and isinstance(step, Click) and not step.plus:
            return tr("First click on the object, then on what does not belong to it")
        return None

    def take_back(self) -> None:
        """Without the last step and its answer."""
        self.seen.pop(len(self.made), None)
        self.made.pop()

    def question(self) -> Question:
        """What to ask SAM now; it stays the same when steps are added."""
        before = self.seen.get(len(self.made) - 1)
        prompt, old, answer = Prompt(self.clicks, self.box), self.old, before.answer if before is not None else None

        def ask(sam: Sam, embedding: Embedding) -> Answer:
            if old is not None:
                return repair(sam, embedding, old, prompt.clicks)
            if answer is None:
                return sam.predict(embedding, prompt)
            # The view may have moved since the answer: SAM wants it in the frame of what it sees now.
            same = answer.frame is embedding.frame
            return sam.predict(
                embedding, replace(prompt, before=answer.logits if same else sam.logits(embedding, answer.mask))
            )

        return ask


def draw_steps(painter: QPainter, viewport: Viewport, steps: Steps, color: QColor) -> None:
    """The box, and the clicks: a plus or a minus on a disc, told apart by form as well as by color."""
    if steps.box is not None:
        left, top, right, bottom = steps.box
        box = QRectF(QPointF(left, top), QPointF(right, bottom))
        overlay.draw_path(painter, viewport, box, color, width=tokens.OUTLINE, dashed=True)
    arm = tokens.HANDLE / 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("on_scrim"), tokens.OUTLINE))
    for click in steps.clicks:
        at = viewport.to_widget(QPointF(click.x, click.y))
        painter.setBrush(theme.color("good" if click.plus else "bad"))
        painter.drawEllipse(at, 2 * arm, 2 * arm)
        painter.drawLine(at - QPointF(arm, 0), at + QPointF(arm, 0))
        if click.plus:
            painter.drawLine(at - QPointF(0, arm), at + QPointF(0, arm))
    painter.restore()

"""What a person has told SAM about one object, step by step, and what it answered after each."""

from dataclasses import dataclass, field, replace

from app.tools.sam_session import DrawnAnswer
from core.annotation.assist.sam import Answer, Click, Embedding, Logits, Prompt, Sam, repair
from core.annotation.assist.sam.view import Extent
from core.geometry.masks import Mask

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
            return "This instance is locked"
        if self.old is not None:
            return None if isinstance(step, Click) else "Repair with clicks: a box is for a new instance"
        if not self.made and isinstance(step, Click) and not step.plus:
            return "First click on the object, then on what does not belong to it"
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

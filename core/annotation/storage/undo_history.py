"""What undo goes back to, as a journal has it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.annotation.editing.edits import Edit, Step, inverse, joined


@dataclass(slots=True)
class UndoHistory:
    """The steps that were made, and how many of them are done: the rest were taken back and can be done again."""

    steps: list[Edit] = field(default_factory=list)
    done: int = 0

    @classmethod
    def of(cls, edits: Iterable[tuple[Edit, Step]]) -> "UndoHistory":
        """What edits come to. One that takes back, or does again, what is not there is a step of its own."""
        history = cls()
        for edit, step in edits:
            history._take(edit, step)
        return history

    def _take(self, edit: Edit, step: Step) -> None:
        at_end = self.done == len(self.steps)
        if step == "undo" and self.done and edit == inverse(self.steps[self.done - 1]):
            self.done -= 1
        elif step == "redo" and not at_end and edit == self.steps[self.done]:
            self.done += 1
        elif step == "part" and self.done and at_end:
            self.steps[-1] = joined(self.steps[-1], edit)
        else:
            self.steps[self.done :] = [edit]
            self.done += 1

"""What a person tells SAM about the object."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.annotation.assist.sam.frame import Frame, Logits


class Click(NamedTuple):
    """A place in the picture, in pixels (the centre of pixel ``(3, 5)`` is ``3.5, 5.5``), and whether the object is
    there."""

    x: float
    y: float
    plus: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """Any number of clicks, a box, what was known of the mask before."""

    clicks: tuple[Click, ...] = ()
    box: tuple[float, float, float, float] | None = None
    """``x1, y1, x2, y2`` in pixels of the picture."""
    before: Logits | None = None
    """``Answer.logits`` of the same prompt with a click less, or ``Sam.logits`` of a mask to correct."""

    @property
    def ambiguous(self) -> bool:
        """Whether it may mean a thing, a part of it, or a group: one click and nothing else."""
        return len(self.clicks) == 1 and self.box is None and self.before is None

    def then(self, click: Click, before: Logits | None) -> "Prompt":
        """The same with a corrective click, and with the mask that it corrects."""
        return replace(self, clicks=(*self.clicks, click), before=before)


_MINUS, _PLUS, _CORNER, _OTHER_CORNER, _NOTHING = 0.0, 1.0, 2.0, 3.0, -1.0
"""SAM's labels of a point."""


def points(prompt: Prompt, frame: Frame) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """SAM's ``point_coords`` ``(1, n, 2)`` and ``point_labels`` ``(1, n)``. A prompt without a box gets a point that
    stands for nothing, as SAM was trained."""
    coordinates = frame.coordinates([(click.x, click.y) for click in prompt.clicks])
    labels = [_PLUS if click.plus else _MINUS for click in prompt.clicks]
    if prompt.box is None:
        more, kinds = np.zeros((1, 2), np.float32), [_NOTHING]
    else:
        x1, y1, x2, y2 = prompt.box
        more, kinds = frame.coordinates([(x1, y1), (x2, y2)]), [_CORNER, _OTHER_CORNER]
    return np.concatenate([coordinates, more])[None], np.array([labels + kinds], np.float32)

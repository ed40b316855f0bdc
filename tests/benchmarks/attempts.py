"""Each assisted tool in a simulated hand, one act at a time: the functions of the core that the window's tools call."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import cv2
import numpy as np
from annotator import Bitmap, Error, iou, outline
from numpy.typing import NDArray

from app.style.tokens import REACH
from core.annotation.assist import grab_cut, scissors, wand
from core.annotation.assist.sam import Answer, Click, Embedding, Prompt, Sam, repair
from core.geometry.mask_ops import difference, union
from core.geometry.masks import Mask, crop
from core.geometry.polygons import rasterise
from core.geometry.simplifying import simplified
from core.geometry.strokes import Stroke

_BOX_AROUND = 3
"""Pixels that a hand leaves around an object when it drags GrabCut's box."""
_STROKE = 8.0
"""Pixels: the usual width of GrabCut's strokes; a hand takes a finer one where the error is smaller."""
_SIMPLIFY = 0.7
"""Pixels: the usual setting of the scissors."""
_SCREEN = 400.0
"""Pixels of the screen that an object spans for a hand that goes around it: how far the scissors snap follows."""
_TOLERANCES = (4, 8, 16, 24, 32, 48, 64, 96)
"""Of the wand: what a drag after the press goes through, while the mask is shown."""
_DAMAGE = 0.36
"""Radius of what is bitten off and of what is added, as a share of the root of the area: a fifth of it each."""

Params = ParamSpec("Params")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Subject:
    """An object to be masked."""

    pixels: NDArray[np.uint8]
    truth: Mask
    sam: Sam | None = None
    embedding: Embedding | None = None

    def nothing(self) -> Mask:
        """The mask before the first act."""
        return Mask(0, 0, np.zeros((0, 0), np.uint8), self.truth.size)

    def ask(self, prompt: Prompt) -> Answer:
        """SAM's answer."""
        assert self.sam is not None and self.embedding is not None
        return self.sam.predict(self.embedding, prompt)


class Attempt(ABC):
    """One object and one tool."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.found = subject.nothing()
        self.milliseconds: list[float] = []
        """Of every answer that a person would have waited for."""

    @abstractmethod
    def act(self, error: Error) -> None:
        """One click, drag or stroke, that mends ``error``; ``found`` is the mask after it."""

    def timed(self, find: Callable[Params, Value], *args: Params.args, **named: Params.kwargs) -> Value:
        """The answer to one question."""
        begin = time.perf_counter()
        answer = find(*args, **named)
        self.milliseconds.append(1000 * (time.perf_counter() - begin))
        return answer


class Scissors(Attempt):
    """Each act is one anchor more, all spread evenly along the outline; from the third on they make a ring."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._outline = outline(subject.truth.full()) + 0.5
        self._anchors = 0

    def act(self, error: Error) -> None:
        self._anchors += 1
        if self._anchors < 3:
            return
        places = np.linspace(0, len(self._outline), self._anchors, endpoint=False).astype(int)
        reach = REACH * max(self.subject.truth.box[2:]) / _SCREEN
        anchors = [scissors.snap(self.subject.pixels, tuple(self._outline[place]), reach) for place in places]
        pairs = zip(anchors, anchors[1:] + anchors[:1], strict=True)
        ways = [self.timed(scissors.path, self.subject.pixels, *pair)[:-1] for pair in pairs]
        ring = simplified(np.concatenate(ways).round(2).ravel().tolist(), _SIMPLIFY)
        self.found = rasterise([ring], self.subject.truth.size)


class GrabCut(Attempt):
    """First a box, then a dab on each error."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._box: tuple[float, float, float, float] | None = None
        self._inside: list[Mask] = []
        self._outside: list[Mask] = []

    def act(self, error: Error) -> None:
        if self._box is None:
            self._box = _box_around(self.subject.truth, _BOX_AROUND)
        else:
            dab = Stroke(self.subject.truth.size)
            dab.move(error.at, error.at, min(_STROKE, 2 * error.radius))
            (self._inside if error.missing else self._outside).append(dab.mask())
        self.found = self.timed(grab_cut.cut, self.subject.pixels, self._box, self._inside, self._outside)


class Wand(Attempt):
    """A press on each error, dragged to the tolerance that fits best; it adds, or takes away with Alt."""

    def act(self, error: Error) -> None:
        truth = self.subject.truth.full()
        seed = int(error.at[0]), int(error.at[1])
        floods = [self.timed(wand.flood, self.subject.pixels, seed, float(level)) for level in _TOLERANCES]
        combine = union if error.missing else difference
        self.found = max((combine(self.found, flood) for flood in floods), key=lambda mask: iou(mask.full(), truth))


class SamClicks(Attempt):
    """A click on each error, each with the mask of before."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._prompt = Prompt()
        self._answer: Answer | None = None

    def act(self, error: Error) -> None:
        before = self._answer.logits if self._answer is not None else None
        self._prompt = self._told(error, self._prompt.then(Click(*error.at, error.missing), before))
        self._answer = self.timed(self.subject.ask, self._prompt)
        self.found = self._answer.mask

    def _told(self, error: Error, clicked: Prompt) -> Prompt:
        """The prompt after an act."""
        return clicked


class SamBox(SamClicks):
    """First the smallest box around the object, then clicks."""

    def _told(self, error: Error, clicked: Prompt) -> Prompt:
        if self._answer is not None:
            return clicked
        x, y, width, height = self.subject.truth.box
        return Prompt(box=(x, y, x + width, y + height))


class SamRepair(Attempt):
    """Clicks that correct a mask that exists: the real one with a fifth bitten off and as much added."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self.found = self._old = damaged(subject.truth)
        self._clicks: tuple[Click, ...] = ()

    def act(self, error: Error) -> None:
        assert self.subject.sam is not None and self.subject.embedding is not None
        self._clicks += (Click(*error.at, error.missing),)
        self.found = self.timed(repair, self.subject.sam, self.subject.embedding, self._old, self._clicks).mask


def damaged(truth: Mask) -> Mask:
    """Without what lies in a disc at the top of the outline, and with one at the opposite end."""
    bitmap: Bitmap = truth.full()
    ring = outline(bitmap)
    radius = max(round(_DAMAGE * truth.area**0.5), 1)
    bite, lump = ring[0], ring[len(ring) // 2]
    for place, value in ((lump, 1), (bite, 0)):
        cv2.circle(bitmap, place.tolist(), radius, value, cv2.FILLED)
    return crop(bitmap)


def _box_around(mask: Mask, around: int) -> tuple[float, float, float, float]:
    """``x, y, width, height`` of the box, larger on all sides, within the image."""
    x, y, width, height = mask.box
    left, top = max(x - around, 0.0), max(y - around, 0.0)
    right, bottom = min(x + width + around, mask.size[1]), min(y + height + around, mask.size[0])
    return left, top, right - left, bottom - top


BY_HAND = {"scissors": Scissors, "GrabCut": GrabCut, "wand": Wand}
BY_SAM = {"SAM, clicks": SamClicks, "SAM, box": SamBox, "SAM, repair": SamRepair}

"""A Segment Anything model: look at a picture once, answer any number of prompts."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.annotation.assist.sam import files, ports
from core.annotation.assist.sam.frame import Frame, Logits
from core.annotation.assist.sam.networks import DecoderNetwork, EncoderNetwork, Floats
from core.geometry.masks import Mask, Size
from core.geometry.tiles import Tile
from core.inference.openvino_predictor import InferencePrecision
from core.inference.openvino_runtime import runtime

KEPT = 32
"""Embeddings that are kept, 4 MiB each."""

_MINUS, _PLUS, _CORNER, _OTHER_CORNER, _NOTHING = 0.0, 1.0, 2.0, 3.0, -1.0
"""SAM's labels of a point."""

Value = TypeVar("Value")


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


@dataclass(frozen=True, eq=False)
class Embedding:
    """What the encoder makes of one picture, or of a part of it. May be used in any thread."""

    features: Floats
    """``(1, 256, 64, 64)``."""
    frame: Frame
    """Which part of the picture it saw, and where that lies. Prompts and answers are in pixels of the picture."""

    @property
    def size(self) -> Size:
        """Of the picture."""
        return self.frame.size


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A mask for a prompt."""

    mask: Mask
    score: float
    """What SAM thinks its IoU is: about 0–1, not calibrated."""
    logits: Logits
    """For ``Prompt.before`` of a corrective click to the same embedding."""
    frame: Frame
    """Of the embedding."""


class Cache(Generic[Value]):
    """The ``most`` values that were asked for last. Any threads may ask; one that is being made is made once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[bytes, Value] = OrderedDict()
        self._access, self._making = threading.Lock(), threading.Lock()

    def get(self, key: bytes, make: Callable[[], Value]) -> Value:
        """The value of ``key``, made if it is not there."""
        if (known := self._known(key)) is not None:
            return known
        with self._making:
            if (known := self._known(key)) is not None:
                return known
            made = make()
            with self._access:
                self._values[key] = made
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
            return made

    def _known(self, key: bytes) -> Value | None:
        with self._access:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)


class Sam:
    """An encoder and a decoder, ready to run. Its methods may be called in any thread but the one of the window: they
    take tens of milliseconds to seconds."""

    def __init__(self, encoder: EncoderNetwork, decoder: DecoderNetwork, side: int, cells: int) -> None:
        self._encode, self._decode = encoder, decoder
        self.side, self.cells = side, cells
        self._embeddings: Cache[Embedding] = Cache(KEPT)

    @property
    def takes_mask(self) -> bool:
        """Whether a prompt may hold a mask that exists; otherwise a correction rests on its clicks alone."""
        return self._decode.takes_mask

    def encode(self, image: NDArray[np.uint8], region: Tile | None = None) -> Embedding:
        """The embedding of an RGB picture ``(h, w, 3)``, or of a region of it; at once if it is one of the last
        ``KEPT``."""
        frame = Frame(image.shape[:2], self.side, region)
        canvas = frame.canvas(image)
        # Names a picture by what SAM sees of it, so that a file that changed is another picture.
        digest = hashlib.blake2b(canvas.astype(np.uint8).tobytes(), digest_size=16)
        digest.update(repr((frame.size, frame.region)).encode())
        return self._embeddings.get(digest.digest(), lambda: Embedding(self._encode(canvas), frame))

    def predict(self, embedding: Embedding, prompt: Prompt) -> Answer:
        """The mask for a prompt of at least a click or a box. An ambiguous one gets the best of several masks."""
        coordinates, labels = _points(prompt, embedding.frame)
        before = prompt.before if self.takes_mask else None
        masks, scores = self._decode(embedding.features, coordinates, labels, before)
        best = _choose(scores, prompt.ambiguous)
        return Answer(embedding.frame.mask(masks[best]), float(scores[best]), masks[best], embedding.frame)

    def logits(self, embedding: Embedding, mask: Mask) -> Logits:
        """A mask of this picture, for ``Prompt.before``."""
        return embedding.frame.logits(mask, self.cells)


def load(place: Path | tuple[Path, Path], device: str = "CPU", precision: InferencePrecision = "f32") -> Sam:
    """The SAM in a folder, or in two files. ``precision`` is the encoder's.

    Raises ``UserError`` that names what is missing from which file, or why it cannot run.
    """
    core = runtime()
    encoder, decoder = files.read_pair(core, place)
    cells = ports.cells(encoder)
    return Sam(
        EncoderNetwork(core, encoder, device, precision),
        DecoderNetwork(core, decoder, cells, device, "f32"),
        encoder.side,
        cells,
    )


def _points(prompt: Prompt, frame: Frame) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
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


def _choose(scores: Floats, ambiguous: bool) -> int:
    """Which mask counts. Of four, the first is SAM's answer to a clear prompt and the others are those to an ambiguous
    one, from part to whole; of any other number, the best."""
    if len(scores) != 4:
        return int(scores.argmax())
    return int(scores[1:].argmax()) + 1 if ambiguous else 0

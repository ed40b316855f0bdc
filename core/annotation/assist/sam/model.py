"""A Segment Anything model: look at a picture once, answer any number of prompts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.annotation.assist.sam import files, ports, prompt
from core.annotation.assist.sam.cache import Cache, digest
from core.annotation.assist.sam.frame import Frame, Logits
from core.annotation.assist.sam.networks import DecoderNetwork, EncoderNetwork, Floats
from core.annotation.assist.sam.prompt import Prompt
from core.geometry.masks import Mask, Size
from core.geometry.tiles import Tile
from core.inference.openvino_predictor import Precision
from core.inference.openvino_runtime import runtime

KEPT = 32
"""Embeddings that are kept, 4 MiB each."""


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


class Sam:
    """An encoder and a decoder, ready to run. Its methods may be called in any thread but the one of the window: they
    take tens of milliseconds to seconds."""

    def __init__(self, encoder: EncoderNetwork, decoder: DecoderNetwork, side: int, cells: int) -> None:
        self._encode, self._decode = encoder, decoder
        self.side, self.cells = side, cells
        self._embeddings: Cache[Embedding] = Cache(KEPT)

    @property
    def takes_mask(self) -> bool:
        """Whether it can be told of a mask that exists; otherwise a correction rests on its clicks alone."""
        return self._decode.takes_mask

    def encode(self, image: NDArray[np.uint8], region: Tile | None = None) -> Embedding:
        """The embedding of an RGB picture ``(h, w, 3)``, or of a region of it; at once if it is one of the last
        ``KEPT``."""
        frame = Frame(image.shape[:2], self.side, region)
        canvas = frame.canvas(image)
        key = digest(canvas, frame.size, frame.region)
        return self._embeddings.get(key, lambda: Embedding(self._encode(canvas), frame))

    def predict(self, embedding: Embedding, asked: Prompt) -> Answer:
        """The mask for a prompt of at least a click or a box. An ambiguous one gets the best of several masks."""
        coordinates, labels = prompt.points(asked, embedding.frame)
        before = asked.before if self.takes_mask else None
        masks, scores = self._decode(embedding.features, coordinates, labels, before)
        best = _choose(scores, asked.ambiguous)
        return Answer(embedding.frame.mask(masks[best]), float(scores[best]), masks[best], embedding.frame)

    def logits(self, embedding: Embedding, mask: Mask) -> Logits:
        """A mask of this picture, for ``Prompt.before``."""
        return embedding.frame.logits(mask, self.cells)


def load(place: Path | tuple[Path, Path], device: str = "CPU", precision: Precision = "f32") -> Sam:
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


def _choose(scores: Floats, ambiguous: bool) -> int:
    """Which mask counts. Of four, the first is SAM's answer to a clear prompt and the others are those to an ambiguous
    one, from part to whole; of any other number, the best."""
    if len(scores) != 4:
        return int(scores.argmax())
    return int(scores[1:].argmax()) + 1 if ambiguous else 0

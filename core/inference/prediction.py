"""What a model finds in an image, in the image's own pixels."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Mask, Size, paste
from core.recipes.model_spec import ModelSpec


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The instances found in one image of ``size``, best score first.

    Masks stay 28 × 28 probabilities spanning their boxes until someone needs their pixels, so that changing the
    threshold or the image in view costs nothing.
    """

    boxes: NDArray[np.float32]
    """``(N, 4)``: x1, y1, x2, y2 in image pixels."""
    scores: NDArray[np.float32]
    """``(N,)`` in 0–1."""
    labels: NDArray[np.int64]
    """``(N,)``: index into ``ModelSpec.classes``."""
    masks: NDArray[np.float32]
    """``(N, m, m)`` probabilities."""
    size: Size
    missing_below: float = 0.0
    """Score below which instances may be missing, because the model reached its limit; 0 where it did not."""

    def __len__(self) -> int:
        return len(self.scores)

    def mask(self, index: int) -> Mask:
        """The pixels of instance ``index``."""
        return paste(self.masks[index], self.boxes[index], self.size)

    def above(self, threshold: float) -> "Prediction":
        """Only the instances with a score of at least ``threshold``."""
        return self.take(self.scores >= threshold)

    def take(self, which: NDArray[np.integer] | NDArray[np.bool_] | slice) -> "Prediction":
        """Only some instances: those at indices, in their order, or where a mask ``(N,)`` is true."""
        masks = self.masks[which]
        return Prediction(
            self.boxes[which], self.scores[which], self.labels[which], masks, self.size, self.missing_below
        )

    def best(self, most: int) -> "Prediction":
        """The ``most`` best instances. Where there are that many, ``missing_below`` becomes the score of the last."""
        if len(self) < most:
            return self
        return replace(self.take(slice(most)), missing_below=max(self.missing_below, float(self.scores[most - 1])))

    def lacks(self, confidence: float) -> bool:
        """Whether there may be more instances with a score of at least ``confidence``."""
        return self.missing_below > 0 and self.missing_below >= confidence


class Predictor(Protocol):
    """A model that is ready to run; one implementation uses OpenVINO, another PyTorch."""

    @property
    def spec(self) -> ModelSpec: ...

    def predict(self, image: NDArray[np.uint8]) -> Prediction:
        """Find instances in an RGB image of shape ``(height, width, 3)``; every score the network gives is kept."""
        ...

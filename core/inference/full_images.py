"""Images in which a model found as many objects as it may: what else is there, nobody knows, and people are told."""

from core.inference.prediction import Prediction
from core.recipes.model_spec import ModelSpec
from core.runs.events import Warning
from core.words import count


class FullImages:
    """Counts them, as far as what is missing would score ``confidence``."""

    def __init__(self, spec: ModelSpec, confidence: float) -> None:
        self.count = 0
        self._first = ""
        self._confidence = confidence
        self._most = count(spec.in_one_look, "object")
        if spec.tiling:
            self._most = f"{count(spec.in_tiles, 'object')}, {spec.in_one_look:,} in a tile"

    def look(self, found: Prediction, name: str) -> None:
        """Take what was found in the image called ``name``."""
        if found.lacks(self._confidence):
            self._first = self._first or name
            self.count += 1

    def warning(self, images: int) -> Warning | None:
        """What to say after so many images; nothing where none was full."""
        if not self.count:
            return None
        full = f"In {self.count} of {count(images, 'image')} the model found as many objects as it may ({self._most})"
        return Warning(
            message=f"{full}: there can be more. The first is {self._first}.",
            hint="Allow more with --max-detections, or train with more of “Most objects” (max_detections).",
            matters=True,
        )

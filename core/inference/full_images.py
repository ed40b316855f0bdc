"""Images in which a model reached its limit of instances, so that some may be missing; people are warned."""

from core.inference.prediction import Prediction
from core.recipes.model_spec import ModelSpec
from core.runs.events import Warning
from core.words import count


class FullImages:
    """Counts such images where a missing instance could score ``confidence`` or more."""

    def __init__(self, spec: ModelSpec, confidence: float) -> None:
        self.count = 0
        self._first = ""
        self._confidence = confidence
        self._most = count(spec.in_one_look, "object")
        if spec.tiling:
            self._most = f"{count(spec.in_tiles, 'object')}, {spec.in_one_look:,} in a tile"

    def look(self, found: Prediction, name: str) -> None:
        """Count the image called ``name`` if what was ``found`` in it reached the limit."""
        if found.lacks(self._confidence):
            self._first = self._first or name
            self.count += 1

    def warning(self, images: int) -> Warning | None:
        """The warning after so many ``images``; ``None`` where no image reached the limit."""
        if not self.count:
            return None
        full = f"In {self.count} of {count(images, 'image')} the model found as many objects as it may ({self._most})"
        return Warning(
            message=f"{full}: there can be more. The first is {self._first}.",
            hint="Allow more with --max-detections, or train with more of “Most objects” (max_detections).",
            matters=True,
        )

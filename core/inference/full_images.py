"""Images in which a model reached its limit of instances, so that some may be missing; people are warned."""

from core.inference.prediction import Prediction
from core.recipes.model_spec import ModelSpec
from core.runs.events import Warning
from core.words import tr, tr_n


class FullImages:
    """Counts such images where a missing instance could score ``confidence`` or more."""

    def __init__(self, spec: ModelSpec, confidence: float) -> None:
        self.count = 0
        self._first = ""
        self._spec = spec
        self._confidence = confidence

    def look(self, found: Prediction, name: str) -> None:
        """Count the image called ``name`` if what was ``found`` in it reached the limit."""
        if found.lacks(self._confidence):
            self._first = self._first or name
            self.count += 1

    def warning(self, images: int) -> Warning | None:
        """The warning after so many ``images``; ``None`` where no image reached the limit."""
        if not self.count:
            return None
        spec, of_images = self._spec, tr_n("{n} image", "{n} images", images)
        if spec.tiling:
            message = tr(
                "In {count} of {images} the model found as many objects as it may ({objects}, {in_tile:,} in a tile): "
                "there can be more. The first is {first}.",
                count=self.count,
                images=of_images,
                objects=tr_n("{n} object", "{n} objects", spec.in_tiles),
                in_tile=spec.in_one_look,
                first=self._first,
            )
        else:
            message = tr(
                "In {count} of {images} the model found as many objects as it may ({objects}): there can be more. "
                "The first is {first}.",
                count=self.count,
                images=of_images,
                objects=tr_n("{n} object", "{n} objects", spec.in_one_look),
                first=self._first,
            )
        return Warning(
            message=message,
            hint=tr("Allow more with --max-detections, or train with more of “Most objects” (max_detections)."),
            matters=True,
        )

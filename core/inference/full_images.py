"""Images in which a model found as many objects as it may: what else is there, nobody knows, and people are told."""

from core.inference.prediction import Prediction
from core.inference.tiling import limit
from core.recipes.model_spec import ModelSpec
from core.runs.events import Warning
from core.words import count


class FullImages:
    """Counts them."""

    def __init__(self, spec: ModelSpec) -> None:
        self.count = 0
        self._spec = spec
        self._first, self._limit = "", 0

    def look(self, found: Prediction, name: str) -> None:
        """Take what was found in the image called ``name``, without what scores too low for the person anyway."""
        most = limit(self._spec, found.size)
        if len(found) < most:
            return
        self.count += 1
        if self.count == 1:
            self._first, self._limit = name, most

    def warning(self, images: int) -> Warning | None:
        """What to say after so many images; nothing where none was full."""
        if not self.count:
            return None
        objects = count(self._limit, "object")
        return Warning(
            message=f"In {self.count} of {count(images, 'image')} the model found {objects}, as many as it may: "
            f"there can be more. The first is {self._first}.",
            hint="Allow more with --max-detections.",
            matters=True,
        )

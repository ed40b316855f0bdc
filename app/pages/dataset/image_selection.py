"""Some images of the open dataset, to be written as one of their own: those that the gallery shows, or some of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.gallery.model import Filter
from core.dataset import Dataset, Image
from core.dataset.subset import listed_name


@dataclass(frozen=True, slots=True, eq=False)
class ImageSelection:
    """``images`` are those that pass ``filter``."""

    filter: Filter
    images: Sequence[Image]

    def fields(self, dataset: Dataset) -> dict[str, Any]:
        """The same as ``ConvertJob`` has it: by rules, or by names where no rule says which they are."""
        filter = self.filter
        if filter.images is not None or filter.state == "problems":
            return {"only_image": tuple(listed_name(image) for image in self.images)}
        return {
            "only_split": (filter.split,) if filter.split else (),
            "only_class": tuple(dataset.categories[label].name for label in sorted(filter.classes)),
            "only_name": filter.text,
            "only_masks": {"masks": "with", "bare": "without"}.get(filter.state, "any"),
        }

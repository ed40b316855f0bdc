"""Training a recipe on a dataset."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from core.jobs.job import Job, dataset_name
from core.recipes.catalogue import catalogue, changes
from core.recipes.schema import Recipe
from core.words import tr

MOST_DEVICES, MOST_NODES = 64, 4096
"""More than any machine or cluster that trains together has; each is a process with the whole model."""


class TrainJob(Job, frozen=True, kw_only=True, tag="train"):
    """Train ``recipe`` on the dataset at ``dataset``, evaluate the best model on its validation images."""

    help = tr("Train a recipe on a dataset; keeps the best model by mask mAP.")
    function = "core.training:train"
    icon = "graduation-cap"
    resumable = True

    recipe: Recipe
    dataset: str
    validation_fraction: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.2
    """Used only when the dataset brings no split of its own."""
    weights: str | None = None
    """A checkpoint to start from, instead of the recipe's public weights."""
    resume: bool = False
    """Go on from ``checkpoints/last.ckpt`` of this run folder."""
    devices: Annotated[int, msgspec.Meta(ge=1, le=MOST_DEVICES)] = 1
    """On each node; without a GPU, processes."""
    nodes: Annotated[int, msgspec.Meta(ge=1, le=MOST_NODES)] = 1

    @property
    def title(self) -> str:
        return tr("Training {recipe} on {dataset}", recipe=self.recipe.title, dataset=dataset_name(self.dataset))

    @property
    def processes(self) -> int:
        return self.devices * self.nodes

    def arguments(self) -> list[str]:
        words = [self.kind(), self.dataset, "--recipe", self.recipe.name]
        shipped = next((recipe for recipe in catalogue() if recipe.name == self.recipe.name), self.recipe)
        if self.recipe.schedule != shipped.schedule:
            words += ["--schedule", self.recipe.schedule]
        words += setting_words(changes(self.recipe))
        defaults = {field.name: field.default for field in msgspec.structs.fields(self)}
        for name in ("validation_fraction", "weights", "devices", "nodes"):
            if (value := getattr(self, name)) != defaults[name]:
                words += [f"--{name.replace('_', '-')}", str(value)]
        return words


def setting_words(settings: Mapping[str, Any]) -> list[str]:
    """The words that change settings of a recipe."""
    words = []
    for name, value in settings.items():
        words += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    return words

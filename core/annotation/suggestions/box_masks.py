"""Masks for instances that have only a box, as suggestions that take their places once a person accepts them."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.annotation.assist import grab_cut
from core.annotation.suggestions.making import make
from core.annotation.suggestions.suggest import known_suggestions
from core.annotation.suggestions.suggestions import Suggestion, Suggestions, suggestion_file
from core.dataset import Dataset, Image, Instance, open_dataset
from core.errors import UserError
from core.geometry.masks import Mask, to_rle
from core.geometry.segmentation import Box
from core.jobs import BoxMasksJob
from core.runs.control import Check, Report
from core.runs.events import Artifact, Done, Stage
from core.runs.folder import RunFolder
from core.words import tr

Cut = Callable[[NDArray[np.uint8], Sequence[Box]], list[tuple[Mask, float]]]
"""The masks of the objects in some boxes of an RGB picture ``(h, w, 3)``, and how sure each is, 0–1."""

TITLES = {"grabcut": "GrabCut", "sam": "SAM"}


def make_masks(job: BoxMasksJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a job of masks for boxes. Raises ``UserError`` where the dataset or SAM cannot be opened, or no box is left.

    A picture that cannot be read is reported and left out. What there is is kept when it is asked to stop.
    """
    report(Stage(name=tr("Reading the dataset")))
    dataset = open_dataset(Path(job.dataset))
    names = frozenset(job.images)
    chosen = [image for image in dataset.images if not names or image.file_name in names]
    wanted = {image.index: alone for image in chosen if (alone := boxes_alone(dataset, image))}
    if not wanted:
        message = tr("no instance of {dataset} has only a box", dataset=dataset.name)
        raise UserError(message, tr("there is nothing to do"))
    cut = _sam(Path(job.sam) if job.sam else None) if job.by == "sam" else grab_cut.cut_out
    path = suggestion_file(dataset, Path(f"/{TITLES[job.by]}"))
    begun = Suggestions(path, f"/{TITLES[job.by]}", time.time(), 0.0, known_suggestions(path, dataset, report))
    report(Stage(name=tr("Cutting objects out of their boxes")))

    def find(image: Image) -> tuple[Suggestion, ...]:
        instances = wanted[image.index]
        return _suggestions(dataset, instances, cut(dataset.read_image(image), [each.box for each in instances]))

    found = make(dataset, begun, [dataset.images[index] for index in wanted], find, report, check)
    report(Artifact(kind="suggestions", path=str(path)))
    report(Done(summary={"images": len(found), "suggestions": sum(map(len, found.values()))}))


def boxes_alone(dataset: Dataset, image: Image) -> list[Instance]:
    """The instances of an image that have only a box, with some area."""
    alone = (each for each in dataset.instances(image) if each.segmentation is None and not each.crowd)
    return [each for each in alone if each.box[2] >= 1 and each.box[3] >= 1]


def _sam(place: Path | None) -> Cut:
    """SAM from a folder, or from where its weights are. Raises ``UserError`` where there are none."""
    from core.annotation.assist.sam import load, weights
    from core.annotation.assist.sam.model import Prompt

    if not weights.present(place):
        raise UserError(
            tr("there is no SAM in {folder}", folder=place or weights.folder()),
            tr("download it with the SAM tool of the Annotate page, choose another folder, or use GrabCut"),
        )
    sam = load(place or weights.folder())

    def cut(picture: NDArray[np.uint8], boxes: Sequence[Box]) -> list[tuple[Mask, float]]:
        embedding, made = sam.encode(picture), []
        for x, y, width, height in boxes:
            answer = sam.predict(embedding, Prompt(clicks=(), box=(x, y, x + width, y + height)))
            sure = min(max(answer.score, 0.0), 1.0) * grab_cut.agreement(answer.mask, (x, y, width, height))
            made.append((answer.mask, sure))
        return made

    return cut


def _suggestions(
    dataset: Dataset, instances: Sequence[Instance], masks: Sequence[tuple[Mask, float]]
) -> tuple[Suggestion, ...]:
    made = [
        Suggestion(dataset.categories[each.label].name, round(sure, 4), to_rle(mask), mask.box, replaces=each.id)
        for each, (mask, sure) in zip(instances, masks, strict=True)
        if mask.area
    ]
    return tuple(sorted(made, key=lambda each: -each.score))

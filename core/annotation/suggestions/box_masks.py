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
from core.geometry.masks import Mask, Size, crop, to_rle
from core.geometry.segmentation import Box
from core.jobs import BoxMasksJob
from core.runs.control import Check, Report
from core.runs.events import Artifact, Done, Stage
from core.runs.folder import RunFolder
from core.words import tr

Cut = Callable[[NDArray[np.uint8], Sequence[Box]], list[tuple[Mask, float]]]
"""The masks of the objects in some boxes of an RGB picture ``(h, w, 3)``, and how sure each is, 0–1."""

TITLES = {"grabcut": "GrabCut", "sam": "SAM"}
_FITS = 0.8
"""IoU of a mask's extent and the box from which on GrabCut is believed to have found the object."""
_INNER = 0.7
"""Share of the box's sides of the ellipse that is taken for the object where GrabCut alone finds none."""
_GUESS = 0.3
"""How sure an ellipse is that nothing but the box speaks for: hidden unless somebody asks for it."""


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
    cut = _sam(Path(job.sam) if job.sam else None) if job.by == "sam" else cut_out
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


def cut_out(picture: NDArray[np.uint8], boxes: Sequence[Box]) -> list[tuple[Mask, float]]:
    """The objects in some boxes by GrabCut.

    Where what it finds does not fill its box, as with small or faint objects, it is told that the middle belongs to the
    object; where that does not help, it is the ellipse in the box. Mean IoU with the masks of 100 instances of
    ``fruits_nuts`` and of ``coco_subset``: 0.91 and 0.67, where GrabCut alone has 0.88 and 0.28.
    """
    made = []
    for box in boxes:
        mask = grab_cut.cut(picture, box)
        if _agreement(mask, box) < _FITS:
            mask = grab_cut.cut(picture, box, [_ellipse(box, picture.shape[:2], _INNER)])
        sure = _agreement(mask, box)
        made.append((mask, sure) if sure >= _FITS else (_ellipse(box, picture.shape[:2]), _GUESS))
    return made


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
            sure = min(max(answer.score, 0.0), 1.0) * _agreement(answer.mask, (x, y, width, height))
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


def _agreement(mask: Mask, box: Box) -> float:
    """IoU of the extent of a mask and a box: how well the mask fills it. Of all that is cheap to know, this says most
    of how good a mask is (correlation with its IoU: 0.9 for GrabCut, 0.7 for SAM)."""
    x, y, width, height = mask.box
    wide = min(x + width, box[0] + box[2]) - max(x, box[0])
    high = min(y + height, box[1] + box[3]) - max(y, box[1])
    both = max(wide, 0.0) * max(high, 0.0)
    return float(both / max(width * height + box[2] * box[3] - both, 1e-9))


def _ellipse(box: Box, size: Size, share: float = 1.0) -> Mask:
    """The ellipse in the middle of a box, with this share of its sides, as far as it lies in a picture of ``size``."""
    x, y, width, height = box
    left, top = max(int(x), 0), max(int(y), 0)
    right, bottom = min(int(np.ceil(x + width)), size[1]), min(int(np.ceil(y + height)), size[0])
    ys, xs = np.ogrid[top : max(bottom, top), left : max(right, left)]
    across = (xs + 0.5 - x - width / 2) / (width / 2 * share)
    down = (ys + 0.5 - y - height / 2) / (height / 2 * share)
    found = crop((across**2 + down**2 <= 1).astype(np.uint8))
    return Mask(found.x + left, found.y + top, found.bitmap, size)

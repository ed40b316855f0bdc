"""What a format cannot hold of a dataset: said before anything is written."""

from collections.abc import Sequence
from typing import Literal

from core.dataset.dataset import Dataset
from core.dataset.model import Image
from core.geometry.segmentation import Polygons
from core.runs.control import Check, never
from core.words import tr, tr_n

Loss = Literal["fields", "crowds", "boxes", "boxes become masks", "parts", "overlaps", "not labelled", "pixel sizes"]
"""Kinds of things that come back otherwise, or not at all: fields of entries that COCO does not name; crowd regions;
instances that have only a box; parts of one instance; pixels that several instances have; where images are not
labelled; how large their pixels are."""

FIELDS = tr("Scores, review states, colors and fields of other tools stay behind: only COCO has a place for them.")
OVERLAPS = tr("Where instances overlap, the later one gets the pixels.")


def losses(dataset: Dataset, images: Sequence[Image], loses: Sequence[Loss], check: Check = never) -> list[str]:
    """What is lost of ``images`` in a format that ``loses`` these kinds, a sentence each; looks into all of their
    annotations."""
    crowds = boxes = parts = regions = sizes = 0
    for image in images:
        check()
        regions += bool(dataset.not_labelled(image))
        sizes += image.index in dataset.pixel_sizes
        for instance in dataset.instances(image):
            crowds += instance.crowd
            boxes += instance.segmentation is None
            parts += isinstance(instance.segmentation, Polygons) and len(instance.segmentation.parts) > 1
    said = {
        "crowds": tr_n(
            "{n} crowd region becomes an ordinary instance.", "{n} crowd regions become ordinary instances.", crowds
        ),
        "boxes": tr_n(
            "{n} instance has only a box, which is lost beside masks.",
            "{n} instances have only a box, which is lost beside masks.",
            boxes,
        ),
        "boxes become masks": tr_n(
            "{n} instance has only a box, which is taken for its outline.",
            "{n} instances have only a box, which is taken for their outline.",
            boxes,
        ),
        "parts": tr_n(
            "The parts of {n} instance are joined by lines of no width.",
            "The parts of {n} instances are joined by lines of no width.",
            parts,
        ),
        "not labelled": tr_n(
            "{n} image is not labelled all over: elsewhere this cannot be said, and the rest counts as background.",
            "{n} images are not labelled all over: elsewhere this cannot be said, and the rest counts as background.",
            regions,
        ),
        "pixel sizes": tr_n(
            "The size of its pixels, which {n} image states, stays behind.",
            "The size of their pixels, which {n} images state, stays behind.",
            sizes,
        ),
        "overlaps": OVERLAPS,
        "fields": FIELDS,
    }
    there = {"crowds": crowds, "boxes": boxes, "boxes become masks": boxes, "parts": parts}
    there |= {"not labelled": regions, "pixel sizes": sizes}
    return [said[loss] for loss in loses if there.get(loss, 1)]

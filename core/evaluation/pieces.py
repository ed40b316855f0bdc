"""AP of images with so many objects that a table of all pairs, as evaluators make it, would fill the memory."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.dataset.several.matching import encoded_mask, overlaps
from core.geometry.segmentation import Segmentation, from_json

_MANY = 2_000_000
"""Pairs of an object and a result of an image up to which a table of them is no matter: 16 MB."""
_PIECE = 500
"""Objects and results of a piece, about."""
_LEAST_IOU = 0.5 - 1e-9
"""Below COCO's least threshold: what overlaps by less is never matched."""

Entries = list[dict[str, Any]]


def in_pieces(truth: dict[str, Any], results: Entries) -> tuple[dict[str, Any], Entries]:
    """The same for an evaluator of masks, with several images, which have some of its objects each, in place of one
    that has very many: AP is the same, since what may be matched is together.

    ``truth`` is a COCO dataset. All ``results`` have one score, so that they count in the order of images and of the
    list; those that are returned have scores that say this order.
    """
    own: defaultdict[int, Entries] = defaultdict(list)
    found: defaultdict[int, Entries] = defaultdict(list)
    for entries, of_image in ((truth["annotations"], own), (results, found)):
        for entry in entries:
            of_image[entry["image_id"]].append(entry)
    crowded = [image for image in truth["images"] if len(own[image["id"]]) * len(found[image["id"]]) > _MANY]
    if not crowded:
        return truth, results
    order = sorted(range(len(results)), key=lambda place: results[place]["image_id"])  # stable, as the evaluator's is
    for place, of in enumerate(order):
        results[of]["score"] = 1 - place / len(order)
    whole = {image["id"] for image in crowded}
    images = [image for image in truth["images"] if image["id"] not in whole]
    annotations = [entry for entry in truth["annotations"] if entry["image_id"] not in whole]
    divided = [result for result in results if result["image_id"] not in whole]
    free = max(image["id"] for image in truth["images"]) + 1
    for image in crowded:
        for some, others in _divided((image["height"], image["width"]), own[image["id"]], found[image["id"]]):
            images.append(image | {"id": free})
            annotations += [entry | {"image_id": free} for entry in some]
            divided += [result | {"image_id": free} for result in others]
            free += 1
    numbered = [entry | {"id": number} for number, entry in enumerate(annotations, 1)]
    return truth | {"images": images, "annotations": numbered}, divided


def _divided(size: tuple[int, int], own: Entries, found: Entries) -> Iterator[tuple[Entries, Entries]]:
    """Objects and results of an image of ``size`` in pieces. A crowd is in each piece that has a result in it: it is
    ignored, however often it is there."""
    masks = [encoded_mask(from_json(Segmentation, entry["segmentation"]), size) for entry in own]
    rows, columns, iou = overlaps(masks, [result["segmentation"] for result in found])
    crowd = np.array([bool(entry["iscrowd"]) for entry in own])
    may_match = (iou >= _LEAST_IOU) & ~crowd[rows]
    group = _groups(rows[may_match], columns[may_match] + len(own), len(own) + len(found))
    piece = (np.cumsum(np.bincount(group)) // _PIECE)[group]
    of_own, of_found = piece[: len(own)], piece[len(own) :]
    in_crowd = crowd[rows]
    for number in np.unique(piece):
        crowds = np.zeros(len(own), bool)
        crowds[rows[in_crowd & (of_found[columns] == number)]] = True
        objects = np.flatnonzero(((of_own == number) & ~crowd) | crowds)
        yield [own[place] for place in objects], [found[place] for place in np.flatnonzero(of_found == number)]


def _groups(ones: NDArray[np.int64], others: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    """The group of each of so many things, of which ``ones`` and ``others`` are joined; shape ``(number,)``."""
    above = list(range(number))

    def first(place: int) -> int:
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    for one, other in zip(ones.tolist(), others.tolist(), strict=True):
        above[first(other)] = first(one)
    return np.unique([first(place) for place in range(number)], return_inverse=True)[1]

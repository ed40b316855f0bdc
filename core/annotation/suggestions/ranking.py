"""What to label next: images in the order in which labels of them teach a model most.

Two things make an image worth a person's time, and an image needs both:

- The model is in doubt there. Of each instance that it finds: how near its score is to one half, and how near the
  cells of its mask are to one half (uncertainty sampling, Lewis and Gale, SIGIR 1994). An image has the *mean* over its
  instances, not the sum, or crowded images would always be first (aggregations compared by Brust et al., Active
  Learning for Deep Object Detection, arXiv 1809.09875). Where nothing is found with some certainty, doubt is full.
- It is unlike all that is labelled for training, or comes earlier in the order: k-center greedy (Sener and Savarese,
  Active Learning for Convolutional Neural Networks: A Core-Set Approach, arXiv 1708.00489), on cheap features of the
  picture, its colors and how strong its edges are, instead of a network's, so that it works before there is a model.

The next image is the one with the largest ``distance · (1 + doubt)``. Without a model the distance decides alone;
without a labelled image the most typical picture comes first. The same input always gives the same order.

k-center greedy is drawn to what stands out, a blank or broken picture too: a person passes over those.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from core.annotation.storage.draft_folder import draft_folder, keep, read_kept
from core.annotation.storage.image_keys import ImageKey, is_labelled, key_of
from core.dataset import Dataset, Image
from core.errors import UserError, no_image_readable
from core.inference.prediction import Prediction, Predictor
from core.runs.control import Check, Report, StopRequested
from core.runs.events import Artifact, Done, Progress, Stage, Warning
from core.words import tr, tr_n

Floats = NDArray[np.float32]

_FOUND = 0.1
"""Score from which on an instance counts as found at all."""
_CERTAIN = 0.5
"""An image without an instance of this score is one where the model knows nothing."""
_UNSURE = 0.5
"""Doubt in a score from which on it is a reason that a person reads: scores between 0.25 and 0.75."""
_UNCLEAR = 0.35
"""Doubt in masks, the mean over their cells, from which on it is a reason that a person reads."""
_FAR = 0.5
"""Share of the largest distance from which on a picture is called unlike the others."""
_IN_TURN = 2000
"""Images that get their place one after the other; those beyond it, by what they are worth after these."""
_MEASURE = ("val", "test")
"""Splits whose labels teach a model nothing."""
_SIDE, _BINS = 96, 8


class Ranked(msgspec.Struct, frozen=True):
    """An image and why it has its place."""

    place: ImageKey
    reason: str
    """In words, for a person."""


class Ranking(msgspec.Struct, frozen=True):
    """The images without labels, the most useful first."""

    version: int
    model: str
    """Path of the model that was asked; empty for the order without one."""
    made: float
    """Seconds since the epoch, UTC."""
    images: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """How unsure a model is of an image."""

    value: float
    """0 for certain, 1 for no idea."""
    found: int
    unsure: int
    """Instances whose scores are near one half."""
    masks: float
    """Mean doubt in the cells of the masks, 0–1."""


@dataclass(frozen=True, slots=True, eq=False)
class RankedImage:
    """An image that was looked at."""

    image: Image
    features: Floats
    doubt: Doubt | None
    """``None`` for a labelled image, and without a model."""


def ranking_file(dataset: Dataset) -> Path:
    """Where the order of a dataset is kept."""
    return draft_folder(dataset) / "ranking.json"


def read_ranking(dataset: Dataset) -> Ranking | None:
    """The order that was kept last; ``None`` when there is none. Raises ``UserError`` for a file that is not one."""
    path = ranking_file(dataset)
    return read_kept(path, Ranking) if path.exists() else None


def rank_dataset(predictor: Predictor | None, model: str, dataset: Dataset, report: Report, check: Check) -> Ranking:
    """Put the images without labels in order and keep it beside the drafts of the dataset.

    Asked to stop, it orders those that it has seen. A picture that cannot be read is reported and left out;
    ``UserError`` when that is so for all of them.
    """
    report(Stage(name=tr("Looking at the images")))
    seen: list[RankedImage] = []
    unreadable: list[UserError] = []
    images = [image for image in dataset.images if not (is_labelled(dataset, image) and image.split in _MEASURE)]
    try:
        for done, image in enumerate(images, 1):
            check()
            try:
                seen.append(_look(predictor, dataset, image))
            except UserError as error:
                report(Warning(message=error.message, hint=error.hint))
                unreadable.append(error)
            report(Progress(done=done, total=len(images), unit=tr("images")))
    except StopRequested:
        _keep(model, dataset, seen)
        raise
    if unreadable and not seen:
        raise no_image_readable(unreadable)
    ranking = _keep(model, dataset, seen)
    report(Artifact(kind="ranking", path=str(ranking_file(dataset))))
    report(Done(summary={"images": len(ranking.images), "labelled": len(seen) - len(ranking.images)}))
    return ranking


def doubt_of(prediction: Prediction) -> Doubt:
    """How unsure a model is of an image in which it found this."""
    found = prediction.above(_FOUND)
    if not len(found):
        return Doubt(1.0, 0, 0, 0.0)
    scores = 1 - np.abs(2 * found.scores - 1)
    masks = (4 * found.masks * (1 - found.masks)).mean(axis=(1, 2))
    known = found.scores.max() >= _CERTAIN
    value = float((scores + masks).mean() / 2) if known else 1.0
    return Doubt(value, len(found), int((scores >= _UNSURE).sum()), float(masks.mean()))


def features_of(picture: NDArray[np.uint8]) -> Floats:
    """What a picture of shape ``(height, width, 3)``, RGB, looks like, as shape ``(32,)``: how its pixels spread over
    lightness, two axes of color, and strength of edges. Distances between them are Hellinger's."""
    small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    across, down = (cv2.Sobel(lab[..., 0], cv2.CV_32F, x, 1 - x) for x in (1, 0))
    edges = np.minimum(np.log2(1 + np.hypot(across, down)) * (256 / 11), 255)  # 11: above the largest that there is
    shares = [np.histogram(plane, _BINS, (0, 256))[0] / _SIDE**2 for plane in (*np.moveaxis(lab, 2, 0), edges)]
    return np.sqrt(np.concatenate(shares)).astype(np.float32)


def order(features: Floats, doubts: Floats, labelled: Floats) -> list[tuple[int, float]]:
    """Rows of ``features (N, F)`` with ``doubts (N,)``, the most useful first, each with its distance from those
    labelled ``(M, F)`` and those before it, as a share of the largest distance that there was."""
    if not len(features):
        return []
    nearest = np.full(len(features), np.inf, np.float32)
    for known in labelled:
        nearest = np.minimum(nearest, _distances(features, known))
    rows: list[tuple[int, float]] = []
    if not len(labelled):
        first = int(np.argmin(_distances(features, features.mean(axis=0))))
        rows, nearest = [(first, 1.0)], _distances(features, features[first])
        nearest[first] = -1
    largest = max(float(nearest.max()), 1e-6)
    while len(rows) < min(len(features), _IN_TURN):
        row = int(np.argmax(nearest * (1 + doubts)))
        rows.append((row, float(nearest[row]) / largest))
        nearest = np.where(nearest < 0, nearest, np.minimum(nearest, _distances(features, features[row])))
        nearest[row] = -1  # it has its place
    worth = nearest * (1 + doubts)
    rest = [int(row) for row in np.argsort(-worth, kind="stable") if nearest[row] >= 0]
    return rows + [(row, float(nearest[row]) / largest) for row in rest]


def reason(doubt: Doubt | None, distance: float) -> str:
    """Why an image has its place, as a line that is shown."""
    reasons = []
    if doubt is not None and not doubt.found:
        reasons.append(tr("the model finds nothing"))
    elif doubt is not None and doubt.unsure:
        reasons.append(
            tr(
                "unsure of {unsure:,} of {instances}",
                unsure=doubt.unsure,
                instances=tr_n("{n} instance", "{n} instances", doubt.found),
            )
        )
    if doubt is not None and doubt.masks >= _UNCLEAR:
        reasons.append(tr("unclear outlines"))
    if distance >= _FAR:
        reasons.append(tr("unlike the images before it"))
    words = ", ".join(reasons) or tr("similar to what is labelled")
    return words[0].upper() + words[1:]


def _look(predictor: Predictor | None, dataset: Dataset, image: Image) -> RankedImage:
    picture = dataset.read_image_as(image, dataset.channels if predictor is None else predictor.spec.channels)
    asked = predictor is not None and not is_labelled(dataset, image)
    doubt = doubt_of(predictor.predict(picture)) if predictor is not None and asked else None
    return RankedImage(image, features_of(picture), doubt)


def _keep(model: str, dataset: Dataset, seen: Sequence[RankedImage]) -> Ranking:
    pool = [item for item in seen if not is_labelled(dataset, item.image)]
    labelled = [item for item in seen if is_labelled(dataset, item.image)]
    doubts = np.array([item.doubt.value if item.doubt else 0.0 for item in pool], np.float32)
    places = order(_table(pool), doubts, _table(labelled))
    images = tuple(
        Ranked(key_of(dataset, pool[row].image), reason(pool[row].doubt, distance)) for row, distance in places
    )
    ranking = Ranking(1, model, time.time(), images)
    keep(ranking_file(dataset), ranking)
    return ranking


def _table(seen: Sequence[RankedImage]) -> Floats:
    return np.array([item.features for item in seen], np.float32).reshape(len(seen), 4 * _BINS)


def _distances(features: Floats, one: Floats) -> Floats:
    distances: Floats = np.linalg.norm(features - one, axis=1)
    return distances

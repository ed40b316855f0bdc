"""Whether validation has seen what training learns from, looked for in a few seconds: for everybody who did not ask for
a check. What takes no look at a picture is looked for in all of them; pictures are compared as far as the time goes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.dataset.dataset import Dataset
from core.dataset.health.leaks import Pair, pairs
from core.dataset.health.likeness import Likeness, look_at
from core.dataset.model import Image
from core.dataset.splits.groups import series_of, source_of
from core.runs.control import Check, never
from core.words import tr, tr_n

HINT = tr(
    "Divide the dataset so that what looks alike stays together: “Splits” on the Dataset page, or “maskwright split "
    "--alike”."
)
_AT_ONCE = 32
_SECONDS = 8.0
_VALIDATION, _TRAINING = 500, 4000
"""Pictures that are looked at, at most, however fast that goes."""
_FAR = 1000
"""Numbers between two frames of a series from which on they are no neighbours."""


@dataclass(frozen=True, slots=True)
class QuickLeaks:
    """What was found in the time there was."""

    pairs: list[Pair]
    """Across training and validation, of one validation image only one."""
    looked_at: int
    """Validation images that were compared with training images."""

    def in_words(self, dataset: Dataset) -> str:
        """What it means; empty where nothing was found."""
        if not self.pairs:
            return ""
        one, other = (dataset.images[index] for index in (self.pairs[0].one, self.pairs[0].other))
        if one.split == "val":
            one, other = other, one
        return tr_n(
            "{n} validation image shows what a training image shows ({val} and {train}): the figures will be better "
            "than the model.",
            "{n} validation images show what training images show (such as {val} and {train}): the figures will be "
            "better than the model.",
            len(self.pairs),
            val=other.file_name,
            train=one.file_name,
        )


def look_for_leaks(
    dataset: Dataset,
    training: Sequence[Image],
    validation: Sequence[Image],
    seconds: float = _SECONDS,
    check: Check = never,
) -> QuickLeaks:
    """Compare pictures of ``validation`` with those of ``training``, for about so many seconds."""
    end = time.monotonic() + seconds
    images = _in_turn(_evenly(validation, _VALIDATION), _nearest_first(training, validation)[:_TRAINING])
    parts: list[Likeness] = []
    while (first := len(parts) * _AT_ONCE) < len(images) and time.monotonic() < end:
        some = images[first : first + _AT_ONCE]
        paths = [dataset.image_path(image) if dataset.has_picture(image) else None for image in some]
        parts.append(look_at(paths, check=check))
    seen = images[: len(parts) * _AT_ONCE]
    validated = {image.index for image in validation}
    found: dict[int, Pair] = {}
    for pair in [*(pairs(seen, _joined(parts), check) if parts else ()), *_tiles(training, validation)]:
        one, other = pair.one in validated, pair.other in validated
        if one != other:
            found.setdefault(pair.one if one else pair.other, pair)
    return QuickLeaks([*found.values()], sum(image.index in validated for image in seen))


def _tiles(training: Sequence[Image], validation: Sequence[Image]) -> list[Pair]:
    """Tiles and copies of what training has, by their names."""
    sources = {source: image.index for image in training if (source := source_of(image.file_name)) is not None}
    found = [(image.index, source_of(image.file_name)) for image in validation]
    return [Pair("tiles", sources[source], index, 0.0, across=True) for index, source in found if source in sources]


def _evenly(images: Sequence[Image], most: int) -> list[Image]:
    return list(images[:: -(-len(images) // most) or 1])


def _nearest_first(training: Sequence[Image], validation: Sequence[Image]) -> list[Image]:
    """Frames that are next to validation images in a series, then others, evenly picked."""
    series: dict[str, list[int]] = {}
    for image in validation:
        if found := series_of(image.file_name):
            series.setdefault(found[0], []).append(found[1])
    numbers = {name: np.array(sorted(some)) for name, some in series.items()}

    def distance(image: Image) -> int:
        found = series_of(image.file_name)
        if found is None or found[0] not in numbers:
            return _FAR
        return min(int(np.abs(numbers[found[0]] - found[1]).min()), _FAR)

    rest = np.random.default_rng(0).permutation(len(training)).tolist()
    return [training[place] for place in sorted(rest, key=lambda place: distance(training[place]))]


def _in_turn(ones: Sequence[Image], others: Sequence[Image]) -> list[Image]:
    """Both mixed, so that each part of them has its share of both."""
    places = [(number / len(some), image) for some in (ones, others) for number, image in enumerate(some)]
    return [image for _, image in sorted(places, key=lambda place: place[0])]


def _joined(parts: Sequence[Likeness]) -> Likeness:
    return Likeness(
        [digest for part in parts for digest in part.digests],
        np.concatenate([part.hashes for part in parts]),
        np.concatenate([part.details for part in parts]),
        [capture for part in parts for capture in part.captures],
    )

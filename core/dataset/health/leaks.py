"""Pictures of training that validation has seen, so that its figures say nothing: the same picture twice, nearly the
same, frames of one video, tiles and crops of one picture, augmented copies.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from core.dataset.health.crops import crop_pairs
from core.dataset.health.likeness import Likeness, like_pairs, look_at
from core.dataset.health.templates import template_pairs
from core.dataset.model import Image
from core.dataset.splits.groups import series_of, source_of
from core.runs.control import Check, Report, ignore, never
from core.runs.events import Stage
from core.words import tr

Kind = Literal["same", "alike", "frames", "tiles", "crops"]
"""Same to the byte · nearly the same · next to each other in a series, and alike · parts or copies of one picture by
their names · by what they show."""

FRAMES_APART = 30
"""Numbers between two frames of a series that are compared."""
SECONDS_APART = 10.0
"""Between two photographs of a camera that are compared."""
FRAMES_CORRELATE = 0.6
"""Details of two frames of one scene, at least: less than of near-duplicates, since things move."""

Series = dict[str, list[tuple[float, int]]]
"""The number or the moment of each image of a series, and its position."""


class Pair(msgspec.Struct, frozen=True):
    """Two images that should not be on two sides, or not be twice."""

    kind: Kind
    one: int
    """``Image.index``."""
    other: int
    alike: float
    """Correlation of details, to 1, which files have that are the same."""
    across: bool
    """Whether they are in two splits."""


def pairs(images: Sequence[Image], likeness: Likeness, check: Check = never) -> list[Pair]:
    """Pairs of images that are alike or of one source (see ``like_pairs``), those across splits first."""
    found: dict[tuple[int, int], Pair] = {}

    def add(kind: Kind, first: int, second: int, alike: float) -> None:
        one, other = images[first], images[second]
        found.setdefault((first, second), Pair(kind, one.index, other.index, round(alike, 3), one.split != other.split))

    for first, second, alike in like_pairs(likeness, [image.split for image in images], check):
        same = bool(likeness.digests[first]) and likeness.digests[first] == likeness.digests[second]
        add("same" if same else "alike", first, second, alike)
    for first, second in _of_one_source(images):
        add("tiles", first, second, likeness.best_correlation(first, second))
    for first, second in {
        *_neighbours(images, series_by_name(images), FRAMES_APART),
        *_neighbours(images, series_by_time(likeness), SECONDS_APART),
    }:
        alike = likeness.best_correlation(first, second)
        if alike >= FRAMES_CORRELATE:
            add("frames", first, second, alike)
    return sorted(found.values(), key=lambda pair: (not pair.across, pair.kind, -pair.alike))


def find(
    images: Sequence[Image], paths: Sequence[Path | None], report: Report = ignore, check: Check = never
) -> list[Pair]:
    """``pairs`` of images whose pictures lie at ``paths``, ``None`` for one that is missing; and crops of one picture
    in two splits."""
    found = pairs(images, look_at(paths, report, check), check)
    known = {frozenset((pair.one, pair.other)) for pair in found}
    report(Stage(name=tr("Looking for crops of one picture")))
    splits = [image.split for image in images]
    for look in (crop_pairs, template_pairs):
        for first, second, alike in look(paths, splits, report, check):
            one, other = images[first].index, images[second].index
            if frozenset((one, other)) in known:
                continue
            known.add(frozenset((one, other)))
            found.append(Pair("crops", one, other, round(alike, 3), across=True))
    return found


def _of_one_source(images: Sequence[Image]) -> list[tuple[int, int]]:
    """Tiles and copies of one picture, each with the first one, and with the first one of every other split."""
    known: dict[str, dict[str, int]] = {}
    joined = []
    for place, image in enumerate(images):
        source = source_of(image.file_name)
        if source is None:
            continue
        firsts = known.setdefault(source, {})
        others = {first for split, first in firsts.items() if split != image.split} | set(firsts.values())
        joined += [(first, place) for first in sorted(others)]
        firsts.setdefault(image.split, place)
    return joined


def series_by_name(images: Sequence[Image]) -> Series:
    """Series that names speak of: a video's frames by their numbers."""
    series: Series = {}
    for place, image in enumerate(images):
        if (found := series_of(image.file_name)) is not None:
            series.setdefault(found[0], []).append((found[1], place))
    return series


def series_by_time(likeness: Likeness) -> Series:
    """What each camera took, by the second."""
    series: Series = {}
    for place, capture in enumerate(likeness.captures):
        if capture is not None:
            series.setdefault(capture.camera, []).append((capture.seconds, place))
    return series


def _neighbours(images: Sequence[Image], series: Series, apart: float) -> set[tuple[int, int]]:
    """Images of one series in different splits, each with the nearest one of every other split, so far ``apart`` at
    most."""
    joined = set()
    for frames in series.values():
        last: dict[str, tuple[float, int]] = {}
        for number, place in sorted(frames):
            split = images[place].split
            for other, (before, earlier) in last.items():
                if other != split and number - before <= apart:
                    joined.add((min(place, earlier), max(place, earlier)))
            last[split] = number, place
    return joined

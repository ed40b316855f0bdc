"""What of a dataset belongs together by a rule: pictures of a folder, a patient, a video; pictures that look alike."""

from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise
from re import error as PatternError  # noqa: N812 - what ``re`` calls an error of a pattern
from typing import Any

import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from core.dataset.coco.entries import image_places
from core.dataset.coco.extra_fields import read_field
from core.dataset.dataset import Dataset
from core.dataset.health.leaks import (
    FRAMES_APART,
    FRAMES_CORRELATE,
    SECONDS_APART,
    series_by_name,
    series_by_time,
)
from core.dataset.health.likeness import Likeness, like_pairs, look_at
from core.dataset.model import Image
from core.dataset.splits.groups import folder_of, series_of, source_of, together
from core.dataset.splits.name_pattern import by_pattern
from core.dataset.splits.split_file import SplitRule, as_said
from core.errors import UserError
from core.reading import decoded
from core.runs.control import Check, Report, ignore, never
from core.words import tr


def grouped(dataset: Dataset, rule: SplitRule, report: Report = ignore, check: Check = never) -> NDArray[np.int64]:
    """The group of each image by a rule, numbers from 0 in the order of their first images. Raises ``UserError`` for a
    pattern that is none, and for a field that no image has."""
    names = [image.file_name.replace("\\", "/") for image in dataset.images]
    keys: list[Sequence[Hashable | None]] = []
    match rule.by:
        case "folder":
            keys.append([folder_of(name) for name in names])
        case "series":
            keys.append([series[0] if (series := series_of(name)) else None for name in names])
        case "source":
            keys.append([source_of(name) for name in names])
        case "pattern":
            try:
                keys.append(by_pattern(names, rule.pattern))
            except PatternError as error:
                raise UserError(
                    tr(
                        "“{pattern}” is no regular expression that names can be held against: {reason}",
                        pattern=rule.pattern,
                        reason=error,
                    ),
                    tr("“^[^_]+” finds what comes before the first “_”"),
                ) from error
        case "field":
            keys.append(_values_of(dataset, rule.field))
        case "video":
            keys.append(_sequences_of(dataset))
    pairs = dataset.once("like pairs", lambda: _like_pairs(dataset, report, check)) if rule.alike else []
    return together(len(names), keys, pairs)


def _values_of(dataset: Dataset, field: str) -> list[str | None]:
    """What the entries of images say in a field."""
    values = [as_said(read_field(raw, field)) for raw in _entries(dataset)]
    if not any(value is not None for value in values):
        raise UserError(
            tr("no image of “{dataset}” has a field “{field}”", dataset=dataset.name, field=field),
            tr("choose a field of the entries of its images, or another way to tell what belongs together"),
        )
    return values


def _sequences_of(dataset: Dataset) -> list[tuple[str, str] | None]:
    """The video, or the TIFF of several pages, that each image was taken from when it was imported."""
    values: list[tuple[str, str] | None] = []
    for raw in _entries(dataset):
        said = ((field, as_said(read_field(raw, field))) for field in ("video", "stack"))
        values.append(next(((field, value) for field, value in said if value is not None), None))
    if not any(values):
        raise UserError(
            tr("no image of “{dataset}” says which video it was taken from", dataset=dataset.name),
            tr("frames of videos that Maskwright imported do; otherwise go by names that end in numbers"),
        )
    return values


def _entries(dataset: Dataset) -> Iterator[Raw]:
    """The entry of each image, in the order of ``dataset.images``."""
    for number, file in enumerate(dataset.files):
        places = image_places(file.images)
        images = dataset.images[dataset.first_images[number] : dataset.first_images[number + 1]]
        yield from (file.images[places[image.id]] for image in images)


def _like_pairs(dataset: Dataset, report: Report, check: Check) -> list[tuple[int, int]]:
    """Images that look nearly the same, that are tiles or copies of one picture, or frames of one scene."""
    images = dataset.images
    likeness = look_at(
        [dataset.image_path(image) if dataset.has_picture(image) else None for image in images], report, check
    )
    pairs = [(one, other) for one, other, _ in like_pairs(likeness, check=check)]
    pairs += _of_scenes(images, likeness)
    firsts: dict[str, int] = {}
    for place, image in enumerate(images):
        if (source := source_of(image.file_name)) is not None:
            pairs.append((firsts.setdefault(source, place), place))
    return pairs


def _of_scenes(images: Sequence[Image], likeness: Likeness) -> list[tuple[int, int]]:
    """Frames, or photographs of one camera, that follow each other and show one scene."""
    return [
        (one, other)
        for series, apart in ((series_by_name(images), FRAMES_APART), (series_by_time(likeness), SECONDS_APART))
        for frames in series.values()
        for (first, one), (second, other) in pairwise(sorted(frames))
        if second - first <= apart and likeness.best_correlation(one, other) >= FRAMES_CORRELATE
    ]


_KNOWN = frozenset(
    ("id", "file_name", "width", "height", "license", "flickr_url", "coco_url", "date_captured", "review", "split")
)
_ASKED = 100
"""Images, evenly picked, whose entries are looked into for fields."""


def fields_of(dataset: Dataset) -> list[str]:
    """Fields of the entries of images that may tell what belongs together: those that COCO does not know."""
    found: dict[str, None] = {}
    for file in dataset.files:
        for raw in file.images[:: max(len(file.images) // _ASKED, 1)]:
            entry = decoded(bytes(raw), dict[str, Any]) or {}
            found |= {key: None for key, value in entry.items() if key not in _KNOWN and as_said(value) is not None}
    return [*found]

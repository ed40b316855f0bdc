"""What a model suggests for the images of a dataset, kept apart from its annotations until a person accepts it.

One file for each model, beside the journal of the dataset::

    drafts/<name>-<hash>/suggestions/<model>-<hash of its path>.json

It is read like anything from outside: what does not fit the dataset is left out and counted.
"""

import hashlib
import math
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from core.annotation.editing.classes import LONGEST_NAME
from core.annotation.editing.model import Annotation, fault
from core.annotation.storage.draft_folder import draft_folder, keep, read_kept
from core.annotation.storage.image_keys import ImageKey, by_key, key_of
from core.dataset import Dataset, Image
from core.errors import UserError
from core.geometry.masks import Mask
from core.geometry.segmentation import Box, Rle
from core.words import tr

_VERSION = 1


class Suggestion(msgspec.Struct, frozen=True, dict=True):
    """One instance that a model found."""

    category: str
    """Name of its class; the dataset may lack it."""
    score: float
    """0–1."""
    segmentation: dict[str, Any]
    """COCO's run-length encoding at the size of the image."""
    box: Box
    replaces: int | None = None
    """The ``id`` of the instance, with a box alone, whose mask this is; accepted, it takes its place."""

    def annotation(self, category: int) -> Annotation:
        """What it becomes once it is accepted, with ``category`` as the id of its class."""
        return Annotation(category, self.shape, self.box)

    @cached_property
    def shape(self) -> Rle:
        """Always the same, by which what was accepted is known again."""
        size = self.segmentation.get("size")
        return Rle(tuple(size) if isinstance(size, list) else (0, 0), self.segmentation.get("counts", ""))

    def mask(self) -> Mask:
        """Its pixels."""
        return self.shape.mask()


Of = Mapping[int, tuple[Suggestion, ...]]
"""Suggestions by ``Image.index``, best score first."""


@dataclass(frozen=True, slots=True, eq=False)
class Suggestions:
    """What one model suggests for the images of a dataset. A value: ``without`` gives another one."""

    path: Path
    """The file they are kept in."""
    model: str
    """Path of the model."""
    made: float
    """Seconds since the epoch, UTC."""
    confidence: float
    """Nothing below this score was kept."""
    images: Of
    left_out: int = 0
    """Entries of the file that do not fit the dataset."""

    @property
    def title(self) -> str:
        """The name of the model, for a person."""
        return model_name(Path(self.model))

    def of(self, image: int) -> tuple[Suggestion, ...]:
        """Those for the image with this index."""
        return self.images.get(image, ())

    def names(self) -> list[str]:
        """Of the classes that are suggested for any image, in alphabetical order."""
        return sorted({suggestion.category for image in self.images.values() for suggestion in image})

    def without(self, image: int, rejected: tuple[Suggestion, ...]) -> "Suggestions":
        """All but those that a person rejected."""
        gone = {id(suggestion) for suggestion in rejected}
        return self.having(image, tuple(suggestion for suggestion in self.of(image) if id(suggestion) not in gone))

    def having(self, image: int, suggestions: tuple[Suggestion, ...]) -> "Suggestions":
        """These for the image with this index, and what there is for others."""
        return replace(self, images={**self.images, image: suggestions})


class _OfImage(msgspec.Struct, frozen=True):
    place: ImageKey
    suggestions: tuple[Suggestion, ...]


class _File(msgspec.Struct, frozen=True):
    version: int
    model: str
    made: float
    confidence: float
    images: tuple[_OfImage, ...]


def suggestion_file(dataset: Dataset, model: Path) -> Path:
    """Where the suggestions of a model for a dataset are kept."""
    name = re.sub(r"[^\w.-]+", "-", model_name(model))[:60]
    digest = hashlib.blake2b(os.fsencode(model.absolute()), digest_size=4).hexdigest()
    return _folder(dataset) / f"{name}-{digest}.json"


def model_name(model: Path) -> str:
    """What a model is called: its run, also for an export that lies in the folder of one."""
    for folder in (model, *model.parents):
        if folder.suffix != ".xml" and folder.name not in ("fp16", "fp32", "export", ""):
            return folder.name
    return model.stem


def newest(dataset: Dataset) -> Path | None:
    """The file that was written last; ``None`` when no model has suggested anything yet."""
    found = _folder(dataset).glob("*.json") if _folder(dataset).is_dir() else ()
    return max(found, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)


def write(dataset: Dataset, suggestions: Suggestions) -> None:
    """Keep suggestions in their file, which is the ``newest`` then. Raises ``UserError`` when the disk refuses."""
    path = suggestions.path
    images = tuple(
        _OfImage(key_of(dataset, dataset.images[index]), found) for index, found in suggestions.images.items() if found
    )
    keep(path, _File(_VERSION, suggestions.model, suggestions.made, suggestions.confidence, images))
    with suppress(OSError):  # a clock may have been set back
        latest = max((other.stat().st_mtime for other in path.parent.glob("*.json") if other != path), default=0.0)
        if latest >= path.stat().st_mtime:
            os.utime(path, (latest + 2, latest + 2))  # some file systems count by twos


def read(path: Path, dataset: Dataset) -> Suggestions:
    """The suggestions in a file, as far as they fit the dataset. Raises ``UserError`` when it is not such a file."""
    file = read_kept(path, _File)
    if file.version != _VERSION:
        raise UserError(
            tr("{path} is of another version of Maskwright", path=path), tr("let the model look at the images again")
        )
    known, left_out = by_key(dataset), 0
    images: dict[int, tuple[Suggestion, ...]] = {}
    for entry in file.images:
        image = known.get(entry.place)
        alone = _alone(dataset, image) if image and any(item.replaces is not None for item in entry.suggestions) else ()
        done = sum(item.replaces is not None and item.replaces not in alone for item in entry.suggestions)
        usable = [
            item
            for item in entry.suggestions
            if image is not None and (item.replaces is None or item.replaces in alone) and _fits(item, image)
        ]
        left_out += len(entry.suggestions) - len(usable) - (done if image is not None else 0)
        if image is not None and usable:
            images[image.index] = tuple(sorted(usable, key=lambda item: -item.score))
    return Suggestions(path, file.model, file.made, file.confidence, images, left_out)


def _fits(suggestion: Suggestion, image: Image) -> bool:
    name, size = suggestion.category, (image.height, image.width)
    return (
        name == " ".join(name.split())
        and 0 < len(name) <= LONGEST_NAME
        and math.isfinite(suggestion.score)
        and 0 <= suggestion.score <= 1
        and fault(suggestion.annotation(0), size) is None
        and suggestion.mask().area > 0
    )


def _alone(dataset: Dataset, image: Image) -> set[int]:
    """The ids of the instances of an image that have only a box."""
    return {each.id for each in dataset.instances(image) if not each.segmentation}


def _folder(dataset: Dataset) -> Path:
    return draft_folder(dataset) / "suggestions"

"""A foreign dataset as a COCO folder: what an import makes.

``annotations/instances_<split>.json`` beside ``images/<split>``, where pictures are links to the originals or copies of
them. The folder appears when it is complete; what an interrupted import has copied already is used again.
"""

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw

from core.dataset.formats.export import new_folder
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance
from core.dataset.formats.pictures import MISSING, size_of
from core.dataset.formats.placing import LinkOrCopy, PictureNames, bring, folder_of_split
from core.dataset.problems import Problem
from core.dataset.writing import encode
from core.errors import UserError
from core.files import make_folders, write_atomically
from core.geometry.masks import Size
from core.geometry.segmentation import Rle, Segmentation
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress
from core.words import tr

_UNSPLIT = "default"
"""Of images whose format knows no splits."""
_LEFT_OUT = tr("the object is left out")


def write_coco_folder(
    dataset: ForeignDataset,
    output: Path,
    format: str,
    *,
    pictures: LinkOrCopy = "link",
    report: Report = ignore,
    check: Check = never,
) -> list[Problem]:
    """Write ``dataset``, which is of the format called ``format``, into the new folder ``output``; returns what was
    not read, or not as it stood. Raises ``UserError`` where the folder is there already or cannot be written."""
    with new_folder(output, of=f"{format} {pictures} {dataset.root}") as folder:
        splits, progress = _Splits(dataset, folder, pictures), Throttle(PROGRESS_EVERY)
        for done, image in enumerate(dataset.images, 1):
            check()
            splits.add(image)
            if progress.due():
                report(Progress(done=done, total=0, unit=tr("images")))
        splits.sweep()
        if not splits.images:
            raise _no_images(dataset)
        splits.write({"description": f"{dataset.root.name}, imported from {format}", "imported": format})
    return dataset.log.problems()


def _no_images(dataset: ForeignDataset) -> UserError:
    """Why nothing comes of a dataset; the first thing that is wrong with it says more."""
    found = dataset.log.problems()
    if not found:
        return UserError(tr("{root} holds no pictures", root=dataset.root), tr("choose the folder that does"))
    first = " ".join(filter(None, (found[0].file, found[0].entry, found[0].message)))
    return UserError(
        tr("nothing of {root} can be used; the first: {first}", root=dataset.root, first=first), found[0].hint
    )


class _Splits:
    """The COCO files of the splits, growing image by image."""

    def __init__(self, dataset: ForeignDataset, folder: Path, pictures: LinkOrCopy) -> None:
        self._dataset, self._folder, self._pictures = dataset, folder, pictures
        self._names = PictureNames()
        self._used: set[Path] = set()
        self._annotations: defaultdict[str, list[Raw]] = defaultdict(list)
        self._number = 0
        self._labels: dict[str, int] = {}
        self.images: defaultdict[str, list[Raw]] = defaultdict(list)
        """Entries by split."""

    def add(self, image: ForeignImage) -> None:
        log, split = self._dataset.log, folder_of_split(image.split) or _UNSPLIT
        name = self._names.free(split, image.file_name)
        target = self._folder / "images" / split / name
        missing = not self._bring(image, target)
        size = image.size or (None if missing else size_of(target, image.file_name, log))
        if size is None:
            log.add(image.file_name, "", tr("has no size that is known"), tr("the image is left out"))
            return
        self._used.add(target)
        id = sum(map(len, self.images.values())) + 1
        if missing:
            log.add(image.file_name, "", tr("the picture is missing"), MISSING)
        entry: dict[str, Any] = {"id": id, "file_name": name, "width": size[1], "height": size[0]}
        entry |= image.fields
        if image.attributes:
            entry["attributes"] = image.attributes
        self.images[split].append(Raw(msgspec.json.encode(entry)))
        for instance in image.instances:
            self._annotate(image, split, id, instance, size)

    def write(self, info: dict[str, str]) -> None:
        """Write a file for each split. Classes are numbered from 1 in the order of the format, the same in all."""
        categories = [
            Raw(msgspec.json.encode({"id": number, "name": name})) for number, name in enumerate(self._classes(), 1)
        ]
        header = {"info": Raw(msgspec.json.encode(info))}
        make_folders(self._folder / "annotations")
        for split, images in self.images.items():
            data = encode(header, (images, self._annotations[split], categories))
            write_atomically(self._folder / "annotations" / f"instances_{split}.json", data)

    def _classes(self) -> list[str]:
        return list(dict.fromkeys([*self._dataset.classes, *self._labels]))

    def _label(self, name: str) -> int:
        """The number of a class, from 1."""
        if name not in self._labels:
            known = self._dataset.classes
            self._labels = {each: number for number, each in enumerate(dict.fromkeys([*known, *self._labels, name]), 1)}
        return self._labels[name]

    def _annotate(self, image: ForeignImage, split: str, id: int, instance: ForeignInstance, size: Size) -> None:
        shape = instance.segmentation
        fault = shape.fault(size) if shape is not None else None
        if fault or (shape is None and instance.box is None):
            said = fault or tr("has neither a mask nor a box")
            self._dataset.log.add(image.file_name, tr("an object of {label}", label=instance.label), said, _LEFT_OUT)
            return
        self._number += 1
        entry = {
            "id": self._number,
            "image_id": id,
            "category_id": self._label(instance.label),
            **_extent(shape, instance, size),
            "iscrowd": int(instance.crowd),
        }
        if instance.score is not None:
            entry["score"] = instance.score
        if instance.attributes:
            entry["attributes"] = instance.attributes
        self._annotations[split].append(Raw(msgspec.json.encode(entry)))

    def _bring(self, image: ForeignImage, target: Path) -> bool:
        """Put a picture into its place; whether there is one."""
        if image.path is not None:
            bring(image.path, target, self._pictures)
        elif image.content is not None and not _is_newer(target, image.source):
            make_folders(target.parent)
            write_atomically(target, image.content())
        return image.path is not None or image.content is not None

    def sweep(self) -> None:
        """Remove what is no picture of an image: what could not be read, what an import of other frames has left."""
        for folder, _, names in os.walk(self._folder / "images"):
            for stray in {Path(folder) / name for name in names} - self._used:
                stray.unlink()


def _is_newer(target: Path, source: Path | None) -> bool:
    """Whether an interrupted import has made a picture of ``source`` as it is now."""
    try:
        return source is not None and target.stat().st_mtime_ns > source.stat().st_mtime_ns
    except OSError:
        return False


def _extent(shape: Segmentation | None, instance: ForeignInstance, size: Size) -> dict[str, Any]:
    """The segmentation, box and area of an object, as COCO has them; the last two as its pixels have them."""
    if shape is None:
        assert instance.box is not None
        return {"bbox": list(instance.box), "area": instance.box[2] * instance.box[3]}
    mask = shape.mask(size)
    area, box = mask.area, shape.box if mask.area == 0 else mask.box
    if instance.crowd and not isinstance(shape, Rle):
        shape = Rle.of(mask)  # a crowd is a mask for every reader of COCO
    return {"segmentation": shape.coco, "bbox": list(box), "area": area}

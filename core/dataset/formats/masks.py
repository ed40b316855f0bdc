"""Pictures of labels: each pixel holds the number of its class, or of its instance.

- **Label images** beside the pictures, one number an instance, 0 for the background: Cellpose's ``x_masks`` of ``x`` or
  ``x_img``, StarDist's and QuPath's ``masks`` and ``labels`` folders, ``SegmentationObject`` of Pascal VOC without its
  class picture.
- **A mask a file**: a folder for each picture with a mask for each object, as the Data Science Bowl of 2018 has it
  (``images/x.png`` beside ``masks/*.png`` in a folder ``x``).
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from core.dataset.file_kinds import is_picture
from core.dataset.folder.folder_tree import FolderTree, join
from core.dataset.folder.split_names import split_of_folder
from core.dataset.formats.export import WrittenImage
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, Format, ReaderLog
from core.dataset.formats.pictures import size_of
from core.dataset.problems import ProblemLog
from core.errors import UserError
from core.files import make_folders, write_atomically
from core.geometry.mask_ops import labelled, trimmed
from core.geometry.masks import Size, crop
from core.geometry.segmentation import Rle, mask_of
from core.reading import read_json
from core.words import tr

_OBJECT = "object"
"""What the only class is called where files name none."""
_FOLDER = re.compile(r"(masks?|labels?|gt|ground[_-]?truth|annotations?|segmentations?|instances?)", re.IGNORECASE)
_SUFFIX = re.compile(r"[_-]?(cp_masks|masks?|labels?|seg|segmentation|gt|instances?)$", re.IGNORECASE)
_PICTURE_SUFFIX = re.compile(r"[_-]?(img|image)$", re.IGNORECASE)
_CLASSES = "instances.json"
LATER_COUNTS = tr("pixels of several belong to the last of them: the format has one number a pixel")
_OTHER_SIZE = tr("what it shows is kept where it is; look whether it lies on the objects")
_OWN_NUMBERS = tr("where it shows several objects, give each a number of its own")
_MOST_OBJECTS = 1_000_000


def _pairs(tree: FolderTree) -> dict[str, str]:
    """The label image of each picture that has one."""
    pictures: dict[tuple[str, str], str] = {}
    labels: list[tuple[str, str, str]] = []
    for folder in tree.folders:
        parent, name = posixpath.split(folder)
        of_masks = bool(_FOLDER.fullmatch(name))
        for file in sorted(filter(is_picture, tree.files(folder))):
            stem = posixpath.splitext(file)[0]
            bare = _SUFFIX.sub("", stem)
            if of_masks or bare != stem:
                labels.append((parent or "." if of_masks else folder, bare, join(folder, file)))
            else:
                pictures.setdefault((folder, stem), join(folder, file))
                pictures.setdefault((folder, _PICTURE_SUFFIX.sub("", stem)), join(folder, file))
                if _is_of_images(name):
                    pictures.setdefault((parent or ".", stem), join(folder, file))
    return {picture: label for folder, stem, label in labels if (picture := pictures.get((folder, stem))) is not None}


def _is_of_images(folder: str) -> bool:
    return bool(re.fullmatch(r"(images?|imgs?|pictures?|raw|originals?)", folder, re.IGNORECASE))


def _annotates_with_labels(tree: FolderTree) -> bool:
    return bool(_pairs(tree))


class _Classes(msgspec.Struct):
    """What ``instances.json`` holds: the class of each number of a label image, from 1."""

    classes: list[str] = []
    instances: dict[str, list[str]] = {}


def _read_labels(tree: FolderTree) -> ForeignDataset:
    log, known = ReaderLog(), _Classes([_OBJECT])
    if _CLASSES in tree.files("."):
        log.read.add(_CLASSES)
        known = read_json(
            tree.root / _CLASSES, _Classes, tr("{path} is not a list of the classes of label images: {reason}")
        )
    classes = list(known.classes)
    return ForeignDataset(tree.root, _images_of_labels(tree, known, log), classes, log)


def _images_of_labels(tree: FolderTree, known: _Classes, log: ReaderLog) -> Iterator[ForeignImage]:
    from core.images.label_map import read_label_map

    for picture, label in _pairs(tree).items():
        split = split_of_folder(posixpath.dirname(picture)) or ""
        log.read.add(label)
        try:
            numbers = read_label_map(tree.root / label)
            masks = instances_of(numbers)
        except (UserError, ValueError) as error:
            log.add(label, "", getattr(error, "message", str(error)), getattr(error, "hint", ""))
            yield ForeignImage(picture, tree.root / picture, [], split=split)
            continue
        labels = known.instances.get(label, [])
        present = [number for number in np.unique(numbers).tolist() if number]
        if len(masks) == 1 and labelled(masks[0].mask().bitmap, 8).max(initial=0) > 1:
            log.add(label, "", tr("has one number, so that all of it is one object"), _OWN_NUMBERS)
        instances = [
            ForeignInstance(labels[number - 1] if 0 < number <= len(labels) else _OBJECT, mask)
            for number, mask in zip(present, masks, strict=True)
        ]
        height, width = numbers.shape
        _tell_other_size(tree, picture, label, (height, width), log)
        yield ForeignImage(picture, tree.root / picture, instances, (height, width), split)


def _tell_other_size(tree: FolderTree, picture: str, masks: str, size: Size, log: ReaderLog) -> None:
    """Say that masks are not of the size of their picture."""
    own = size_of(tree.root / picture, picture, ProblemLog(), size)
    if own is not None and own != size:
        message = tr(
            "is of {width} × {height} pixels, its picture of {own_width} × {own_height}",
            width=size[1],
            height=size[0],
            own_width=own[1],
            own_height=own[0],
        )
        log.add(masks, "", message, _OTHER_SIZE)


def instances_of(numbers: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> list[Rle]:
    """The mask of each number but 0 in a label image of shape ``(height, width)``, in the order of the numbers. Every
    piece of a number belongs to its instance. Raises ``ValueError`` for more of them than any picture shows."""
    height, width = numbers.shape
    flat = numbers.ravel()
    order = np.argsort(flat, kind="stable")
    sorted_numbers = flat[order]
    starts = np.flatnonzero(np.append(True, sorted_numbers[1:] != sorted_numbers[:-1]))
    if len(starts) > _MOST_OBJECTS:
        raise ValueError(tr("holds {objects:,} different numbers: it is no picture of labels", objects=len(starts)))
    masks = []
    for start, end in zip(starts, [*starts[1:], len(flat)], strict=True):
        if sorted_numbers[start] == 0:
            continue
        rows, columns = np.divmod(order[start:end], width)
        top, left = int(rows.min()), int(columns.min())
        bitmap = np.zeros((int(rows.max()) - top + 1, int(columns.max()) - left + 1), np.uint8)
        bitmap[rows - top, columns - left] = 1
        masks.append(Rle.of(trimmed(bitmap, left, top, (height, width))))
    return masks


def _samples(tree: FolderTree) -> dict[str, list[str]]:
    """The masks of each picture, where each picture has a folder of its own."""
    found: dict[str, list[str]] = {}
    for folder in tree.folders:
        masks = join(folder, "masks")
        images = sorted(filter(is_picture, tree.files(join(folder, "images"))))
        files = sorted(filter(is_picture, tree.files(masks)))
        if len(images) == 1 and files and posixpath.splitext(images[0])[0] == posixpath.basename(folder):
            found[join(join(folder, "images"), images[0])] = [join(masks, file) for file in files]
    return found


def _annotates_with_files(tree: FolderTree) -> bool:
    return bool(_samples(tree))


def _read_files(tree: FolderTree) -> ForeignDataset:
    log = ReaderLog()
    return ForeignDataset(tree.root, _images_of_files(tree, log), [_OBJECT], log)


def _images_of_files(tree: FolderTree, log: ReaderLog) -> Iterator[ForeignImage]:
    from core.images.label_map import read_label_map

    for picture, masks in _samples(tree).items():
        instances, size = [], None
        log.read.update(masks)
        for file in masks:
            try:
                bitmap = read_label_map(tree.root / file) > 0
            except UserError as error:
                log.add(file, "", error.message, error.hint)
                continue
            height, width = bitmap.shape
            size = size or (height, width)
            if size != bitmap.shape:
                log.add(file, "", tr("is not of the size of the other masks"), tr("its object is left out"))
                continue
            instances.append(ForeignInstance(_OBJECT, Rle.of(crop(bitmap))))
        if size is not None:
            _tell_other_size(tree, picture, posixpath.dirname(masks[0]), size, log)
        split = split_of_folder(posixpath.dirname(posixpath.dirname(picture))) or ""
        yield ForeignImage(picture, tree.root / picture, instances, size, split)


class LabelImageWriter:
    """``<split>/images`` and ``<split>/masks``, where each pixel has the number of its instance, from 1; the classes of
    the numbers are in ``instances.json``. Where instances overlap, the later one has the pixels."""

    def __init__(self, folder: Path, classes: Sequence[str], log: ProblemLog) -> None:
        self._folder, self._classes, self._log = folder, classes, log
        self._labels: dict[str, list[str]] = {}

    def folder_of(self, split: str) -> str:
        """Where pictures lie."""
        return f"{split}/images"

    def add(self, image: WrittenImage) -> None:
        """Write the label image of an image."""
        from core.images.label_map import encode_label_map

        numbers = np.zeros(image.size, np.int64)
        labels: list[str] = []
        overlaps = False
        for instance in image.instances:
            mask = mask_of(instance.segmentation, image.size)
            if not mask.bitmap.size:
                entry = tr("annotation {id}", id=instance.id)
                self._log.add(image.picture, entry, tr("has no pixel of its own"), tr("the format has only pixels"))
                continue
            labels.append(self._classes[instance.label])
            part = numbers[mask.y : mask.y + mask.bitmap.shape[0], mask.x : mask.x + mask.bitmap.shape[1]]
            inside = mask.bitmap > 0
            overlaps |= bool(part[inside].any())
            part[inside] = len(labels)
        if overlaps:
            self._log.add(image.picture, "", tr("has instances that overlap"), LATER_COUNTS)
        name = posixpath.splitext(image.picture.replace("/images/", "/masks/", 1))[0]
        make_folders((self._folder / name).parent)
        write_atomically(self._folder / f"{name}.png", encode_label_map(numbers))
        self._labels[f"{name}.png"] = labels

    def finish(self) -> None:
        """Write which class each number is of."""
        content = {"classes": self._classes, "instances": self._labels}
        write_atomically(self._folder / _CLASSES, msgspec.json.format(msgspec.json.encode(content), indent=1))


LABEL_IMAGES = Format(
    "masks",
    tr("Label images"),
    _annotates_with_labels,
    _read_labels,
    "core.dataset.formats.masks:LabelImageWriter",
    ("crowds", "boxes", "overlaps", "not labelled", "pixel sizes", "fields"),
)
MASK_FILES = Format("mask-files", tr("A mask a file"), _annotates_with_files, _read_files)

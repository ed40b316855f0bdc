"""Pascal VOC with instance masks (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/devkit_doc.pdf).

``SegmentationObject`` numbers the instances of a picture, ``SegmentationClass`` says of which class each pixel is, 255
is the border that counts as neither. Where there are no masks, boxes of ``Annotations`` are read. ``ImageSets`` has the
splits; ``labelmap.txt``, which CVAT and Datumaro add, has the classes and their colors.
"""

import posixpath
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from core.dataset.file_kinds import sample
from core.dataset.folder.folder_tree import FolderTree, join
from core.dataset.folder.split_names import split_of
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, Format, ReaderLog
from core.dataset.formats.masks import instances_of
from core.dataset.formats.pictures import Pictures, files_of, size_of
from core.dataset.formats.shapes import number, read_xml, stated_size
from core.errors import UserError
from core.geometry.masks import Size
from core.geometry.segmentation import Rle
from core.reading import read_lines
from core.words import tr

CLASSES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable",
    "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
"""Of the challenge, in the order of its numbers."""
BORDER, BORDER_COLOR = 255, 0xE0E0C0
_LEFT_OUT = tr("the object is left out")
SETS = ("Segmentation", "Main")

Labels = NDArray[np.int64]


def _annotates(tree: FolderTree) -> bool:
    folders = {posixpath.basename(folder) for folder in tree.folders}
    if {"SegmentationObject", "JPEGImages"} <= folders or {"SegmentationObject", "Annotations"} <= folders:
        return True
    return any(_is_voc(tree, file) for file in files_of(tree, (".xml",))[:20])


def _is_voc(tree: FolderTree, file: str) -> bool:
    try:
        head = sample(tree.root / file)
    except OSError:
        return False
    return b"<annotation>" in head.replace(b" ", b"") and b"<filename>" in head


def _read(tree: FolderTree) -> ForeignDataset:
    log = ReaderLog()
    colors = _label_map(tree)
    stated = bool(files_of(tree, ("labelmap.txt",)))
    classes = [name for name in colors.values() if stated and name != "background"]
    return ForeignDataset(tree.root, _images(tree, colors, log), classes, log)


def color(number: int) -> int:
    """The color of a number in the palette of the challenge, red × 65536 + green × 256 + blue: its bits, spread over
    the channels from the highest down."""
    red = green = blue = 0
    for place in range(8):
        red |= (number & 1) << 7 - place
        green |= (number >> 1 & 1) << 7 - place
        blue |= (number >> 2 & 1) << 7 - place
        number >>= 3
    return red << 16 | green << 8 | blue


def _label_map(tree: FolderTree) -> dict[int, str]:
    """Names of classes by color: those of ``labelmap.txt``, where one without a color has that of its line; else those
    of the challenge."""
    found: dict[int, str] = {}
    for file in files_of(tree, ("labelmap.txt",))[:1]:
        lines = read_lines(tree.root / file, 1 << 20)
        for place, line in enumerate(line for line in lines if line.strip() and not line.startswith("#")):
            name, _, rest = line.partition(":")
            channels = rest.partition(":")[0].split(",")
            if len(channels) == 3 and all(each.strip().isdigit() for each in channels):
                red, green, blue = map(int, channels)
                found[red << 16 | green << 8 | blue] = name.strip()
            else:
                found[color(place)] = name.strip()
    return found or {color(place): name for place, name in enumerate(CLASSES)}


def _splits(tree: FolderTree) -> dict[str, str]:
    """The split of each picture by its name without an ending."""
    found: dict[str, str] = {}
    for kind in reversed(SETS):
        for file in files_of(tree, (".txt",)):
            stem = posixpath.splitext(posixpath.basename(file))[0]
            split = split_of(stem)
            if posixpath.basename(posixpath.dirname(file)) == kind and split and "_" not in stem:
                if stem == "trainval":
                    continue
                for line in read_lines(tree.root / file, 256 << 20):
                    if name := re.sub(r"\s+-?[01]$", "", line).strip():  # whether a class is there may follow
                        found[name] = split
    return found


def _images(tree: FolderTree, colors: dict[int, str], log: ReaderLog) -> Iterator[ForeignImage]:
    pictures, splits = Pictures(tree), _splits(tree)
    log.read.update(file for file in files_of(tree, (".txt",)) if "ImageSets/" in file or file.endswith("labelmap.txt"))
    by_folder: dict[str, dict[str, str]] = {"Annotations": {}, "SegmentationObject": {}, "SegmentationClass": {}}
    for file in files_of(tree, (".xml", ".png")):
        kind = posixpath.basename(posixpath.dirname(file))
        if file.endswith(".xml") and kind not in by_folder and _is_voc(tree, file):
            kind = "Annotations"
        by_folder.get(kind, {}).setdefault(posixpath.splitext(posixpath.basename(file))[0], file)
    log.read.update(file for files in by_folder.values() for file in files.values())
    named: dict[str, str] = {}
    for picture in pictures.all():
        if not posixpath.basename(posixpath.dirname(picture)).startswith("Segmentation"):
            named.setdefault(posixpath.splitext(posixpath.basename(picture))[0], picture)
    stems = dict.fromkeys([*named, *(stem for files in by_folder.values() for stem in files)])
    for stem in sorted(stems):
        described, stated = _described(tree, by_folder["Annotations"].get(stem), log)
        name = named.get(stem)
        masks = by_folder["SegmentationObject"].get(stem)
        if masks is not None:
            instances, size = _masks(tree, masks, by_folder["SegmentationClass"].get(stem), described, colors, log)
        else:
            instances = [each for each in map(_box, described) if each is not None]
            size = size_of(tree.root / name, name, log, stated) if name else stated
        own = name or join("JPEGImages", f"{stem}.jpg")
        yield ForeignImage(own, tree.root / name if name else None, instances, size, splits.get(stem, ""))


def _described(tree: FolderTree, file: str | None, log: ReaderLog) -> tuple[list[Element], Size | None]:
    """The objects that the XML of a picture lists, and the size that it states."""
    if file is None:
        return [], None
    try:
        root = read_xml(tree.root / file)
    except UserError as error:
        log.add(file, "", error.message, error.hint)
        return [], None
    return root.findall("object"), stated_size(root.findtext("size/height"), root.findtext("size/width"))


def _box(described: Element) -> ForeignInstance | None:
    """A box alone. VOC counts pixels from 1 and includes the last one."""
    try:
        left, top, right, bottom = (
            number(described.findtext(f"bndbox/{side}")) for side in ("xmin", "ymin", "xmax", "ymax")
        )
    except ValueError:
        return None
    return ForeignInstance(
        described.findtext("name") or "object", None, (left - 1, top - 1, right - left + 1, bottom - top + 1)
    )


def _masks(
    tree: FolderTree,
    file: str,
    classes: str | None,
    described: list[Element],
    colors: dict[int, str],
    log: ReaderLog,
) -> tuple[list[ForeignInstance], tuple[int, int] | None]:
    """The instances of a picture of numbers, of the class that most of their pixels have."""
    from core.images.label_map import read_label_map

    try:
        numbers = read_label_map(tree.root / file)
        kinds = read_label_map(tree.root / classes, colors=True) if classes is not None else None
        numbers[numbers == (BORDER_COLOR if numbers.max(initial=0) > BORDER else BORDER)] = 0
        masks = instances_of(numbers)
    except (UserError, ValueError) as error:
        log.add(file, "", getattr(error, "message", str(error)), _LEFT_OUT)
        return [], None
    height, width = numbers.shape
    present = [value for value in np.unique(numbers).tolist() if value]
    instances = []
    for place, (value, mask) in enumerate(zip(present, masks, strict=True)):
        label = _label(value, mask, kinds, described, colors, place, numbers)
        if label == "background":
            log.add(file, tr("instance {value}", value=value), tr("is of no class"), _LEFT_OUT)
            continue
        instances.append(ForeignInstance(label, mask))
    return instances, (height, width)


def _label(
    value: int,
    mask: Rle,
    kinds: Labels | None,
    described: list[Element],
    colors: dict[int, str],
    place: int,
    numbers: Labels,
) -> str:
    if kinds is not None and kinds.shape == numbers.shape:
        inside = kinds[numbers == value]
        known = inside[inside != BORDER_COLOR]
        if len(known):
            found, counts = np.unique(known, return_counts=True)
            most = int(found[counts.argmax()])
            return colors.get(most, f"color {most:06x}")
    if place < len(described):
        return described[place].findtext("name") or "object"
    return "object"


VOC = Format(
    "voc",
    "Pascal VOC",
    _annotates,
    _read,
    "core.dataset.formats.voc_writer:VocWriter",
    ("crowds", "boxes", "overlaps", "not labelled", "pixel sizes", "fields"),
)

"""Pascal VOC with instance masks (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/devkit_doc.pdf).

``SegmentationObject`` numbers the instances of a picture, ``SegmentationClass`` says of which class each pixel is, 255
is the border that counts as neither. Where there are no masks, boxes of ``Annotations`` are read. ``ImageSets`` has the
splits; ``labelmap.txt``, which CVAT and Datumaro add, has the classes and their colors.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np
from numpy.typing import NDArray

from core.dataset.file_kinds import sample
from core.dataset.folder.folder_tree import FolderTree, join
from core.dataset.folder.split_names import split_of
from core.dataset.formats.export import WrittenImage, told_crowd
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, Format, ReaderLog
from core.dataset.formats.masks import LATER_COUNTS, instances_of
from core.dataset.formats.pictures import Pictures, files_of, size_of
from core.dataset.formats.shapes import number, read_xml
from core.dataset.model import Instance
from core.errors import UserError
from core.files import make_folders, write_atomically
from core.geometry.segmentation import Rle, mask_of
from core.reading import read_bytes
from core.words import tr

CLASSES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable",
    "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
"""Of the challenge, in the order of its numbers."""
_BORDER, _BORDER_COLOR = 255, 0xE0E0C0
_LEFT_OUT = tr("the object is left out")
_SETS = ("Segmentation", "Main")

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
    return ForeignDataset(tree.root, _images(tree, colors, classes, log), classes, log)


def _color(number: int) -> int:
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
        lines = read_bytes(tree.root / file, 1 << 20).decode(errors="replace").splitlines()
        for place, line in enumerate(line for line in lines if line.strip() and not line.startswith("#")):
            name, _, rest = line.partition(":")
            channels = rest.partition(":")[0].split(",")
            if len(channels) == 3 and all(each.strip().isdigit() for each in channels):
                red, green, blue = map(int, channels)
                found[red << 16 | green << 8 | blue] = name.strip()
            else:
                found[_color(place)] = name.strip()
    return found or {_color(place): name for place, name in enumerate(CLASSES)}


def _splits(tree: FolderTree) -> dict[str, str]:
    """The split of each picture by its name without an ending."""
    found: dict[str, str] = {}
    for kind in reversed(_SETS):
        for file in files_of(tree, (".txt",)):
            stem = posixpath.splitext(posixpath.basename(file))[0]
            split = split_of(stem)
            if posixpath.basename(posixpath.dirname(file)) == kind and split and "_" not in stem:
                if stem == "trainval":
                    continue
                for line in read_bytes(tree.root / file, 256 << 20).decode(errors="replace").splitlines():
                    if name := re.sub(r"\s+-?[01]$", "", line).strip():  # whether a class is there may follow
                        found[name] = split
    return found


def _images(tree: FolderTree, colors: dict[int, str], classes: list[str], log: ReaderLog) -> Iterator[ForeignImage]:
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
        described = _described(tree, by_folder["Annotations"].get(stem), log)
        name = named.get(stem)
        masks = by_folder["SegmentationObject"].get(stem)
        if masks is not None:
            instances, size = _masks(tree, masks, by_folder["SegmentationClass"].get(stem), described, colors, log)
        else:
            instances = [each for each in map(_box, described) if each is not None]
            size = size_of(tree.root / name, name, log) if name else None
        for instance in instances:
            if instance.label not in classes:
                classes.append(instance.label)
        own = name or join("JPEGImages", f"{stem}.jpg")
        yield ForeignImage(own, tree.root / name if name else None, instances, size, splits.get(stem, ""))


def _described(tree: FolderTree, file: str | None, log: ReaderLog) -> list[Element]:
    """The objects that the XML of a picture lists."""
    if file is None:
        return []
    try:
        return read_xml(tree.root / file).findall("object")
    except UserError as error:
        log.add(file, "", error.message, error.hint)
        return []


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
        numbers[numbers == (_BORDER_COLOR if numbers.max(initial=0) > _BORDER else _BORDER)] = 0
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
        known = inside[inside != _BORDER_COLOR]
        if len(known):
            found, counts = np.unique(known, return_counts=True)
            most = int(found[counts.argmax()])
            return colors.get(most, f"color {most:06x}")
    if place < len(described):
        return described[place].findtext("name") or "object"
    return "object"


class VocWriter:
    """Masks as pictures of numbers with the palette of the challenge, boxes as XML, splits as lists. Where instances
    overlap, the later one has the pixels; crowds and boxes without a mask are only in the XML."""

    def __init__(self, folder: Path, classes: Sequence[str], log: ReaderLog) -> None:
        self._folder, self._log = folder, log
        self._classes = _without_colons(classes, log)
        self._splits: dict[str, list[str]] = {}
        colors = [(_color(number) >> 16, _color(number) >> 8 & 255, _color(number) & 255) for number in range(256)]
        self._palette = np.array(colors, np.uint8)
        if len(classes) > _BORDER - 1:
            log.add("labelmap.txt", "", tr("{n:,} classes are more than its pictures tell apart", n=len(classes)), "")

    def folder_of(self, split: str) -> str:
        """Where pictures lie, of all splits."""
        self._splits.setdefault(split, [])
        return "JPEGImages"

    def add(self, image: WrittenImage) -> None:
        """Write the pictures of numbers and the XML of an image."""
        from core.images.label_map import encode_colors, encode_label_map

        stem = posixpath.splitext(posixpath.basename(image.picture))[0]
        self._splits[image.image.split].append(stem)
        objects, kinds = np.zeros(image.size, np.int64), np.zeros(image.size, np.int64)
        described = Element("annotation")
        SubElement(described, "folder").text = "JPEGImages"
        SubElement(described, "filename").text = posixpath.basename(image.picture)
        size = SubElement(described, "size")
        for name, value in zip(("width", "height", "depth"), (image.size[1], image.size[0], 3), strict=True):
            SubElement(size, name).text = str(value)
        SubElement(described, "segmented").text = "1"
        hidden = 0
        for instance in sorted(image.instances, key=lambda each: each.segmentation is None):
            mask = mask_of(instance.segmentation, image.size)
            if mask.bitmap.size:
                number = int(objects.max(initial=0)) + 1
                rows, columns = (
                    slice(mask.y, mask.y + mask.bitmap.shape[0]),
                    slice(mask.x, mask.x + mask.bitmap.shape[1]),
                )
                inside = mask.bitmap > 0
                hidden += int((objects[rows, columns][inside] > 0).any())
                objects[rows, columns][inside] = number
                kinds[rows, columns][inside] = instance.label + 1
            told_crowd(image, instance, self._log)
            _describe(described, instance, self._classes[instance.label])
        if hidden:
            self._log.add(image.picture, "", tr("has instances that overlap"), LATER_COUNTS)
        few = int(objects.max(initial=0)) < _BORDER
        self._write(
            f"SegmentationObject/{stem}.png",
            encode_colors(objects, self._palette) if few else encode_label_map(objects),
        )
        self._write(f"SegmentationClass/{stem}.png", encode_colors(np.minimum(kinds, _BORDER - 1), self._palette))
        indent(described)
        self._write(f"Annotations/{stem}.xml", tostring(described))

    def finish(self) -> None:
        """Write the lists of the splits and the classes."""
        for split, stems in self._splits.items():
            for kind in _SETS:
                self._write(f"ImageSets/{kind}/{split}.txt", "".join(f"{stem}\n" for stem in stems).encode())
        lines = ["# label:color_rgb:parts:actions", "background:0,0,0::"]
        for place, name in enumerate(self._classes, 1):
            lines.append(f"{name}:{','.join(map(str, self._palette[min(place, 255)].tolist()))}::")
        self._write("labelmap.txt", "".join(f"{line}\n" for line in lines).encode())

    def _write(self, name: str, data: bytes) -> None:
        make_folders((self._folder / name).parent)
        write_atomically(self._folder / name, data)


def _without_colons(classes: Sequence[str], log: ReaderLog) -> list[str]:
    """Names that ``labelmap.txt`` can hold, each another."""
    names: list[str] = []
    for name in classes:
        new = re.sub(r"[:\r\n]+", " ", name).strip() or "class"
        while new in names:
            new += "_"
        if new != name:
            log.add("labelmap.txt", name, tr("is called “{new}”", new=new), tr("a colon ends a name in this format"))
        names.append(new)
    return names


def _describe(described: Element, instance: Instance, label: str) -> None:
    """Add an object to the XML of its picture. VOC counts pixels from 1 and includes the last one."""
    each = SubElement(described, "object")
    SubElement(each, "name").text = label
    for name in ("truncated", "difficult"):
        SubElement(each, name).text = "0"
    box = SubElement(each, "bndbox")
    x, y, width, height = instance.box
    for side, value in zip(("xmin", "ymin", "xmax", "ymax"), (x + 1, y + 1, x + width, y + height), strict=True):
        SubElement(box, side).text = f"{value:g}"


VOC = Format(
    "voc",
    "Pascal VOC",
    _annotates,
    _read,
    "core.dataset.formats.voc:VocWriter",
    ("crowds", "boxes", "overlaps", "fields"),
)

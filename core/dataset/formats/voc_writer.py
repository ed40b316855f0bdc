"""Pascal VOC as it is written: the pictures of numbers, the XML and the lists that ``voc`` reads."""

import posixpath
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from core.dataset.formats.export import WrittenImage
from core.dataset.formats.masks import LATER_COUNTS
from core.dataset.formats.voc import BORDER, SETS, color
from core.dataset.model import Instance
from core.dataset.problems import ProblemLog
from core.files import make_folders, write_atomically
from core.geometry.segmentation import mask_of
from core.words import tr


class VocWriter:
    """Masks as pictures of numbers with the palette of the challenge, boxes as XML, splits as lists. Where instances
    overlap, the later one has the pixels; crowds and boxes without a mask are only in the XML."""

    def __init__(self, folder: Path, classes: Sequence[str], log: ProblemLog) -> None:
        self._folder, self._log = folder, log
        self._classes = _without_colons(classes, log)
        self._splits: dict[str, list[str]] = {}
        colors = [(color(number) >> 16, color(number) >> 8 & 255, color(number) & 255) for number in range(256)]
        self._palette = np.array(colors, np.uint8)
        if len(classes) > BORDER - 1:
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
            _describe(described, instance, self._classes[instance.label])
        if hidden:
            self._log.add(image.picture, "", tr("has instances that overlap"), LATER_COUNTS)
        few = int(objects.max(initial=0)) < BORDER
        self._write(
            f"SegmentationObject/{stem}.png",
            encode_colors(objects, self._palette) if few else encode_label_map(objects),
        )
        self._write(f"SegmentationClass/{stem}.png", encode_colors(np.minimum(kinds, BORDER - 1), self._palette))
        indent(described)
        self._write(f"Annotations/{stem}.xml", tostring(described))

    def finish(self) -> None:
        """Write the lists of the splits and the classes."""
        for split, stems in self._splits.items():
            for kind in SETS:
                self._write(f"ImageSets/{kind}/{split}.txt", "".join(f"{stem}\n" for stem in stems).encode())
        lines = ["# label:color_rgb:parts:actions", "background:0,0,0::"]
        for place, name in enumerate(self._classes, 1):
            lines.append(f"{name}:{','.join(map(str, self._palette[min(place, 255)].tolist()))}::")
        self._write("labelmap.txt", "".join(f"{line}\n" for line in lines).encode())

    def _write(self, name: str, data: bytes) -> None:
        make_folders((self._folder / name).parent)
        write_atomically(self._folder / name, data)


def _without_colons(classes: Sequence[str], log: ProblemLog) -> list[str]:
    """Names that ``labelmap.txt`` can hold, each another."""
    names: list[str] = []
    for name in classes:
        new = re.sub(r"[:\r\n]+", " ", name).strip() or "class"
        while new in names:
            new += "_"
        if new != name:
            log.add(
                "labelmap.txt",
                name,
                tr("is called “{new}”", new=new),
                tr("a colon or a line break ends a name in this format"),
            )
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

"""LabelMe's JSON, versions 3 to 5 (https://github.com/wkentaro/labelme): a file beside each picture.

Shapes are polygons, rectangles (two corners), circles (centre and a point on the edge), or masks (a PNG in base64 over
a box). Shapes of one label with one ``group_id`` are parts of one object. Points and lines enclose nothing.
"""

import base64
import binascii
import math
import posixpath
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from core.dataset import file_kinds
from core.dataset.folder.folder_tree import FolderTree, join
from core.dataset.folder.split_names import split_of_folder
from core.dataset.formats.export import WrittenImage
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, Format, ReaderLog
from core.dataset.formats.pictures import MISSING, Pictures, files_of, has_kind, size_of
from core.dataset.formats.shapes import NO_AREA, ellipse, stated_size
from core.dataset.model import Instance
from core.dataset.problems import ProblemLog
from core.errors import UserError
from core.files import make_folders, write_atomically
from core.geometry.bridged_rings import loops, to_ring
from core.geometry.mask_ops import trimmed, union
from core.geometry.masks import Mask, Size
from core.geometry.polygons import Parts
from core.geometry.segmentation import Polygons, Rle, Segmentation
from core.reading import as_utf8, decoded, read_bytes, read_lines
from core.words import tr

_MOST_BYTES = 512 << 20
"""With the picture inside."""
_NO_CLASSES = ("", "__ignore__", "_background_")
_LEFT_OUT = tr("the shape is left out")


class _Shape(msgspec.Struct):
    label: str = ""
    points: list[tuple[float, float]] = []
    shape_type: str | None = None
    group_id: int | None = None
    mask: str | None = None
    flags: dict[str, Any] | None = None
    description: str | None = None


class _File(msgspec.Struct, rename="camel"):
    shapes: list[msgspec.Raw]
    image_path: str = ""
    image_data: str | None = None
    image_height: int | None = None
    image_width: int | None = None
    flags: dict[str, Any] | None = None


def _annotates(tree: FolderTree) -> bool:
    return has_kind(tree, file_kinds.LABELME, (".json",))


def _file(tree: FolderTree, file: str) -> _File | None:
    """A file of LabelMe's; ``None`` for any other JSON."""
    try:
        return decoded(as_utf8(read_bytes(tree.root / file, _MOST_BYTES)), _File)
    except OSError:
        return None


def _read(tree: FolderTree) -> ForeignDataset:
    log = ReaderLog()
    return ForeignDataset(tree.root, _images(tree, log), _classes(tree, log), log)


def _classes(tree: FolderTree, log: ReaderLog) -> list[str]:
    """The classes in ``labels.txt``, which LabelMe is started with, in order; without those that stand for none."""
    for file in files_of(tree, ("labels.txt",)):
        with suppress(OSError):
            names = dict.fromkeys(map(str.strip, read_lines(tree.root / file, _MOST_BYTES)))
            log.read.add(file)
            return [name for name in names if name not in _NO_CLASSES]
    return []


def _images(tree: FolderTree, log: ReaderLog) -> Iterator[ForeignImage]:
    pictures = Pictures(tree)
    shown: set[str] = set()
    for file in files_of(tree, (".json",)):
        read = _file(tree, file)
        if read is None:
            continue
        log.read.add(file)
        image = _image(tree, file, read, pictures, log)
        if image is None:
            continue
        shown.add(image.file_name)
        yield image
    for name in pictures.all():
        if name not in shown:
            yield ForeignImage(name, tree.root / name, [], split=split_of_folder(posixpath.dirname(name)) or "")


def _image(tree: FolderTree, file: str, read: _File, pictures: Pictures, log: ReaderLog) -> ForeignImage | None:
    folder, stem = posixpath.dirname(file) or ".", posixpath.splitext(posixpath.basename(file))[0]
    name = pictures.named(read.image_path, file, log) or pictures.beside(folder, stem)
    content = None
    if name is None and read.image_data:
        try:
            content = base64.b64decode(read.image_data, validate=True)
        except (binascii.Error, ValueError):
            log.add(file, "imageData", tr("is no picture in base64"), MISSING)
    if name is None and content is None:
        log.add(file, read.image_path, tr("the picture is missing"), MISSING)
    path = tree.root / name if name else None
    stated = stated_size(read.image_height, read.image_width)
    size = (size_of(path, name or file, log, stated) if path else None) or stated
    if size is None:
        log.add(file, "", tr("states no size of its picture"), tr("its shapes are left out"))
        return None
    instances = _instances(file, read, size, log)
    own = posixpath.basename(read.image_path.replace("\\", "/")) or f"{stem}.jpg"
    return ForeignImage(
        name or join(folder, own),
        path,
        instances,
        size,
        split_of_folder(posixpath.dirname(file)) or "",
        content=None if content is None else partial(bytes, content),
        source=tree.root / file,
        attributes=read.flags or {},
    )


def _instances(file: str, read: _File, size: Size, log: ReaderLog) -> list[ForeignInstance]:
    """The objects of a file: shapes of one group together, in the order of their first shapes."""
    groups: dict[object, ForeignInstance] = {}
    for place, raw in enumerate(read.shapes, 1):
        entry = tr("shape {place}", place=place)
        shape = decoded(bytes(raw), _Shape)
        if shape is None or not np.isfinite(np.array(shape.points, float)).all():
            log.add(file, entry, tr("cannot be read"), _LEFT_OUT)
            continue
        if shape.shape_type in ("point", "points", "line", "linestrip"):
            log.add(file, entry, tr("is of the kind {kind}", kind=shape.shape_type), NO_AREA)
            continue
        try:
            segmentation = _segmentation(shape, size)
        except ValueError as error:
            log.add(file, entry, str(error), _LEFT_OUT)
            continue
        key = place if shape.group_id is None else (shape.label, shape.group_id)
        if (first := groups.get(key)) is not None:
            first.segmentation = _together(first.segmentation, segmentation, size)
            continue
        attributes = {name: flag for name, flag in (shape.flags or {}).items() if flag}
        if shape.description:
            attributes["description"] = shape.description
        groups[key] = ForeignInstance(shape.label, segmentation, attributes=attributes)
    return list(groups.values())


def _segmentation(shape: _Shape, size: Size) -> Segmentation:
    """What a shape encloses. Raises ``ValueError`` where it is nothing."""
    points = np.array(shape.points, float).reshape(-1, 2)
    kind = shape.shape_type or "polygon"
    if kind == "mask":
        return Rle.of(_mask(shape, points, size))
    if kind == "rectangle" and len(points) == 2:
        (x1, y1), (x2, y2) = points.tolist()
        return Polygons([[x1, y1, x2, y1, x2, y2, x1, y2]])
    if kind == "circle" and len(points) == 2:
        (x, y), (x2, y2) = points.tolist()
        radius = math.hypot(x2 - x, y2 - y)
        return Polygons(ellipse(x, y, radius, radius))
    if kind in ("polygon", "rectangle", "oriented_rectangle") and len(points) >= 3:
        return Polygons([points.ravel().tolist()])
    raise ValueError(tr("is a {kind} of {points} points", kind=kind, points=len(points)))


def _mask(shape: _Shape, points: "np.ndarray[Any, np.dtype[np.float64]]", size: Size) -> Mask:
    """The mask of a shape: its PNG has the pixels from one corner of its box to the other, both included."""
    from core.images.label_map import read_png_mask  # libvips

    if len(points) != 2 or shape.mask is None:
        raise ValueError(tr("is a mask without pixels or without a place"))
    try:
        bitmap = read_png_mask(base64.b64decode(shape.mask, validate=True))
    except (binascii.Error, ValueError, UserError) as error:
        raise ValueError(tr("is a mask that cannot be read")) from error
    left, top = (round(float(side)) for side in points.min(0))
    return trimmed(bitmap, left, top, size)


def _together(one: Segmentation | None, other: Segmentation, size: Size) -> Segmentation:
    """Parts of one object."""
    if isinstance(one, Polygons) and isinstance(other, Polygons):
        parts: Parts = [*one.parts, *other.parts]
        return Polygons(parts)
    return other if one is None else Rle.of(union(one.mask(size), other.mask(size)))


class LabelMeWriter:
    """A JSON beside each picture, in a folder for each split. Polygons stay polygons, those of one instance in a group;
    what has holes or is a mask is a mask shape, and a box alone a rectangle."""

    def __init__(self, folder: Path, classes: Sequence[str], log: ProblemLog) -> None:
        self._folder, self._classes, self._log = folder, classes, log

    def folder_of(self, split: str) -> str:
        """Where pictures lie."""
        return split

    def add(self, image: WrittenImage) -> None:
        """Write the file of an image."""
        shapes = []
        for group, instance in enumerate(image.instances, 1):
            shapes += _shapes(image, instance, self._classes[instance.label], group)
        content: dict[str, Any] = {
            "version": "5.5.0",
            "flags": {},
            "shapes": shapes,
            "imagePath": posixpath.basename(image.picture),
            "imageData": None,
            "imageHeight": image.size[0],
            "imageWidth": image.size[1],
        }
        place = (self._folder / image.picture).with_suffix(".json")
        make_folders(place.parent)
        write_atomically(place, msgspec.json.format(msgspec.json.encode(content), indent=2))

    def finish(self) -> None:
        """Write the list of classes, which keeps their order, without those that cannot be a line of it."""
        lines = [name for name in self._classes if name.splitlines() == [name.strip()] and name not in _NO_CLASSES]
        write_atomically(self._folder / "labels.txt", "".join(f"{name}\n" for name in lines).encode())


def _shapes(image: WrittenImage, instance: Instance, label: str, group: int) -> list[dict[str, Any]]:
    """The shapes of an instance."""

    def shape(kind: str, points: list[list[float]], **more: Any) -> dict[str, Any]:
        return {
            "label": label,
            "points": points,
            "group_id": None,
            "description": "",
            "shape_type": kind,
            "flags": {},
            **more,
        }

    segmentation = instance.segmentation
    if segmentation is None:
        x, y, width, height = instance.box
        return [shape("rectangle", [[x, y], [x + width, y + height]])]
    if isinstance(segmentation, Polygons) and all(len(loops(to_ring(part))) == 1 for part in segmentation.parts):
        several = len(segmentation.parts) > 1
        return [
            shape("polygon", to_ring(part).tolist(), group_id=group if several else None) for part in segmentation.parts
        ]
    from core.images.label_map import encode_label_map

    mask = segmentation.mask(image.size)
    if not mask.bitmap.size:
        return []
    height, width = mask.bitmap.shape
    corners = [[mask.x, mask.y], [mask.x + width - 1, mask.y + height - 1]]
    return [shape("mask", corners, mask=base64.b64encode(encode_label_map(mask.bitmap)).decode())]


LABELME = Format(
    "labelme",
    "LabelMe",
    _annotates,
    _read,
    "core.dataset.formats.labelme:LabelMeWriter",
    ("crowds", "boxes become masks", "not labelled", "pixel sizes", "fields"),
)

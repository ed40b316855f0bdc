"""CVAT's XML for images and for video, version 1.1 (https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/).

Polygons, boxes, ellipses and masks (run lengths by rows over a box) are objects; those of one ``group_id`` stay apart,
since a group in CVAT may be anything. Tracks are read frame by frame. Lines and points enclose nothing.
"""

import posixpath
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import numpy as np

from core.dataset.file_kinds import sample
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.split_names import split_of
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, Format, ReaderLog
from core.dataset.formats.pictures import Pictures, files_of
from core.dataset.formats.shapes import NO_AREA, ellipse, number, read_xml, rectangle, stated_size
from core.errors import UserError
from core.geometry.mask_ops import trimmed
from core.geometry.masks import Size
from core.geometry.segmentation import Polygons, Rle, Segmentation
from core.words import tr

_LEFT_OUT = tr("the object is left out")


def _annotates(tree: FolderTree) -> bool:
    return any(_is_cvat(tree, file) for file in files_of(tree, (".xml",))[:20])


def _is_cvat(tree: FolderTree, file: str) -> bool:
    try:
        head = sample(tree.root / file)
    except OSError:
        return False
    return b"<annotations" in head and any(tag in head for tag in (b"<version", b"<meta", b"<image ", b"<track "))


def _read(tree: FolderTree) -> ForeignDataset:
    log = ReaderLog()
    files = [file for file in files_of(tree, (".xml",)) if _is_cvat(tree, file)]
    roots = []
    for file in files:
        try:
            roots.append((file, read_xml(tree.root / file)))
            log.read.add(file)
        except UserError as error:
            if len(files) == 1:
                raise
            log.add(file, "", error.message, error.hint)
    names = dict.fromkeys(
        name
        for _, root in roots
        for label in root.findall("meta//label")
        if (name := (label.findtext("name") or "").strip())
    )
    classes = list(names)
    return ForeignDataset(tree.root, _images(tree, roots, log), classes, log)


def _images(tree: FolderTree, roots: list[tuple[str, Element]], log: ReaderLog) -> Iterator[ForeignImage]:
    pictures = Pictures(tree)
    for file, root in roots:
        for image in root.findall("image"):
            yield _image(tree, file, image, pictures, log)
        yield from _frames(tree, file, root, pictures, log)


def _image(tree: FolderTree, file: str, image: Element, pictures: Pictures, log: ReaderLog) -> ForeignImage:
    stated, size = image.get("name") or "", stated_size(image.get("height"), image.get("width"))
    name = pictures.named(stated, file, log)
    split = split_of(image.get("subset") or "") or image.get("subset") or ""
    instances = []
    for shape in image:
        if (made := _instance(shape, shape.get("label") or "", size, file, stated, log)) is not None:
            instances.append(made)
    return ForeignImage(name or stated, tree.root / name if name else None, instances, size, split.lower())


def _frames(tree: FolderTree, file: str, root: Element, pictures: Pictures, log: ReaderLog) -> Iterator[ForeignImage]:
    """The frames of a video: a track has a shape for each frame where its object is seen."""
    frames: dict[int, list[ForeignInstance]] = {}
    original = root.find("meta//original_size")
    size = stated_size(original.findtext("height"), original.findtext("width")) if original is not None else None
    for track in root.findall("track"):
        label = track.get("label") or ""
        for shape in track:
            frame = int(shape.get("frame") or 0)
            if shape.get("outside") == "1":
                continue
            made = _instance(shape, label, size, file, tr("frame {frame}", frame=frame), log)
            if made is not None:
                made.attributes["track_id"] = track.get("id")
                frames.setdefault(frame, []).append(made)
    for frame, instances in sorted(frames.items()):
        found = next(
            filter(None, (pictures.named(f"frame_{frame:06}.{kind}", file) for kind in ("PNG", "png", "jpg"))), None
        )
        yield ForeignImage(found or f"frame_{frame:06}.png", tree.root / found if found else None, instances, size)


def _instance(
    shape: Element, label: str, size: Size | None, file: str, image: str, log: ReaderLog
) -> ForeignInstance | None:
    if shape.tag in ("tag", "attribute"):
        return None
    entry = tr("{kind} of {image}", kind=shape.tag, image=posixpath.basename(image))
    if shape.tag in ("polyline", "points", "cuboid", "skeleton"):
        log.add(file, entry, tr("is of the kind {kind}", kind=shape.tag), NO_AREA)
        return None
    try:
        segmentation = _segmentation(shape, size)
    except (ValueError, OverflowError) as error:
        log.add(file, entry, str(error), _LEFT_OUT)
        return None
    attributes = {each.get("name") or "": each.text or "" for each in shape.findall("attribute")}
    if shape.get("occluded") == "1":
        attributes["occluded"] = "1"
    if shape.tag == "box" and not number(shape.get("rotation") or "0"):
        left, top, right, bottom = (number(shape.get(side)) for side in ("xtl", "ytl", "xbr", "ybr"))
        return ForeignInstance(label, None, (left, top, right - left, bottom - top), attributes=attributes)
    return ForeignInstance(label, segmentation, attributes=attributes)


def _segmentation(shape: Element, size: Size | None) -> Segmentation:
    """What a shape encloses. Raises ``ValueError``."""
    match shape.tag:
        case "polygon":
            points = [number(value) for pair in (shape.get("points") or "").split(";") for value in pair.split(",")]
            return Polygons([points])
        case "box":
            left, top, right, bottom = (number(shape.get(side)) for side in ("xtl", "ytl", "xbr", "ybr"))
            return Polygons(rectangle(left, top, right - left, bottom - top, number(shape.get("rotation") or "0")))
        case "ellipse":
            x, y, across, down = (number(shape.get(side)) for side in ("cx", "cy", "rx", "ry"))
            return Polygons(ellipse(x, y, across, down, number(shape.get("rotation") or "0")))
        case "mask" if size is not None:
            left, top, width, height = (int(number(shape.get(side))) for side in ("left", "top", "width", "height"))
            counts = np.array([int(count) for count in (shape.get("rle") or "").split(",")], np.int64)
            if (
                (counts < 0).any()
                or width <= 0
                or height <= 0
                or int(counts.sum()) != width * height
                or left < 0
                or top < 0
                or left + width > size[1]
                or top + height > size[0]
            ):
                raise ValueError(tr("its run lengths do not fit its box, or its box the picture"))
            bitmap = np.repeat(np.arange(len(counts)) % 2, counts).astype(np.uint8).reshape(height, width)
            return Rle.of(trimmed(bitmap, left, top, size))
    raise ValueError(tr("is of a kind that is not known"))


CVAT = Format("cvat", "CVAT", _annotates, _read)

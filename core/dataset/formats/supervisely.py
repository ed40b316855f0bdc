"""Supervisely's projects (https://docs.supervisely.com/data-organization/import-export/supervisely-format).

``meta.json`` has the classes, and datasets have ``img`` and ``ann`` side by side. Polygons have holes; masks are a PNG,
compressed and in base64, at a place. Points and lines enclose nothing.
"""

import base64
import binascii
import posixpath
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.split_names import split_of_folder
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, Format, ReaderLog
from core.dataset.formats.pictures import Pictures, files_of
from core.dataset.formats.shapes import MOST_BYTES, NO_AREA, listed, stated_size
from core.geometry.bridged_rings import bridged, to_part
from core.geometry.mask_ops import trimmed
from core.geometry.masks import Size
from core.geometry.segmentation import Polygons, Rle, Segmentation
from core.reading import as_utf8, decoded, read_bytes
from core.words import tr

_OF_PROJECTS = ("meta.json", "key_id_map.json", "obj_class_to_machine_color.json")
_MOST_PNG = 64 << 20
_LEFT_OUT = tr("the object is left out")


def _content(tree: FolderTree, file: str) -> dict[str, Any]:
    try:
        content = decoded(as_utf8(read_bytes(tree.root / file, MOST_BYTES)), dict[str, Any])
    except OSError:
        return {}
    return content or {}


def _files(tree: FolderTree) -> list[str]:
    """The annotation files: those in folders ``ann``."""
    return [file for file in files_of(tree, (".json",)) if posixpath.basename(posixpath.dirname(file)) == "ann"]


def _annotates(tree: FolderTree) -> bool:
    return any({"objects", "size"} <= _content(tree, file).keys() for file in _files(tree)[:20])


def _read(tree: FolderTree) -> ForeignDataset:
    log = ReaderLog()
    metas = [_content(tree, file) for file in files_of(tree, ("meta.json",))]
    log.read.update(files_of(tree, _OF_PROJECTS))
    stated = [each for meta in metas for each in listed(meta.get("classes")) if isinstance(each, dict)]
    classes = list(dict.fromkeys(str(each["title"]) for each in stated if "title" in each))
    return ForeignDataset(tree.root, _images(tree, log), classes, log)


def _images(tree: FolderTree, log: ReaderLog) -> Iterator[ForeignImage]:
    pictures = Pictures(tree)
    for file in _files(tree):
        content = _content(tree, file)
        log.read.add(file)
        stated = content.get("size")
        size = stated_size(stated.get("height"), stated.get("width")) if isinstance(stated, dict) else None
        if size is None:
            log.add(file, "", tr("states no size of its picture"), tr("it is left out"))
            continue
        folder = posixpath.join(posixpath.dirname(posixpath.dirname(file)) or ".", "img")
        called = posixpath.basename(file).removesuffix(".json")  # x.png.json; x.json in old projects
        name = pictures.named(posixpath.join(folder, called), "x") or pictures.beside(folder, called)
        instances = []
        for place, each in enumerate(listed(content.get("objects")), 1):
            where = tr("object {place}", place=place)
            try:
                made = _instance(each, size, file, where, log)
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError, zlib.error, binascii.Error):
                log.add(file, where, tr("cannot be read"), _LEFT_OUT)
                continue
            if made is not None:
                instances.append(made)
        split = split_of_folder(posixpath.dirname(file)) or ""
        yield ForeignImage(
            name or posixpath.join(folder, called), tree.root / name if name else None, instances, size, split
        )


def _instance(each: dict[str, Any], size: Size, file: str, where: str, log: ReaderLog) -> ForeignInstance | None:
    kind = each.get("geometryType") or ("bitmap" if each.get("bitmap") else "polygon")
    shape: Segmentation
    if kind == "polygon":
        outer = np.array(each["points"]["exterior"], float).reshape(-1, 2)
        holes = [
            np.array(hole, float).reshape(-1, 2) for hole in listed(each["points"].get("interior")) if len(hole) > 2
        ]
        shape = Polygons([to_part(bridged(outer, *holes))])
    elif kind == "rectangle":
        (x1, y1), (x2, y2) = each["points"]["exterior"]
        shape = Polygons([[float(value) for value in (x1, y1, x2, y1, x2, y2, x1, y2)]])
    elif kind == "bitmap":
        from core.images.label_map import read_png_mask  # libvips

        unpacked = zlib.decompressobj()
        png = unpacked.decompress(base64.b64decode(each["bitmap"]["data"], validate=True), _MOST_PNG)
        left, top = (int(value) for value in each["bitmap"]["origin"])
        shape = Rle.of(trimmed(read_png_mask(png), left, top, size))
    else:
        log.add(file, where, tr("is of the kind {kind}", kind=kind), NO_AREA)
        return None
    tags = {str(tag["name"]): tag.get("value") for tag in listed(each.get("tags")) if isinstance(tag, dict)}
    return ForeignInstance(str(each["classTitle"]), shape, attributes=tags)


SUPERVISELY = Format("supervisely", "Supervisely", _annotates, _read)

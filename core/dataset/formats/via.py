"""VGG Image Annotator's JSON and CSV, versions 1 to 3 (https://www.robots.ox.ac.uk/~vgg/software/via/): one file for
many pictures. Polygons, rectangles, circles and ellipses are objects; points and lines enclose nothing.

Version 3 also annotates videos and sound, which are left out. Its project lists files, views of them, and metadata:
what is drawn in a view, as the number of a shape and its coordinates, with the values of attributes.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from core.dataset import file_kinds
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.split_names import split_of_file
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, Format, ReaderLog
from core.dataset.formats.pictures import Pictures, files_of, has_kind, size_of
from core.dataset.formats.shapes import MOST_BYTES, NO_AREA, ellipse, rectangle
from core.geometry.segmentation import Polygons
from core.reading import as_utf8, decoded, read_bytes
from core.words import tr

_CLASS = ("label", "class", "name", "category", "type", "object")
"""What people call the attribute that holds the class."""
_OF_REGION = ("region_shape_attributes", "region_attributes")
_COLUMNS = {"filename", *_OF_REGION}
_UNNAMED = "object"
_LEFT_OUT = tr("the region is left out")
_IMAGE = 2
"""Of the files of version 3."""
_SHAPES: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("point", ()),
    2: ("rect", ("x", "y", "width", "height")),
    3: ("circle", ("cx", "cy", "r")),
    4: ("ellipse", ("cx", "cy", "rx", "ry")),
    5: ("line", ()),
    6: ("polyline", ()),
    7: ("polygon", ()),
    8: ("extreme rectangle", ()),
    9: ("extreme circle", ()),
}
"""Of version 3 by their numbers: what they were called before, and the coordinates."""


def _entries(tree: FolderTree, file: str) -> list[dict[str, Any]]:
    """The pictures that a file of VIA's annotates; none for any other JSON or CSV."""
    try:
        data = as_utf8(read_bytes(tree.root / file, MOST_BYTES))
    except OSError:
        return []
    if file.lower().endswith(".csv"):
        return _of_table(data)
    content = decoded(data, dict[str, Any]) or {}
    if {"project", "file", "view", "metadata"} <= content.keys():
        return _of_version_3(content)
    of_project = content.get("_via_img_metadata", content)
    entries = list(of_project.values()) if isinstance(of_project, dict) else []
    return [each for each in entries if isinstance(each, dict) and "filename" in each and "regions" in each]


def _of_version_3(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The same of a project of version 3, in the words of the versions before."""
    files, views, regions, named = (_objects(content.get(key)) for key in ("file", "view", "metadata", "attribute"))
    entries: dict[str, dict[str, Any]] = {
        key: {"filename": str(file.get("fname") or file.get("src") or key), "regions": []}
        | ({} if file.get("type", _IMAGE) == _IMAGE else {"other": True})
        for key, file in files.items()
    }
    for region in regions.values():
        shown = views.get(str(region.get("vid")), {}).get("fid_list")
        entry = entries.get(str(shown[0])) if isinstance(shown, list) and shown else None
        if entry is not None:
            attributes = {
                str(named.get(key, {}).get("aname") or key): _chosen(named.get(key, {}).get("options"), value)
                for key, value in _objects(region.get("av"), Any).items()
            }
            entry["regions"].append({"shape_attributes": _shape(region.get("xy")), "region_attributes": attributes})
    return list(entries.values())


def _objects(value: object, kind: Any = dict) -> dict[str, Any]:
    """What is an object of values of a kind; those that are of another are left out."""
    return (
        {key: one for key, one in value.items() if kind is Any or isinstance(one, kind)}
        if isinstance(value, dict)
        else {}
    )


def _chosen(options: object, value: object) -> object:
    """The options that a value names by their keys, ``"0"`` or ``"0,2"``; the value itself where people write it."""
    known = _objects(options, Any)
    keys = str(value).split(",")
    return ", ".join(str(known[key]) for key in keys) if known.keys() >= set(keys) else value


def _shape(numbers: Any) -> dict[str, Any]:
    """What is drawn, as versions 1 and 2 have it."""
    if not isinstance(numbers, list) or not numbers:
        return {"name": tr("segment of time")}
    unknown: tuple[str, tuple[str, ...]] = str(numbers[0])[:40], ()
    name, keys = _SHAPES.get(numbers[0], unknown) if isinstance(numbers[0], int) else unknown
    if name == "polygon":
        return {"name": name, "all_points_x": numbers[1::2], "all_points_y": numbers[2::2]}
    return {"name": name} | dict(zip(keys, numbers[1:], strict=False))


def _of_table(data: bytes) -> list[dict[str, Any]]:
    """The same of a CSV, which has a line for each region, and one for a picture without any."""
    lines = io.StringIO(data.decode().lstrip("#"))
    entries: dict[str, dict[str, Any]] = {}
    try:
        table = csv.DictReader(lines)
        if not set(table.fieldnames or ()) >= _COLUMNS:
            return []
        for line in table:
            entry = entries.setdefault(line["filename"], {"filename": line["filename"], "regions": []})
            shape, attributes = (decoded((line[name] or "").encode(), dict[str, Any]) for name in _OF_REGION)
            if shape != {}:
                entry["regions"].append({"shape_attributes": shape, "region_attributes": attributes})
    except csv.Error:  # no table: a zero, or a field of megabytes
        return []
    return list(entries.values())


def _annotated(tree: FolderTree) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The files of VIA's and their pictures: tables only where there is no JSON, which would say the same."""
    found = False
    for suffix in (".json", ".csv"):
        for file in () if found else files_of(tree, (suffix,)):
            if entries := _entries(tree, file):
                found = True
                yield file, entries


def _annotates(tree: FolderTree) -> bool:
    return has_kind(tree, file_kinds.VIA, (".json", ".csv"))


def _read(tree: FolderTree) -> ForeignDataset:
    log = ReaderLog()
    return ForeignDataset(tree.root, _images(tree, log), [], log)


def _images(tree: FolderTree, log: ReaderLog) -> Iterator[ForeignImage]:
    pictures = Pictures(tree)
    for file, entries in _annotated(tree):
        split = split_of_file(tree.root / file) or ""
        log.read.add(file)
        for entry in entries:
            stated = str(entry["filename"])
            if entry.get("other"):
                log.add(file, stated, tr("is no picture but a video or sound"), tr("what is drawn in it is left out"))
                continue
            name = pictures.named(stated, file, log)
            size = size_of(tree.root / name, name, log) if name else None
            regions = entry["regions"]
            regions = list(regions.values()) if isinstance(regions, dict) else regions
            instances = []
            for place, region in enumerate(regions if isinstance(regions, list) else [], 1):
                where = tr("region {place} of {image}", place=place, image=stated)
                try:
                    made = _instance(region, file, where, log)
                except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
                    log.add(file, where, tr("cannot be read"), _LEFT_OUT)
                    continue
                if made is not None:
                    instances.append(made)
            yield ForeignImage(name or stated, tree.root / name if name else None, instances, size, split)


def _instance(region: dict[str, Any], file: str, where: str, log: ReaderLog) -> ForeignInstance | None:
    shape, attributes = region["shape_attributes"], region.get("region_attributes") or {}
    label = _label(attributes)
    kind = shape["name"]
    if kind == "polygon":
        points = np.stack([np.array(shape["all_points_x"], float), np.array(shape["all_points_y"], float)], 1)
        parts = [points.ravel().tolist()]
    elif kind == "rect":
        parts = rectangle(*(float(shape[side]) for side in ("x", "y", "width", "height")))
    elif kind == "circle":
        parts = ellipse(float(shape["cx"]), float(shape["cy"]), float(shape["r"]), float(shape["r"]))
    elif kind == "ellipse":
        x, y, across, down = (float(shape[side]) for side in ("cx", "cy", "rx", "ry"))
        parts = ellipse(x, y, across, down, float(np.degrees(float(shape.get("theta") or 0))))
    else:
        log.add(file, where, tr("is of the kind {kind}", kind=kind), NO_AREA)
        return None
    rest = {key: value for key, value in attributes.items() if value != label}
    return ForeignInstance(label, Polygons(parts), attributes=rest)


def _label(attributes: dict[str, Any]) -> str:
    """The class of a region: the attribute that is called like one, else the first."""
    keys = sorted(attributes, key=lambda key: _CLASS.index(key.lower()) if key.lower() in _CLASS else len(_CLASS))
    for key in keys:
        value = attributes[key]
        if isinstance(value, dict):  # of checkboxes
            value = next((name for name, chosen in value.items() if chosen), "")
        if str(value).strip():
            return str(value).strip()
    return _UNNAMED


VIA = Format("via", "VGG Image Annotator", _annotates, _read)

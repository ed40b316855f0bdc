"""YOLO segmentation and detection, as Ultralytics reads it (https://docs.ultralytics.com/datasets/segment/).

A text file an image, a line an object: the number of its class, then a polygon ``x1 y1 x2 y2 …`` or a box ``x y width
height`` around its centre, all as shares of the picture's width and height; of predictions, a score comes last. An
object of several parts is one polygon that goes back and forth between them. ``data.yaml`` names classes and splits;
exports without it have the names in ``classes.txt``.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from core.dataset.file_kinds import is_picture, sample
from core.dataset.folder.folder_tree import FolderTree, join
from core.dataset.folder.split_names import split_of_folder
from core.dataset.formats.export import WrittenImage, polygons_of
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, Format, ReaderLog
from core.dataset.formats.pictures import MISSING, Pictures, files_of, size_of
from core.dataset.problems import ProblemLog
from core.errors import UserError
from core.files import make_folders, write_atomically
from core.geometry.bridged_rings import Ring, bridged, to_ring
from core.geometry.masks import Size
from core.geometry.segmentation import Polygons
from core.reading import as_utf8, read_lines, read_yaml
from core.words import tr

_LINE = re.compile(rb"\s*\d+(?:[ \t]+[-+0-9.eE]+){4,}[ \t\r]*(?:\n|\Z)")
_CLASS_LISTS = ("classes.txt", "labels.txt", "obj.names", "_darknet.labels", "names.txt")
_MOST_BYTES = 64 << 20
_LEFT_OUT = tr("the line is left out")


def _annotates(tree: FolderTree) -> bool:
    if _description(tree) is not None:
        return True
    return any(_LINE.match(_head(tree.root / file)) for file in _label_files(tree)[:50])


def _head(path: Path) -> bytes:
    try:
        return as_utf8(sample(path))
    except OSError:
        return b""


def _label_files(tree: FolderTree) -> list[str]:
    return [file for file in files_of(tree, (".txt",)) if not _is_class_list(file)]


def _is_class_list(file: str) -> bool:
    return posixpath.basename(file).lower() in _CLASS_LISTS


def _description(tree: FolderTree) -> tuple[str, dict[str, Any]] | None:
    """The file ``data.yaml``, whatever it is called, and what it holds."""
    for file in files_of(tree, (".yaml", ".yml")):
        try:
            content = read_yaml(
                tree.root / file, dict[str, Any], tr("{path} does not describe a YOLO dataset: {reason}")
            )
        except UserError:
            continue
        if "names" in content or "nc" in content:
            return file, content
    return None


def _class_names(tree: FolderTree, description: dict[str, Any]) -> dict[int, str]:
    names = description.get("names")
    if isinstance(names, dict):
        return {int(number): str(name) for number, name in names.items() if str(number).isdigit()}
    if isinstance(names, str):  # “a, b”, or a list in quotation marks
        names = [name.strip(" '\"") for name in names.strip("[] ").split(",")]
    if isinstance(names, list):
        return dict(enumerate(map(str, names)))
    for file in files_of(tree, (".txt", ".names", ".labels")):
        if _is_class_list(file):
            lines = read_lines(tree.root / file, _MOST_BYTES)
            return dict(enumerate(line.strip() for line in lines if line.strip()))
    return {}


def _read(tree: FolderTree) -> ForeignDataset:
    """The dataset in a folder. Images are those of the splits, else all that lie in the tree."""
    file, description = _description(tree) or ("", {})
    names, log = _class_names(tree, description), ReaderLog()
    log.read.update(file for file in files_of(tree, (".txt", ".names", ".labels")) if _is_class_list(file))
    log.read.update([file] if file else [])
    last = max((*names, int(description["nc"]) - 1 if isinstance(description.get("nc"), int) else -1), default=-1)
    classes = [names.get(number, f"class {number}") for number in range(min(last, 100_000) + 1)]
    pictures = _pictures_by_split(tree, file, description, log) or [
        (name, split_of_folder(posixpath.dirname(name)) or "") for name in Pictures(tree).all()
    ]
    return ForeignDataset(tree.root, _images(tree, pictures, classes, log), classes, log)


def _pictures_by_split(
    tree: FolderTree, file: str, description: dict[str, Any], log: ReaderLog
) -> list[tuple[str, str]]:
    """The pictures that ``data.yaml`` lists, each with its split. Paths in it may be relative to it, to its ``path``,
    or those of another machine, of which only the end is believed."""
    found: dict[str, str] = {}
    folders = set(tree.folders)
    start = posixpath.dirname(file) or "."
    lookup = Pictures(tree)
    for key, split in (("train", "train"), ("val", "val"), ("valid", "val"), ("test", "test")):
        stated = description.get(key)
        for place in stated if isinstance(stated, list) else [stated] if stated else []:
            folder = _place(str(place), str(description.get("path") or ""), start, folders)
            if folder is not None:
                inside = [
                    each for each in tree.folders if each == folder or each.startswith(f"{folder}/") or folder == "."
                ]
                for each in inside:
                    for name in sorted(tree.files(each)):
                        if is_picture(name):
                            found.setdefault(join(each, name), split)
            elif ((listed := lookup.named(str(place), file)) and not is_picture(listed)) or str(place).endswith(".txt"):
                _read_list(tree, listed or _list_file(tree, str(place), start), split, found, lookup, log)
            else:
                log.add(
                    file,
                    key,
                    tr("its folder {place} is not here", place=place),
                    tr("nothing is read for it; put it into the dataset's folder"),
                )
    return list(found.items())


def _place(stated: str, root: str, start: str, folders: set[str]) -> str | None:
    """The folder of the tree that is meant: of what is stated, as many parts from its end as are there."""
    parts = [part for part in f"{root}/{stated}".replace("\\", "/").split("/") if part not in ("", ".", "..")]
    for first in range(len(parts)):
        for base in (start, "."):
            if (folder := join(base, "/".join(parts[first:]))) in folders:
                return folder
    return None


def _list_file(tree: FolderTree, stated: str, start: str) -> str:
    name = posixpath.basename(stated.replace("\\", "/"))
    return next((file for file in files_of(tree, (".txt",)) if posixpath.basename(file) == name), join(start, name))


def _read_list(
    tree: FolderTree, file: str, split: str, found: dict[str, str], lookup: Pictures, log: ReaderLog
) -> None:
    try:
        lines = read_lines(tree.root / file, _MOST_BYTES)
    except OSError as error:
        log.add(file, "", tr("cannot be read: {reason}", reason=error.strerror), tr("its pictures are left out"))
        return
    log.read.add(file)
    for line in filter(None, map(str.strip, lines)):
        picture = lookup.named(line, file, log)
        if picture is None:
            log.add(file, line, tr("the picture is missing"), MISSING)
        found.setdefault(picture or line, split)


def _images(
    tree: FolderTree, pictures: list[tuple[str, str]], classes: list[str], log: ReaderLog
) -> Iterator[ForeignImage]:
    there = set(Pictures(tree).all())  # lists may name any file
    labels = {posixpath.splitext(file)[0]: file for file in _label_files(tree)}
    by_stem: dict[str, list[str]] = {}
    for stem in labels:
        by_stem.setdefault(posixpath.basename(stem), []).append(stem)
    for name, split in pictures:
        path = tree.root / name if name in there else None
        file = _labels_of(name, labels, by_stem)
        log.read.update([file] if file else [])
        size = size_of(path, name, log) if path is not None else None
        instances = list(_instances(tree, file, size, classes, log)) if file and size else []
        yield ForeignImage(name, path, instances, size, split)


def _labels_of(picture: str, labels: dict[str, str], by_stem: dict[str, list[str]]) -> str | None:
    """The label file of a picture: in ``labels`` where the picture is in ``images``, beside it, or the only one of its
    name."""
    stem = posixpath.splitext(picture)[0]
    parts = stem.split("/")
    for place in range(len(parts) - 2, -1, -1):
        if parts[place] == "images" and (other := "/".join([*parts[:place], "labels", *parts[place + 1 :]])) in labels:
            return labels[other]
    if stem in labels:
        return labels[stem]
    named = by_stem.get(posixpath.basename(stem), [])
    return labels[named[0]] if len(named) == 1 else None


def _instances(
    tree: FolderTree, file: str, size: Size, classes: list[str], log: ReaderLog
) -> Iterator[ForeignInstance]:
    try:
        lines = read_lines(tree.root / file, _MOST_BYTES)
    except OSError as error:
        log.add(file, "", tr("cannot be read: {reason}", reason=error.strerror), tr("its objects are left out"))
        return
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        entry = tr("line {number}", number=number)
        try:
            label, values = int(float(words[0])), [float(word) for word in words[1:]]
        except (ValueError, OverflowError):
            log.add(file, entry, tr("is not made of numbers"), _LEFT_OUT)
            continue
        if not 0 <= label < 100_000 or len(values) < 4 or not np.isfinite(values).all():
            log.add(file, entry, tr("is neither a polygon nor a box"), _LEFT_OUT)
            continue
        while len(classes) <= label:
            classes.append(f"class {len(classes)}")
        yield _instance(classes[label], values, size)


def _instance(label: str, values: list[float], size: Size) -> ForeignInstance:
    """An object of shares: 4 of a box, 6 or more of a polygon; one more is a score."""
    height, width = size
    score = values.pop() if len(values) % 2 else None
    if len(values) == 4:
        x, y, w, h = values
        box = ((x - w / 2) * width, (y - h / 2) * height, w * width, h * height)
        return ForeignInstance(label, None, box, score=score)
    part = (np.array(values).reshape(-1, 2) * (width, height)).ravel().tolist()
    return ForeignInstance(label, Polygons([part]), score=score)


def _chained(rings: list[Ring]) -> list[Ring]:
    """Rings in an order in which each is near one before it: lines between them are seen in many programs."""
    left = rings[1:]
    chain = rings[:1]
    middles = [ring.mean(0) for ring in left]
    while left:
        nearest = int(np.argmin([np.abs(middle - chain[-1].mean(0)).sum() for middle in middles]))
        chain.append(left.pop(nearest))
        middles.pop(nearest)
    return chain


class YoloWriter:
    """``data.yaml``, ``images/<split>`` and ``labels/<split>``. Parts of an instance are joined by lines that enclose
    nothing, the way Ultralytics joins those of COCO."""

    def __init__(self, folder: Path, classes: Sequence[str], log: ProblemLog) -> None:
        self._folder, self._classes, self._log = folder, classes, log
        self._splits: dict[str, None] = {}

    def folder_of(self, split: str) -> str:
        """Where pictures lie."""
        self._splits[split] = None
        return f"images/{split}"

    def add(self, image: WrittenImage) -> None:
        """Write the label file of an image; an empty one where nothing is annotated, as Ultralytics has backgrounds."""
        height, width = image.size
        lines = []
        for instance in image.instances:
            if instance.segmentation is None:
                x, y, w, h = instance.box
                values = [(x + w / 2) / width, (y + h / 2) / height, w / width, h / height]
            else:
                rings = _chained([to_ring(part) for part in polygons_of(image, instance) or [[0.0] * 6]])
                values = (bridged(*rings) / (width, height)).clip(0, 1).ravel().tolist()
            lines.append(" ".join([str(instance.label), *(f"{value:.12g}" for value in values)]))
        labels = posixpath.splitext(image.picture.replace("images/", "labels/", 1))[0]
        place = self._folder / f"{labels}.txt"
        make_folders(place.parent)
        write_atomically(place, "".join(f"{line}\n" for line in lines).encode())

    def finish(self) -> None:
        """Write ``data.yaml``."""
        content: dict[str, Any] = {"path": "."}
        content |= {split: f"images/{split}" for split in self._splits}
        content |= {"nc": len(self._classes), "names": dict(enumerate(self._classes))}
        write_atomically(self._folder / "data.yaml", msgspec.yaml.encode(content))


YOLO = Format(
    "yolo",
    "YOLO",
    _annotates,
    _read,
    "core.dataset.formats.yolo:YoloWriter",
    ("crowds", "parts", "not labelled", "pixel sizes", "fields"),
)

"""Label Studio's JSON, full and "JSON-MIN" (https://labelstud.io/guide/export): a list of tasks, one a picture.

Polygons, rectangles and ellipses are in percent of the picture; brush masks are its own run-length encoding of an RGBA
picture, of which the opacity is the mask. Of several annotations of a task the last that was not cancelled counts;
predictions only where nobody annotated.
"""

import posixpath
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.dataset import file_kinds
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, Format, ReaderLog
from core.dataset.formats.pictures import Pictures, files_of, has_kind, size_of
from core.dataset.formats.shapes import MOST_BYTES, ellipse, listed, rectangle, stated_size
from core.geometry.masks import Size, crop
from core.geometry.segmentation import Polygons, Rle, Segmentation
from core.reading import as_utf8, decoded, read_bytes
from core.words import tr

_TURNED = tr("the region is left out; turn the picture back in Label Studio, and export again")
_LEFT_OUT = tr("the region is left out")
_OTHER_TASK = tr("only polygons, brushes, rectangles and ellipses are objects; it is left out")
_LAST_COUNTS = tr("the last one counts; to compare them, export each annotator's by itself")
_SHAPES = {
    "polygon": "polygonlabels",
    "brush": "brushlabels",
    "rectangle": "rectanglelabels",
    "ellipse": "ellipselabels",
}


def _tasks(tree: FolderTree, file: str) -> list[dict[str, Any]]:
    """The tasks of a file; none of any other JSON."""
    try:
        tasks = decoded(as_utf8(read_bytes(tree.root / file, MOST_BYTES)), list[dict[str, Any]])
    except OSError:
        return []
    return [task for task in tasks or () if _results(task) is not None and _picture(task)]


def _annotations(task: dict[str, Any]) -> list[dict[str, Any]]:
    """The annotations of a task that were not cancelled; its predictions where nobody annotated."""
    own = listed(task.get("annotations")) or listed(task.get("completions"))
    for annotations in (own, listed(task.get("predictions"))):
        counted = [each for each in annotations if isinstance(each, dict) and not each.get("was_cancelled")]
        if counted:
            return counted
    return []


def _results(task: dict[str, Any]) -> list[Any] | None:
    """The regions of a task; ``None`` of what is no task."""
    if isinstance(task.get("data"), dict):
        counted = _annotations(task)
        return listed(counted[-1].get("result")) if counted else []
    regions = [each for value in task.values() for each in listed(value) if isinstance(each, dict)]
    regions = [each for each in regions if "original_width" in each]
    return regions if regions or "annotator" in task else None


def _picture(task: dict[str, Any]) -> str:
    """What the task calls its picture, without what the server puts before it."""
    data = task["data"] if isinstance(task.get("data"), dict) else task
    named = [data[key] for key in ("image", "img", "picture", "url") if isinstance(data.get(key), str)]
    texts = [value for value in data.values() if isinstance(value, str) and "." in posixpath.basename(value)]
    return next(iter([*named, *texts]), "")


def _annotates(tree: FolderTree) -> bool:
    return has_kind(tree, file_kinds.LABEL_STUDIO, (".json",))


def _read(tree: FolderTree) -> ForeignDataset:
    log = ReaderLog()
    return ForeignDataset(tree.root, _images(tree, log), [], log)


def _images(tree: FolderTree, log: ReaderLog) -> Iterator[ForeignImage]:
    pictures = Pictures(tree)
    for file in files_of(tree, (".json",)):
        tasks = _tasks(tree, file)
        log.read.update([file] if tasks else [])
        for number, task in enumerate(tasks, 1):
            stated = _picture(task)
            name = _found(pictures, stated, file, log)
            size = size_of(tree.root / name, name, log) if name else None
            instances: list[ForeignInstance] = []
            where = tr("task {number}", number=task.get("id", number))
            if (several := len(_annotations(task))) > 1:
                log.add(file, where, tr("has {n} annotations", n=several), _LAST_COUNTS)
            for region in _results(task) or ():
                if isinstance(region, dict) and region.get("image_rotation"):
                    log.add(file, where, tr("has a region that was drawn on the turned picture"), _TURNED)
                    continue
                try:
                    made, stated_size = _instance(region)
                except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
                    log.add(file, where, tr("has a region that cannot be read"), _LEFT_OUT)
                    continue
                if made is None:
                    kind = str(region.get("type")) if isinstance(region, dict) else "?"
                    if kind not in ("choices", "textarea", "rating", "relation"):
                        log.add(file, where, tr("has a region of the kind {kind}", kind=kind), _OTHER_TASK)
                    continue
                size = size or stated_size
                instances.append(made)
            own = name or posixpath.basename(stated.split("?")[0])
            yield ForeignImage(own, tree.root / name if name else None, instances, size)


def _found(pictures: Pictures, stated: str, file: str, log: ReaderLog) -> str | None:
    """The picture of a task. Uploads have eight digits and a dash before their name, which a person's copy lacks."""
    if found := pictures.named(stated, file, log):
        return found
    base = posixpath.basename(stated)
    return pictures.named(base[9:], file, log) if len(base) > 9 and base[8] == "-" else None


def _instance(region: Any) -> tuple[ForeignInstance | None, Size | None]:
    """An object and the size of its picture; nothing for a region that is none."""
    value = region.get("value", region)
    kind = next((kind for kind, key in _SHAPES.items() if key in value or region.get("type") in (kind, key)), None)
    if kind is None:
        return None, None
    size = stated_size(region["original_height"], region["original_width"])
    if size is None:
        raise ValueError
    labels = value.get(_SHAPES[kind]) or value.get("labels") or ["object"]
    score = region.get("score")
    shape, box = _shape(kind, value, size)
    instance = ForeignInstance(
        str(labels[0]), shape, box, score=float(score) if isinstance(score, int | float) else None
    )
    return instance, size


def _shape(
    kind: str, value: dict[str, Any], size: Size
) -> tuple[Segmentation | None, tuple[float, float, float, float] | None]:
    height, width = size
    if kind == "polygon":
        points = np.array(value["points"], float).reshape(-1, 2) * (width / 100, height / 100)
        return Polygons([points.ravel().tolist()]), None
    if kind == "brush":
        opacity = decode(value["rle"], height * width * 4).reshape(height, width, 4)[:, :, 3]
        return Rle.of(crop(opacity)), None
    x, y = float(value["x"]) * width / 100, float(value["y"]) * height / 100
    degrees = float(value.get("rotation") or 0)
    if kind == "ellipse":
        across, down = float(value["radiusX"]) * width / 100, float(value["radiusY"]) * height / 100
        return Polygons(ellipse(x, y, across, down, degrees)), None
    w, h = float(value["width"]) * width / 100, float(value["height"]) * height / 100
    return (Polygons(rectangle(x, y, w, h, degrees, pivot="corner")), None) if degrees else (None, (x, y, w, h))


def decode(data: Sequence[int], length: int) -> NDArray[np.uint8]:
    """The bytes that Label Studio's run lengths stand for (the format of thi.ng/rle-pack). Raises ``ValueError`` where
    they are not ``length``.

    A stream of bits: 32 of the number of values, 5 of the bits of a value less one, four times 4 of the bits of a
    length less one; then runs: one bit whether all values are the same, two bits which of the four lengths follows, the
    length less one, and the value or the values.
    """
    packed = np.array(data, np.int64)
    if packed.size and (packed.min() < 0 or packed.max() > 255):
        raise ValueError(tr("its run lengths are no bytes"))
    bits = _Bits(packed.astype(np.uint8).tobytes())
    if bits.take(32) != length:
        raise ValueError(tr("its run lengths are those of a picture of another size"))
    word = bits.take(5) + 1
    lengths = [bits.take(4) + 1 for _ in range(4)]
    values = np.zeros(length, np.uint8)
    place = 0
    while place < length:
        same = bits.take(1)
        end = min(place + 1 + bits.take(lengths[bits.take(2)]), length)
        if same:
            values[place:end] = bits.take(word) & 255
        else:
            values[place:end] = [bits.take(word) & 255 for _ in range(end - place)]
        place = end
    return values


class _Bits:
    """Numbers of so many bits, from a stream of bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place, self._end = data, 0, 8 * len(data)

    def take(self, count: int) -> int:
        if self._place + count > self._end:
            raise ValueError(tr("its run lengths are cut off"))
        first, self._place = self._place, self._place + count
        some = int.from_bytes(self._data[first >> 3 : (self._place + 7) >> 3], "big")
        return some >> (-self._place % 8) & ((1 << count) - 1)


LABEL_STUDIO = Format("label-studio", "Label Studio", _annotates, _read)

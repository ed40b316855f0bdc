"""Regions of ImageJ and Fiji: a file ``.roi`` each, or many in a zip beside the picture they were drawn on.

The format is that of ``ij.io.RoiDecoder``: 64 bytes of big-endian header, then corners relative to the box, in whole
pixels and, where a region was drawn finer, in fractions after them. A composite region is a path of several rings.
"""

import posixpath
import struct
import zipfile
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.split_names import split_of_folder
from core.dataset.formats.archive import DAMAGED
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, Format, ReaderLog
from core.dataset.formats.pictures import Pictures, files_of
from core.dataset.formats.shapes import ellipse, even_odd, rectangle
from core.geometry.polygons import Parts
from core.geometry.segmentation import Polygons
from core.reading import read_bytes
from core.words import tr

_OBJECT = "object"
_MOST_ROI = 16 << 20
_MOST_IN_ZIP = 1_000_000
_POLYGON, _RECTANGLE, _OVAL, _FREEHAND, _TRACED = 0, 1, 2, 7, 8
_SUB_PIXEL = 128
_LEFT_OUT = tr("the region is left out")


def _annotates(tree: FolderTree) -> bool:
    return bool(files_of(tree, (".roi",))) or any(_rois_in(tree, file) for file in files_of(tree, (".zip",))[:20])


def _rois_in(tree: FolderTree, file: str) -> list[str]:
    """The names of the regions in a zip; none of a zip of other things."""
    try:
        with zipfile.ZipFile(tree.root / file) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return []
    return [name for name in names[:_MOST_IN_ZIP] if name.lower().endswith(".roi")]


def _read(tree: FolderTree) -> ForeignDataset:
    log = ReaderLog()
    return ForeignDataset(tree.root, _images(tree, log), [_OBJECT], log)


def _images(tree: FolderTree, log: ReaderLog) -> Iterator[ForeignImage]:
    pictures = Pictures(tree)
    regions: dict[str, list[tuple[str, bytes]]] = {}
    for file in files_of(tree, (".roi", ".zip")):
        picture = _picture_of(file, pictures)
        found = _in_file(tree, file, log)
        if found and picture is None:
            log.add(file, "", tr("lies beside no picture of its name"), tr("give it the name of its picture"))
        elif picture is not None:
            log.read.add(file)
            regions.setdefault(picture, []).extend(found)
    for name in pictures.all():
        instances = []
        for region, data in regions.get(name, ()):
            try:
                instances.append(ForeignInstance(_OBJECT, Polygons(outline(data)), attributes={"name": region}))
            except (ValueError, struct.error, OverflowError) as error:
                log.add(name, region, str(error) or tr("cannot be read"), _LEFT_OUT)
        yield ForeignImage(name, tree.root / name, instances, split=split_of_folder(posixpath.dirname(name)) or "")


def _picture_of(file: str, pictures: Pictures) -> str | None:
    """The picture with the name of a file of regions, before what programs put behind it; else the only one there."""
    folder, stem = posixpath.dirname(file) or ".", posixpath.splitext(posixpath.basename(file))[0]
    for ending in ("", "_rois", "-rois", "_roi", "_RoiSet", "-RoiSet", "_ROIs"):
        if stem.endswith(ending) and (found := pictures.beside(folder, stem[: len(stem) - len(ending)])):
            return found
    beside = [name for name in pictures.all() if (posixpath.dirname(name) or ".") == folder]
    return beside[0] if len(beside) == 1 else None


def _in_file(tree: FolderTree, file: str, log: ReaderLog) -> list[tuple[str, bytes]]:
    try:
        if file.lower().endswith(".roi"):
            return [(posixpath.splitext(posixpath.basename(file))[0], read_bytes(tree.root / file, _MOST_ROI))]
        names = _rois_in(tree, file)
        with zipfile.ZipFile(tree.root / file) as archive:
            found = []
            for name in names:
                with archive.open(name) as region:
                    found.append((posixpath.splitext(posixpath.basename(name))[0], region.read(_MOST_ROI)))
            return found
    except (*DAMAGED, OSError) as error:
        log.add(file, "", tr("cannot be read: {reason}", reason=str(error)), tr("its regions are left out"))
        return []


def outline(data: bytes) -> Parts:
    """The parts of a region, in pixels of the picture. Raises ``ValueError`` for a region that encloses nothing."""
    if data[:4] != b"Iout" or len(data) < 64:
        raise ValueError(tr("is no region of ImageJ"))
    version, kind = struct.unpack(">hB", data[4:7])
    top, left, bottom, right = struct.unpack(">hhhh", data[8:16])
    count, composite, options = (
        struct.unpack(">H", data[16:18])[0],
        struct.unpack(">i", data[36:40])[0],
        struct.unpack(">h", data[50:52])[0],
    )
    fine = bool(options & _SUB_PIXEL) and version >= 222
    if composite > 0:
        return _composite(np.frombuffer(data[64 : 64 + 4 * composite], ">f4").astype(float))
    if kind in (_RECTANGLE, _OVAL):
        x, y, width, height = float(left), float(top), float(right - left), float(bottom - top)
        if fine and version >= 223:
            x, y, width, height = map(float, struct.unpack(">ffff", data[18:34]))
        if width <= 0 or height <= 0:
            raise ValueError(tr("encloses nothing"))
        if kind == _OVAL:
            return ellipse(x + width / 2, y + height / 2, width / 2, height / 2)
        return rectangle(x, y, width, height)
    if kind not in (_POLYGON, _FREEHAND, _TRACED):
        raise ValueError(tr("is a line or points: it encloses nothing"))
    if count == 0 and version >= 227:  # more than 65,535 corners are counted elsewhere
        count = struct.unpack(">i", data[18:22])[0]
    if count < 3 or len(data) < 64 + (12 if fine else 4) * count:
        raise ValueError(tr("is cut off, or has less than three corners"))
    if fine:
        points = np.frombuffer(data, ">f4", 2 * count, 64 + 4 * count).reshape(2, count).T.astype(float)
    else:
        points = np.frombuffer(data, ">i2", 2 * count, 64).reshape(2, count).T + np.array([left, top], float)
    return [np.round(points, 3).ravel().tolist()]


def _composite(path: NDArray[np.float64]) -> Parts:
    """The rings of a path of moves (0), lines (1), curves (2, 3) and ends (4), even-odd."""
    rings: list[list[tuple[float, float]]] = []
    place = 0
    while place < len(path):
        numbers = {0: 2, 1: 2, 2: 4, 3: 6, 4: 0}.get(int(path[place]))
        if numbers is None or place + 1 + numbers > len(path):
            raise ValueError(tr("is a composite region that cannot be read"))
        if path[place] == 0:
            rings.append([])
        if numbers:
            if not rings:
                raise ValueError(tr("is a composite region that cannot be read"))
            rings[-1].append((float(path[place + numbers - 1]), float(path[place + numbers])))
        place += 1 + numbers
    whole = even_odd([np.array(ring) for ring in rings if len(ring) >= 3])
    if not whole:
        raise ValueError(tr("encloses nothing"))
    return whole


IMAGEJ = Format("imagej", "ImageJ", _annotates, _read)

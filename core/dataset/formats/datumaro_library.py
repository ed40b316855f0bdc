"""Datumaro's own format, read and written by its library, which takes seconds to load: only in the process of a job.

Annotations of one group and one class are one instance.
"""

import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.split_names import split_of
from core.dataset.formats.datumaro_format import is_datumaro
from core.dataset.formats.export import WrittenImage
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, ReaderLog
from core.dataset.formats.pictures import Pictures, files_of
from core.dataset.problems import ProblemLog
from core.errors import UserError
from core.geometry.mask_ops import union
from core.geometry.masks import crop
from core.geometry.segmentation import Polygons, Rle, Segmentation, mask_of
from core.words import tr

_NO_OBJECT = tr("only polygons, masks and boxes are objects; it is left out")


def read(tree: FolderTree) -> ForeignDataset:
    """The dataset in a folder. Raises ``UserError``."""
    import datumaro

    log = ReaderLog()
    log.read.update(file for file in files_of(tree, (".json",)) if is_datumaro(tree, file))
    file = min(log.read)
    root = tree.root / posixpath.dirname(posixpath.dirname(file))
    try:
        dataset = datumaro.Dataset.import_from(str(root), "datumaro")
        labels = dataset.categories().get(datumaro.AnnotationType.label, ())
        classes = [label.name for label in labels]
    except Exception as error:
        raise UserError(
            tr("{folder} cannot be read as Datumaro's format: {reason}", folder=root, reason=str(error)[:200]),
            tr("export it again, or convert it to COCO"),
        ) from error
    return ForeignDataset(tree.root, _images(tree, dataset, classes, log), classes, log)


def _images(tree: FolderTree, dataset: Any, classes: list[str], log: ReaderLog) -> Iterator[ForeignImage]:
    pictures = Pictures(tree)
    for item in dataset:
        stated = posixpath.basename(str(getattr(item.media, "path", "") or f"{item.id}.jpg"))
        subset = "" if item.subset == "default" else item.subset
        name = pictures.named(f"images/{item.subset}/{stated}", "x") or pictures.named(stated, "x", log)
        size = getattr(item.media, "size", None) if item.media is not None else None
        instances = _instances(item, size, classes, log)
        stated_size = (int(size[0]), int(size[1])) if size else None
        path = tree.root / name if name else None
        yield ForeignImage(name or stated, path, instances, stated_size, split_of(subset) or subset)


def _instances(item: Any, size: Any, classes: list[str], log: ReaderLog) -> list[ForeignInstance]:
    groups: dict[object, ForeignInstance] = {}
    for place, annotation in enumerate(item.annotations):
        kind = annotation.type.name
        label = classes[annotation.label] if annotation.label is not None else "object"
        shape: Segmentation | None = None
        box = None
        if kind == "polygon":
            shape = Polygons(
                [[float(str(each)) for each in np.asarray(annotation.points, np.float32)]]
            )  # 139.3, not 139.3000030517578
        elif kind == "mask":
            shape = _mask(annotation)
        elif kind == "bbox":
            box = tuple(map(float, annotation.get_bbox()))
        else:
            log.add(item.id, kind, tr("is of the kind {kind}", kind=kind), _NO_OBJECT)
            continue
        key = (label, annotation.group) if annotation.group else place
        first = groups.get(key)
        crowd = bool(annotation.attributes.get("is_crowd", False))
        if first is None:
            attributes = {name: value for name, value in annotation.attributes.items() if name != "is_crowd"}
            groups[key] = ForeignInstance(label, shape, box, crowd, attributes=attributes)  # type: ignore[arg-type]
        elif shape is not None and isinstance(first.segmentation, Polygons) and isinstance(shape, Polygons):
            first.segmentation = Polygons([*first.segmentation.parts, *shape.parts])
        elif shape is not None and first.segmentation is not None and size:
            both = union(first.segmentation.mask(tuple(size)), shape.mask(tuple(size)))
            first.segmentation = Rle.of(both)
        elif shape is not None:
            first.segmentation = shape
    return list(groups.values())


def _mask(annotation: Any) -> Rle:
    """A mask of the library's; its run lengths are COCO's."""
    encoded = getattr(annotation, "rle", None)
    if encoded is None:
        return Rle.of(crop(np.array(annotation.image)))
    counts, (height, width) = encoded["counts"], map(int, encoded["size"])
    return Rle((height, width), counts.decode() if isinstance(counts, bytes) else counts)


class DatumaroWriter:
    """``annotations/<subset>.json`` beside ``images/<subset>``: an instance is a mask or a box, in its own group."""

    def __init__(self, folder: Path, classes: Sequence[str], log: ProblemLog) -> None:
        self._folder, self._classes = folder, classes
        self._items: list[Any] = []

    def folder_of(self, split: str) -> str:
        """Where pictures lie."""
        return f"images/{split}"

    def add(self, image: WrittenImage) -> None:
        """Note the annotations of an image; the library writes all at once."""
        from datumaro.components.annotation import Bbox, RleMask
        from datumaro.components.dataset_base import DatasetItem
        from datumaro.components.media import Image as Media

        annotations: list[Any] = []
        for number, instance in enumerate(image.instances, 1):
            common = {
                "label": instance.label,
                "id": number,
                "group": number,
                "attributes": {"is_crowd": instance.crowd},
            }
            mask = mask_of(instance.segmentation, image.size)
            if mask.bitmap.size:
                coco = Rle.of(mask).coco
                annotations.append(RleMask({"size": coco["size"], "counts": coco["counts"].encode()}, **common))
            else:
                annotations.append(Bbox(*instance.box, **common))
        id = posixpath.splitext(posixpath.basename(image.picture))[0]
        media = Media.from_file(path=posixpath.basename(image.picture), size=image.size)
        self._items.append(DatasetItem(id, subset=image.image.split, media=media, annotations=annotations))

    def finish(self) -> None:
        """Write the annotation files."""
        import datumaro

        dataset = datumaro.Dataset.from_iterable(self._items, categories=list(self._classes))
        dataset.export(str(self._folder), "datumaro", save_media=False)

"""Which format the files of a folder are of."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats.cvat import CVAT
from core.dataset.formats.datumaro_format import DATUMARO
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, Format
from core.dataset.formats.imagej import IMAGEJ
from core.dataset.formats.label_studio import LABEL_STUDIO
from core.dataset.formats.labelme import LABELME
from core.dataset.formats.masks import LABEL_IMAGES, MASK_FILES
from core.dataset.formats.supervisely import SUPERVISELY
from core.dataset.formats.via import VIA
from core.dataset.formats.voc import VOC
from core.dataset.formats.yolo import YOLO
from core.errors import UserError
from core.words import tr

FORMATS = (DATUMARO, SUPERVISELY, LABELME, VIA, LABEL_STUDIO, CVAT, VOC, YOLO, IMAGEJ, MASK_FILES, LABEL_IMAGES)
"""In the order in which they are tried: those whose files say of themselves what they are come first."""


def recognise(tree: FolderTree) -> list[Format]:
    """The formats that files of the tree are of, surest first; none of a plain folder of pictures or of COCO."""
    return [format for format in FORMATS if format.annotates(tree)]


def exported_name(name: str, to: str) -> str:
    """What a dataset called ``name`` is called in the format titled ``to``: “bench (YOLO)”, of “bench (COCO)” too."""
    for title in ("COCO", *(format.title for format in FORMATS)):
        name = name.removesuffix(f" ({title})")
    return f"{name} ({to})"


def read_all(format: Format, tree: FolderTree) -> ForeignDataset:
    """Read a tree in a format. When all images have been read, the log also says what in the tree was not. Raises
    ``UserError``."""
    dataset = format.read(tree)

    def images(read: Iterable[ForeignImage]) -> Iterator[ForeignImage]:
        pictures: set[str] = set()
        for image in read:
            if image.path is not None:
                pictures.add(image.path.relative_to(tree.root).as_posix())
            yield image
        dataset.log.say_unread(tree.root, pictures)

    dataset.images = images(dataset.images)
    return dataset


def chosen_format(source: Path, key: str = "") -> Format | None:
    """The format called ``key``, or the one that the folder ``source`` is of; ``None`` for COCO and for a folder of
    pictures. Raises ``UserError`` for a key that is none."""
    if key and key != "coco":
        known = {format.key: format for format in FORMATS}
        if key not in known:
            raise UserError(
                tr("{format} is no format that is read", format=key),
                tr("one of these: {formats}", formats=", ".join(["coco", *known])),
            )
        return known[key]
    if key == "coco" or not source.is_dir():
        return None
    found = recognise(FolderTree(source))
    return found[0] if found else None

"""An open dataset: its images, classes and instances, looked up fast and decoded late."""

import threading
from bisect import bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.channel_settings import ChannelSettings
from core.dataset.annotation_table import AnnotationTable
from core.dataset.coco.annotations import ReadAnnotation, read_instance, read_shape
from core.dataset.coco.coco_file import CocoFile
from core.dataset.coco.entries import stated_fields
from core.dataset.coco.unique_ids import id_of, number_of
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.image_finder import locate
from core.dataset.folder.leftovers import leftovers
from core.dataset.lenient_json import Id, identity
from core.dataset.model import Category, Image, Instance, Review, Side
from core.dataset.packed_list import PackedList
from core.dataset.palette import class_color
from core.dataset.problems import Problem
from core.dataset.results import Results
from core.dataset.splits.split_file import SplitFile
from core.errors import UserError
from core.geometry.mask_style import Color
from core.geometry.masks import Mask
from core.geometry.segmentation import Segmentation, mask_of
from core.images.pixel_size import PixelSize
from core.pacing import paced
from core.words import tr

T = TypeVar("T")
_MISSING = tr("it is kept, but cannot be shown or trained on; put the picture into the dataset's folder")


@dataclass(eq=False)
class Dataset:
    """Images with their instances, from one COCO file or several. Made by ``open_dataset``; never changes, but for what
    is computed late and remembered (see ``once``).

    Methods may be called from several threads.
    """

    name: str
    root: Path
    """The folder that holds everything; no picture is read from outside it."""
    categories: tuple[Category, ...]
    """By id, as they are opened. A label is a position in this tuple."""
    images: Sequence[Image]
    splits: tuple[str, ...]
    """In order: ``train``, ``val``, ``test``, then others."""
    files: tuple[CocoFile, ...]
    first_images: Sequence[int]
    """For each file, the index of its first image; its images follow each other. Ends with the number of images."""
    label_maps: Sequence[Mapping[Id, int]]
    """For each file, the label of each of its categories by its id there."""
    sides: Mapping[int, Side] | None
    """The training or validation split as images state it or a person gave it, by ``Image.index``; ``None`` where the
    split is not one that is to be remembered (see ``splits``)."""
    annotations: AnnotationTable
    split_file: SplitFile | None
    """The splits that a person gave to images, if any."""
    channels: ChannelSettings | None
    """How pictures are read, where a person chose that; ``None``: as their files hold them."""
    pixel_sizes: Mapping[int, PixelSize]
    """By ``Image.index``, of the images whose entries state one (see ``scale``)."""
    _found: dict[str, list[Problem]]
    """Problems by the step that found them."""
    _reviews: Mapping[int, Review]
    """By ``Image.index``, of the images that state one."""
    _not_labelled: Mapping[int, msgspec.Raw] = field(default_factory=dict)
    """By ``Image.index``, of the images that state where they are not labelled, the segmentation as it stands there."""
    _accounted_files: Collection[str] | None = None
    """The annotation files of the folder, relative to it, and pictures whose faults were told; ``None`` where a file
    was opened by itself, so that what lies beside it does not matter."""
    _tree: FolderTree | None = None
    """What the folders hold, until the pictures are found."""
    _results: Results = field(default_factory=lambda: Results({}))
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    """Held, for a moment, while ``_found`` is changed or copied."""

    def __getstate__(self) -> dict[str, Any]:
        """Datasets travel to the loader processes of a training, which need pictures and instances: long lists are
        packed, and neither the text of files, nor what people or checks said of images, nor what can be computed anew
        goes with them. Locks cannot travel."""
        bare = [replace(file, data=b"", images=(), annotations=(), categories=()) for file in self.files]
        said: dict[str, Any] = {
            "sides": None,
            "split_file": None,
            "pixel_sizes": {},
            "_reviews": {},
            "_found": {"files": []},
        }
        state = vars(self) | said | {"files": tuple(bare)}
        pictures = self._results.known().get("pictures")
        state["_results"] = {"pictures": PackedList.of(str | None, pictures)} if pictures is not None else {}
        state["images"] = PackedList.of(Image, self.images)
        del state["_lock"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _results=Results(state["_results"]), _lock=threading.Lock())

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """As ``Results.once`` does. A result that depends on classes or splits has ``categories`` or ``splits`` in its
        key: others may come (``with_images``)."""
        return self._results.once(key, compute)

    def set_problems(self, step: str, problems: list[Problem]) -> None:
        """These ``problems`` were found by a step of checking (``health`` has some): they are among ``problems`` from
        now on, in the place of those that the step found before."""
        with self._lock:
            self._found[step] = problems

    @property
    def problems(self) -> list[Problem]:
        """What is wrong, as far as it is known: all of it once ``health.checks.examine`` has run."""
        _ = self._pictures  # listing the folders finds the missing ones
        with self._lock:
            return [problem for found in self._found.values() for problem in found]

    @property
    def failed(self) -> list[Problem]:
        """Annotation files that could not be read, beside those that could."""
        return self._found["files"]

    @property
    def is_folder(self) -> bool:
        """Whether all annotation files of the folder were to be read, not one of them by itself."""
        return self._accounted_files is not None

    @property
    def leftovers(self) -> list[Problem]:
        """What lies in the folder and is not read."""
        _ = self._pictures
        return self._found.get("leftovers", [])

    def of_split(self, name: str) -> list[Image]:
        """The images of a split, in order."""
        return [image for image in self.images if image.split == name]

    def file_number(self, image: Image) -> int:
        """Position in ``files`` of the file that an image comes from."""
        return bisect_right(self.first_images, image.index) - 1

    def color(self, label: int) -> Color:
        """The color of a class: its own, or the palette's."""
        return self.categories[label].color or class_color(label)

    def review(self, image: Image) -> Review:
        """What a person said of an image, as its file has it."""
        return self._reviews.get(image.index, "")

    def not_labelled(self, image: Image) -> Segmentation | None:
        """The part of an image in which nobody has labelled what is there: neither learnt as background nor measured.
        It is no instance and of no class."""
        raw = self._not_labelled.get(image.index)
        return read_shape(raw, (image.height, image.width)) if raw is not None else None

    def new_sides(self) -> dict[int, Side]:
        """The split of images for which it was chosen just now, by ``Image.index``: what is to be remembered."""
        known = self.sides
        if known is None:
            return {}
        new = (image for image in self.images if image.index not in known and image.split in ("train", "val"))
        return {image.index: "val" if image.split == "val" else "train" for image in new}

    def image_path(self, image: Image) -> Path:
        """Where the picture is. Raises ``UserError`` when it is missing; see ``has_picture``."""
        relative = self._pictures[image.index]
        if relative is None:
            raise UserError(
                tr("the picture {picture} is not in {folder}", picture=image.file_name, folder=self.root), _MISSING
            )
        return self.root / relative

    def has_picture(self, image: Image) -> bool:
        """Whether the picture was found when the folders were listed."""
        return self._pictures[image.index] is not None

    @property
    def without_picture(self) -> list[int]:
        """``Image.index`` of the images whose pictures were not found."""
        return [index for index, path in enumerate(self._pictures) if path is None]

    def read_image(self, image: Image) -> NDArray[np.uint8]:
        """The picture as RGB, shape ``(image.height, image.width, 3)``: what masks of this image lie on, even where the
        file on disk has another size (see ``core.images``). Raises ``UserError`` when it cannot be read."""
        return self.read_image_as(image, self.channels)

    def read_image_as(self, image: Image, channels: ChannelSettings | None) -> NDArray[np.uint8]:
        """The same as a model sees it, whose ``ModelSpec.channels`` may be others than the dataset's."""
        from core.images.decoding import read_image  # Pillow, which not everybody who opens a dataset needs

        return read_image(self.image_path(image), (image.height, image.width), channels)

    def instances(self, image: Image) -> list[Instance]:
        """The instances of an image, in the order of the file."""
        return [reading.instance for reading in self.read_instances(image)]

    def read_instances(self, image: Image) -> list[ReadAnnotation]:
        """The instances of an image, each with its faults."""
        table, size = self.annotations, (image.height, image.width)
        rows = table.rows(image.index)
        numbers, labels = table.numbering.numbers[rows].tolist(), table.labels[rows].tolist()
        return [
            read_instance(table.entries[place], number, label, size)
            for place, number, label in paced(list(zip(table.order[rows], numbers, labels, strict=True)))
        ]

    def ids(self, image: Image) -> list[int]:
        """The numbers by which its instances are known, in their order; each is there once in a file."""
        ids: list[int] = self.annotations.numbering.numbers[self.annotations.rows(image.index)].tolist()
        return ids

    def largest_id(self, file: int) -> int:
        """The largest of the numbers of the file with this number that a counter reaches: those above it are free."""
        return self.annotations.numbering.largest[file]

    def written_id(self, file: int, number: int) -> Id:
        """The id in the file with this number of a new instance that is known by ``number``."""
        return id_of(number, self.annotations.numbering.styles[file])

    def is_called(self, file: int, entry: msgspec.Raw | None, number: int) -> bool:
        """Whether the id of an entry, of this file or an earlier state of it, is the one that stands for ``number``."""
        id = identity(stated_fields(entry).id) if entry is not None else None
        return id is not None and number_of(id, self.annotations.numbering.styles[file]) == number

    def entries(self, image: Image) -> list[int]:
        """Where the instances of an image stand in ``CocoFile.annotations`` of its file, in their order."""
        table = self.annotations
        first = table.first_entries[self.file_number(image)]
        places: list[int] = (table.order[table.rows(image.index)] - first).tolist()
        return places

    def labels(self, image: Image) -> set[int]:
        """The classes that an image shows. Fast: nothing is decoded."""
        return set(self.annotations.labels[self.annotations.rows(image.index)].tolist())

    def instance_count(self, image: Image) -> int:
        """The number of instances of an image, crowds included. Fast: nothing is decoded."""
        return int(self.annotations.starts[image.index + 1] - self.annotations.starts[image.index])

    def class_counts(self, split: str | None = None, without: Iterable[Image] = ()) -> NDArray[np.int64]:
        """The number of instances of each category, crowds included, in a split or in all, some images left out."""
        table = self.annotations
        inside = np.ones(len(self.images), bool)
        if split is not None:
            inside[:] = [image.split == split for image in self.images]
        inside[[image.index for image in without]] = False
        counted = table.labels[np.repeat(inside, np.diff(table.starts))]
        return np.bincount(counted, minlength=len(self.categories))

    def relabelled(self, categories: Iterable[Category], labels: NDArray[np.int64]) -> "Dataset":
        """The same with other ``categories``: ``labels (C,)`` has the new label of each of the present ones."""
        annotations = replace(self.annotations, labels=labels[self.annotations.labels])
        maps = [{id: int(labels[label]) for id, label in of_file.items()} for of_file in self.label_maps]
        return self._having(categories=tuple(categories), label_maps=maps, annotations=annotations)

    def with_images(
        self, images: Sequence[Image], splits: tuple[str, ...], sides: Mapping[int, Side] | None, file: SplitFile | None
    ) -> "Dataset":
        """The same ``images`` in other splits."""
        return self._having(images=images, splits=splits, sides=sides, split_file=file)

    def with_channels(self, channels: ChannelSettings | None) -> "Dataset":
        """The same with pictures read in another way."""
        return self._having(channels=channels)

    def _having(self, **changes: Any) -> "Dataset":
        """The same with other fields; what was found and computed so far, both know."""
        with self._lock:
            found = dict(self._found)
        return replace(self, **changes, _found=found, _results=Results(self._results.known()))

    def mask(self, image: Image, instance: Instance) -> Mask:
        """The pixels of an instance at the size that the file states for the image: holes kept, polygons rasterised as
        ``pycocotools`` does. Empty for an instance that has only a box."""
        return mask_of(instance.segmentation, (image.height, image.width))

    @property
    def _pictures(self) -> Sequence[str | None]:
        """For each image, the path of its picture relative to ``root``, or ``None``. Lists the folders once."""
        return self.once("pictures", self._find_pictures)

    def _find_pictures(self) -> Sequence[str | None]:
        tree, self._tree = self._tree or FolderTree(self.root), None
        images = [self.images[first:end] for first, end in pairwise(self.first_images)]
        paths, missing = locate(tree, self.files, images)
        self.set_problems("folders", missing)
        if self._accounted_files is not None:
            self.set_problems("leftovers", leftovers(tree, {*self._accounted_files, *filter(None, paths)}))
        return paths

"""Keys of images: an index may mean another image when the dataset is opened again, a key means the same one."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from core.dataset import Dataset, Image
from core.dataset.folder.layout import relative_to
from core.dataset.lenient_json import Id
from core.words import tr

ImageKey = tuple[str, Id, str]
"""Identity of an image: its annotation file relative to the dataset, its id there, its file name."""


def key_of(dataset: Dataset, image: Image) -> ImageKey:
    """The key of an image."""
    file = dataset.files[dataset.file_number(image)]
    return relative_to(dataset.root, file.path), image.id, image.file_name


def by_key(dataset: Dataset) -> dict[ImageKey, Image]:
    """The images of a dataset by their keys."""
    return {key_of(dataset, image): image for image in dataset.images}


class KeyLookup:
    """Finds the images of a dataset by keys of an earlier session."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[tuple[Id, int]]]:
        """Id and ``Image.index`` of the images of each annotation file and file name; made when the first is looked
        for, since most journals are empty."""
        by_name: dict[tuple[str, str], list[tuple[Id, int]]] = defaultdict(list)
        for number, file in enumerate(self._dataset.files):
            name = relative_to(self._dataset.root, file.path)
            first, end = self._dataset.first_images[number : number + 2]
            for image in self._dataset.images[first:end]:
                by_name[name, image.file_name].append((image.id, image.index))
        return by_name

    def find(self, index: int, places: Mapping[int, ImageKey]) -> int:
        """The present ``Image.index`` of the image that had this index. Raises ``ValueError`` when the image is not
        there any more."""
        if index not in places:
            raise ValueError(tr("it does not say which image it is for"))
        file, id, name = places[index]
        found = self._by_name.get((file, name), [])
        exact = [index for other, index in found if other == id]
        if not exact and len(found) != 1:
            raise ValueError(tr("the image {name} is not there any more", name=name))
        return exact[0] if exact else found[0][1]


def is_labelled(dataset: Dataset, image: Image) -> bool:
    """Whether a person has said what an image shows: with instances, or that there are none."""
    return dataset.instance_count(image) > 0 or dataset.review(image) == "done"

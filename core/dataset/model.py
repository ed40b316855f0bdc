"""What a dataset is made of."""

from typing import Literal

import msgspec

from core.dataset.lenient_json import Id
from core.geometry.mask_style import Color
from core.geometry.segmentation import Box, Segmentation

Review = Literal["", "to do", "done", "to fix"]
"""What a person said of an image; empty when nobody said anything."""


Side = Literal["train", "val"]
"""The split that was chosen for an image: what is trained on, and what is validated on."""


class Category(msgspec.Struct, frozen=True):
    """A class. Its label, for a model, is its position in ``Dataset.categories``."""

    id: int
    """That of its file, unless that is text, very large, or another file's for another class."""
    name: str
    color: Color | None = None
    """What a person chose, or the file states; ``Dataset.color`` knows the one to show."""


class Image(msgspec.Struct, frozen=True, gc=False):
    """A picture of the dataset. ``index`` is its position in ``Dataset.images`` and the key everywhere."""

    index: int
    id: Id
    """In its file; two files may use the same one."""
    file_name: str
    """As the file has it. ``Dataset.image_path`` knows where the picture is."""
    width: int
    height: int
    split: str
    """``train``, ``val``, ``test`` or a name of the dataset's own."""


def same_image(one: Image, other: Image) -> bool:
    """Whether two are the same image of one dataset that was read twice."""
    return (one.id, one.file_name) == (other.id, other.file_name)


class Instance(msgspec.Struct, frozen=True):
    """One annotation: one object, or one crowd region, whatever number of parts it is made of."""

    id: int
    label: int
    """Index into ``Dataset.categories``."""
    box: Box
    area: float
    """As the file states it; the number of pixels where it does not."""
    crowd: bool
    segmentation: Segmentation | None
    """Only what can be rasterised, ``None`` for a box alone; faulty parts are reported and left out."""

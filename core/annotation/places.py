"""Images and files of work that is kept beside a dataset and outlives the window.

An index may mean another image when the dataset is opened again; a place means the same one.
"""

from pathlib import Path
from typing import TypeVar

import msgspec

from core.annotation.disk import refused
from core.annotation.journal_lines import Place
from core.dataset import Dataset, Image
from core.dataset.layout import relative_to
from core.errors import UserError
from core.files import write_atomically

_Kept = TypeVar("_Kept")


def place_of(dataset: Dataset, image: Image) -> Place:
    """What names an image for good."""
    file = dataset.files[dataset.file_number(image)]
    return relative_to(dataset.root, file.path), image.id, image.file_name


def by_place(dataset: Dataset) -> dict[Place, Image]:
    """The images of a dataset by what names them for good."""
    return {place_of(dataset, image): image for image in dataset.images}


def is_labelled(dataset: Dataset, image: Image) -> bool:
    """Whether a person has said what an image shows: with instances, or that there are none."""
    return dataset.instance_count(image) > 0 or dataset.review(image) == "done"


def keep(path: Path, value: object) -> None:
    """Write a value as JSON, whole or not at all. Raises ``UserError`` when the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, msgspec.json.encode(value))
    except OSError as error:
        raise refused(error, path, "what is there stays as it was") from error


def read_kept(path: Path, kind: type[_Kept]) -> _Kept:
    """A value that ``keep`` has written. Raises ``UserError`` for a file that is not one."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}", "let the model look at the images again") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(
            f"{path} is damaged: {error}", "delete it and let the model look at the images again"
        ) from error

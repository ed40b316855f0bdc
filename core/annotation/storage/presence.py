"""Noticing that the folder of a dataset is away: disks are unmounted and pulled out, folders renamed.

Under an unmounted disk lies an empty folder of the same name. Nobody has deleted the files then, and nothing may be
written there.
"""

from pathlib import Path

from core.dataset import Dataset
from core.errors import UserError, away
from core.words import tr

_WITNESSES = 20


class AwayError(UserError):
    """The folder of a dataset is not there now: nothing was written, and can be once it is back."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            away(folder),
            tr("what you draw is kept, and saved as soon as it is back"),
        )


class Presence:
    """Remembers what a dataset looked like when it was opened."""

    def __init__(self, dataset: Dataset) -> None:
        images = dataset.images[:: max(len(dataset.images) // _WITNESSES, 1)]
        pictures = [dataset.image_path(image) for image in images if dataset.has_picture(image)]
        self._pictures = {picture: _device(picture) for picture in pictures}
        """Some of those that were there, and the disk that each was on."""
        folders = {dataset.root} | {file.path.resolve().parent for file in dataset.files}
        self._devices = {folder: device for folder in folders if (device := _device(folder)) is not None}
        """Of the folders that were there."""
        self._root = dataset.root

    def check(self, path: Path) -> None:
        """Raise ``AwayError`` unless ``path``, an annotation file, is there or somebody has deleted it: only then it
        may be written. Asks the disk, which may take its time."""
        path = path.resolve()
        folder = path.parent if path.parent in self._devices else self._root
        device = self._devices.get(folder)
        beside = [picture for picture, other in self._pictures.items() if other == device]
        there = any(map(_is_there, beside)) if beside else device is not None and _device(folder) == device
        if not (there or _is_there(path)):
            raise AwayError(folder if any(map(_is_there, self._pictures)) else self._root)


def _is_there(path: Path) -> bool:
    return _device(path) is not None


def _device(path: Path) -> int | None:
    """The disk that something is on; ``None`` where it is not there, or its disk does not answer."""
    try:
        return path.stat().st_dev
    except OSError:
        return None

"""The results of a prediction as files that grow: what was found so far is there whatever happens next.

``images.json`` has the images and the classes, ``predictions.json`` the instances, as COCO results:
``COCO("images.json").loadRes("predictions.json")``.
"""

import contextlib
import io
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from core.dataset.drawn import PREDICTED, is_predicted
from core.errors import UserError, refused
from core.files import open_own, sync, sync_folder
from core.recipes.model_spec import ModelSpec
from core.words import count

_SYNC_EVERY = 5.0
"""Seconds between waits for the disk: what a power failure may take."""


class Results:
    """The two files in the folder ``output``. They are begun, in the place of earlier ones, with the first image.

    Raises ``UserError`` where they cannot be written, and where somebody's annotations lie in their place; what was
    written before stays, and can be read.
    """

    def __init__(self, output: Path, spec: ModelSpec) -> None:
        self._output, self._spec = output, spec
        self._files: tuple[_GrowingList, _GrowingList] | None = None
        self.images = self.instances = 0
        """Written so far."""

    def add(self, image: dict[str, Any], instances: Sequence[dict[str, Any]]) -> None:
        """One image, and what was found in it."""
        try:
            images, found = self._files = self._files or self._begin()
            images.add([image])
            try:
                found.add(instances)
            except OSError:
                images.take_back()  # else nothing would have been found in it
                raise
        except OSError as error:
            kept = f"what was found in {count(self.images, 'image')} is kept" if self.images else ""
            raise refused(error, self._output, "written", kept) from error
        self.images += 1
        self.instances += len(instances)

    def close(self) -> None:
        """There is no more."""
        for file in self._files or ():
            file.close()

    def _begin(self) -> "tuple[_GrowingList, _GrowingList]":
        classes = msgspec.json.encode([{"id": item.id, "name": item.name} for item in self._spec.classes])
        path = self._output / "images.json"
        _check_replaceable(path)
        images = _GrowingList(path, PREDICTED + b'"categories":' + classes + b',"images":[', b"\n]}\n")
        return images, _GrowingList(self._output / "predictions.json", b"[", b"\n]\n")


def _check_replaceable(path: Path) -> None:
    """Raise ``UserError`` where somebody's own annotations would be overwritten."""
    there = path.is_file() and not path.is_symlink() and path.stat().st_size > 0
    if there and not is_predicted(path):
        raise UserError(f"{path} is no list of a prediction: it is not overwritten", "choose another --output")


class _GrowingList:
    """A JSON file that ends with a list; complete after each addition. Raises ``OSError``."""

    def __init__(self, path: Path, head: bytes, tail: bytes) -> None:
        self._tail = tail
        self._file = io.FileIO(open_own(path, os.O_RDWR | os.O_TRUNC), "r+b")
        self._end = self._before = 0
        """Where the next entry begins, and where the last did."""
        self._write(head)
        self._head = self._end
        sync_folder(path.parent)
        self._synced = time.monotonic()

    def add(self, entries: Sequence[Any]) -> None:
        """Add entries to the list: all or none."""
        self._before = self._end
        if not entries:
            return
        comma = b"\n" if self._end == self._head else b",\n"
        self._write(comma + b",\n".join(map(msgspec.json.encode, entries)))
        if time.monotonic() > self._synced + _SYNC_EVERY:
            self._sync()

    def take_back(self) -> None:
        """Remove what was added last."""
        self._end = self._before
        self._shorten()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # it was written, and the disk has it soon
            self._sync()
        self._file.close()

    def _write(self, data: bytes) -> None:
        """In the place of the tail, and the tail behind it."""
        left = data + self._tail
        self._file.seek(self._end)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:  # a full disk
            self._shorten()
            raise
        self._end += len(data)

    def _shorten(self) -> None:
        """End where the last entry ended: there is room for that."""
        with contextlib.suppress(OSError):
            self._file.truncate(self._end)
            self._file.seek(self._end)
            self._file.write(self._tail)

    def _sync(self) -> None:
        sync(self._file.fileno())
        self._synced = time.monotonic()

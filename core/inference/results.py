"""The results of a prediction, written image by image: the files are complete JSON after each.

``images.json`` has the images and the classes, ``predictions.json`` the instances, as COCO results:
``COCO("images.json").loadRes("predictions.json")``.
"""

import contextlib
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from core.dataset.folder.own_outputs import IMAGES, INSTANCES, PREDICTED, is_predicted
from core.errors import UserError, refused
from core.files import open_own, sync, sync_folder, written_beside
from core.recipes.model_spec import ModelSpec
from core.runs.control import Throttle
from core.words import tr, tr_n

_SYNC_EVERY = 5.0
"""Seconds between syncs to the disk: the most that a power failure can lose."""


class Results:
    """The two files in the folder ``output``. The first image creates them, replacing earlier ones.

    Raises ``UserError`` where they cannot be written, or where they would replace somebody's annotations; what was
    written before stays readable.
    """

    def __init__(self, output: Path, spec: ModelSpec) -> None:
        self._output, self._spec = output, spec
        self._files: tuple[_GrowingList, _GrowingList] | None = None
        self.images = self.instances = 0
        """Written so far."""

    def add(self, image: dict[str, Any], instances: Sequence[dict[str, Any]]) -> None:
        """Add an image and the instances in it."""
        try:
            if self._files is None:
                self._files = self._begin(image, instances)
            else:
                images, found = self._files
                images.add([image])
                try:
                    found.add(instances)
                except OSError:
                    images.take_back()  # else nothing would have been found in it
                    raise
        except OSError as error:
            kept = tr_n("what was found in {n} image is kept", "what was found in {n} images is kept", self.images)
            raise refused(error, self._output, "written", kept if self.images else "") from error
        self.images += 1
        self.instances += len(instances)

    def close(self) -> None:
        """Close the files."""
        for file in self._files or ():
            file.close()

    def _begin(self, image: dict[str, Any], instances: Sequence[dict[str, Any]]) -> "tuple[_GrowingList, _GrowingList]":
        classes = msgspec.json.encode([{"id": item.id, "name": item.name} for item in self._spec.classes])
        head = PREDICTED + b'"categories":' + classes + b',"images":['
        lists, results = self._output / IMAGES, self._output / INSTANCES
        _check_replaceable(lists, results)
        with written_beside(lists) as images, written_beside(results) as found:
            begun = [
                _begin_list(images.file, head, [image], b"\n]}\n"),
                _begin_list(found.file, b"[", instances, b"\n]\n"),
            ]
            images.complete()
            found.complete()
            images.path.replace(lists)  # first: it tells that the other is ours
            found.path.replace(results)
        sync_folder(self._output)
        return _GrowingList(lists, *begun[0]), _GrowingList(results, *begun[1])


def _check_replaceable(lists: Path, results: Path) -> None:
    """Raise ``UserError`` where ``path`` holds annotations that Maskwright did not predict."""
    ours = is_predicted(lists)
    for path in (lists, results):
        if path.is_dir():
            raise UserError(tr("{path} is a folder: it is not overwritten", path=path), tr("choose another --output"))
        if path.is_file() and not path.is_symlink() and path.stat().st_size > 0 and not ours:
            raise UserError(
                tr("{path} is no list of a prediction: it is not overwritten", path=path), tr("choose another --output")
            )


def _begin_list(file: BinaryIO, head: bytes, entries: Sequence[Any], tail: bytes) -> tuple[int, int, bytes]:
    """Write a whole JSON file that ends with a list; returns where its entries begin, where they end, and ``tail``."""
    first = _joined(entries)
    begin = b"\n" + first if first else b""
    file.write(head + begin + tail)
    return len(head), len(head) + len(begin), tail


def _joined(entries: Sequence[Any]) -> bytes:
    return b",\n".join(map(msgspec.json.encode, entries))


class _GrowingList:
    """A JSON file that ends with a list and was begun by ``_begin_list``; complete after each addition. Raises
    ``OSError``."""

    def __init__(self, path: Path, head: int, end: int, tail: bytes) -> None:
        self._head, self._tail = head, tail
        self._file = io.FileIO(open_own(path, os.O_RDWR), "r+b")
        self._end = self._before = end
        """Offsets in bytes: where the next entry will begin, and where the last one did."""
        self._syncing = Throttle(_SYNC_EVERY)

    def add(self, entries: Sequence[Any]) -> None:
        """Add entries to the list: all or none."""
        self._before = self._end
        if not entries:
            return
        comma = b"\n" if self._end == self._head else b",\n"
        self._write(comma + _joined(entries))
        if self._syncing.due():
            sync(self._file.fileno())

    def take_back(self) -> None:
        """Remove what was added last."""
        self._end = self._before
        self._shorten()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # it was written, and the disk has it soon
            sync(self._file.fileno())
        self._file.close()

    def _write(self, data: bytes) -> None:
        """Write ``data`` over the tail, and the tail behind it."""
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
        """Cut the file where the last entry ended and write the tail, for which there is room."""
        with contextlib.suppress(OSError):
            self._file.truncate(self._end)
            self._file.seek(self._end)
            self._file.write(self._tail)

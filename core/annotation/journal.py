"""Edits on disk before anybody sees them.

One folder for each dataset, outside of it, since a dataset may be read-only::

    drafts/<name>-<hash of the path>/
      journal.jsonl         what was opened, then a line for each edit, and marks of what was saved
      journal-<n>….jsonl    earlier journals that held more than was saved
      backups/              the dataset's files as they were before the first save of a session
      lock                  held while a window edits the dataset

Lines name images by file, id and file name: an index may mean another image when the dataset is opened again.
"""

import contextlib
import hashlib
import os
import re
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from core.annotation.disk import refused
from core.annotation.edits import Edit, images
from core.annotation.journal_lines import VERSION, Header, Kept, Left, Line, Place, Saved, Saving, encoded
from core.dataset import Dataset
from core.dataset.layout import relative_to
from core.errors import UserError
from core.files import home, write_atomically

_SYNC_EVERY = 1.0
"""Seconds. A killed process loses nothing, a power failure not more than this."""
_KEPT_ASIDE = 10

_NOT_DONE = "the edit was not done"


@dataclass(slots=True)
class Target:
    """Where a file of the dataset is saved, and what is there now as far as we know."""

    path: Path
    digest: str
    written: bool = False
    """Whether this session wrote it."""
    backed_up: bool = False


class Journal:
    """The edits of one dataset, one a line, safe from the end of this process once ``append`` returns.

    Made by one window at a time. ``append`` and the marks may be called from several threads.
    """

    def __init__(self, dataset: Dataset) -> None:
        """Lock the journal of ``dataset``. Raises ``UserError`` when another window has it, or when there is no place
        for it. ``begin`` comes before the first edit."""
        self.folder = draft_folder(dataset)
        self.path = self.folder / "journal.jsonl"
        self.targets = [Target(file.path, file.digest_on_disk()) for file in dataset.files]
        """For each file of the dataset."""
        self._dataset = dataset
        self.writing = threading.Lock()
        """Held while ``targets`` are written: one save waits for another."""
        self._guard = threading.Lock()
        self._file: _File | None = None
        self._number = 0
        self._lock = FileLock(self.folder / "lock", timeout=0, thread_local=False)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout as error:
            raise UserError(
                f"{dataset.name} is being annotated in another window", "close it there; here it can only be looked at"
            ) from error
        except OSError as error:
            raise refused(error, self.folder, "edits are kept there before they are saved") from error

    def aside(self) -> list[Path]:
        """Files beside the dataset's own in which edits are saved, since somebody else changed those."""
        return [
            target.path
            for target, file in zip(self.targets, self._dataset.files, strict=True)
            if target.path != file.path
        ]

    def read(self) -> Left:
        """What is there from an earlier session. Never raises for what is wrong inside; ``UserError`` when the file
        cannot be read."""
        left = Left()
        try:
            with self.path.open("rb") as lines:
                for line in lines:
                    left.take(line)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise UserError(f"{self.path} cannot be read: {error.strerror}", "it may hold unsaved edits") from error
        return left

    def begin(self, edits: Iterable[tuple[Edit, float]] = (), *, put_aside: bool = False) -> None:
        """Begin anew with edits that no file has yet, each with the time when it was made (``Kept.time``). With
        ``put_aside``, what was there stays beside it.

        Raises ``UserError`` when it cannot be written; the old journal is still there then.
        """
        files = {self._name(number): target.digest for number, target in enumerate(self.targets)}
        header = Header(VERSION, str(self._dataset.root), files, self._dataset.categories)
        kept = [self._kept(number, edit, made) for number, (edit, made) in enumerate(edits, 1)]
        with self._guard:
            self._close_file()
            try:
                if put_aside:
                    _copy_aside(self.path)
                write_atomically(self.path, encoded(header) + b"".join(map(encoded, kept)))
                self._file = _File(self.path)
            except OSError as error:
                raise refused(error, self.path, "edits are kept there before they are saved") from error
            self._number = len(kept)

    def append(self, edit: Edit) -> None:
        """Keep an edit. Raises ``UserError`` when that is not possible; the journal is as before then."""
        with self._guard:
            self._write(self._kept(self._number + 1, edit, time.time()))
            self._number += 1

    def mark_saving(self, number: int, digests: Mapping[int, str]) -> None:
        """Files, by number, are about to get the edits up to ``number`` and these digests."""
        with self._guard:
            self._write(Saving(number, {self._name(file): digest for file, digest in digests.items()}))

    def mark_saved(self, number: int) -> None:
        """The files have all edits up to ``number``."""
        with self._guard:
            self._write(Saved(number, {self._name(file): target.digest for file, target in enumerate(self.targets)}))

    def close(self) -> None:
        """Let other windows edit the dataset."""
        with self._guard:
            self._close_file()
        self._lock.release()

    def _kept(self, number: int, edit: Edit, made: float) -> Kept:
        return Kept(number, dict(self._places(edit)), edit, made)

    def _places(self, edit: Edit) -> Iterator[tuple[int, Place]]:
        for index in images(edit):
            image = self._dataset.images[index]
            yield index, (self._name(self._dataset.file_number(image)), image.id, image.file_name)

    def _name(self, file: int) -> str:
        return relative_to(self._dataset.root, self._dataset.files[file].path)

    def _write(self, line: Line) -> None:
        if self._file is None:
            raise UserError(f"{self.path} is closed", "open the dataset again")
        try:
            self._file.append(encoded(line))
        except OSError as error:
            raise refused(error, self.path, _NOT_DONE) from error

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def draft_folder(dataset: Dataset) -> Path:
    """Where the journal and the backups of a dataset are; the same whenever the same files are opened."""
    path = dataset.files[0].path if len(dataset.files) == 1 else dataset.root
    name = re.sub(r"[^\w.-]+", "-", dataset.name)[:40]
    return home() / "drafts" / f"{name}-{hashlib.blake2b(os.fsencode(path), digest_size=6).hexdigest()}"


def next_copy(folder: Path, stem: str, suffix: str) -> Path:
    """Where the next of several copies goes: ``<stem><number> <time><suffix>``."""
    known = _copies(folder, stem, suffix)
    number = known[-1][0] + 1 if known else 1
    return folder / f"{stem}{number:06} {time.strftime('%Y%m%d-%H%M%S')}{suffix}"


def keep_newest(folder: Path, stem: str, suffix: str, count: int) -> None:
    """Of such copies delete all but the newest ``count``."""
    for _, old in _copies(folder, stem, suffix)[:-count]:
        old.unlink(missing_ok=True)


def _copies(folder: Path, stem: str, suffix: str) -> list[tuple[int, Path]]:
    """The copies that are there, oldest first. Their numbers say which is newer: a clock may be set back. (Earlier
    versions began with the date, which is read as a number that all new ones follow.)"""
    name = re.compile(re.escape(stem) + r"(\d+).*" + re.escape(suffix), re.DOTALL)
    found = ((name.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((int(match[1]), path) for match, path in found if match)


def _copy_aside(path: Path) -> None:
    """Keep a copy; the original stays until the new journal replaces it, so that a crash loses neither."""
    if path.exists():
        shutil.copyfile(path, next_copy(path.parent, "journal-", ".jsonl"))
        keep_newest(path.parent, "journal-", ".jsonl", _KEPT_ASIDE)


class _File:
    """A file that only grows by whole lines, synchronised to the disk by a thread of its own."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        self._size = os.fstat(self._descriptor).st_size
        self._dirty, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._sync, name="journal", daemon=True)
        self._thread.start()

    def append(self, data: bytes) -> None:
        """Write all of ``data``, or raise ``OSError`` and leave the file as it was."""
        written = 0
        try:
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)
        self._dirty.set()

    def close(self) -> None:
        self._end.set()
        self._dirty.set()
        self._thread.join()
        os.close(self._descriptor)

    def _sync(self) -> None:
        while not self._end.is_set():
            self._dirty.wait()
            self._dirty.clear()
            with contextlib.suppress(OSError):  # what the disk has to say, it says to the next write
                os.fsync(self._descriptor)
            self._end.wait(_SYNC_EVERY)

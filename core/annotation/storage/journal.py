"""The journal of a dataset: each edit is on disk before the screen shows it.

It lies in a folder outside of the dataset, which may be read-only (see ``draft_folder``). It outlives its session: the
next one continues it, so that undo reaches back, and begins a new one only where the files are not as it says. Lines
name images by file, id and file name, since an index may mean another image when the dataset is opened again.
"""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from core.annotation.editing.edits import Edit, HistoryStep, images
from core.annotation.editing.unknown_fields import UnknownFields
from core.annotation.storage.draft_folder import JOURNAL, draft_folder, drafts, keep_copy, write_refused
from core.annotation.storage.image_keys import key_of
from core.annotation.storage.journal_file import JournalFile
from core.annotation.storage.journal_lines import (
    VERSION,
    Dismissed,
    EditRecord,
    Handed,
    Header,
    JournalContents,
    JournalLine,
    Saved,
    Saving,
    encoded,
)
from core.annotation.storage.presence import Presence
from core.dataset import Dataset
from core.dataset.folder.layout import relative_to
from core.errors import UserError
from core.files import make_folders, write_atomically
from core.pacing import paced
from core.words import tr

_KEPT_ASIDE = 10

_NOT_DONE = tr("the edit was not done; what was drawn before it can still be saved")
_NEEDED = tr("edits are kept there before they are saved")


@dataclass(slots=True)
class SaveTarget:
    """Where a file of the dataset is saved, and what is known to be there."""

    path: Path
    digest: str
    about: str | None = None
    """Digest of what a failed save was about to write; perhaps it is there."""
    written: bool = False
    """Whether this session wrote it."""
    backed_up: bool = False
    precious: bool = False
    """Whether what is there is somebody else's, and may go only once there is a backup."""

    def is_known(self, digest: str) -> bool:
        """Whether a file with this digest has the content that we read or wrote."""
        return digest in (self.digest, self.about)


class Journal:
    """Appends the edits of one dataset, one a line. An edit survives the end of this process once ``append`` returns.

    One window at a time has it. ``append`` and the marks may be called from several threads.
    """

    def __init__(self, dataset: Dataset) -> None:
        """Lock the journal of ``dataset``. Raises ``UserError`` when another window has it, or when there is no place
        for it. ``begin`` or ``resume`` comes before the first edit.

        Where that journal is about files that are damaged or gone now, it waits for them, and this is another one.
        """
        self.folder = _folder(dataset)
        self.path = self.folder / JOURNAL
        self.targets = [SaveTarget(file.path, file.digest_on_disk()) for file in dataset.files]
        """For each file of the dataset."""
        self.presence = Presence(dataset)
        self.dataset = dataset
        """What indices and ids of edits are about; after a save, the draft's new one."""
        self.writing = threading.Lock()
        """Held while files are saved to ``targets``: one save waits for another."""
        self.written = 0
        """The number of the last edit that a save of this session has written."""
        self.problem: UserError | None = None
        """Why the last edit or mark could not be kept."""
        self.unknown_fields = UnknownFields()
        """Of what went in earlier sessions."""
        self._guard = threading.Lock()
        self._file: JournalFile | None = None
        self._number = 0
        self._lock = FileLock(self.folder / "lock", timeout=0, thread_local=False)
        try:
            make_folders(self.folder)
            self._acquire()
        except OSError as error:
            raise write_refused(error, self.folder, _NEEDED) from error

    def aside(self) -> list[Path]:
        """Files beside the dataset's own in which edits are saved, since somebody else changed those."""
        return [
            target.path
            for target, file in zip(self.targets, self.dataset.files, strict=True)
            if target.path != file.path
        ]

    def begin(self, contents: JournalContents | None = None, *, aside: bool = False) -> None:
        """Begin a new journal: empty, or with the ``contents`` of another one. The old one is kept beside it if it is
        to be put ``aside``. Raises ``UserError`` when it cannot be written; the old journal is still there
        then."""
        contents = contents or JournalContents(self.header())
        with self._guard:
            self._close_file()
            self.written = 0
            try:
                if aside:
                    put_aside(self.folder)
                write_atomically(self.path, b"".join(map(encoded, contents.lines())))
                self._file = JournalFile(self.path)
            except OSError as error:
                raise write_refused(error, self.path, _NEEDED) from error
            self._number = contents.last

    def resume(self, contents: JournalContents) -> None:
        """Continue the journal as it is, with these ``contents``. Raises ``UserError`` when it cannot be written."""
        with self._guard:
            try:
                self._file = JournalFile(self.path)
            except OSError as error:
                raise write_refused(error, self.path, _NEEDED) from error
            self._number = contents.last

    def header(self) -> Header:
        """The first line of a journal that begins with the files as they are."""
        files = {self.name(target.path): target.digest for target in self.targets}
        return Header(VERSION, str(self.dataset.root), files, self.dataset.categories)

    def append(self, edit: Edit, step: HistoryStep = "do", made: float | None = None) -> None:
        """Write an edit, ``made`` at this time, or now. Raises ``UserError`` where that fails; the journal is as before
        then."""
        with self._guard:
            self._write(self.line(self._number + 1, edit, time.time() if made is None else made, step))
            self._number += 1

    def mark_saving(self, number: int, digests: Mapping[int, str]) -> None:
        """Record that files, by number, are about to get all edits up to ``number``, and these digests. Synced with all
        edits before this returns: a file never has what the journal does not know of."""
        with self._guard:
            files = {self.name(self.targets[file].path): digest for file, digest in digests.items()}
            self._write(Saving(number, files), sync=True)

    def mark_saved(self, number: int) -> None:
        """Record that the files have all edits up to ``number``."""
        with self._guard:
            self._write(Saved(number, {self.name(target.path): target.digest for target in self.targets}))

    def close(self) -> None:
        """Release the journal, so that another window may edit the dataset."""
        with self._guard:
            self._close_file()
        self._lock.release()

    def line(self, number: int, edit: Edit, made: float, step: HistoryStep) -> EditRecord:
        """An edit as a line of the journal."""
        places = {index: key_of(self.dataset, self.dataset.images[index]) for index in images(edit)}
        instances = self.unknown_fields.of_instances(self.dataset, edit)
        classes = self.unknown_fields.of_classes(self.dataset, edit)
        return EditRecord(number, places, edit, made, step, instances, classes)

    def name(self, path: Path) -> str:
        """What a file is called in the journal."""
        return relative_to(self.dataset.root, path)

    def _write(self, line: JournalLine, *, sync: bool = False) -> None:
        if self._file is None:
            raise UserError(tr("{path} is closed", path=self.path), tr("open the dataset again"))
        try:
            if not self._file.is_at(self.path):
                self._restore()
            self._file.append(encoded(line))
            if sync:
                self._file.sync()
        except UserError as error:  # another window has it now
            self.problem = error
            raise
        except OSError as error:
            self.problem = write_refused(error, self.path, _NOT_DONE)
            raise self.problem from error
        self.problem = None

    def _restore(self) -> None:
        """Write the journal again where it should be: its folder was deleted, or its disk is another one, and what was
        written would be lost with the window."""
        assert self._file is not None
        file, content = self._file, self._file.content()
        make_folders(self.folder)
        self._lock.release()
        self._acquire()  # the old one hinders nobody any more
        put_aside(self.folder)
        write_atomically(self.path, content)
        self._file = JournalFile(self.path)
        file.close()

    def _acquire(self) -> None:
        try:
            self._lock.acquire()
        except Timeout as error:
            raise UserError(
                tr("{dataset} is being annotated in another window", dataset=self.dataset.name),
                tr("close it there; here it can only be looked at"),
            ) from error

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def read_journal(path: Path) -> JournalContents:
    """Read the journal at ``path``; an empty one where there is none. Damaged lines are skipped; raises ``UserError``
    when the file cannot be read."""
    contents = JournalContents()
    try:
        with path.open("rb") as lines:
            for line in paced(lines):
                contents.add(line)
    except FileNotFoundError:
        pass
    except OSError as error:
        reason = error.strerror
        raise UserError(
            tr("{path} cannot be read: {reason}", path=path, reason=reason), tr("it may hold unsaved edits")
        ) from error
    return contents


def journals() -> Iterator[tuple[Path, Header]]:
    """The draft folders of all datasets that were ever edited, and what each of their journals is for."""
    for folder in drafts():
        if (header := _header(folder)) is not None:
            yield folder, header


def _header(folder: Path) -> Header | None:
    contents = JournalContents()
    with contextlib.suppress(OSError), (folder / JOURNAL).open("rb") as lines:
        contents.add(lines.readline())
    return contents.header


def _folder(dataset: Dataset) -> Path:
    """The first draft folder of ``dataset`` whose journal is about no other files than those that are here."""
    here = {relative_to(dataset.root, file.path) for file in dataset.files}
    without: set[str] = set()
    while True:
        folder = draft_folder(dataset, without)
        header = _header(folder)
        missing = header.files.keys() - here - without if header is not None else set()
        if not missing:
            return folder
        without |= missing


def remark(folder: Path, line: Handed | Dismissed) -> None:
    """Add a line to the journal in a draft folder that no window has. Raises ``OSError``."""
    path = folder / JOURNAL
    content = path.read_bytes()
    write_atomically(path, content[: content.rfind(b"\n") + 1] + encoded(line))  # a torn line was never acknowledged


def put_aside(folder: Path) -> None:
    """Keep a copy of the journal in a draft folder; the original stays until another replaces it, so that a crash loses
    neither. Raises ``OSError``."""
    with contextlib.suppress(FileNotFoundError):
        keep_copy((folder / JOURNAL).read_bytes(), folder, "journal-", ".jsonl", _KEPT_ASIDE)

"""Saving a draft into the dataset's COCO files."""

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from core.annotation.editing.draft import Snapshot
from core.annotation.storage.coco_entries import encoded, is_touched
from core.annotation.storage.draft_folder import BACKUPS, backup_name, keep_copy, write_refused
from core.annotation.storage.journal import Journal, SaveTarget
from core.dataset.coco.coco_file import ABSENT, digest
from core.dataset.folder.layout import relative_to
from core.dataset.folder.versions import mine
from core.errors import UserError
from core.files import exchange, left_over, make_folders, move_new, sync_folder, written_beside
from core.reading import read_bytes
from core.words import tr, tr_n


class ConflictError(UserError):
    """Somebody else changed files since they were read or saved; nothing was written over them."""

    def __init__(self, snapshot: Snapshot, journal: Journal, numbers: Iterable[int]) -> None:
        self.snapshot = snapshot
        """What was to be written."""
        self._journal = journal
        self.numbers = tuple(numbers)
        """Positions in ``Dataset.files`` of the files."""
        targets = [journal.targets[number] for number in self.numbers]
        paths = [relative_to(snapshot.dataset.root, target.path) for target in targets]
        names = ", ".join(paths)
        super().__init__(
            tr("somebody else changed {names}", names=names)
            if any(target.path.exists() for target in targets)
            else tr("somebody else deleted {names}", names=names),
            tr_n("save yours beside it, or in its place", "save yours beside them, or in their place", len(paths)),
        )

    def save_beside(self) -> list[Path]:
        """Write ours beside theirs, as ``instances_train (mine).json``, and return where; later saves go there too.

        Raises ``UserError`` when they cannot be written.
        """
        for number in self.numbers:
            path = mine(self._journal.targets[number].path)
            self._journal.targets[number] = SaveTarget(path, digest_at(path), precious=True)
        save(self.snapshot, self._journal)
        return [self._journal.targets[number].path for number in self.numbers]

    def overwrite(self) -> None:
        """Write ours in place of theirs, of which a backup is kept. Raises ``UserError`` when that is not possible."""
        for number in self.numbers:
            target = self._journal.targets[number]
            self._journal.targets[number] = SaveTarget(target.path, digest_at(target.path), precious=True)
        save(self.snapshot, self._journal)


def save(snapshot: Snapshot, journal: Journal) -> None:
    """Write ``snapshot`` to the dataset's files. For a worker thread; call ``Draft.saved`` afterwards.

    Raises ``UserError`` when a file cannot be written, ``AwayError`` when the dataset is not there, ``ConflictError``
    when somebody else changed a file; the journal keeps the work.
    """
    with journal.writing:
        if snapshot.revision >= journal.written:  # else the one that had to wait here is the older one
            _write(snapshot, journal)
            journal.written = snapshot.revision


def _write(snapshot: Snapshot, journal: Journal) -> None:
    targets = journal.targets
    numbers = [number for number, target in enumerate(targets) if target.written or is_touched(snapshot, number)]
    for number in numbers:
        journal.presence.check(targets[number].path)
    if changed := [number for number in numbers if not _is_ours(targets[number])]:
        raise ConflictError(snapshot, journal, changed)
    contents = {number: encoded(snapshot, number) for number in numbers}
    digests = {number: digest(content) for number, content in contents.items()}
    with suppress(UserError):  # where there is no room for the journal, the files are where the work is safe
        journal.mark_saving(snapshot.revision, digests)
    for number, content in contents.items():
        target = targets[number]
        target.about = digests[number]
        try:
            _put(target, content, journal.folder / "backups")
        except _ChangedError as error:
            raise ConflictError(snapshot, journal, [number]) from error
        except OSError as error:
            journal.presence.check(target.path)
            raise write_refused(
                error, target.path, tr("until then, your work is kept in {folder}", folder=journal.folder)
            ) from error
        target.digest, target.about, target.written = digests[number], None, True
    with suppress(UserError):
        journal.mark_saved(snapshot.revision)


def _is_ours(target: SaveTarget) -> bool:
    """Whether the file has the content that we read or wrote, perhaps in a save that failed afterwards."""
    there = digest_at(target.path)
    if target.is_known(there):
        target.digest, target.about = there, None
    return target.digest == there


def clear_up(journal: Journal) -> None:
    """Move what a save that was killed has left beside the files to their backups: it may be what somebody else wrote
    at that moment. What cannot be moved stays."""
    for folder in {target.path.resolve().parent for target in journal.targets}:
        with suppress(OSError):
            for path in left_over(folder):
                keep_copy(read_bytes(path), journal.folder / "backups", "left over ", ".json", BACKUPS)
                path.unlink()


def digest_at(path: Path) -> str:
    """``ABSENT`` where there is no file. Raises ``UserError`` when it cannot be read."""
    data = _read(path)
    return ABSENT if data is None else digest(data)


def _read(path: Path) -> bytes | None:
    try:
        return read_bytes(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror
        raise UserError(
            tr("{path} cannot be read: {reason}", path=path, reason=reason), tr("nothing is written over it unseen")
        ) from error


class _ChangedError(Exception):
    """Somebody else changed the file at the last moment."""


def _put(target: SaveTarget, content: bytearray, backups: Path) -> None:
    """Write through a link to where the file really is, and leave its permissions as they are."""
    path = target.path.resolve()
    make_folders(path.parent)
    if path.exists() and not os.access(path, os.W_OK):  # marked as read-only: replacing it would go around that
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    with written_beside(path) as new:
        new.file.write(content)
        new.complete()
        _back_up(target, path, backups)
        there = _look(target, path)  # once more: all this took a while
        if there is not None:
            _replace(target, new.path, path)
        else:
            try:
                move_new(new.path, path)
            except FileExistsError as error:
                raise _ChangedError from error
        sync_folder(path.parent)


def _look(target: SaveTarget, path: Path) -> bytes | None:
    """The content of the file, which has to be what is known; ``None`` where there is no file."""
    there = _read(path)
    if not target.is_known(ABSENT if there is None else digest(there)):
        raise _ChangedError
    return there


def _replace(target: SaveTarget, new: Path, path: Path) -> None:
    """Put ``new`` in the place of ``path``. Where the system can exchange two files, what was replaced is looked at:
    what somebody wrote between our last look and now is put back."""
    if not exchange(new, path):
        new.replace(path)
    elif not target.is_known(digest_at(new)):
        _put_back(new, path, target.about)
        raise _ChangedError


def _put_back(theirs: Path, path: Path, ours: str | None) -> None:
    """Put somebody else's file back at ``path``, again where others write in between: the last writer's file stays."""
    while True:
        last = digest_at(theirs)
        if not exchange(theirs, path):
            theirs.replace(path)
            return
        if digest_at(theirs) == ours:
            return
        ours = last


def _back_up(target: SaveTarget, path: Path, folder: Path) -> None:
    """Keep the file as it is before this session first writes to it. What is only in this file is not written over
    without; where there is no room for a backup of our own work, that is no reason not to save it."""
    there = None if target.backed_up else _look(target, path)
    if there is None:
        return
    try:
        keep_copy(there, folder, backup_name(target.path), ".json", BACKUPS)
        target.backed_up = True
    except OSError:
        if target.precious:
            raise

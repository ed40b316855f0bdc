"""Writing what was edited into the dataset's COCO files."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from core.annotation.disk import check_writable, refused
from core.annotation.draft import Snapshot
from core.annotation.entries import is_touched, sections
from core.annotation.journal import Journal, Target, keep_newest, next_copy
from core.dataset.coco_file import ABSENT, digest
from core.dataset.layout import mine, relative_to
from core.dataset.writing import encode, header_of
from core.errors import UserError
from core.files import write_atomically

_BACKUPS = 10
"""Of each file."""


class ConflictError(UserError):
    """Somebody else changed files since they were read or saved: nothing was written."""

    def __init__(self, snapshot: Snapshot, journal: Journal, numbers: Iterable[int]) -> None:
        self.snapshot = snapshot
        """What was to be written."""
        self._journal = journal
        self.numbers = tuple(numbers)
        """Positions in ``Dataset.files`` of the files."""
        paths = [relative_to(snapshot.dataset.root, journal.targets[number].path) for number in self.numbers]
        several = len(paths) > 1
        super().__init__(
            f"somebody else changed {', '.join(paths)}",
            f"save yours beside {'them' if several else 'it'}, or in {'their' if several else 'its'} place",
        )

    def save_beside(self) -> list[Path]:
        """Write ours beside theirs, as ``instances_train (mine).json``, and return where; later saves go there too.

        Raises ``UserError`` when they cannot be written.
        """
        for number in self.numbers:
            target = self._journal.targets[number]
            path = mine(target.path)
            self._journal.targets[number] = Target(path, digest_at(path))
        save(self.snapshot, self._journal)
        return [self._journal.targets[number].path for number in self.numbers]

    def overwrite(self) -> None:
        """Write ours in place of theirs, of which a backup is kept. Raises ``UserError`` when that is not possible."""
        for number in self.numbers:
            target = self._journal.targets[number]
            target.digest, target.backed_up = digest_at(target.path), False
        save(self.snapshot, self._journal)


def save(snapshot: Snapshot, journal: Journal) -> None:
    """Write ``snapshot`` to the dataset's files. For a worker thread; call ``Draft.saved`` afterwards.

    Raises ``UserError`` when a file cannot be written, ``ConflictError`` when somebody else changed one; the journal
    keeps the work.
    """
    with journal.writing:
        _write(snapshot, journal)


def _write(snapshot: Snapshot, journal: Journal) -> None:
    targets = journal.targets
    numbers = [number for number, target in enumerate(targets) if target.written or is_touched(snapshot, number)]
    if changed := [number for number in numbers if digest_at(targets[number].path) != targets[number].digest]:
        raise ConflictError(snapshot, journal, changed)
    contents = {number: _content(snapshot, number) for number in numbers}
    digests = {number: digest(content) for number, content in contents.items()}
    with suppress(UserError):  # these marks only spare recovery some guessing
        journal.mark_saving(snapshot.revision, digests)
    for number, content in contents.items():
        target = targets[number]
        try:
            _back_up(target, journal.folder / "backups")
            _replace(target.path, content)
        except OSError as error:
            raise refused(error, target.path, f"until then, your work is kept in {journal.folder}") from error
        target.digest, target.written = digests[number], True
    with suppress(UserError):
        journal.mark_saved(snapshot.revision)


def _content(snapshot: Snapshot, number: int) -> bytearray:
    return encode(header_of([snapshot.dataset.files[number]]), sections(snapshot, number))


def digest_at(path: Path) -> str:
    """``ABSENT`` where there is no file. Raises ``UserError`` when it cannot be read."""
    try:
        return digest(path.read_bytes())
    except FileNotFoundError:
        return ABSENT
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}", "nothing is written over it unseen") from error


def _back_up(target: Target, folder: Path) -> None:
    """Keep the file as it is before this session first writes to it."""
    if not target.backed_up and target.digest != ABSENT:
        folder.mkdir(exist_ok=True)
        name = f"{target.path.parent.name} {target.path.stem}"
        shutil.copyfile(target.path, next_copy(folder, f"{name} ", ".json"))
        keep_newest(folder, f"{name} ", ".json", _BACKUPS)
    target.backed_up = True


def _replace(path: Path, content: bytearray) -> None:
    """Write through a link to where the file really is, and leave its permissions as they are."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    check_writable(path)
    write_atomically(path, content)

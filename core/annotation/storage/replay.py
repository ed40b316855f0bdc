"""Redoing edits that journals hold and no file has."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import Edit, HistoryStep
from core.annotation.storage.continuation import settled
from core.annotation.storage.draft_folder import JOURNAL
from core.annotation.storage.journal import Journal, journals, put_aside, read_journal, remark
from core.annotation.storage.journal_lines import EditRecord, Handed, JournalContents
from core.annotation.storage.rebase import Rebase
from core.annotation.storage.reconciliation import FilesOnDisk, Reconciliation
from core.annotation.storage.saving import digest_at
from core.annotation.storage.strays import is_whole
from core.dataset import Dataset
from core.dataset.coco.coco_file import ABSENT
from core.dataset.folder.versions import mine
from core.errors import UserError
from core.words import tr


class Rescued:
    """Keeps edits in a list until the journal goes on, or begins anew."""

    def __init__(self, journal: Journal) -> None:
        self.records: list[EditRecord] = []
        self.differ = False
        """Whether any of them has become another."""
        self.original: EditRecord | None = None
        """What the next edit is in the journal of before."""
        self._journal = journal

    def append(self, edit: Edit, step: HistoryStep = "do") -> None:
        assert self.original is not None
        self.differ |= edit != self.original.edit
        self.records.append(self._journal.line(len(self.records) + 1, edit, self.original.time, step))


def replay(earlier: JournalContents, files: Reconciliation, draft: Draft, rescued: Rescued) -> list[str]:
    """Redo in ``draft``, which writes to ``rescued``, the edits that the files do not have. Returns why others could
    not be done."""
    reasons = [tr("a line of the journal cannot be read")] * earlier.unreadable
    if earlier.header is None:
        return reasons + [tr("the journal does not say what it is for")] * len(earlier.records)
    translation = Rebase(draft, earlier.header.categories, partly=bool(earlier.handed or files.waiting))
    for record in earlier.records:
        pending = []
        for part, undone in files.pending(record):
            if undone:
                pending.append(part)
            else:
                translation.follow(part)
        try:
            if edit := translation.edit(record.edit.name, pending, record.places):
                rescued.original = record
                draft.apply(edit, record.step)
        except ValueError as error:
            reasons.append(f"{record.edit.name}: {error}")
    return reasons


def on_disk(journal: Journal, earlier: JournalContents) -> FilesOnDisk:
    """What the files hold, and what was saved beside them."""
    found = {}
    for target in journal.targets:
        beside = journal.name(mine(target.path))
        others = [(beside, digest_at(mine(target.path)))] if beside in earlier.numbers else []
        found[journal.name(target.path)] = [(journal.name(target.path), target.digest), *others]
    return found


class OtherJournals(ExitStack):
    """Journals of files of a dataset that are kept under another name: it was opened as a file and is a folder now, had
    fewer files then, or was somewhere else. What they hold and no file has is done here, and they are put aside. One
    that has files which are damaged or gone now stays, with what it holds of these.

    A context that holds the locks of all that were found: no window begins with one of them meanwhile.
    """

    def __init__(self, dataset: Dataset, journal: Journal) -> None:
        super().__init__()
        self._dataset, self._journal = dataset, journal
        self._emptied: list[Path] = []
        self._handed: list[tuple[Path, Handed]] = []

    def replay(self, draft: Draft, rescued: Rescued) -> list[str]:
        """See ``replay``."""
        reasons: list[str] = []
        for folder, read, missing in self._found():
            earlier, before = settled(read, self._dataset), len(rescued.records)
            found, as_opened = on_disk(self._journal, earlier), Draft(self._dataset, Rescued(self._journal))
            files = Reconciliation(earlier, found, as_opened, missing)
            if missing:  # what was lost from such a file is offered once all are here
                files.waiting |= {each.place[0] for each in files.lost_work()}
                here = tuple(name for name in found if name not in files.waiting)
                if all(earlier.handed.get(name, 0) >= earlier.last for name in here):
                    continue
                self._handed.append((folder, Handed(earlier.last, here)))
            reasons += replay(earlier, files, draft, rescued)
            if len(rescued.records) > before and not missing:
                self._emptied.append(folder)
        return reasons

    def put_aside(self) -> None:
        """What was taken over is in the journal of the dataset now."""
        for folder, handed in self._handed:
            with suppress(OSError):
                remark(folder, handed)
        for folder in self._emptied:
            with suppress(OSError):
                put_aside(folder)
                (folder / JOURNAL).unlink()

    def _found(self) -> Iterator[tuple[Path, JournalContents, set[str]]]:
        """Those of which all files are here, or all that are whole, and the names of the others; unless another window
        has them."""
        digests = {self._journal.name(target.path): target.digest for target in self._journal.targets}
        for folder, header in journals():
            moved = header.dataset != str(self._dataset.root)
            missing = header.files.keys() - digests.keys()
            if folder == self._journal.folder or len(missing) == len(header.files):
                continue
            if not self._dataset.is_folder and any(is_whole(self._dataset.root / name) for name in missing):
                continue  # one file was opened alone: the journal waits for the others
            with suppress(Timeout, OSError, UserError):
                if moved and Path(header.dataset).exists():
                    continue  # another dataset, with files of the same names
                self.enter_context(FileLock(folder / "lock", timeout=0))
                earlier = read_journal(folder / JOURNAL)
                present = ((name, digest) for name, digest in digests.items() if digest != ABSENT)
                if not moved or any(digest in earlier.numbers.get(name, ()) for name, digest in present):
                    yield folder, earlier, missing

"""Opening a dataset for editing, and recovering what a crash left in its journal, or what a disk lost."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import (
    Edit,
    InstanceEdit,
    NotLabelledEdit,
    PixelSizeEdit,
    ReviewEdit,
    SimpleEdit,
    images,
    parts,
)
from core.annotation.editing.model import Annotation
from core.annotation.storage.continuation import LONGEST, obstacles, settled, without_oldest
from core.annotation.storage.draft_folder import JOURNAL, draft_folder
from core.annotation.storage.journal import Journal, read_journal
from core.annotation.storage.journal_lines import EditRecord, JournalContents, UndoHistory
from core.annotation.storage.rebase import Rebase
from core.annotation.storage.reconciliation import LostWork, Reconciliation, all_classes, unchanged
from core.annotation.storage.replay import OtherJournals, Rescued, on_disk, replay
from core.annotation.storage.saving import clear_up
from core.annotation.storage.strays import UnreadableFile, find_strays
from core.dataset import Dataset
from core.images.pixel_size import PixelSize
from core.words import tr

_MOST_REASONS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Recovered:
    """Edits that a journal held and no file does. All that fit are done in the draft already."""

    edits: int
    """Number of edits that were done."""
    images: frozenset[int]
    """``Image.index`` of those that they touch."""
    skipped: int
    """Number of edits that could not be done."""
    reasons: tuple[str, ...]
    """Why, a sentence each; of many, the first."""
    changed_files: tuple[str, ...]
    """Files, relative to the dataset, that somebody else changed since."""
    span: tuple[float, float]
    """When the first and the last of them were made, in seconds since the epoch, UTC; 0 where nobody knows."""
    lost_work: tuple[LostWork, ...]
    """What was saved once and is not in the changed files any more. Not done: perhaps somebody took it away."""
    _journal: Journal
    _earlier: JournalContents

    def discard(self) -> Draft:
        """Discard the recovered edits, at the person's wish: returns a draft of the dataset as its files have it, kept
        in the same journal. A copy of the journal stays beside it. Raises ``UserError`` when the journal cannot be
        written."""
        self._journal.begin(aside=True)
        return Draft(self._journal.dataset, self._journal, self._journal.unknown_fields)

    def bring_back(self, draft: Draft) -> Edit | None:
        """An edit that brings back the ``lost_work``, as far as nobody has made anything else of it since. ``None``
        where nothing is left of it."""
        translation = Rebase(draft, all_classes(self._earlier))
        lost_work = unchanged(self.lost_work, self._earlier, draft)
        name = tr("Bring back what was saved")
        places = {each.image: each.place for each in lost_work}
        return translation.edit(name, _undoing(name, lost_work), places)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A dataset that is edited."""

    draft: Draft
    journal: Journal
    """To be closed at the end; ``saving.save`` wants it."""
    recovered: Recovered | None
    """``None`` when nothing had to be rescued."""
    history: UndoHistory
    """What can be undone and done again, all that was rescued with it."""
    cut: tuple[str, ...]
    """Why the history does not reach back as far as it did: a sentence each. Empty where it does."""
    strays: tuple[UnreadableFile, ...]
    """Other files of the dataset that were annotated here and cannot be read any more."""


def open_draft(dataset: Dataset) -> Opened:
    """Begin to edit ``dataset``. For a worker thread.

    Raises ``UserError`` when another window edits it already, or when there is no place for the journal; it can still
    be looked at then.
    """
    journal = Journal(dataset)
    try:
        clear_up(journal)
        return _recover(dataset, journal)
    except BaseException:
        journal.close()
        raise


def worked_on(dataset: Dataset) -> list[str]:
    """The file names of the images that the journal of ``dataset`` is about, whether they are among its own or not.
    Raises ``UserError`` when it cannot be read."""
    earlier = read_journal(draft_folder(dataset) / JOURNAL)
    return list(dict.fromkeys(file_name for record in earlier.records for _, _, file_name in record.places.values()))


def _recover(dataset: Dataset, journal: Journal) -> Opened:
    read = read_journal(journal.path)
    earlier = settled(read, dataset)
    for record in earlier.records:
        journal.unknown_fields.gather(record.instances, record.classes)
    draft = Draft(dataset, rescued := Rescued(journal), journal.unknown_fields)
    files = Reconciliation(earlier, on_disk(journal, earlier), draft)
    reasons = replay(earlier, files, draft, rescued)
    lost_work = files.lost_work()
    cut = obstacles(earlier, files, draft)
    if reasons or rescued.differ:
        cut.append(tr("Not everything could be done again."))
    own = len(rescued.records)
    with OtherJournals(dataset, journal) as others:
        reasons += others.replay(draft, rescued)
        if cut:
            now = JournalContents(journal.header(), rescued.records)
            journal.begin(now, aside=bool(own or reasons or lost_work or earlier.handed))
        else:
            now = _continue(journal, read, earlier, own, rescued.records)
            draft.resume(now.last)
        others.put_aside()
    draft.keeper = journal
    for part in (part for record in earlier.records for part in parts(record.edit)):
        if isinstance(part, InstanceEdit) and 0 <= part.image < len(dataset.images):
            draft.reserve(part.image, part.after)  # what comes back, by undo or from elsewhere, finds its ids free
    before, history = earlier.history(), now.history()
    if not cut and not history.steps:
        cut.append(tr("The journal had become too long."))
    return Opened(
        draft=draft,
        journal=journal,
        recovered=_recovered(journal, earlier, files, rescued, reasons),
        history=history,
        cut=tuple(cut) if before.done > history.done else (),
        strays=tuple(find_strays(dataset)),
    )


def _recovered(
    journal: Journal, earlier: JournalContents, files: Reconciliation, rescued: Rescued, reasons: list[str]
) -> Recovered | None:
    edits = [record.edit for record in rescued.records]
    times = [record.time for record in rescued.records] or [0.0]
    lost_work = tuple(files.lost_work())
    if not (edits or reasons or lost_work):
        return None
    return Recovered(
        edits=len(edits),
        images=frozenset(index for edit in edits for index in images(edit)),
        skipped=len(reasons),
        reasons=tuple(reasons[:_MOST_REASONS]),
        changed_files=tuple(files.changed),
        span=(min(times), max(times)),
        lost_work=lost_work,
        _journal=journal,
        _earlier=earlier,
    )


def _continue(
    journal: Journal, read: JournalContents, earlier: JournalContents, own: int, rescued: list[EditRecord]
) -> JournalContents:
    """Continue the journal that was ``read``: as it is, or written anew with ``earlier``, which is the same with the
    indices of now. The first ``own`` records of ``rescued`` are in it already; the others follow. Returns what it
    holds now."""
    if read.size > LONGEST and not own:
        earlier = without_oldest(earlier)
    if earlier is read and not read.torn:
        journal.resume(earlier)
    else:
        journal.begin(earlier)
    more = [msgspec.structs.replace(record, number=earlier.last + n) for n, record in enumerate(rescued[own:], 1)]
    for record in more:
        journal.append(record.edit, record.step, record.time)
    return earlier.holding([*earlier.records, *more])


def _undoing(name: str, lost_work: Iterable[LostWork]) -> Iterator[SimpleEdit]:
    """What makes them what they were."""
    instances: defaultdict[int, list[tuple[int, LostWork]]] = defaultdict(list)
    for each in lost_work:
        if isinstance(each.id, int):
            instances[each.image].append((each.id, each))
        elif isinstance(each.now, str) and isinstance(each.then, str):
            yield ReviewEdit(name=name, image=each.image, before=each.now, after=each.then)
        elif each.id == "pixel size":
            now, then = (state if isinstance(state, PixelSize) else None for state in (each.now, each.then))
            yield PixelSizeEdit(name=name, image=each.image, before=now, after=then)
        elif not isinstance(each.now, str | Annotation | PixelSize) and not isinstance(
            each.then, str | Annotation | PixelSize
        ):
            yield NotLabelledEdit(name=name, image=each.image, before=each.now, after=each.then)
    for image, of_image in instances.items():
        before = {id: each.now for id, each in of_image if isinstance(each.now, Annotation)}
        after = {id: each.then for id, each in of_image if isinstance(each.then, Annotation)}
        yield InstanceEdit(name=name, image=image, before=before, after=after)

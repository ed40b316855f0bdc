"""Opening a dataset for editing, and recovering what a crash left in its journal, or what a disk lost."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import Edit, InstanceEdit, ReviewEdit, images, parts
from core.annotation.editing.model import Annotation
from core.annotation.storage.continuation import LONGEST, obstacles, settled, shortened
from core.annotation.storage.draft_folder import JOURNAL, draft_folder
from core.annotation.storage.journal import Journal, read_journal
from core.annotation.storage.journal_lines import EditRecord, JournalContents
from core.annotation.storage.rebase import Part, Rebase
from core.annotation.storage.reconciliation import Lacking, Reconciliation, all_classes, unchanged
from core.annotation.storage.replay import OtherJournals, Rescued, contents, replay
from core.annotation.storage.saving import clear_up
from core.annotation.storage.strays import UnreadableFile, find_strays
from core.annotation.storage.undo_history import UndoHistory
from core.dataset import Dataset
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
    lacking: tuple[Lacking, ...]
    """What was saved once and is not in the changed files any more. Not done: perhaps somebody took it away."""
    _journal: Journal
    _left: JournalContents

    def discard(self) -> Draft:
        """Discard the recovered edits, at the person's wish: returns a draft of the dataset as its files have it, kept
        in the same journal. A copy of the journal stays beside it. Raises ``UserError`` when the journal cannot be
        written."""
        self._journal.begin(aside=True)
        return Draft(self._journal.dataset, self._journal, self._journal.remains)

    def bring_back(self, draft: Draft) -> Edit | None:
        """An edit that brings back what is ``lacking``, as far as nobody has made anything else of it since. ``None``
        where nothing is left of it."""
        translation = Rebase(draft, all_classes(self._left))
        lacking = unchanged(self.lacking, self._left, draft)
        name = tr("Bring back what was saved")
        places = {each.image: each.place for each in lacking}
        return translation.edit(name, _undoing(name, lacking), places)


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
    left = read_journal(draft_folder(dataset) / JOURNAL)
    return list(dict.fromkeys(file_name for kept in left.kept for _, _, file_name in kept.places.values()))


def _recover(dataset: Dataset, journal: Journal) -> Opened:
    read = journal.read()
    left = settled(read, dataset)
    for kept in left.kept:
        journal.remains.gather(kept.instances, kept.classes)
    draft = Draft(dataset, rescued := Rescued(journal), journal.remains)
    files = Reconciliation(left, contents(journal, left), draft)
    reasons = replay(left, files, draft, rescued)
    lacking = files.lacking()
    cut = obstacles(left, files, draft)
    if reasons or rescued.differ:
        cut.append(tr("Not everything could be done again."))
    own = len(rescued.kept)
    with OtherJournals(dataset, journal) as others:
        reasons += others.replay(draft, rescued)
        if cut:
            now = JournalContents(journal.header(), rescued.kept)
            journal.begin(now, aside=bool(own or reasons or lacking or left.handed))
        else:
            now = _go_on(journal, read, left, own, rescued.kept)
            draft.resume(now.last)
        others.put_aside()
    draft.keeper = journal
    _reserve_ids(draft, left)
    before, history = _history(left), _history(now)
    if not cut and not history.steps:
        cut.append(tr("The journal had become too long."))
    told = tuple(cut) if before.done > history.done else ()
    strays = tuple(find_strays(dataset))
    recovered = _recovered(journal, left, files, rescued, reasons) if rescued.kept or reasons or lacking else None
    return Opened(draft, journal, recovered, history, told, strays)


def _recovered(
    journal: Journal,
    left: JournalContents,
    files: Reconciliation,
    rescued: Rescued,
    reasons: list[str],
) -> Recovered:
    edits = [kept.edit for kept in rescued.kept]
    times = [kept.time for kept in rescued.kept] or [0.0]
    return Recovered(
        edits=len(edits),
        images=frozenset(index for edit in edits for index in images(edit)),
        skipped=len(reasons),
        reasons=tuple(reasons[:_MOST_REASONS]),
        changed_files=tuple(files.changed),
        span=(min(times), max(times)),
        lacking=tuple(files.lacking()),
        _journal=journal,
        _left=left,
    )


def _reserve_ids(draft: Draft, left: JournalContents) -> None:
    """What comes back, by undo or from elsewhere, finds its ids free."""
    for kept in left.kept:
        for part in parts(kept.edit):
            if isinstance(part, InstanceEdit) and 0 <= part.image < len(draft.dataset.images):
                draft.reserve(part.image, part.after)


def _history(left: JournalContents) -> UndoHistory:
    return UndoHistory.of((kept.edit, kept.step) for kept in left.kept)


def _go_on(
    journal: Journal, read: JournalContents, left: JournalContents, own: int, rescued: list[EditRecord]
) -> JournalContents:
    """With the journal that was ``read``, as it is or written anew with what is ``left`` of it. So many of those that
    were ``rescued`` are its ``own``; the others follow. Returns what it holds now."""
    if read.size > LONGEST and not own:
        left = shortened(left)
    if left is read and not read.torn:
        journal.resume(left)
    else:
        journal.begin(left)
    more = [msgspec.structs.replace(kept, number=left.last + n) for n, kept in enumerate(rescued[own:], 1)]
    for kept in more:
        journal.append(kept.edit, kept.step, kept.time)
    return left.holding([*left.kept, *more])


def _undoing(name: str, lacking: Iterable[Lacking]) -> Iterator[Part]:
    """What makes them what they were."""
    instances: defaultdict[int, list[tuple[int, Lacking]]] = defaultdict(list)
    for each in lacking:
        if each.id is not None:
            instances[each.image].append((each.id, each))
        elif isinstance(each.now, str) and isinstance(each.then, str):
            yield ReviewEdit(name=name, image=each.image, before=each.now, after=each.then)
    for image, of_image in instances.items():
        before = {id: each.now for id, each in of_image if isinstance(each.now, Annotation)}
        after = {id: each.then for id, each in of_image if isinstance(each.then, Annotation)}
        yield InstanceEdit(name=name, image=image, before=before, after=after)

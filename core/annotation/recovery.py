"""Opening a dataset for editing, with what a crash left in its journal."""

from dataclasses import dataclass
from typing import NamedTuple

from core.annotation.draft import Draft
from core.annotation.edits import Change, Classes, Edit, Mark, images, parts
from core.annotation.journal import Journal
from core.annotation.journal_lines import Kept, Left
from core.annotation.saving import digest_at
from core.annotation.translation import Translation
from core.dataset import Dataset
from core.dataset.layout import relative_to

_MOST_REASONS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Recovered:
    """Edits that a journal held and no file does. All that fit are done in the draft already."""

    edits: int
    """How many are done."""
    images: frozenset[int]
    """``Image.index`` of those that they touch."""
    skipped: int
    """How many could not be done."""
    reasons: tuple[str, ...]
    """Why, a sentence each; of many, the first."""
    changed_files: tuple[str, ...]
    """Files, relative to the dataset, that somebody else changed since."""
    span: tuple[float, float]
    """When the first and the last of them were made, in seconds since the epoch, UTC; 0 where nobody knows."""
    _dataset: Dataset
    _journal: Journal

    def discard(self) -> Draft:
        """The person does not want them: a draft of the dataset as its files have it, kept in the same journal. What
        the journal held stays beside it. Raises ``UserError`` when the journal cannot be written."""
        self._journal.begin(put_aside=True)
        return Draft(self._dataset, self._journal)


class Opened(NamedTuple):
    """A dataset that is edited."""

    draft: Draft
    journal: Journal
    """To be closed at the end; ``saving.save`` wants it."""
    recovered: Recovered | None
    """``None`` when nothing had to be rescued."""


def open_draft(dataset: Dataset) -> Opened:
    """Begin to edit ``dataset``. For a worker thread.

    Raises ``UserError`` when another window edits it already, or when there is no place for the journal; it can still
    be looked at then.
    """
    journal = Journal(dataset)
    try:
        draft, recovered = _recover(dataset, journal)
    except BaseException:
        journal.close()
        raise
    return Opened(draft, journal, recovered)


def _recover(dataset: Dataset, journal: Journal) -> tuple[Draft, Recovered | None]:
    left = journal.read()
    if not left.kept and not left.unreadable:
        journal.begin()
        return Draft(dataset, journal), None
    draft = Draft(dataset, rescued := _Rescued())
    now = {relative_to(dataset.root, target.path): digest_at(target.path) for target in journal.targets}
    reasons = _replay(left, now, draft, rescued)
    journal.begin(rescued.edits, put_aside=bool(rescued.edits or reasons))
    draft.keeper = journal
    if not rescued.edits and not reasons:
        return draft, None
    touched = frozenset(index for edit, _ in rescued.edits for index in images(edit))
    times = [made for _, made in rescued.edits] or [0.0]
    changed = tuple(_changed(left, now))
    some = tuple(reasons[:_MOST_REASONS])
    span = min(times), max(times)
    return draft, Recovered(len(rescued.edits), touched, len(reasons), some, changed, span, dataset, journal)


def _replay(left: Left, now: dict[str, str], draft: Draft, rescued: "_Rescued") -> list[str]:
    """Do what is left in ``draft``, which ``rescued`` keeps; returns why the rest could not be done. ``now`` are the
    digests of the files."""
    reasons = ["a line of the journal cannot be read"] * left.unreadable
    if left.header is None:
        return reasons + ["the journal does not say what it is for"] * len(left.kept)
    written = _Written(left, now)
    translation = Translation(draft, left.header.categories)
    for kept in left.kept:
        rescued.made = kept.time
        pending = []
        for part in parts(kept.edit):
            if written.has(kept, part):
                translation.follow(part)
            else:
                pending.append(part)
        try:
            if edit := translation.edit(kept.edit.name, pending, kept.places):
                draft.apply(edit)
        except ValueError as error:
            reasons.append(f"{kept.edit.name}: {error}")
    return reasons


class _Written:
    """Which edits the files have already. Several files are not written at the same moment: a crash may have come
    between them."""

    def __init__(self, left: Left, now: dict[str, str]) -> None:
        self._saved = left.saved.number if left.saved else 0
        self._by_file = dict.fromkeys(now, self._saved)
        self._all = self._saved
        if left.saving and left.saving.number > self._saved:
            done = {file for file, digest in left.saving.files.items() if now.get(file) == digest}
            self._by_file |= dict.fromkeys(done, left.saving.number)
            if len(done) == len(left.saving.files):
                self._all = left.saving.number

    def has(self, kept: Kept, part: Change | Classes | Mark) -> bool:
        if isinstance(part, Classes):
            return kept.number <= self._all
        place = kept.places.get(part.image)
        return kept.number <= (self._by_file.get(place[0], self._saved) if place else self._saved)


class _Rescued:
    """Keeps edits in a list until the journal begins anew."""

    def __init__(self) -> None:
        self.edits: list[tuple[Edit, float]] = []
        """Each with the time when it was made."""
        self.made = 0.0
        """When the next one was."""

    def append(self, edit: Edit) -> None:
        self.edits.append((edit, self.made))


def _changed(left: Left, now: dict[str, str]) -> list[str]:
    """The files that are not as this program read or wrote them last."""
    known = left.header.files if left.header else {}
    for mark in (left.saving, left.saved):
        known = known | (mark.files if mark else {})
    return [file for file, digest in now.items() if known.get(file, digest) != digest]

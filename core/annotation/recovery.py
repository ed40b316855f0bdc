"""Opening a dataset for editing, with what a crash left in its journal."""

from dataclasses import dataclass
from typing import NamedTuple

from core.annotation.draft import Draft
from core.annotation.journal import Journal
from core.dataset import Dataset


@dataclass(frozen=True, slots=True, eq=False)
class Recovered:
    """Edits that a journal held and no file does: all that fit are done in the draft already."""

    edits: int
    """How many are done."""
    images: frozenset[int]
    """``Image.index`` of those that they touch."""
    skipped: tuple[str, ...]
    """Why others could not be done, one sentence each."""
    changed_files: tuple[str, ...]
    """Files, relative to the dataset, that somebody else changed since."""

    def discard(self) -> Draft:
        """The person does not want them: a draft of the dataset as its files have it, kept in the same journal. What
        the journal held is put aside in its folder."""
        raise NotImplementedError


class Opened(NamedTuple):
    """A dataset that is edited."""

    draft: Draft
    journal: Journal
    """To be closed at the end; ``saving.save`` wants it."""
    recovered: Recovered | None
    """``None`` when nothing had to be rescued."""


def open_draft(dataset: Dataset) -> Opened:
    """Begin to edit ``dataset``. For a worker thread. Raises ``UserError`` when another window edits it already, or when
    there is no place for the journal; it can still be looked at then."""
    raise NotImplementedError

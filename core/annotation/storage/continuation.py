"""Continuing the journal of an earlier session: its image indices become those of the dataset as it is now, and what
stands in the way is found."""

import msgspec

from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import ClassEdit, CompoundEdit, Edit, InstanceEdit, ReviewEdit, images, parts
from core.annotation.storage.image_keys import ImageLookup
from core.annotation.storage.journal_lines import EditRecord, JournalContents
from core.annotation.storage.reconciliation import Reconciliation
from core.dataset import Category, Dataset
from core.words import tr

LONGEST = 8 << 20
"""Bytes of a journal that the next session continues. Of a longer one the oldest edits are left out, so that it is read
in a moment and takes little memory."""


def settled(left: JournalContents, dataset: Dataset) -> JournalContents:
    """``left`` with the indices that images have in ``dataset`` now, since pictures may have been added. An image that
    is missing keeps its index."""
    finder = ImageLookup(dataset)
    try:
        kept = [_settled(each, {index: finder.find(index, each.places) for index in each.places}) for each in left.kept]
    except ValueError:
        return left
    return left if all(one is other for one, other in zip(kept, left.kept, strict=True)) else left.holding(kept)


def obstacles(left: JournalContents, files: Reconciliation, draft: Draft) -> list[str]:
    """Reasons, a sentence each, why a journal cannot be continued. Asked once all that no file has is done in
    ``draft``."""
    if left.header is None:
        return [tr("There is no journal.")]
    found = [tr("{file} was changed by somebody else.", file=file) for file in files.changed]
    if left.handed:
        found.append(tr("Meanwhile the dataset was annotated without files that were damaged or gone."))
    if left.unreadable or not _counts(left):
        found.append(tr("The journal is damaged."))
    if not _knows_images(left, draft.dataset):
        found.append(tr("Images are not there any more."))
    if not found and classes_after(left, left.last) != draft.categories:
        found.append(tr("The classes have other numbers."))
    return found


def shortened(left: JournalContents) -> JournalContents:
    """``left`` without its oldest edits: what follows one of the moments at which all was saved."""
    assert left.header is not None
    for cut in left.cuts:
        if left.size - cut.offset <= LONGEST // 2 and cut.number <= left.saved:
            header = msgspec.structs.replace(
                left.header, files=cut.files, categories=classes_after(left, cut.number), number=cut.number
            )
            return left.holding([kept for kept in left.kept if kept.number > cut.number], header)
    return left


def classes_after(left: JournalContents, number: int) -> tuple[Category, ...]:
    """The classes as they were after an edit."""
    assert left.header is not None
    classes = left.header.categories
    for kept in left.kept:
        if kept.number <= number:
            classes = next(
                (part.after for part in reversed([*parts(kept.edit)]) if isinstance(part, ClassEdit)), classes
            )
    return classes


def _settled(kept: EditRecord, indices: dict[int, int]) -> EditRecord:
    if all(index == now for index, now in indices.items()):
        return kept
    places = {indices[index]: place for index, place in kept.places.items()}
    instances = {indices.get(index, index): entries for index, entries in kept.instances.items()}
    return msgspec.structs.replace(kept, places=places, edit=_moved(kept.edit, indices), instances=instances)


def _moved(edit: Edit, indices: dict[int, int]) -> Edit:
    match edit:
        case CompoundEdit():
            moved = (_moved(part, indices) for part in edit.edits)
            return CompoundEdit(
                name=edit.name, edits=tuple(part for part in moved if not isinstance(part, CompoundEdit))
            )
        case InstanceEdit() | ReviewEdit():
            return msgspec.structs.replace(edit, image=indices.get(edit.image, edit.image))
        case _:
            return edit


def _counts(left: JournalContents) -> bool:
    """Whether the numbers of the edits have no gaps."""
    assert left.header is not None
    first = left.header.number + 1
    return all(kept.number == number for number, kept in enumerate(left.kept, first))


def _knows_images(left: JournalContents, dataset: Dataset) -> bool:
    finder = ImageLookup(dataset)
    try:
        return all(finder.find(index, kept.places) == index for kept in left.kept for index in images(kept.edit))
    except ValueError:
        return False

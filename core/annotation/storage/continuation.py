"""Continuing the journal of an earlier session: its image indices become those of the dataset as it is now, and what
stands in the way is found."""

import msgspec

from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import ClassEdit, CompoundEdit, SimpleEdit, images, parts
from core.annotation.storage.image_keys import KeyLookup
from core.annotation.storage.journal_lines import EditRecord, JournalContents
from core.annotation.storage.reconciliation import Reconciliation
from core.dataset import Category, Dataset
from core.words import tr

LONGEST = 8 << 20
"""Bytes of a journal that the next session continues. Of a longer one the oldest edits are left out, so that it is read
in a moment and takes little memory."""


def settled(earlier: JournalContents, dataset: Dataset) -> JournalContents:
    """``earlier`` with the indices that images have in ``dataset`` now, since pictures may have been added. An image
    that is missing keeps its index."""
    lookup = KeyLookup(dataset)
    records = []
    try:
        for record in earlier.records:
            indices = {index: lookup.find(index, record.places) for index in record.places}
            if any(index != now for index, now in indices.items()):
                record = _moved(record, indices)
            records.append(record)
    except ValueError:
        return earlier
    same = all(one is other for one, other in zip(records, earlier.records, strict=True))
    return earlier if same else earlier.holding(records)


def obstacles(earlier: JournalContents, files: Reconciliation, draft: Draft) -> list[str]:
    """Reasons, a sentence each, why a journal cannot be continued. Asked once all that no file has is done in
    ``draft``."""
    if earlier.header is None:
        return [tr("There is no journal.")]
    found = [tr("{file} was changed by somebody else.", file=file) for file in files.changed]
    if earlier.handed:
        found.append(tr("Meanwhile the dataset was annotated without files that were damaged or gone."))
    numbered = all(record.number == number for number, record in enumerate(earlier.records, earlier.header.number + 1))
    if earlier.unreadable or not numbered:
        found.append(tr("The journal is damaged."))
    lookup, touched = KeyLookup(draft.dataset), [(record, images(record.edit)) for record in earlier.records]
    try:
        known = all(lookup.find(index, record.places) == index for record, indices in touched for index in indices)
    except ValueError:
        known = False
    if not known:
        found.append(tr("Images are not there any more."))
    if not found and classes_after(earlier, earlier.last) != draft.categories:
        found.append(tr("The classes have other numbers."))
    return found


def without_oldest(earlier: JournalContents) -> JournalContents:
    """``earlier`` without its oldest edits: what follows one of the moments at which all was saved."""
    assert earlier.header is not None
    for cut in earlier.cuts:
        if earlier.size - cut.offset <= LONGEST // 2 and cut.number <= earlier.saved:
            header = msgspec.structs.replace(
                earlier.header, files=cut.files, categories=classes_after(earlier, cut.number), number=cut.number
            )
            return earlier.holding([record for record in earlier.records if record.number > cut.number], header)
    return earlier


def classes_after(earlier: JournalContents, number: int) -> tuple[Category, ...]:
    """The classes as they were after an edit."""
    assert earlier.header is not None
    classes = earlier.header.categories
    for record in earlier.records:
        if record.number <= number:
            classes = next(
                (part.after for part in reversed([*parts(record.edit)]) if isinstance(part, ClassEdit)), classes
            )
    return classes


def _moved(record: EditRecord, indices: dict[int, int]) -> EditRecord:
    """The record with other indices of images."""

    def moved(part: SimpleEdit) -> SimpleEdit:
        if isinstance(part, ClassEdit):
            return part
        return msgspec.structs.replace(part, image=indices.get(part.image, part.image))

    edit = record.edit
    if isinstance(edit, CompoundEdit):
        edit = CompoundEdit(name=edit.name, edits=tuple(map(moved, edit.edits)))
    else:
        edit = moved(edit)
    places = {indices[index]: place for index, place in record.places.items()}
    instances = {indices.get(index, index): entries for index, entries in record.instances.items()}
    return msgspec.structs.replace(record, places=places, edit=edit, instances=instances)

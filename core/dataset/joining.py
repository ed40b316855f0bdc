"""Joining the files of a dataset: their classes by name, and their annotations by the images and classes they name."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.dataset.annotation_table import AnnotationTable
from core.dataset.coco.coco_file import CocoFile
from core.dataset.coco.entries import (
    NUMBER_MEANT,
    Ids,
    ImageEntry,
    References,
    ReportProblem,
    read_categories,
    silent,
)
from core.dataset.coco.entry_list import JoinedEntries
from core.dataset.coco.extra_fields import read_color
from core.dataset.coco.unique_ids import free_after, number_all
from core.dataset.lenient_json import Id, brief, integer
from core.dataset.model import Category
from core.dataset.splits.splitting import Indices
from core.dataset.stable_order import stable_order
from core.geometry.mask_style import Color
from core.words import tr

Flags = NDArray[np.bool_]
_SPARSE = 8
"""Ids that lie at most so many times as far apart as they are many are found in a table: faster than by a search."""


def join_categories(
    files: Sequence[CocoFile], references: Sequence[References], reports: Sequence[ReportProblem]
) -> tuple[tuple[Category, ...], list[dict[Id, int]]]:
    """The classes of all files, a class being its name, and for each file the label of each category id."""
    colors: dict[str, Color] = {}
    names = [_category_names(*each) for each in zip(files, references, reports, strict=True)]
    for file, of_file in zip(files, names, strict=True):
        for raw, entry in zip(file.categories, read_categories(file.categories, silent), strict=True):
            if entry is not None and (color := read_color(raw)) is not None:
                colors.setdefault(of_file[entry.id], color)
    joined = (Category(id, name, colors.get(name)) for name, id in _category_numbers(names, reports).items())
    categories = tuple(sorted(joined, key=lambda category: category.id))
    labels = {category.name: label for label, category in enumerate(categories)}
    return categories, [{id: labels[name] for id, name in of_file.items()} for of_file in names]


def _category_names(file: CocoFile, references: References, report: ReportProblem) -> dict[Id, str]:
    names: dict[Id, str] = {}
    known: set[str] = set()
    for entry in filter(None, read_categories(file.categories, report)):
        if entry.id in names:
            report(
                tr("category {id}", id=entry.id),
                tr("is there twice: {first}, {second}", first=names[entry.id], second=entry.name),
                tr("the first counts"),
            )
            continue
        if entry.name in known:
            report(
                tr("category {id}", id=entry.id),
                tr("is called {name} like another", name=entry.name),
                tr("they are taken as one class"),
            )
        names[entry.id] = entry.name
        known.add(entry.name)
    if not names:
        names = {id: f"category {id}" for id in dict.fromkeys(references.categories.tolist()) if id is not None}
        if names:
            report("", tr("has no “categories”"), tr("its classes are called by their numbers; give them names"))
    return names


def _category_numbers(names: Sequence[Mapping[Id, str]], reports: Sequence[ReportProblem]) -> dict[str, int]:
    """The ``Category.id`` of each class of the files: the first number that a file has for it, if no other has it."""
    ids: dict[str, int] = {}
    used: set[int] = set()
    others: list[str] = []
    for of_file, report in zip(names, reports, strict=True):
        for id, name in of_file.items():
            own = integer(id)
            if own is None:
                others.append(name)
            elif name not in ids:
                ids[name] = own if own not in used else free_after(used)
                used.add(ids[name])
                if ids[name] != own and isinstance(id, int):
                    report(
                        tr("category {id} ({name})", id=id, name=name),
                        tr("has the id of another class"),
                        tr("it gets an id of its own"),
                    )
    new = [name for name in dict.fromkeys(others) if name not in ids]
    return ids | dict(zip(new, count(free_after(used)), strict=False))


def join_annotations(
    files: Sequence[CocoFile],
    references: Sequence[References],
    entries: Sequence[Sequence[ImageEntry]],
    label_maps: Sequence[Mapping[Id, int]],
    reports: Sequence[ReportProblem],
) -> tuple[AnnotationTable, Indices]:
    """All usable annotations sorted by image, and the image of each."""
    first_images = np.cumsum([0, *(len(images) for images in entries)]).tolist()
    first_entries = np.cumsum([0, *(each.ids.size for each in references)]).tolist()
    indices = [
        dict(zip((image.id for image in images), range(first, first + len(images)), strict=True))
        for images, first in zip(entries, first_images, strict=False)
    ]
    matched = [_matched(*each) for each in zip(references, indices, label_maps, reports, strict=True)]
    owners, labels, reworded = (np.concatenate(column) for column in list(zip(*matched, strict=True))[:3])
    order = stable_order(owners)
    order = order[np.count_nonzero(owners < 0) :]
    table = AnnotationTable(
        entries=files[0].annotations if len(files) == 1 else JoinedEntries([file.annotations for file in files]),
        order=order,
        labels=labels[order],
        starts=np.searchsorted(owners[order], np.arange(first_images[-1] + 1)),
        first_entries=first_entries,
        numbering=number_all(order, [each.ids for each in references]),
        reworded=reworded[order],
        in_the_way=[
            first + place for first, each in zip(first_entries, matched, strict=False) for place in each.in_the_way
        ],
        lost_categories=frozenset().union(*(each.lost_categories for each in matched)),
    )
    return table, owners[order]


class _Matched(NamedTuple):
    """Where the annotations of a file belong."""

    owners: Indices
    """The image of each; -1 where it belongs nowhere."""
    labels: Indices
    reworded: Flags
    in_the_way: list[int]
    """Of those that belong nowhere, the ones at which others would stop: they have no id, or that of one that does."""
    lost_categories: set[int]


def _matched(
    references: References, indices: Mapping[Id, int], label_map: Mapping[Id, int], report: ReportProblem
) -> _Matched:
    (image, loose_image), (category, loose_category) = (
        _find(references.images, indices),
        _find(references.categories, label_map),
    )
    belongs = (image >= 0) & (category >= 0)
    _report_references(references, (image, category), (loose_image, loose_category), report)
    _report_twice(references.ids[belongs], report)
    lost = set(references.categories[category < 0].tolist())
    in_the_way: list[int] = []
    if (strays := np.flatnonzero(~belongs)).size:  # in the way: without an id, or with that of one that belongs
        used = set(references.ids[belongs].tolist())
        columns = zip(strays.tolist(), *(column[strays].tolist() for column in references), strict=True)
        in_the_way = [place for place, *ids in columns if None in ids or ids[0] in used]
    return _Matched(
        owners=np.where(belongs, image, -1),
        labels=category,
        reworded=loose_image | loose_category,
        in_the_way=in_the_way,
        lost_categories={number for id in lost if (number := integer(id)) is not None},
    )


def _find(references: Ids, known: Mapping[Id, int]) -> tuple[Indices, Flags]:
    """What each of ``references`` means among what is ``known`` by its id, -1 for nothing; and which of them
    are another id than that, and only the same number. Arrays of shape ``(N,)``.

    The same id comes first, as ``pycocotools`` would have it: ``1`` is no ``"1"``. Where there is none, text that is a
    number means what has that number: ``"0012"`` is 12 and the other way round, unless several would be meant.
    """
    nothing = np.zeros(references.size, bool)
    if not known:
        return np.full(references.size, -1, np.int64), nothing
    numbers_only = set(map(type, known)) == {int} and max(map(abs, known)) < 2**63  # type: ignore[arg-type]
    if references.dtype == np.int64 and numbers_only:
        keys, results = (np.fromiter(each, np.int64, len(known)) for each in (known, known.values()))
        first, last = int(keys.min()), int(keys.max())
        if last - first < _SPARSE * (references.size + keys.size):
            table = np.full(last - first + 1, -1, np.int64)
            table[keys - first] = results
            inside = (references >= first) & (references <= last)
            return np.where(inside, table[np.where(inside, references, first) - first], -1), nothing
        order = np.argsort(keys)
        ordered = keys[order]
        place = np.minimum(np.searchsorted(ordered, references), keys.size - 1)
        return np.where(ordered[place] == references, results[order][place], -1), nothing
    ids: list[Id | None] = references.tolist()
    exact = [-1 if id is None else known.get(id, -1) for id in ids]
    numbers: dict[int | None, int] = {}  # by the number that an id stands for; -1 where several stand for it
    for id, result in known.items():
        number = integer(id)
        numbers[number] = -1 if number in numbers else result
    numbers[None] = -1
    loose = [numbers.get(integer(id), -1) if place < 0 else -1 for id, place in zip(ids, exact, strict=True)]
    by_number = np.array(loose, np.int64)
    return np.where(by_number >= 0, by_number, np.array(exact, np.int64)), by_number >= 0


def _report_references(
    references: References, meant: tuple[Indices, Indices], loose: tuple[Flags, Flags], report: ReportProblem
) -> None:
    """Report which annotations belong nowhere, and which state other ids than those of what they belong to; ``meant``
    and ``loose`` are what ``_find`` says of their images and of their categories."""
    rows = np.flatnonzero((meant[0] < 0) | (meant[1] < 0) | loose[0] | loose[1])
    columns = (column[rows].tolist() for column in (*references, *meant, loose[0]))
    for id, image_id, category_id, owner, label, by_image in zip(*columns, strict=True):
        if image_id is None or category_id is None:
            continue  # that was reported
        lost = owner < 0 or label < 0
        by_image = owner < 0 or (by_image and not lost)
        field, value = ("image_id", brief(image_id)) if by_image else ("category_id", brief(category_id))
        name = tr("an annotation without an id") if id is None else tr("annotation {id}", id=id)
        if lost:
            report(name, tr("its {field} {value} does not exist", field=field, value=value), tr("it is left out"))
        else:
            message = tr("its {field} {value} is written otherwise where it is defined", field=field, value=value)
            report(name, message, NUMBER_MEANT)


def _report_twice(ids: Ids, report: ReportProblem) -> None:
    if ids.dtype == object:
        counted = Counter(id for id in ids if id is not None)
        twice = [id for id, count in counted.items() if count > 1]
    elif (ids[1:] > ids[:-1]).all():  # as most files have them
        twice = []
    else:
        ordered = np.sort(ids)
        twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]]).tolist()
    for id in twice:
        report(tr("annotation {id}", id=id), tr("there are several with this id"), tr("all of them are kept"))

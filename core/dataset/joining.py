"""Joining the files of a dataset: their classes by name, and their annotations by the images and classes they name."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.dataset.coco.coco_file import CocoFile
from core.dataset.coco.entries import (
    NUMBER_MEANT,
    Ids,
    ImageEntry,
    References,
    Say,
    annotation_name,
    read_categories,
    read_color,
    silent,
)
from core.dataset.coco.matching import Found, find
from core.dataset.coco.unique_ids import free_after, number_all
from core.dataset.dataset import Annotations
from core.dataset.lenient_json import Id, brief, integer
from core.dataset.model import Category
from core.dataset.palette import Color
from core.dataset.splits.splitting import Indices
from core.words import tr


def join_categories(
    files: Sequence[CocoFile], references: Sequence[References], says: Sequence[Say]
) -> tuple[tuple[Category, ...], list[dict[Id, int]]]:
    """The classes of all files, a class being its name, and for each file the label of each category id."""
    colors: dict[str, Color] = {}
    names = [_category_names(*each) for each in zip(files, references, says, strict=True)]
    for file, of_file in zip(files, names, strict=True):
        for id, color in _category_colors(file).items():
            colors.setdefault(of_file[id], color)
    joined = (Category(id, name, colors.get(name)) for name, id in _category_numbers(names, says).items())
    categories = tuple(sorted(joined, key=lambda category: category.id))
    labels = {category.name: label for label, category in enumerate(categories)}
    return categories, [{id: labels[name] for id, name in of_file.items()} for of_file in names]


def _category_names(file: CocoFile, references: References, say: Say) -> dict[Id, str]:
    names: dict[Id, str] = {}
    known: set[str] = set()
    for entry in filter(None, read_categories(file.categories, say)):
        if entry.id in names:
            say(
                tr("category {id}", id=entry.id),
                tr("is there twice: {names}, {entry}", names=names[entry.id], entry=entry.name),
                tr("the first counts"),
            )
            continue
        if entry.name in known:
            say(
                tr("category {id}", id=entry.id),
                tr("is called {entry} like another", entry=entry.name),
                tr("they are taken as one class"),
            )
        names[entry.id] = entry.name
        known.add(entry.name)
    if not names:
        names = {
            id: tr("category {id}", id=id) for id in dict.fromkeys(references.categories.tolist()) if id is not None
        }
        if names:
            say("", tr("has no “categories”"), tr("its classes are called by their numbers; give them names"))
    return names


def _category_numbers(names: Sequence[Mapping[Id, str]], says: Sequence[Say]) -> dict[str, int]:
    """The ``Category.id`` of each class of the files: the first number that a file has for it, if no other has it."""
    ids: dict[str, int] = {}
    used: set[int] = set()
    others: list[str] = []
    for of_file, say in zip(names, says, strict=True):
        for id, name in of_file.items():
            wanted = integer(id)
            if wanted is None:
                others.append(name)
            elif name not in ids:
                ids[name] = wanted if wanted not in used else free_after(used)
                used.add(ids[name])
                if ids[name] != wanted and isinstance(id, int):
                    say(
                        tr("category {id} ({name})", id=id, name=name),
                        tr("has the id of another class"),
                        tr("it gets an id of its own"),
                    )
    new = [name for name in dict.fromkeys(others) if name not in ids]
    return ids | dict(zip(new, count(free_after(used)), strict=False))


def _category_colors(file: CocoFile) -> dict[Id, Color]:
    """The colors of those classes of a file that have one, by id."""
    colors: dict[Id, Color] = {}
    for raw, entry in zip(file.categories, read_categories(file.categories, silent), strict=True):
        if entry is not None and (color := read_color(raw)) is not None:
            colors.setdefault(entry.id, color)
    return colors


def join_annotations(
    files: Sequence[CocoFile],
    references: Sequence[References],
    entries: Sequence[Sequence[ImageEntry]],
    label_maps: Sequence[Mapping[Id, int]],
    says: Sequence[Say],
) -> tuple[Annotations, Indices]:
    """All usable annotations sorted by image, and the image of each."""
    first_images = np.cumsum([0, *(len(images) for images in entries)]).tolist()
    first_entries = np.cumsum([0, *(each.ids.size for each in references)]).tolist()
    indices = [
        dict(zip((image.id for image in images), range(first, first + len(images)), strict=True))
        for images, first in zip(entries, first_images, strict=False)
    ]
    matched = [_matched(*each) for each in zip(references, indices, label_maps, says, strict=True)]
    owners, labels, reworded = (np.concatenate(column) for column in list(zip(*matched, strict=True))[:3])
    order = np.argsort(owners, kind="stable")
    order = order[np.count_nonzero(owners < 0) :]
    table = Annotations(
        entries=files[0].annotations if len(files) == 1 else [raw for file in files for raw in file.annotations],
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
    reworded: NDArray[np.bool_]
    in_the_way: list[int]
    lost_categories: set[int]


def _matched(references: References, indices: Mapping[Id, int], label_map: Mapping[Id, int], say: Say) -> _Matched:
    image, category = find(references.images, indices), find(references.categories, label_map)
    belongs = (image.found >= 0) & (category.found >= 0)
    _report(references, image, category, say)
    _report_twice(references.ids[belongs], say)
    lost = set(references.categories[category.found < 0].tolist())
    return _Matched(
        owners=np.where(belongs, image.found, -1),
        labels=category.found,
        reworded=image.meant | category.meant,
        in_the_way=_in_the_way(references, belongs).tolist(),
        lost_categories={wanted for id in lost if (wanted := integer(id)) is not None},
    )


def _in_the_way(references: References, belongs: NDArray[np.bool_]) -> Indices:
    """Annotations that belong nowhere and at which others would stop: they lack an id, or have that of one that
    belongs."""
    strays = np.flatnonzero(~belongs)
    if not strays.size:
        return strays
    taken = set(references.ids[belongs].tolist())
    columns = zip(*(column[strays].tolist() for column in references), strict=True)
    return strays[[None in ids or ids[0] in taken for ids in columns]]


def _report(references: References, image: Found, category: Found, say: Say) -> None:
    """Say which annotations belong nowhere, and which say it in other words than what they belong to."""
    rows = np.flatnonzero((image.found < 0) | (category.found < 0) | image.meant | category.meant)
    columns = (column[rows].tolist() for column in (*references, image.found, category.found, image.meant))
    for id, image_id, category_id, owner, label, by_image in zip(*columns, strict=True):
        if image_id is None or category_id is None:
            continue  # that was said
        lost = owner < 0 or label < 0
        which = (
            f"image_id {brief(image_id)}"
            if owner < 0 or (by_image and not lost)
            else f"category_id {brief(category_id)}"
        )
        if lost:
            say(annotation_name(id), tr("its {which} does not exist", which=which), tr("it is left out"))
        else:
            say(
                annotation_name(id),
                tr("its {which} is written otherwise where it is defined", which=which),
                NUMBER_MEANT,
            )


def _report_twice(ids: Ids, say: Say) -> None:
    if ids.dtype == object:
        counted = Counter(id for id in ids if id is not None)
        twice = [id for id, count in counted.items() if count > 1]
    else:
        ordered = np.sort(ids)
        twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]]).tolist()
    for id in twice:
        say(tr("annotation {id}", id=id), tr("there are several with this id"), tr("all of them are kept"))

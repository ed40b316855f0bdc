"""``maskwright stats``: what a dataset is made of, as tables or as JSON."""

import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.cli.console import new_console
from core.dataset.opening import open_dataset
from core.dataset.statistics import (
    ASPECTS,
    GRID,
    OBJECTS,
    REVIEWS,
    SIZES,
    Edges,
    Statistics,
    Tally,
    input_sides,
    statistics,
)
from core.dataset.statistics_words import aspect_names, bin_names, image_size_names, small_in_words
from core.errors import UserError
from core.plain_text import printable
from core.streams import lost
from core.words import sentences, tr, tr_n


def show_statistics(path: Path, *, as_json: bool) -> None:
    """Print the statistics of the dataset at ``path``, and on standard error what in its folder is not read. Raises
    ``UserError`` when it cannot be opened, or what is printed cannot be written."""
    dataset = open_dataset(path)
    for problem in [*dataset.failed, *dataset.leftovers]:
        where = " ".join(filter(None, (problem.file, problem.entry)))
        said = tr("{where}: {message}", where=where, message=problem.message)
        typer.echo(printable(tr("warning: {sentence}", sentence=sentences(said, problem.hint))), err=True)
    found = statistics(dataset)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(summary(found)), indent=2).decode() + "\n")
    else:
        _print_tables(found, new_console())
    if failure := lost(sys.stdout):
        raise UserError(tr("the statistics cannot be written: {reason}", reason=failure.strerror))


def summary(found: Statistics) -> dict[str, Any]:
    """All of it as JSON has it. Lists of numbers by split go with ``from``, where each bin begins."""
    splits = found.splits

    def by_split(numbers: Sequence[int]) -> dict[str, int]:
        return dict(zip(splits, map(int, numbers), strict=True))

    def histogram(tally: Tally, edges: Edges) -> dict[str, Any]:
        return {"from": list(edges)} | {split: tally.counts[:, place].tolist() for place, split in enumerate(splits)}

    sizes = [*found.image_sizes, (None, None)]
    return {
        "images": by_split(found.images.tolist()),
        "crowds": found.crowds,
        "classes": [
            {"name": name, "instances": by_split(instances), "images": by_split(images)}
            for name, instances, images in zip(
                found.classes, found.instances.counts.tolist(), found.images_with.counts.tolist(), strict=True
            )
        ],
        "object_sizes": [
            {"recipe": title, "input_size": side, "small": found.small(side)} | histogram(found.sizes[side], SIZES)
            for title, side in input_sides().items()
        ],
        "aspects": histogram(found.aspects, ASPECTS),
        "objects_per_image": histogram(found.per_image, OBJECTS),
        "image_sizes": [
            {"width": width, "height": height, "images": by_split(counts)}
            for (width, height), counts in zip(sizes, found.of_image_size.counts.tolist(), strict=True)
            if width or sum(counts)
        ],
        "positions": found.positions.counts.sum(axis=1).reshape(GRID, GRID).tolist(),
        "together": {"classes": [found.classes[label] for label in found.compared], "images": found.together.tolist()},
        "reviews": {
            review or "none": by_split(counts)
            for review, counts in zip(REVIEWS, found.reviews.counts.tolist(), strict=True)
        },
    }


def _print_tables(found: Statistics, console: Console) -> None:
    totals = zip(found.splits, found.images.tolist(), found.instances.counts.sum(axis=0).tolist(), strict=True)
    for split, images, instances in totals:
        console.print(
            printable(
                tr(
                    "{split}: {images}, {instances}",
                    split=split,
                    images=tr_n("{n} image", "{n} images", images),
                    instances=tr_n("{n} instance", "{n} instances", instances),
                )
            ),
            highlight=False,
            markup=False,
        )
    classes = Table(box=SIMPLE_HEAD, pad_edge=False)
    classes.add_column(tr("Class"))
    for split in found.splits:
        classes.add_column(Text(printable(tr("Instances in {split}", split=split))), justify="right")
        classes.add_column(Text(printable(tr("Images in {split}", split=split))), justify="right")
    rows = zip(found.classes, found.instances.counts.tolist(), found.images_with.counts.tolist(), strict=True)
    for name, instances, images in sorted(rows, key=lambda row: -sum(row[1])):
        pairs = zip(instances, images, strict=True)
        classes.add_row(Text(printable(name)), *(f"{number:,}" for pair in pairs for number in pair))
    console.print(classes)
    for title, side in input_sides().items():
        console.print(small_in_words(found, title, side), highlight=False, markup=False)
    columns = Table(box=SIMPLE_HEAD, pad_edge=False)
    cells: list[list[tuple[str, int]]] = [
        list(zip(bin_names(OBJECTS, whole=True), found.per_image.totals, strict=True)),
        list(zip(aspect_names(), found.aspects.totals, strict=True)),
        list(zip(image_size_names(found), found.of_image_size.totals, strict=True)),
    ]
    for title in (tr("Objects per image"), tr("Width : height of objects"), tr("Size of image")):
        columns.add_column(title)
        columns.add_column(tr("Count"), justify="right")
    for row in zip_longest(*([pair for pair in column if pair[1]] for column in cells), fillvalue=("", None)):
        columns.add_row(*(word for name, count in row for word in (name, "" if count is None else f"{count:,}")))
    console.print(columns)

"""Which split each image of a dataset is in: given by files and folders, or chosen here.

Somebody who annotates a folder trains again and again, each time on more images, and compares the figures. They can be
compared only if no image has changed sides in between. No rule that looks at each image by itself gives that: of any
two labelled images one has to be trained on and one measured on, but of three there are always two that such a rule
puts on the same side. So the choice is remembered. When a training starts, the window has each image of the folder
state its side in the field ``split`` of its entry (``train`` or ``val``), and only images without one are shared out
the next time: so many that the share of validation images, overall and of each class, comes closest.

That is done for files that list all pictures of their folder, which are ours (see ``plain_folder``). Who opens a file
of somebody else does not expect a training to write into it; a ``split`` that its images state counts where no file and
no folder is named after one, and images without any are shared out. Images of a folder are shared out in the order of a
hash of their names, so that a folder that cannot be written to gives the same choice again too, whatever the seed.

What a person decided, by hand or by a rule, stands in a file of its own, and goes before all of that (``split_file``).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from core.dataset.coco.coco_file import CocoFile
from core.dataset.coco.entries import ImageEntry
from core.dataset.coco.extra_fields import read_of_images, read_side, read_split
from core.dataset.folder.plain_folder import lists_folder
from core.dataset.folder.split_names import split_of, split_of_file, split_of_folder
from core.dataset.model import Image, Review, Side
from core.dataset.splits.splitting import TRAINED, UNDECIDED, VALIDATED, Indices, by_name, by_seed, stratified

UNLABELLED = "unlabelled"
"""The split of images that a person marked as to do, or to fix, and that have no instances yet."""
EXCLUDED = "excluded"
"""The split of images that a person wants to be left out, without taking them out of the dataset."""

_SIDES = {"train": TRAINED, "val": VALIDATED}


def assign_splits(
    files: Sequence[CocoFile],
    entries: Sequence[Sequence[ImageEntry | Image]],
    instances: tuple[Indices, Indices],
    reviews: Mapping[int, Review],
    fraction: float,
    seed: int,
    decided: Sequence[str] = (),
) -> tuple[list[str], dict[int, Side] | None]:
    """The split of each image; and the sides that are decided, by index, ``None`` where the dataset is not a folder of
    ours, or is given splits.

    ``entries`` are the images of each file, ``instances`` the image and the class of each instance, arrays of shape
    ``(N,)``. ``fraction`` is that of validation images where they are chosen here. Images that state a side keep it.
    ``decided`` is the split of each image as a person wants it, empty for one of which nobody said anything.
    """
    splits, (owners, labels) = _given_splits(files, entries), instances
    sides: dict[int, Side] | None = None
    known: dict[int, Side] = {}
    if not any(splits) and all(map(lists_folder, files)):
        sides = read_of_images(files, entries, "split", read_side)
        known = dict(sides)
    elif not any(splits):
        stated = _stated_splits(files, entries)
        for index, split in stated.items():
            splits[index] = split
        if "val" in stated.values():
            known = {index: split for index, split in stated.items() if split in ("train", "val")}  # type: ignore[misc]
    for index, split in enumerate(decided):
        if split:
            splits[index] = split
            known.pop(index, None)
            if split in ("train", "val"):
                known[index] = "val" if split == "val" else "train"
    if sides is not None:
        sides = known
    labelled = np.zeros(len(splits), bool)
    labelled[owners] = True
    for index, review in reviews.items():  # nothing is learnt from what nobody has looked at
        if review in ("to do", "to fix") and not labelled[index] and splits[index] != EXCLUDED:
            splits[index] = UNLABELLED
    if "val" in splits and "" not in splits:
        return splits, sides
    indices = np.array([index for index, split in enumerate(splits) if split in ("", "train", "val")], np.int64)
    inside = np.zeros(len(splits), bool)
    inside[indices] = True
    inside = inside[owners]
    fixed = np.array([_SIDES.get(known.get(index, ""), UNDECIDED) for index in indices.tolist()], np.int8)
    names = [entry.file_name for each in entries for entry in each]
    order = by_seed(seed) if sides is None else by_name([names[index] for index in indices.tolist()])
    chosen = stratified(len(indices), np.searchsorted(indices, owners[inside]), labels[inside], fraction, order, fixed)
    for index, validates in zip(indices.tolist(), chosen.tolist(), strict=True):
        splits[index] = "val" if validates else "train"
    return splits, sides


def _given_splits(files: Sequence[CocoFile], entries: Sequence[Sequence[ImageEntry | Image]]) -> list[str]:
    """The split of each image: that of its file, or of the folder in its name; empty when nothing says.

    Once some files have a split, the name of any other file is a split of its own: whether it is meant for training is
    not ours to guess.
    """
    by_file: list[list[str | None]] = []
    for file, images in zip(files, entries, strict=True):
        split = split_of_file(file.path)
        folders = [image.file_name.replace("\\", "/").rpartition("/")[0] for image in images if not split]
        found = [split_of_folder(folder) for folder in folders] if folders else [split] * len(images)
        by_file.append(found if None not in found else [None] * len(images))
    some = any(split is not None for splits in by_file for split in splits)
    return [
        split or (_own_split(file.path.stem) if some else "")
        for file, splits in zip(files, by_file, strict=True)
        for split in splits
    ]


def _stated_splits(files: Sequence[CocoFile], entries: Sequence[Sequence[ImageEntry | Image]]) -> dict[int, str]:
    """The splits that images state, by index, once some of them are splits that we know; others then have their own
    names, as with files."""
    stated = read_of_images(files, entries, "split", read_split)
    known = {value: split_of(value) for value in set(stated.values())}
    if not any(known.values()):
        return {}
    return {index: known[value] or _own_split(value[:80].replace("/", "_")) for index, value in stated.items()}


def _own_split(stem: str) -> str:
    """What the split of a file is called whose name speaks of none, in letters that a file of splits can hold."""
    name = "".join(letter if letter.isprintable() else "_" for letter in stem)
    short = name.removeprefix("instances_")
    return next((each for each in (short, name) if each.strip(". ")), "_")

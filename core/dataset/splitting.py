"""Dividing a dataset by a rule: what belongs together, who goes where, what it would look like, and the job that does
it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.dataset.dataset import Dataset
from core.dataset.grouping import grouped
from core.dataset.health.checks import warn_of_leftovers, warn_of_unread
from core.dataset.model import Image
from core.dataset.opening import open_dataset
from core.dataset.splits import split_file
from core.dataset.splits.dividing import divide
from core.dataset.splits.dividing import folds as divide_into_folds
from core.dataset.splits.groups import together
from core.dataset.splits.split_file import SplitFile, SplitRule, decided_splits, in_order, split_names, with_splits
from core.dataset.splits.splits import EXCLUDED, assign_splits
from core.errors import UserError
from core.files import write_atomically
from core.jobs import SplitJob
from core.runs.control import Check, Report, ignore, never
from core.runs.events import Done, Log, Stage
from core.runs.folder import RunFolder
from core.words import tr, tr_n


class SplitShare(msgspec.Struct, frozen=True):
    """What a split has."""

    images: int
    classes: dict[str, int]
    """The number of instances of each class by its name."""


class SplitResult(msgspec.Struct, frozen=True):
    """What a split job made, or would make; ``split.json`` in its folder."""

    rule: SplitRule | None
    groups: int
    before: dict[str, SplitShare]
    after: dict[str, SplitShare]
    path: str | None
    """The file with the splits; ``None`` for a dry run."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """What a rule would make of a dataset."""

    file: SplitFile
    dataset: Dataset
    """The dataset as it would be."""
    groups: NDArray[np.int64]
    """The group of each image, by ``Image.index``."""
    held: int
    """Groups that also have images in a split that the rule leaves alone: they stay apart."""

    def largest_groups(self, most: int) -> list[tuple[str, int]]:
        """The groups of several images, the largest first: the name of the first image, and how many there are."""
        sizes = np.bincount(self.groups)
        order = np.argsort(-sizes, kind="stable")[:most]
        firsts = {int(group): int(np.argmax(self.groups == group)) for group in order if sizes[group] > 1}
        return [(self.dataset.images[first].file_name, int(sizes[group])) for group, first in firsts.items()]


def propose(dataset: Dataset, rule: SplitRule, report: Report = ignore, check: Check = never) -> Proposal:
    """What ``rule`` makes of ``dataset``; nothing is written. Raises ``UserError`` where it cannot be followed.

    Images that no one has labelled yet are shared out as well, and take their place once they are.
    """
    _require_possible(rule)
    groups = grouped(dataset, rule, report, check)
    shares = {"train": rule.train, "val": rule.val, "test": rule.test}
    kept = {name for name in (*dataset.splits, "test") if not shares.get(name)} - {"train", "val", "unlabelled"}
    free = np.array([image.split not in kept for image in dataset.images], bool)
    chosen = np.flatnonzero(free)
    table = dataset.annotations
    owners = np.repeat(np.arange(len(dataset.images)), np.diff(table.starts))
    inside = free[owners]
    place = np.cumsum(free) - 1
    of_chosen = np.unique(groups[chosen], return_inverse=True)[1].astype(np.int64)
    wanted = rule.folds or sum(share > 0 for share in shares.values())
    if (number := len(np.unique(of_chosen))) < wanted:
        raise UserError(
            tr_n(
                "there is {n} group of images, for {wanted} parts",
                "there are {n} groups of images, for {wanted} parts",
                number,
                wanted=wanted,
            ),
            tr("keep less together, or make fewer parts"),
        )
    owners, labels = place[owners[inside]], np.asarray(table.labels, np.int64)[inside]
    folds: list[list[int]] = []
    if rule.folds:
        parts = divide_into_folds(len(chosen), owners, labels, rule.folds, groups=of_chosen, seed=rule.seed)
        folds = [chosen[parts == fold].tolist() for fold in range(rule.folds)]
        names = np.where(parts == rule.fold - 1, "val", "train")
    else:
        check()
        parts = divide(len(chosen), owners, labels, list(shares.values()), groups=of_chosen, seed=rule.seed)
        names = np.array(list(shares))[parts]
    splits = dict(zip(chosen.tolist(), names.tolist(), strict=True))
    splits |= {image.index: image.split for image in dataset.images if image.split in kept}
    entries = _by_file(dataset)
    file = with_splits(dataset.split_file, split_names(dataset.root, dataset.files, entries), splits, rule, folds)
    held = np.intersect1d(groups[free], groups[~free]).size
    return Proposal(file, resplit(dataset, file), groups, held)


def _require_possible(rule: SplitRule) -> None:
    if rule.folds and not 2 <= rule.folds <= 1000:
        raise UserError(
            tr_n("{n} fold cannot be made", "{n} folds cannot be made", rule.folds), tr("choose from 2 to 1000")
        )
    if rule.folds and not 1 <= rule.fold <= rule.folds:
        raise UserError(
            tr("there is no fold {fold} of {folds}", fold=rule.fold, folds=rule.folds), tr("folds count from 1")
        )
    shares = (rule.train, rule.val, rule.test)
    if not rule.folds and not (all(np.isfinite(shares)) and min(shares) >= 0 and rule.train > 0):
        raise UserError(tr("training gets no share of the images"), tr("give it one, such as 0.8"))
    if rule.by == "pattern" and not rule.pattern:
        raise UserError(tr("no pattern says which names belong together"), tr("give one, such as “^[^_]+”"))
    if rule.by == "field" and not rule.field:
        raise UserError(tr("no field says which images belong together"), tr("give one, such as “patient_id”"))


def moved(dataset: Dataset, images: Sequence[int], split: str) -> SplitFile:
    """The file in which these images, by ``Image.index``, are in ``split``, and all others stay where they are."""
    present = {image.index: image.split for image in dataset.images if image.split != "unlabelled"}
    names = split_names(dataset.root, dataset.files, _by_file(dataset))
    return with_splits(dataset.split_file, names, present | dict.fromkeys(images, split))


def united(dataset: Dataset, pairs: Sequence[tuple[int, ...]]) -> SplitFile:
    """The file in which images that are a pair, by ``Image.index``, or joined by others, are in one split: the one that
    most of them are in, and of several the first of ``train``, ``val``, ``test``."""
    present = {image.index: image.split for image in dataset.images if image.split != "unlabelled"}
    groups = together(len(dataset.images), [], pairs)
    for group in {int(groups[pair[0]]) for pair in pairs}:
        own = [index for index in np.flatnonzero(groups == group).tolist() if index in present]
        counts = Counter(present[index] for index in own)
        if counts:
            most = max(in_order(counts), key=lambda split: counts[split])
            present |= dict.fromkeys(own, most)
    names = split_names(dataset.root, dataset.files, _by_file(dataset))
    return with_splits(dataset.split_file, names, present)


def excluded(dataset: Dataset, images: Sequence[tuple[int, ...]]) -> SplitFile:
    """The file in which images, by ``Image.index``, are left out of all splits: each that is alone, and of those that
    are joined by pairs all but the one with most instances, and of several the first."""
    groups = together(len(dataset.images), [], (each for each in images if len(each) > 1))
    joined = {index for each in images if len(each) > 1 for index in each}
    best: dict[int, int] = {}
    for index in sorted(joined, key=lambda index: (-dataset.instance_count(dataset.images[index]), index)):
        best.setdefault(int(groups[index]), index)
    gone = joined.difference(best.values()) | {each[0] for each in images if len(each) == 1}
    return moved(dataset, sorted(gone), EXCLUDED)


def turned(file: SplitFile, fold: int) -> SplitFile:
    """The file of which this fold, from 1, validates. Raises ``UserError`` where there is none."""
    if not 1 <= fold <= len(file.folds):
        raise UserError(
            tr("there is no fold {fold} of {folds}", fold=fold, folds=len(file.folds)), tr("folds count from 1")
        )
    of_name = file.split_of()
    for number, names in enumerate(file.folds, 1):
        of_name |= dict.fromkeys(names, "val" if number == fold else "train")
    splits = {split: [name for name in of_name if of_name[name] == split] for split in in_order(of_name.values())}
    rule = msgspec.structs.replace(file.rule, fold=fold) if file.rule is not None else None
    return msgspec.structs.replace(file, splits=splits, rule=rule)


def resplit(dataset: Dataset, file: SplitFile | None) -> Dataset:
    """The dataset with the splits of ``file``, as if it were opened with it."""
    entries, table = _by_file(dataset), dataset.annotations
    owners = np.repeat(np.arange(len(dataset.images)), np.diff(table.starts))
    reviews = {image.index: review for image in dataset.images if (review := dataset.review(image))}
    decided = decided_splits(file, dataset.root, dataset.files, entries)
    splits, sides = assign_splits(dataset.files, entries, (owners, table.labels), reviews, 0.2, 0, decided)
    images = [
        image if image.split == split else msgspec.structs.replace(image, split=split)
        for image, split in zip(dataset.images, splits, strict=True)
    ]
    return dataset.with_images(images, in_order(splits), sides, file)


def _by_file(dataset: Dataset) -> list[Sequence[Image]]:
    return [dataset.images[first:end] for first, end in pairwise(dataset.first_images)]


def split_dataset(job: SplitJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a split job. Raises ``UserError`` where the dataset cannot be opened, or divided so."""
    report(Stage(name=tr("Reading the dataset")))
    dataset = open_dataset(Path(job.dataset))
    warn_of_unread(dataset, report)
    warn_of_leftovers(dataset, report)
    report(Stage(name=tr("Dividing the images")))
    fields = (field.name for field in msgspec.structs.fields(SplitRule))
    proposal = propose(dataset, SplitRule(**{name: getattr(job, name) for name in fields}), report, check)
    for line in lines(dataset, proposal):
        report(Log(message=line))
    check()
    if not job.dry_run:
        split_file.write(dataset.root, proposal.file)
    made = SplitResult(
        rule=proposal.file.rule,
        groups=int(proposal.groups.max(initial=-1)) + 1,
        before=_shares(dataset),
        after=_shares(proposal.dataset),
        path=None if job.dry_run else str(dataset.root / split_file.FILE),
    )
    write_atomically(folder.path / job.result, msgspec.json.encode(made))
    train, validation, test = (len(proposal.dataset.of_split(split)) for split in split_file.SPLITS)
    report(
        Done(
            summary={
                "train_images": train,
                "validation_images": validation,
                "test_images": test,
                "groups": made.groups,
                "path": made.path,
            }
        )
    )


def _shares(dataset: Dataset) -> dict[str, SplitShare]:
    found = {}
    for split in dataset.splits:
        counts = dataset.class_counts(split).tolist()
        of_classes = {category.name: count for category, count in zip(dataset.categories, counts, strict=True)}
        found[split] = SplitShare(len(dataset.of_split(split)), of_classes)
    return found


def lines(dataset: Dataset, proposal: Proposal) -> list[str]:
    """In words: how many images and instances of each class every split has, before and after."""
    after = proposal.dataset
    splits = in_order((*dataset.splits, *after.splits))

    def line(name: str, count: Callable[[Dataset, str], int]) -> str:
        numbers = (f"{split} {count(dataset, split):,} → {count(after, split):,}" for split in splits)
        return tr("{name}: {numbers}", name=name, numbers=", ".join(numbers))

    counts = {(each, split): each.class_counts(split) for each in (dataset, after) for split in splits}
    found = [line(tr("Images"), lambda each, split: len(each.of_split(split)))]
    for label, category in enumerate(dataset.categories):
        found.append(line(category.name, lambda each, split, label=label: int(counts[each, split][label])))  # type: ignore[misc]
    if proposal.held:
        found.append(held_in_words(proposal.held))
    return found


def held_in_words(groups: int) -> str:
    """That groups are torn, since some of their images are in a split that stays."""
    return tr_n(
        "{n} group has images in a split that stays as it is: give “test” a share to keep it together.",
        "{n} groups have images in a split that stays as it is: give “test” a share to keep them together.",
        groups,
    )

"""How far the annotating is, and what is still missing before a training can start."""

from collections import Counter
from dataclasses import dataclass

from core.annotation.draft import Draft
from core.annotation.model import Review
from core.words import count

_ORDER: tuple[Review, ...] = ("to do", "done", "to fix")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is said beside the Train button."""

    summary: str
    missing: str
    """Empty when a training can start."""
    states: Counter[str]
    """Images by review state; those of which nobody said anything count as done where they have instances."""


def state(draft: Draft, image: int) -> Review:
    """The review state of an image."""
    said = draft.review(image)
    if said == "to fix" or said == "done":
        return said
    return "done" if draft.instance_count(image) and said != "to do" else "to do"


def standing(draft: Draft) -> Standing:
    """Look at all images. Nothing is decoded."""
    dataset = draft.dataset
    labelled: Counter[str] = Counter()
    for image in dataset.images:
        if draft.instance_count(image.index):
            labelled[image.split] += 1
    total = sum(labelled.values())
    states = Counter(str(state(draft, image.index)) for image in dataset.images)
    return Standing(f"{total} of {count(len(dataset.images), 'image')} labelled", _missing(draft, labelled), states)


def _missing(draft: Draft, labelled: Counter[str]) -> str:
    if not draft.categories:
        return "Draw the first instance and name its class"
    splits = {image.split for image in draft.dataset.images}
    if {"train", "val"} <= splits and "unlabelled" not in splits:
        lacking = [name for split, name in _SPLITS.items() if not labelled[split]]
        return f"Label at least one {' and one '.join(lacking)} image" if lacking else ""
    short = 2 - sum(labelled.values())
    return f"{count(short, 'more labelled image')} needed: one to learn from, one to measure on" if short > 0 else ""


_SPLITS = {"train": "training", "val": "validation"}

"""How far the annotating is, and what is still missing before a training can start."""

from collections import Counter
from collections.abc import Iterable

from core.annotation.editing.draft import Draft
from core.annotation.editing.model import Review
from core.words import tr, tr_n


class SplitProgress:
    """ClassStyles at all images once, nothing of them decoded; then an edit costs what the images it touches cost."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._images = draft.dataset.images
        self._known: list[tuple[Review, bool]] = []
        """State, and whether there are instances, of each image."""
        self.states: Counter[str] = Counter()
        """Images by review state; those of which nobody said anything count as done where they have instances."""
        self._labelled: Counter[str] = Counter()
        """Images with instances by split."""
        for image in self._images:
            self._known.append(self._look(image.index))
            self._add(image.index, 1)
        self._splits = {image.split for image in self._images}

    def follow(self, touched: Iterable[int]) -> None:
        """The images with these indices were edited."""
        for index in touched:
            self._add(index, -1)
            self._known[index] = self._look(index)
            self._add(index, 1)

    def state(self, index: int) -> Review:
        """The review state of an image."""
        return self._known[index][0]

    @property
    def labelled(self) -> int:
        """The number of images with instances."""
        return self._labelled.total()

    @property
    def summary(self) -> str:
        return tr(
            "{labelled:,} of {images} labelled",
            labelled=self.labelled,
            images=tr_n("{n} image", "{n} images", len(self._images)),
        )

    def missing(self) -> str:
        """What keeps a training from starting, in a few words; empty when nothing does."""
        if not self._draft.categories:
            return tr("Draw and name something")
        if {"train", "val"} <= self._splits and "unlabelled" not in self._splits:
            lacking = [name for split, name in _SPLITS.items() if not self._labelled[split]]
            return tr("Label a {lacking} image", lacking=tr(" and a ").join(lacking)) if lacking else ""
        short = _LEAST - self.labelled
        return f"Label {tr_n('{n} more image', '{n} more images', short)}" if short > 0 else ""

    def _look(self, index: int) -> tuple[Review, bool]:
        said, labelled = self._draft.review(index), self._draft.instance_count(index) > 0
        return said or ("done" if labelled else tr("to do")), labelled

    def _add(self, index: int, number: int) -> None:
        state, labelled = self._known[index]
        self.states[state] += number
        if labelled:
            self._labelled[self._images[index].split] += number


_SPLITS = {"train": "training", "val": "validation"}
_LEAST = 2
"""Labelled images where nobody has split them: one to learn from, one to measure on."""

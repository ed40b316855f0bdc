"""What merged datasets say besides classes and instances: how pictures are read, by which rule images were divided into
splits; and of a picture that several have, where nobody has labelled it, what a person said of it, and how large its
pixels are. What agrees is carried over, and where they differ it is said."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from pycocotools import mask as coco_mask

from core.channel_settings import ChannelSettings
from core.dataset.dataset import Dataset
from core.dataset.model import Image, Review
from core.dataset.several.matching import encoded_mask
from core.dataset.splits.split_file import SplitRule
from core.dataset.splits.splits import UNLABELLED
from core.geometry.segmentation import Rle, Segmentation
from core.words import tr, tr_n

_LOWEST: tuple[Review, ...] = ("to fix", "to do", "", "done")
"""States of review: what is joined needs the look that either needs."""


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """Where merged datasets differ."""

    channels: bool
    """In how they read pictures: then none of their settings is kept."""
    rule: bool
    """In the rule by which images were divided into splits: then none is kept."""
    regions: int
    """Pictures that several have of which another part is not labelled than in the first."""
    reviews: int
    """Such pictures whose state of review is not that of the first."""
    pixel_sizes: int
    """Such pictures that state several sizes of their pixels."""

    def in_words(self) -> list[str]:
        """A sentence for each."""
        said = {
            tr(
                "The datasets read their pictures by different channels or values: the new one reads them as their "
                "files hold them, until you choose."
            ): self.channels,
            tr(
                "The datasets were divided by different rules: images stay in their splits, and no rule is kept."
            ): self.rule,
            tr_n(
                "Of {n} picture that several have, only what none of them has labelled stays “not labelled”.",
                "Of {n} pictures that several have, only what none of them has labelled stays “not labelled”.",
                self.regions,
            ): self.regions,
            tr_n(
                "{n} picture that several have gets the lowest of its states of review.",
                "{n} pictures that several have get the lowest of their states of review.",
                self.reviews,
            ): self.reviews,
            tr_n(
                "The pixels of {n} picture have several sizes: that of the first dataset counts.",
                "The pixels of {n} pictures have several sizes: those of the first dataset count.",
                self.pixel_sizes,
            ): self.pixel_sizes,
        }
        return [words for words, number in said.items() if number]


class Joined(NamedTuple):
    """What becomes of the entry of an image that several datasets have."""

    changes: dict[str, Any]
    """Its fields that are other than in the first, ``None`` for one that goes."""
    several_sizes: bool
    """Whether they state several sizes of its pixels."""
    split: str
    """That of the first, unless nobody has labelled the image there."""


def carried(datasets: Sequence[Dataset], joined: Mapping[Any, Joined]) -> Carried:
    """Where ``datasets``, and what they say of the pictures that are ``joined``, differ."""
    return Carried(
        channels=len({dataset.channels for dataset in datasets}) > 1,
        rule=len({_rule(dataset) for dataset in datasets}) > 1,
        regions=sum("not_labelled" in each.changes for each in joined.values()),
        reviews=sum("review" in each.changes for each in joined.values()),
        pixel_sizes=sum(each.several_sizes for each in joined.values()),
    )


def common_channels(datasets: Sequence[Dataset]) -> ChannelSettings | None:
    """By what settings all of them read pictures."""
    settings = {dataset.channels for dataset in datasets}
    return settings.pop() if len(settings) == 1 else None


def common_rule(datasets: Sequence[Dataset]) -> SplitRule | None:
    """By what rule all of them were divided."""
    rules = {_rule(dataset) for dataset in datasets}
    return rules.pop() if len(rules) == 1 else None


def _rule(dataset: Dataset) -> SplitRule | None:
    return dataset.split_file.rule if dataset.split_file is not None else None


def join(first: tuple[Dataset, Image], others: Iterable[tuple[Dataset, Image]]) -> Joined:
    """What becomes of the entry of an image whose picture ``others`` have, too, at the same size.

    Who has labelled anything in it, or says that it is done, has labelled all but what is said to be not labelled; so
    this remains of no more than what all of them say it of. Who has not has no say.
    """
    dataset, image = first
    every = [first, *others]
    say = [
        (some, one)
        for some, one in every
        if some.instance_count(one) or some.not_labelled(one) or some.review(one) == "done"
    ]
    changes: dict[str, Any] = {}
    if say:
        before, region = dataset.not_labelled(image), _common([some.not_labelled(one) for some, one in say], image)
        if (region or None) != (before or None):
            changes["not_labelled"] = region.coco if region else None
        review = min((some.review(one) for some, one in say), key=_LOWEST.index)
        if review != dataset.review(image):
            changes["review"] = review or None
    sizes = [some.pixel_sizes[one.index] for some, one in every if one.index in some.pixel_sizes]
    if sizes and image.index not in dataset.pixel_sizes:
        changes["pixel_size"] = sizes[0]
    splits = [one.split for _, one in every if one.split != UNLABELLED]
    return Joined(changes, len(set(sizes)) > 1, splits[0] if splits else UNLABELLED)


def _common(regions: Sequence[Segmentation | None], image: Image) -> Segmentation | None:
    """The pixels that are in all of them."""
    whole = [region for region in regions if region]
    if len(whole) < len(regions) or all(region == whole[0] for region in whole):
        return whole[0] if len(whole) == len(regions) else None
    size = image.height, image.width
    shared = Rle(
        size, coco_mask.merge([encoded_mask(region, size) for region in whole], intersect=True)["counts"].decode()
    )
    return shared if shared.area() else None

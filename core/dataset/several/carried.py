"""What merged datasets say besides classes and instances: how pictures are read, by which rule images were divided into
splits; and of a picture that several have, where nobody has labelled it, what a person said of it, and how large its
pixels are. What agrees is carried over, and where they differ it is said."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, NamedTuple

import msgspec
from pycocotools import mask as coco_mask

from core.channel_settings import ChannelSettings
from core.dataset.dataset import Dataset
from core.dataset.model import Image, Review
from core.dataset.several.matching import encoded_mask
from core.dataset.splits.split_file import SplitRule
from core.dataset.splits.splits import UNLABELLED
from core.geometry.masks import Size
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
    """Pictures that several have, and of which more is not labelled in one of them than comes of all."""
    reviews: int
    """Such pictures that have another state of review in one of them than comes of all."""
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
    regions: bool
    """Whether one of them says of more than comes of all that it is not labelled."""
    reviews: bool
    """Whether one of them states another review."""
    pixel_sizes: bool
    """Whether they state several sizes of its pixels."""
    split: str
    """That of the first, unless nobody has labelled the image there."""


def carried(datasets: Sequence[Dataset], joined: Mapping[Any, Joined]) -> Carried:
    """Where ``datasets``, and what they say of the pictures that are ``joined``, differ."""
    return Carried(
        channels=len({dataset.channels for dataset in datasets}) > 1,
        rule=len({_rule(dataset) for dataset in datasets}) > 1,
        regions=sum(each.regions for each in joined.values()),
        reviews=sum(each.reviews for each in joined.values()),
        pixel_sizes=sum(each.pixel_sizes for each in joined.values()),
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
    every = [first, *others]
    regions = [dataset.not_labelled(one) or None for dataset, one in every]
    reviews = [dataset.review(one) for dataset, one in every]
    sizes = [dataset.pixel_sizes.get(one.index) for dataset, one in every]
    say = [
        bool(dataset.instance_count(one) or region or review == "done")
        for (dataset, one), region, review in zip(every, regions, reviews, strict=True)
    ]
    if not any(say):
        say[0] = True
    region = _common([*compress(regions, say)], (first[1].height, first[1].width))
    review = min(compress(reviews, say), key=_LOWEST.index)
    size = next(filter(None, sizes), None)
    changes: dict[str, Any] = {}
    if region != regions[0]:
        changes["not_labelled"] = region.coco if region else None
    if review != reviews[0]:
        changes["review"] = review or None
    if size != sizes[0]:
        changes["pixel_size"] = size
    return Joined(
        changes,
        regions=any(each not in (None, region) for each in regions),
        reviews=any(each != review for each in {*filter(None, reviews), *compress(reviews, say)}),
        pixel_sizes=len({*filter(None, sizes)}) > 1,
        split=next((one.split for _, one in every if one.split != UNLABELLED), UNLABELLED),
    )


def _common(regions: Sequence[Segmentation | None], size: Size) -> Segmentation | None:
    """The pixels that are in all of them."""
    whole = [*filter(None, regions)]
    if len(whole) < len(regions):
        return None
    if all(region == whole[0] for region in whole):
        return whole[0]
    merged = coco_mask.merge([encoded_mask(region, size) for region in whole], intersect=True)
    shared = Rle(size, merged["counts"].decode())
    return shared if shared.area() else None

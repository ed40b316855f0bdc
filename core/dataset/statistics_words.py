"""What the bins of statistics are called, and what the sizes of objects mean for a recipe."""

import math
from collections.abc import Sequence
from itertools import pairwise

from core.dataset.statistics import ASPECTS, SMALL, Statistics
from core.words import size_in_words, tr, tr_n

_FRACTIONS = {1 / 4: "¼", 1 / 3: "⅓", 1 / 2: "½", 3 / 4: "¾", 4 / 3: "1⅓"}


def bin_names(edges: Sequence[float], *, whole: bool = False) -> list[str]:
    """“< 4”, “4–8”, …, “≥ 512”; of ``whole`` numbers “0”, “3–4”, …, “≥ 129”."""
    names = []
    for low, high in pairwise((*edges, math.inf)):
        start, end = (_FRACTIONS.get(edge, f"{edge:g}") for edge in (low, high))
        if high == math.inf:
            names.append(f"≥ {start}")
        elif whole:
            names.append(start if high - low == 1 else f"{start}–{high - 1:g}")
        else:
            names.append(f"{start}–{end}" if low else f"< {end}")
    return names


def aspect_names() -> list[str]:
    """Of ``ASPECTS``; the one around 1 is “≈ 1”."""
    return ["≈ 1" if name == "¾–1⅓" else name for name in bin_names(ASPECTS)]


def image_size_names(found: Statistics) -> list[str]:
    """Of ``Statistics.of_image_size``: “640 × 480”, …, “others”."""
    return [*(size_in_words((height, width)) for width, height in found.image_sizes), tr("others")]


def small_in_words(found: Statistics, recipe: str, side: int) -> str:
    """How many objects are too small for a recipe at its input."""
    small, measured = found.small(side), found.measured(side)
    if not measured:
        return tr("{recipe}, input {side} px: there is no object to measure.", recipe=recipe, side=side)
    if not small:
        return tr(
            "{recipe}, input {side} px: no object is smaller than {limit} px there.",
            recipe=recipe,
            side=side,
            limit=SMALL,
        )
    return tr_n(
        "{recipe}, input {side} px: {n} of {measured:,} objects ({share}) is smaller than {limit} px there.",
        "{recipe}, input {side} px: {n} of {measured:,} objects ({share}) are smaller than {limit} px there.",
        small,
        recipe=recipe,
        side=side,
        measured=measured,
        share=_share(small / measured),
        limit=SMALL,
    )


def _share(share: float) -> str:
    return "< 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")

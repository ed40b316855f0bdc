"""Correcting a mask that exists with clicks, without losing what nobody clicked on."""

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.annotation.assist.sam.model import Answer, Click, Embedding, Prompt, Sam
from core.geometry.masks import Mask, crop

Bits = NDArray[np.uint8]


def repair(sam: Sam, embedding: Embedding, old: Mask, clicks: tuple[Click, ...]) -> Answer:
    """``old``, corrected where ``clicks``, at least one, say that it is wrong.

    SAM is asked with the mask, the clicks, and the box of both: without the box it tends to answer with the part that
    was clicked. Its answer is ``combined`` with the mask.
    """
    if old.area == 0:
        return sam.predict(embedding, Prompt(clicks))
    prompt = Prompt(clicks, _box(old, clicks), sam.logits(embedding, old))
    answer = sam.predict(embedding, prompt)
    return replace(answer, mask=combined(old, answer.mask, clicks))


def combined(old: Mask, new: Mask, clicks: Iterable[Click]) -> Mask:
    """``old`` with only those changes to ``new`` that a click asks for.

    Of what ``new`` has more, the connected parts with a plus click in them are added; of what it has less, those with a
    minus click are taken away. All other pixels stay as they are: far parts, holes, the outline elsewhere.
    """
    left, top = min(old.x, new.x), min(old.y, new.y)
    right = max(mask.x + mask.bitmap.shape[1] for mask in (old, new))
    bottom = max(mask.y + mask.bitmap.shape[0] for mask in (old, new))
    before, after = (_window(mask, left, top, right, bottom) for mask in (old, new))
    places = [(click.plus, int(np.floor(click.x)) - left, int(np.floor(click.y)) - top) for click in clicks]
    more = _parts_at(after & ~before, [(x, y) for plus, x, y in places if plus])
    less = _parts_at(before & ~after, [(x, y) for plus, x, y in places if not plus])
    part = crop((before | more) & ~less)
    return Mask(part.x + left, part.y + top, part.bitmap, old.size)


def _parts_at(bits: Bits, places: list[tuple[int, int]]) -> Bits:
    """The connected parts of ``bits`` that hold one of the places (column, row)."""
    height, width = bits.shape
    _, part_of = cv2.connectedComponents(bits, connectivity=4)
    held = {int(part_of[y, x]) for x, y in places if 0 <= x < width and 0 <= y < height}
    return np.isin(part_of, list(held - {0})).astype(np.uint8)


def _window(mask: Mask, left: int, top: int, right: int, bottom: int) -> Bits:
    bits = np.zeros((bottom - top, right - left), np.uint8)
    height, width = mask.bitmap.shape
    bits[mask.y - top : mask.y - top + height, mask.x - left : mask.x - left + width] = mask.bitmap
    return bits


def _box(mask: Mask, clicks: Iterable[Click]) -> tuple[float, float, float, float]:
    """The smallest box around the mask and the plus clicks."""
    x, y, width, height = mask.box
    points = [(click.x, click.y) for click in clicks if click.plus]
    columns, rows = zip((x, y), (x + width, y + height), *points, strict=True)
    return min(columns), min(rows), max(columns), max(rows)

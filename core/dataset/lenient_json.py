"""Values in JSON files that were written by who knows what."""

import math
import re

from core.geometry.mask_style import Color

Id = int | str
"""What tells entries of a list apart: ``pycocotools`` takes any number and any text."""


def number(value: object) -> float | None:
    """A finite number, also one written as text; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def integer(value: object) -> int | None:
    """A whole number of at most 53 bits, also one written as text or as ``3.0``; ``None`` for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) <= 2**53 else None
    result = number(value)
    return int(result) if result is not None and result.is_integer() and abs(result) <= 2**53 else None


def identity(value: object) -> Id | None:
    """An id as it tells entries apart, whole numbers the same however they are written; ``None`` for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


def color(value: object) -> Color | None:
    """A color, written as ``[red, green, blue]`` or as ``"#rrggbb"``; ``None`` for anything else."""
    if isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        value = list(bytes.fromhex(value[1:]))
    if not isinstance(value, list) or len(value) != 3:
        return None
    red, green, blue = (channel if (channel := integer(item)) in range(256) else None for item in value)
    return None if red is None or green is None or blue is None else (red, green, blue)


def brief(value: object) -> str:
    """A value as a message shows it: at most 40 characters."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"

"""Values in JSON files that were written by who knows what."""

import math


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


def brief(value: object) -> str:
    """A value as a message shows it: at most 40 characters."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"

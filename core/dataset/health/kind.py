"""What a kind of findings is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["serious", "warning", "note"]
"""Makes figures or a training wrong · is most likely a mistake · is worth knowing."""
SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "note")


@dataclass(frozen=True, slots=True)
class Kind:
    """What all findings of a kind have in common."""

    name: str
    """For a list of kinds."""
    severity: Severity
    title: Callable[[int], str]
    """Takes their number."""
    sentence: str
    """With the names of ``Finding.fields`` in braces."""
    why: str
    """Why it matters, or what to do."""
    fix: str = ""
    """What the button that mends one says; empty where nothing can be done here. ``annotation.editing.fixes`` does
    it, or ``dataset.splitting`` those of ``kinds.ACROSS`` and ``kinds.LEFT_OUT``."""
    view: str = ""
    """The key of the view of the Dataset page, if any, that helps."""

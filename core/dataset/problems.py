"""What is wrong with a dataset, entry by entry; the rest of it stays usable."""

from collections import Counter
from typing import NamedTuple

import msgspec

from core.words import tr_n

PER_KIND = 100
"""Entries listed with the same fault in the same file; more are counted."""

MISSING_PICTURE = "missing picture"
"""The kind of an image whose picture is not there."""


class Remedy(NamedTuple):
    """What is done about a kind of fault."""

    kind: str
    """What it is known by, in any language."""
    text: str
    """What was done, and what a person can do."""


class Problem(msgspec.Struct, frozen=True):
    """One fault of one entry."""

    file: str
    """Relative to the dataset's folder."""
    entry: str
    """``annotation 12``, ``image 3 (a.jpg)``; empty for the file as a whole."""
    message: str
    hint: str
    """What was done about it, and what a person can do. The same for every fault of a kind."""
    image: int | None = None
    """``Image.index`` of the image it concerns."""
    kind: str = ""
    """What faults of the kind are known by, whatever the language; empty where nobody asks for it."""


class ProblemLog:
    """Collects problems. Faults of one kind in one file share their hint; beyond ``PER_KIND`` they are only counted, so
    that a file in which everything is wrong stays readable."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        """At most ``PER_KIND`` of each."""
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, file: str, entry: str, message: str, remedy: str | Remedy, image: int | None = None) -> None:
        """Note a fault; a ``remedy`` that nobody asks for later is a text alone."""
        kind, hint = remedy if isinstance(remedy, Remedy) else ("", remedy)
        self._counts[file, kind, hint] += 1
        if self._counts[file, kind, hint] <= PER_KIND:
            self.found.append(Problem(file, entry, message, hint, image, kind))

    def problems(self) -> list[Problem]:
        """Everything so far; each fault that occurs too often ends with a line that says how often."""
        more = [
            Problem(
                file,
                tr_n("{n} more entry", "{n} more entries", count - PER_KIND),
                tr_n("has the same fault", "have the same fault", count - PER_KIND),
                hint,
                kind=kind,
            )
            for (file, kind, hint), count in self._counts.items()
            if count > PER_KIND
        ]
        return self.found + more

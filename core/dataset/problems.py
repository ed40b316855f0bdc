"""What is wrong with a dataset, entry by entry; the rest of it stays usable."""

from collections import Counter

import msgspec

from core.words import tr_n

PER_KIND = 100
"""Entries listed with the same fault in the same file; more are counted."""


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


class ProblemLog:
    """Collects problems. Faults of one kind in one file share their hint; beyond ``PER_KIND`` they are only counted, so
    that a file in which everything is wrong stays readable."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        """At most ``PER_KIND`` of each."""
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, file: str, entry: str, message: str, hint: str, image: int | None = None) -> None:
        self._counts[file, hint] += 1
        if self._counts[file, hint] <= PER_KIND:
            self.found.append(Problem(file, entry, message, hint, image))

    def problems(self) -> list[Problem]:
        """Everything so far; each fault that occurs too often ends with a line that says how often."""
        more = [
            Problem(
                file,
                tr_n("{n} more entry", "{n} more entries", count - PER_KIND),
                tr_n("has the same fault", "have the same fault", count - PER_KIND),
                hint,
            )
            for (file, hint), count in self._counts.items()
            if count > PER_KIND
        ]
        return self.found + more

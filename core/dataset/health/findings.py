"""What a check finds. A finding holds numbers and names, not sentences: it is stored, and read in whatever language."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from core.dataset.health.kind import SEVERITIES
from core.dataset.health.kinds import ACROSS, KINDS, LEFT_OUT
from core.dataset.splits.splits import EXCLUDED

LISTED = 10_000
"""Findings about instances of a kind that are listed one by one: where nearly all of a dataset is wrong in the same
way, nobody reads on, and a list of a million would fill memory and disk."""


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was found."""

    kind: str
    """A key of ``kinds.KINDS``."""
    images: tuple[int, ...] = ()
    """``Image.index`` of the images it concerns, the one to look at first; none where it is about all."""
    instances: tuple[int, ...] = ()
    """Of the first image, by the ids of ``Dataset.ids``; the one to look at first."""
    classes: tuple[int, ...] = ()
    """By ``Category.id``."""
    fields: dict[str, str | int | float] = {}
    """What the sentence of its kind names."""

    @property
    def key(self) -> tuple[object, ...]:
        """The same for what is found again."""
        return self.kind, self.images, self.instances, self.classes

    @property
    def sentence(self) -> str:
        """What was found, in the person's language."""
        return KINDS[self.kind].sentence.format(**self.fields)

    def in_splits(self, *splits: str) -> "Finding | None":
        """What this finding is when its images are in these splits; ``None`` where it is no fault there."""
        if EXCLUDED in splits and self.kind in (*ACROSS, *LEFT_OUT):
            return None
        if len(splits) != 2:
            return self
        one, other = splits
        if one == other and self.kind in ACROSS:
            return msgspec.structs.replace(self, kind="duplicate") if self.kind == "leak" else None
        kind = "leak" if one != other and self.kind == "duplicate" else self.kind
        return msgspec.structs.replace(self, kind=kind, fields=self.fields | {"one_split": one, "other_split": other})


def by_kind(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The findings of each kind there is, the most serious kinds first."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.kind, []).append(finding)
    order = list(KINDS)
    return dict(
        sorted(groups.items(), key=lambda item: (SEVERITIES.index(KINDS[item[0]].severity), order.index(item[0])))
    )


class CheckReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a check found; ``check.json`` in the folder of the job."""

    findings: list[Finding]
    """Of a kind about instances, no more than ``LISTED``."""
    names: dict[int, str]
    """File names of the images that findings are about, by ``Image.index``."""
    usual: dict[int, float] = {}
    """The overlap that is usual in each class that has any, by ``Category.id``: what is edited later is judged by
    it."""
    images: int = 0
    """How many were looked at."""
    more: dict[str, dict[int, int]] = {}
    """Of each kind that is not listed in full, how many findings are not, by the ``Image.index`` they are about."""

    @property
    def counts(self) -> dict[str, int]:
        """How many findings of each kind there are."""
        counts = Counter(finding.kind for finding in self.findings)
        return counts + Counter({kind: sum(images.values()) for kind, images in self.more.items()})


class Listing:
    """Findings as they come, listed as long as the list of their kind is not full."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.more: dict[str, dict[int, int]] = {}
        """Like ``CheckReport.more``."""
        self._counts: Counter[str] = Counter()

    def add(self, findings: Iterable[Finding]) -> None:
        """Take these in, listed or counted."""
        for finding in findings:
            self._counts[finding.kind] += bool(finding.instances)
            if self._counts[finding.kind] <= LISTED:
                self.findings.append(finding)
            else:
                images = self.more.setdefault(finding.kind, {})
                images[finding.images[0]] = images.get(finding.images[0], 0) + 1

"""The fingerprint of a dataset, by which later changes of it are noticed; ``job.json`` keeps it."""

import msgspec

from core.words import tr


class Fingerprint(msgspec.Struct, frozen=True):
    """What a dataset held when a job read it. Made by ``core.dataset.fingerprint``, which says what it covers."""

    annotations: str
    """A hash of classes, images, splits and annotations."""
    pictures: str
    """A hash of the sizes of the picture files."""
    counts: dict[str, int] = {}
    """Of each kind of thing how many there are, called as in a sentence: ``{"annotations": 312, "classes": 5}``."""

    @property
    def hash(self) -> str:
        """Both hashes in one string."""
        return f"{self.annotations}{self.pictures}"


def told(before: Fingerprint | None, now: Fingerprint | None, since: str) -> str:
    """A sentence such as “The dataset has changed since this run began: annotations 312 → 309.”; empty when it has not
    changed, or one of the two is not known."""
    changes = difference(before, now) if before and now else ""
    return tr("The dataset has changed since {since}: {changes}.", since=since, changes=changes) if changes else ""


def difference(before: Fingerprint, now: Fingerprint) -> str:
    """What has changed, in words: “annotations 312 → 309, train images 40 → 42”; empty when nothing has."""
    counts = [
        f"{name} {before.counts.get(name, 0):,} → {now.counts.get(name, 0):,}"
        for name in dict.fromkeys([*before.counts, *now.counts])
        if before.counts.get(name, 0) != now.counts.get(name, 0)
    ]
    edited = [tr("annotations or classes were edited")] if before.annotations != now.annotations and not counts else []
    replaced = [tr("pictures were replaced or moved")] if before.pictures != now.pictures and not counts else []
    return ", ".join(counts + edited + replaced)

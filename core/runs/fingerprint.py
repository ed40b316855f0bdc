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
    """How many there are of each kind of thing: ``{"annotations": 312, "classes": 5, "train images": 40}``."""

    @property
    def hash(self) -> str:
        """Both hashes in one string."""
        return f"{self.annotations}{self.pictures}"


def difference(before: Fingerprint | None, now: Fingerprint | None) -> str:
    """What has changed, in words: “annotations 312 → 309, train images 40 → 42”; empty when nothing has, or one of the
    two is not known."""
    if before is None or now is None:
        return ""
    counts = [
        f"{_name(kind)} {before.counts.get(kind, 0):,} → {now.counts.get(kind, 0):,}"
        for kind in dict.fromkeys([*before.counts, *now.counts])
        if before.counts.get(kind, 0) != now.counts.get(kind, 0)
    ]
    if counts:
        return ", ".join(counts)
    edited = tr("annotations or classes were edited") if before.annotations != now.annotations else ""
    replaced = tr("pictures were replaced or moved") if before.pictures != now.pictures else ""
    return ", ".join(filter(None, (edited, replaced)))


def _name(kind: str) -> str:
    """What is counted under ``kind``, in the person's language."""
    names = {
        "annotations": tr("annotations"),
        "classes": tr("classes"),
        "missing pictures": tr("missing pictures"),
        "pictures": tr("pictures"),
    }
    split = kind.removesuffix(" images")
    return names.get(kind) or (tr("{split} images", split=split) if split != kind else kind)

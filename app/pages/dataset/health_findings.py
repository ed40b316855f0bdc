"""What the last check of the open dataset found, kept true while the person edits."""

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from app.document.document import Document
from app.style import format
from app.threads.frame_priority import frame_priority
from app.threads.workers import LatestWorker
from core.annotation.editing import fixes
from core.annotation.editing.edits import images
from core.dataset import Dataset
from core.dataset.health.findings import CheckReport, Finding, Listing, by_kind
from core.errors import UserError
from core.jobs import CheckJob
from core.reading import decoded, read_bytes
from core.runs.folder import RunFolder, runs
from core.words import sentences, tr

if TYPE_CHECKING:
    from core.annotation.editing.draft import Draft
    from core.annotation.editing.edits import Edit


class Checked(NamedTuple):
    """A report."""

    report: CheckReport
    time: float
    """When it was made, in seconds since the epoch."""
    outdated: bool
    """Whether an annotation file was written since."""


class Known(NamedTuple):
    """What is known to be wrong; made in a thread."""

    findings: list[Finding]
    """Pairs of images as the check had them: a change of splits may mend them, and bring them back."""
    more: dict[str, dict[int, int]]
    """Like ``CheckReport.more``."""
    kinds: dict[str, list[Finding]]
    """What is listed of each kind in the splits of now, the most serious first."""
    counts: dict[str, int]
    """How many there are, listed or not."""


_NOTHING = Known([], {}, {}, {})


class HealthFindings(QObject):
    """Findings about annotations and classes are those of the draft: after each edit, the images that it touched are
    looked at again in a thread. Others are as they were when the check was made."""

    changed = Signal()
    """There are other findings, or none."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.checked: Checked | None = None
        """The last check; ``None`` where the dataset has none."""
        self._known = _NOTHING
        self.edited = False
        """Whether anything was edited, or put into another split, since the check."""
        self._dirty: set[int] = set()
        """Images that wait to be looked at again."""
        self._again = False
        """Whether something changed since the look that is being taken."""
        self._loading, self._looking = LatestWorker(self), LatestWorker(self)
        self._loading.done.connect(self._on_loaded)
        self._looking.done.connect(self._on_looked)
        document.editing.edited.connect(self._on_edited)
        document.splitting.changed.connect(self._on_split)

    @property
    def kinds(self) -> dict[str, list[Finding]]:
        """What is listed of each kind, the most serious first."""
        return self._known.kinds

    @property
    def counts(self) -> dict[str, int]:
        """How many findings of each kind there are, listed or not."""
        return {kind: self._known.counts[kind] for kind in self._known.kinds}

    @property
    def loading(self) -> bool:
        """Whether it is not yet known if there is a check."""
        return self._loading.busy

    def age(self) -> str:
        """When the check was made, in words; empty where there is none."""
        if self.checked is None:
            return ""
        when = tr("Checked {ago}.", ago=format.ago(self.checked.time, time.time()))
        if not self.edited:
            return when
        return sentences(when, tr("What changed since then is looked at as it comes, but for pictures."))

    def images(self, kind: str) -> set[int]:
        """Of all findings of a kind, by ``Image.index``."""
        return {image for each in self.kinds.get(kind, ()) for image in each.images}.union(
            self._known.more.get(kind, ())
        )

    def every(self, kind: str) -> Callable[[], list[Finding]]:
        """Lists all findings of a kind, also those that are not listed here: for a thread."""
        listed, more, draft = self.kinds.get(kind, []), self._known.more.get(kind, {}), self._document.editing.draft
        if not more or draft is None or self.checked is None:
            return lambda: listed
        usual = self.checked.report.usual

        def look() -> list[Finding]:
            known = [each for each in listed if each.images[0] not in more]
            seen = (
                each for image in frame_priority.paced(sorted(more)) for each in fixes.of_image(draft, image, usual)
            )
            return known + [each for each in seen if each.kind == kind]

        return look

    def forget(self) -> None:
        """Another dataset is open, or none."""
        for worker in (self._loading, self._looking):
            worker.drop()
        self.checked, self._known, self.edited, self._again = None, _NOTHING, False, False
        self._dirty.clear()
        self.changed.emit()

    def load(self, folder: Path, dataset: Dataset) -> None:
        """Show the last check of the open dataset, from the folder of runs."""
        self._loading.run(lambda: _with_kinds(last_check(folder, dataset, self._document.is_open), dataset))
        self.changed.emit()

    def read(self, run: RunFolder, dataset: Dataset) -> None:
        """Show what a check of the open dataset has just found."""
        self._loading.run(lambda: _with_kinds(read_check(run, dataset), dataset))

    @Slot(object)
    def _on_loaded(self, found: tuple[Checked, Known] | None) -> None:
        if found is not None:
            draft = self._document.editing.draft
            self._looking.drop()  # it looked at what an earlier check had found
            self.checked, self._known = found
            self.edited = self.checked.outdated or (draft is not None and draft.unsaved > 0)
            if self.edited:
                about = (kind for kind in self._known.counts if kind in fixes.OF_IMAGES)
                self._look_at({image for kind in about for image in self.images(kind)})
        self.changed.emit()

    @Slot(object)
    def _on_edited(self, edit: "Edit") -> None:
        if self.checked is not None:
            self.edited = True
            self._look_at(images(edit))

    @Slot()
    def _on_split(self) -> None:
        """Classes may be missing from other splits than before, and leaks are other ones."""
        self.edited = self.checked is not None
        self._look_at(())

    def _look_at(self, touched: Collection[int]) -> None:
        self._dirty.update(touched)
        self._again = True
        draft = self._document.editing.draft
        if self.checked is not None and draft is not None and not self._looking.busy:
            looked, self._dirty, self._again = frozenset(self._dirty), set(), False
            self._looking.run(_look, self._known, draft, looked, self.checked.report.usual)

    @Slot(object)
    def _on_looked(self, known: Known) -> None:
        self._known = known
        self.changed.emit()
        if self._again:
            self._look_at(())


def _look(known: Known, draft: "Draft", looked: frozenset[int], usual: dict[int, float]) -> Known:
    """Put what is found now in these images, and in the classes, into the place of what was known of them."""
    found = [each for image in frame_priority.paced(sorted(looked)) for each in fixes.of_image(draft, image, usual)]
    kept = [
        each
        for each in known.findings
        if each.kind not in fixes.OF_CLASSES and not (each.kind in fixes.OF_IMAGES and each.images[0] in looked)
    ]
    listing = Listing()
    for kind, unlisted in known.more.items():
        seen = looked if kind in fixes.OF_IMAGES else ()
        listing.more[kind] = {image: number for image, number in unlisted.items() if image not in seen}
    listing.add(sorted([*kept, *found, *fixes.of_classes(draft)], key=lambda each: each.images[:1]))
    return _in_kinds(listing.findings, {kind: more for kind, more in listing.more.items() if more}, draft.dataset)


def _in_kinds(findings: list[Finding], more: dict[str, dict[int, int]], dataset: Dataset) -> Known:
    """Findings by kind, as they are in the splits of now."""
    now = (each.in_splits(*(dataset.images[index].split for index in each.images)) for each in findings)
    kinds = by_kind(each for each in frame_priority.paced(now) if each is not None)
    counts = {kind: len(listed) + sum(more.get(kind, {}).values()) for kind, listed in kinds.items()}
    return Known(findings, more, kinds, counts)


def _with_kinds(checked: Checked | None, dataset: Dataset) -> tuple[Checked, Known] | None:
    if checked is None:
        return None
    return checked, _in_kinds(checked.report.findings, checked.report.more, dataset)


def last_check(folder: Path, dataset: Dataset, is_open: Callable[[str], bool]) -> Checked | None:
    """The newest whole check in a folder of runs of the dataset that ``is_open``, if it is of the images there are."""
    for run in sorted(runs(folder), key=lambda run: run.path.name, reverse=True):
        try:
            job = run.read_job().job if f"-{CheckJob.kind()}" in run.path.name else None
        except UserError:
            continue
        whole = isinstance(job, CheckJob) and not job.only and job.likeness and is_open(job.dataset)
        if whole and (found := read_check(run, dataset)) is not None:
            return found
    return None


def read_check(run: RunFolder, dataset: Dataset) -> Checked | None:
    """What a check found; ``None`` where it has no result, or one about other images."""
    path = run.path / CheckJob.result
    try:
        report, made = decoded(read_bytes(path), CheckReport), path.stat().st_mtime
    except OSError:
        return None
    names = report.names.items() if report is not None else ()
    known = dataset.images
    if report is None or any(index >= len(known) or known[index].file_name != name for index, name in names):
        return None
    outdated = any(file.path.stat().st_mtime > made for file in dataset.files if file.path.exists())
    return Checked(report, min(made, time.time()), outdated)

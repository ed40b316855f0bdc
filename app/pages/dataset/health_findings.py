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
from core.dataset.health.findings import CheckReport, Finding, by_kind
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
        self._all: list[Finding] = []
        """Pairs of images as the check had them: a change of splits may mend them, and bring them back."""
        self.kinds: dict[str, list[Finding]] = {}
        """The most serious first."""
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

    def forget(self) -> None:
        """Another dataset is open, or none."""
        for worker in (self._loading, self._looking):
            worker.drop()
        self.checked, self._all, self.edited = None, [], False
        self._dirty.clear()
        self._show()

    def load(self, folder: Path, dataset: Dataset) -> None:
        """Show the last check of the open dataset, from the folder of runs."""
        self._loading.run(last_check, folder, dataset, self._document.is_open)
        self.changed.emit()

    def read(self, run: RunFolder, dataset: Dataset) -> None:
        """Show what a check of the open dataset has just found."""
        self._loading.run(read_check, run, dataset)

    @Slot(object)
    def _on_loaded(self, checked: Checked | None) -> None:
        if checked is not None:
            draft = self._document.editing.draft
            self.checked, self.edited = checked, checked.outdated or (draft is not None and draft.unsaved > 0)
            self._all = checked.report.findings
            if self.edited:
                self._look_at({each.images[0] for each in checked.report.findings if each.kind in fixes.OF_IMAGES})
        self._show()

    @Slot(object)
    def _on_edited(self, edit: "Edit") -> None:
        if self.checked is not None:
            self.edited = True
            self._look_at(images(edit))

    @Slot()
    def _on_split(self) -> None:
        """Classes may be missing from other splits than before, and leaks are other ones."""
        self.edited = self.checked is not None
        self._show()
        self._look_at(())

    def _show(self) -> None:
        dataset = self._document.dataset

        def as_now(finding: Finding) -> Finding | None:
            if dataset is None or len(finding.images) != 2:
                return finding
            one, other = (dataset.images[index].split for index in finding.images)
            return finding.in_splits(one, other)

        self.kinds = by_kind(filter(None, map(as_now, self._all)))
        self.changed.emit()

    def _look_at(self, touched: Collection[int]) -> None:
        self._dirty.update(touched)
        self._again = True
        draft = self._document.editing.draft
        if self.checked is not None and draft is not None and not self._looking.busy:
            looked, self._dirty, self._again = frozenset(self._dirty), set(), False
            self._looking.run(_look, draft, looked, self.checked.report.usual)

    @Slot(object)
    def _on_looked(self, seen: "_Seen") -> None:
        """Put what was found into the place of what was known of these images."""
        kept = [
            each
            for each in self._all
            if each.kind not in fixes.OF_CLASSES
            and not (each.kind in fixes.OF_IMAGES and each.images[0] in seen.images)
        ]
        self._all = sorted([*kept, *seen.findings], key=lambda each: each.images[:1])
        self._show()
        if self._again:
            self._look_at(())


class _Seen(NamedTuple):
    images: frozenset[int]
    findings: list[Finding]


def _look(draft: "Draft", looked: frozenset[int], usual: dict[int, float]) -> _Seen:
    found = [each for image in frame_priority.paced(sorted(looked)) for each in fixes.of_image(draft, image, usual)]
    return _Seen(looked, found + fixes.of_classes(draft))


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

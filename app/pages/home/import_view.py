"""A dataset of another format, before it is imported: what it holds, how it looks, and what would be lost."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QProgressBar, QWidget

from app.pages.home.frame_choice import FrameChoiceRow
from app.style import tokens
from app.style.format import breakable
from app.style.icons import Icon
from app.threads.workers import LatestWorker
from app.widgets import column, label, primary_button, row
from app.widgets.buttons import button
from app.widgets.containers import Card, clear
from app.widgets.flow import Flow, Wrapping
from app.widgets.job_row import progress
from app.widgets.states import Banner, error_texts
from core.errors import UserError
from core.files import free_name
from core.jobs import AnyJob, ConvertJob, PreviewJob
from core.plain_text import printable
from core.runs import events
from core.words import duration, some_of, tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run
    from core.dataset.formats.found import OtherFormatError
    from core.dataset.formats.preview import Preview

_CLASSES = 12
"""Classes that are named; of more, how many there are."""
_PROBLEMS = 6
_SAMPLE = QSize(160, 112)
"""The most that a picture takes, in points of the screen."""


class ImportView(QWidget):
    """Looks into the dataset in a job, then waits for the person: import it, open only its pictures, or leave it."""

    imported = Signal(object)
    """The ``Path`` of the COCO folder that was made."""
    pictures_wanted = Signal(object)
    """The ``Path`` of the folder whose pictures are to be opened as they are."""
    left = Signal()

    def __init__(self, jobs: "JobList") -> None:
        super().__init__()
        self._jobs = jobs
        self._source = self._target = Path()
        self._run: Run | None = None
        self.heading, self._facts = label(role="title", wrap=True), label(role="dim", wrap=True)
        self._classes, self._lost = label(wrap=True), Banner("warning")
        self._place = label(role="dim", wrap=True)
        self.error = Banner("bad")
        self._samples = Flow()
        self.frames = FrameChoiceRow()
        self._bar, self._progress = QProgressBar(textVisible=False), label(role="dim")
        self._bar.setAccessibleName(tr("Progress"))
        self.accept = primary_button(tr("Convert and open"), "swap")
        self.pictures = button(tr("Open only the pictures"), "image-square")
        self.leave = button(tr("Cancel"))
        self.accept.clicked.connect(self._convert)
        self.pictures.clicked.connect(lambda: self.pictures_wanted.emit(self._source))
        self.leave.clicked.connect(self._on_left)
        samples = Wrapping()
        samples.setLayout(self._samples)
        title = row(column(Icon("swap", 24), None), self.heading)
        title.setStretch(1, 1)
        card = Card()
        card.setLayout(
            column(
                title,
                self._facts,
                self.error,
                self._bar,
                self._progress,
                samples,
                self.frames,
                self._classes,
                self._lost,
                self._place,
                tokens.TINY,
                row(self.accept, self.pictures, None, self.leave),
                margin=tokens.MEDIUM,
            )
        )
        self.setLayout(column(card))
        self._reading = LatestWorker(self)
        self._reading.done.connect(self._show_preview)
        self._reading.failed.connect(lambda error: self.error.say(*error_texts(error)))
        jobs.changed.connect(self._on_job_changed)
        jobs.ended.connect(self._on_job_ended)

    def look_into(self, found: "OtherFormatError") -> None:
        """Look into what was found; the person decides when that is done."""
        self.stop()
        self._source, self._target = found.source, _free(found.source)
        self.heading.setText(breakable(found.message))
        self._facts.setText(tr("Looking into it. Nothing is written yet."))
        for part in (self._classes, self._lost, self._place, self.error, self.frames):
            part.hide()
        clear(self._samples)
        self.pictures.setVisible(found.pictures)
        self.accept.setEnabled(False)
        self._start(PreviewJob(source=str(found.source)), "preview")

    def stop(self) -> None:
        """The person does something else: nothing of it is shown or opened any more. A dataset that is being converted
        is made all the same."""
        if self._run is not None and isinstance(self._run.job, PreviewJob):
            self._jobs.cancel(self._run)
        self._run = None
        self._reading.drop()

    def _start(self, job: PreviewJob | ConvertJob, name: str) -> None:
        try:
            self._run = self._jobs.start(job, name)
        except UserError as error:
            self.error.say(*error_texts(error))
            self._offer_again(job)
        self._show_progress()

    def _offer_again(self, job: AnyJob) -> None:
        """A job has made nothing; a conversion may be tried once more."""
        self._facts.clear()
        self.accept.setEnabled(isinstance(job, ConvertJob))
        self.pictures.setEnabled(True)

    def _show_progress(self) -> None:
        working = self._run is not None
        self._bar.setVisible(working)
        self._progress.setVisible(working)
        if self._run is not None:
            done = self._run.history.progress
            self._bar.setRange(0, done.total if done else 0)
            self._bar.setValue(done.done if done else 0)
            self._progress.setText(progress(self._run))

    @Slot()
    def _convert(self) -> None:
        self.accept.setEnabled(False)
        self.pictures.setEnabled(False)
        every, scenes = self.frames.interval.value(), self.frames.scenes
        self._start(
            ConvertJob(source=str(self._source), output=str(self._target), every=every, scenes=scenes), "convert"
        )

    @Slot()
    def _on_left(self) -> None:
        if self._run is not None:
            self._jobs.cancel(self._run)
            self._run = None
        self.left.emit()

    @Slot(object, object)
    def _on_job_changed(self, run: "Run", _: object) -> None:
        if run is self._run:
            self._show_progress()

    @Slot(object)
    def _on_job_ended(self, run: "Run") -> None:
        if run is not self._run:
            return
        self._run = None
        self._show_progress()
        end = run.history.end
        if isinstance(end, events.Done) and isinstance(run.job, ConvertJob):
            self.imported.emit(self._target)
        elif isinstance(end, events.Done):
            self._reading.run(_read, run.folder.path)
        else:
            self._offer_again(run.job)
            if isinstance(end, events.Failed):
                self.error.say(end.message, end.hint, end.traceback)

    @Slot(object)
    def _show_preview(self, found: "tuple[Preview, list[bytes]]") -> None:
        preview, pictures = found
        if self._source.is_file() and preview.format not in ("video", "pages"):  # an archive
            name = printable(self._source.name)
            self.heading.setText(breakable(tr("“{name}” holds a dataset: {format}", name=name, format=preview.title)))
        self._facts.setText(_facts(preview))
        self.frames.setVisible(preview.seconds > 0)
        self.frames.offer(preview.seconds)
        self._classes.setText(_classes(preview))
        self._classes.setVisible(bool(preview.classes))
        self._lost.say(tr("Not everything can be taken over") if preview.problems else "", _problems(preview))
        self._place.setText(
            breakable(tr("It becomes the folder {folder}. The original stays as it is.", folder=self._target))
        )
        self._place.show()
        for data in pictures:
            shown = label()
            shown.setPixmap(self._thumbnail(data))
            shown.setAccessibleName(tr("Sample with its masks"))
            shown.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._samples.addWidget(shown)
        self.accept.setEnabled(preview.images > preview.missing)
        self.accept.setFocus()

    def _thumbnail(self, data: bytes) -> QPixmap:
        """A small picture with as many pixels as the screen has for it."""
        pixmap, ratio = QPixmap(), self.devicePixelRatioF()
        pixmap.loadFromData(data)
        aspect, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        pixmap = pixmap.scaled(_SAMPLE * ratio, aspect, smooth)
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


def _read(folder: Path) -> "tuple[Preview, list[bytes]]":
    from core.dataset.formats.preview import read_preview

    preview = read_preview(folder)
    return preview, [(folder / name).read_bytes() for name in preview.samples]


def _free(source: Path) -> Path:
    """A folder beside the original that is not there yet."""
    name = source.name if source.is_dir() else re.sub(r"(\.tar)?\.\w+$", "", source.name)
    return free_name(source.with_name(f"{name} (COCO)"))


def _facts(preview: "Preview") -> str:
    """Format, counts and splits, in a line; of a video, how long it is."""
    if preview.seconds:
        return " · ".join([preview.title, duration(preview.seconds), tr_n("{n} frame", "{n} frames", preview.images)])
    facts = [
        tr_n("{n} image", "{n} images", preview.images),
        tr_n("{n} instance", "{n} instances", preview.instances),
    ]
    named = {split: number for split, number in preview.splits.items() if split}
    facts += [tr("{split}: {number:,}", split=split, number=number) for split, number in named.items()]
    if preview.missing:
        facts.append(tr_n("{n} picture is missing", "{n} pictures are missing", preview.missing))
    if preview.boxes:
        facts.append(tr_n("{n} box without a mask", "{n} boxes without masks", preview.boxes))
    return " · ".join(facts)


def _classes(preview: "Preview") -> str:
    named = [f"{printable(name)} ({number:,})" for name, number in preview.classes.items()]
    return tr("Classes: {classes}", classes=some_of(named, _CLASSES))


def _problems(preview: "Preview") -> str:
    """What would be lost or is missing: each kind once, with how many there are."""
    kinds: dict[str, list[str]] = {}
    for problem in preview.problems:
        kinds.setdefault(problem.hint, []).append(
            " ".join(filter(None, (problem.file, problem.entry, problem.message)))
        )
    lines = [
        tr("{first}: {done}", first=said[0], done=hint)
        if len(said) == 1
        else tr_n(
            "{first}, and {n} more: {done}", "{first}, and {n} more: {done}", len(said) - 1, first=said[0], done=hint
        )
        for hint, said in list(kinds.items())[:_PROBLEMS]
    ]
    return "\n".join(lines if len(lines) == 1 else [f"• {line}" for line in lines])

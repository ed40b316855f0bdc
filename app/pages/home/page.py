"""Where a session begins."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.pages.home.drop_area import DropArea
from app.pages.home.recent import RecentCards
from app.pages.page import Page
from app.settings.settings import Recent, Settings
from app.style import tokens
from app.widgets import column, label, open_dialogs, row, scrolling
from app.widgets.focus import hand_on
from app.widgets.job_row import JobRows
from app.widgets.states import Banner, in_words
from core.errors import UserError
from core.jobs import SampleJob, TrainJob
from core.runs import events
from core.runs.folder import sample_folder
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run
    from core.runs.history import RunSummary

_WIDTH = 1080


class HomePage(Page):
    """Open something, go on with something, see what runs."""

    title = "Home"

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__(document, jobs, settings)
        self._sample: Run | None = None
        self._entries: list[Recent] = []
        self.error = Banner("bad")
        dismiss = self.error.add_action(tr("Dismiss"))
        dismiss.clicked.connect(self.error.hide)
        self.drop = DropArea()
        self.drop.setMinimumHeight(240)
        self.recent = RecentCards(jobs.clock)
        self._recent_title, self._running_title = label(tr("Recent"), "heading"), label(tr("Running"), "heading")
        self.running = JobRows()
        self.running.asked.connect(self._look_at)
        hand_on(self, self.drop.folder)
        self._build()
        self._connect()
        self._show_recent()
        self._show_running()

    def _build(self) -> None:
        content = QWidget()
        content.setMaximumWidth(_WIDTH)
        content.setLayout(
            column(
                self.error,
                self.drop,
                tokens.SMALL,
                self._running_title,
                self.running,
                tokens.SMALL,
                self._recent_title,
                self.recent,
                None,
            )
        )
        middle = QWidget()
        centred = row(content, margin=tokens.LARGE)
        centred.setAlignment(content, Qt.AlignmentFlag(0))
        middle.setLayout(centred)
        self.setLayout(column(scrolling(middle), gap=0))

    def _connect(self) -> None:
        self.settings.shortcuts.name_in_tip("open.folder", self.drop.folder)
        self.settings.shortcuts.name_in_tip("open.file", self.drop.file)
        self.drop.folder_asked.connect(lambda: open_dialogs.ask_for_folder(self, self.document))
        self.drop.file_asked.connect(lambda: open_dialogs.ask_for_file(self, self.document))
        self.drop.sample_asked.connect(self.open_sample)
        self.recent.chosen.connect(lambda path: self.document.open(Path(path)))
        self.recent.forgotten.connect(self._forget)
        self.document.opening.connect(self._show_reading)
        self.document.opened.connect(lambda: self.drop.show_reading(""))
        for signal in (self.document.opening, self.document.opened, self.document.saver.saved):
            signal.connect(self._remember)
        self.document.failed.connect(self._show_error)
        self.jobs.started.connect(self._show_running)
        self.jobs.changed.connect(self._show_running)
        self.jobs.ended.connect(self._on_job_ended)
        self.jobs.listed.connect(self._show_results)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.drop.folder.setFocus()
        self._remember()
        self.jobs.refresh()

    # Opening

    @Slot(object)
    def _show_reading(self, path: Path) -> None:
        self.error.hide()
        self.drop.show_reading(path.name)

    @Slot()
    def _remember(self) -> None:
        """The list knows what has been drawn until now."""
        if (entry := self.document.entry) is not None:
            self.settings.remember(entry, self.document.names)
        if self.isVisible():
            self._show_recent()

    @Slot(object)
    def _show_error(self, error: Exception) -> None:
        self.drop.show_reading("")
        self.error.say(*in_words(error))

    def open_sample(self) -> None:
        """Open the sample; make it first when it is not there."""
        folder = sample_folder()
        if folder.is_dir():
            self.document.open(folder)
            return
        try:
            self._sample = self.jobs.start(SampleJob(output=str(folder)), "sample")
        except UserError as error:
            self._show_error(error)
            return
        self.drop.show_sample(making=True)

    # Jobs

    @Slot()
    def _show_running(self) -> None:
        self.running.show_jobs(self.jobs)
        self._running_title.setText(tr("Running") if self.jobs.running() else tr("Paused"))
        self._running_title.setVisible(not self.running.isHidden())

    @Slot(object)
    def _look_at(self, run: "Run") -> None:
        self.jobs.choose(run)
        self.navigate.emit("train")

    @Slot(object)
    def _on_job_ended(self, run: "Run") -> None:
        self._show_running()
        self.jobs.refresh()
        if run is not self._sample:
            return
        self._sample = None
        self.drop.show_sample(making=False)
        end = run.history.end
        if isinstance(end, events.Done):
            self.document.open(sample_folder())
        elif isinstance(end, events.Failed):
            self.error.say(end.message, end.hint, end.traceback)

    # Recent datasets

    def _show_recent(self) -> None:
        entries = self.settings.recent()
        if entries != self._entries:
            self._entries = entries
            self.recent.show_recent(entries)
            self._recent_title.setVisible(bool(entries))
            self.jobs.refresh()

    def _forget(self, path: str) -> None:
        self.settings.forget(path)
        self._show_recent()

    @Slot(object)
    def _show_results(self, lines: "list[RunSummary]") -> None:
        results: dict[str, str] = {}
        for line in lines:  # newest first
            job = line.file.job
            if isinstance(job, TrainJob) and line.best is not None:
                for path in {job.dataset, line.dataset}:  # as it was typed, and as it is without links
                    results.setdefault(path, f"Mask mAP {line.best:.3f} · {job.recipe.title}")
        self.recent.show_results(results)

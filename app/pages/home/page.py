"""The Home page: open a dataset, go on with a recent one, see the jobs that run."""

from functools import cached_property
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
from app.widgets.states import Banner, error_texts
from core.errors import UserError
from core.jobs import SampleJob, TrainJob
from core.runs import events
from core.runs.folder import sample_folder
from core.words import tr

if TYPE_CHECKING:
    from app.pages.home.import_view import ImportView
    from app.runs.job_list import JobList, Run
    from core.runs.summary import RunSummary

_WIDTH = 1080


class HomePage(Page):
    """An error, the drop area, running jobs and recent datasets, below each other."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__(document, jobs, settings)
        self._sample: Run | None = None
        """The job that makes the sample."""
        self._entries: list[Recent] | None = None
        self.error = Banner("bad")
        self.error.add_action(tr("Dismiss")).clicked.connect(self.error.hide)
        self.drop = DropArea()
        self.drop.setMinimumHeight(240)
        self.recent = RecentCards(jobs.clock)
        self._recent_title, self._running_title = label(tr("Recent"), "heading"), label(tr("Running"), "heading")
        self.running = JobRows()
        hand_on(self, self.drop.folder)
        content = QWidget()
        content.setMaximumWidth(_WIDTH)
        running = self._running_title, self.running
        recent = self._recent_title, self.recent
        self._column = column(self.error, self.drop, tokens.SMALL, *running, tokens.SMALL, *recent, None)
        content.setLayout(self._column)
        middle = QWidget()
        centred = row(content, margin=tokens.LARGE)
        centred.setAlignment(content, Qt.AlignmentFlag(0))
        middle.setLayout(centred)
        self.setLayout(column(scrolling(middle), gap=0))
        self._connect()
        self._show_recent()
        self._show_running()

    def _connect(self) -> None:
        self.settings.shortcuts.name_in_tip(self.drop.folder, "open.folder")
        self.settings.shortcuts.name_in_tip(self.drop.file, "open.file")
        self.drop.folder.clicked.connect(lambda: open_dialogs.ask_for_folder(self, self.document))
        self.drop.file.clicked.connect(lambda: open_dialogs.ask_for_file(self, self.document))
        self.drop.sample.clicked.connect(self.open_sample)
        self.recent.chosen.connect(lambda path: self.document.open(Path(path)))
        self.recent.forgotten.connect(self.settings.forget)
        self.recent.forgotten.connect(self._show_recent)
        self.running.run_requested.connect(self.run_requested)
        self.document.opening.connect(self.error.hide)
        self.document.opening.connect(lambda path: self.drop.show_reading(path.name))
        for signal in (self.document.opened, self.document.failed):
            signal.connect(lambda: self.drop.show_reading(""))
        for signal in (self.document.opening, self.document.opened, self.document.saver.saved):
            signal.connect(self._remember)
        self.document.failed.connect(self._on_opening_failed)
        self.jobs.started.connect(self._show_running)
        self.jobs.changed.connect(self._show_running)
        self.jobs.ended.connect(self._on_job_ended)
        self.jobs.listed.connect(self._on_runs_listed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.drop.folder.setFocus()
        self._remember()
        self.jobs.refresh()

    # Opening

    @Slot()
    def _remember(self) -> None:
        """Write the open dataset, with the instances it has now, into the list of recent ones."""
        if (entry := self.document.entry) is not None:
            self.settings.remember(entry, self.document.names)
        if self.isVisible():
            self._show_recent()

    @Slot(object)
    def _on_opening_failed(self, error: Exception) -> None:
        from core.dataset.formats.found import OtherFormatError

        if isinstance(error, OtherFormatError):
            self.drop.hide()
            self.importing.show()
            self.importing.look_into(error)
        else:
            self.error.say(*error_texts(error))

    @cached_property
    def importing(self) -> "ImportView":
        """In the place of the drop area. Few datasets are of another format: it is made for the first that is."""
        from app.pages.home.import_view import ImportView

        view = ImportView(self.jobs)
        view.hide()
        self._column.insertWidget(self._column.indexOf(self.drop) + 1, view)
        view.imported.connect(self.document.open)
        view.pictures_wanted.connect(self.document.open_pictures)
        for signal in (view.left, self.document.opening):
            signal.connect(self._stop_importing)
        return view

    @Slot()
    def _stop_importing(self) -> None:
        self.importing.stop()
        self.importing.hide()
        self.drop.show()

    def open_sample(self) -> None:
        """Open the sample; make it first when it is not there."""
        folder = sample_folder()
        if folder.is_dir():
            self.document.open(folder)
            return
        try:
            self._sample = self.jobs.start(SampleJob(output=str(folder)), "sample")
        except UserError as error:
            self.error.say(*error_texts(error))
            return
        self.drop.show_sample(making=True)

    # Jobs

    @Slot()
    def _show_running(self) -> None:
        self.running.show_jobs(self.jobs)
        self._running_title.setText(tr("Running") if self.jobs.running() else tr("Paused"))
        self._running_title.setVisible(not self.running.isHidden())

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

    @Slot()
    def _show_recent(self) -> None:
        entries = self.settings.recent()
        if entries != self._entries:
            self._entries = entries
            self.recent.show_recent(entries)
            self._recent_title.setVisible(bool(entries))
            self.jobs.refresh()

    @Slot(object)
    def _on_runs_listed(self, runs: "list[RunSummary]") -> None:
        results: dict[str, str] = {}
        for run in runs:  # newest first
            job = run.file.job
            if isinstance(job, TrainJob) and run.best is not None:
                result = tr("Mask mAP {map:.3f} · {recipe}", map=run.best, recipe=job.recipe.title)
                for path in {job.dataset, run.dataset}:  # as it was typed, and as it is without links
                    results.setdefault(path, result)
        self.recent.show_results(results)

"""Train: set a training up, watch it learn, look back at earlier ones."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame

from app.pages.page import Page
from app.pages.train.new_training import NewTraining
from app.pages.train.run_list import RunList, RunsModel
from app.pages.train.run_view import RunView
from app.runs.job_list import Run
from app.style import tokens
from app.widgets import EmptyState
from app.widgets.buttons import button
from app.widgets.containers import column, hairline, row
from app.widgets.focus import Stack, hand_on
from app.widgets.labels import label
from app.widgets.open_dialogs import open_outside
from app.widgets.states import ErrorState
from core.errors import UserError
from core.jobs import ProbeJob, TrainJob
from core.words import tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList
    from app.settings.settings import Settings

_SETTLED_MS = 400


class TrainPage(Page):
    """The runs at the left; at the right a new training, or the run in view."""

    def __init__(self, document: "Document", jobs: "JobList", settings: "Settings") -> None:
        super().__init__(document, jobs, settings)
        self.runs = RunsModel(jobs, document)
        self.list = RunList(self.runs)
        self.new = button(tr("New training"), "plus", tr("Choose a recipe"))
        self.setup = NewTraining(document, jobs, settings)
        self.view: RunView | None = None
        self._to_repeat: TrainJob | None = None
        """To be set up once its dataset is open."""
        self._busy = False
        """Whether the person has chosen what to look at."""
        self.empty = EmptyState(
            "graduation-cap",
            tr("Open a dataset, and a model can learn from it."),
            tr("A folder of images with COCO annotations is enough."),
            tr("Open a dataset"),
            "folder-open",
        )
        self.damaged = ErrorState(tr("Open its folder"))
        self._build()
        self._connect()
        hand_on(self, self.list)
        hand_on(self.setup, self.new)
        candidates = [jobs.in_view, *reversed(jobs.running())]
        training = next((run for run in candidates if run is not None and self._belongs(run)), None)
        if training is not None:
            self.show_run(training)
        else:
            self.show_setup()

    def _build(self) -> None:
        self.settings.shortcuts.bind_button("train.new", self, self.new)
        left = QFrame()
        left.setProperty("surface", "panel")
        left.setFixedWidth(tokens.FILTERS)
        heading = column(self.new, tokens.SMALL, label(tr("Runs"), "heading"))
        heading.setContentsMargins(tokens.MEDIUM, tokens.MEDIUM, tokens.MEDIUM, tokens.TINY)
        self._none = label(tr("Trainings you start are kept here."), "caption", wrap=True)
        self._none.setContentsMargins(tokens.MEDIUM, 0, tokens.MEDIUM, 0)
        left.setLayout(column(heading, self._none, self.list, gap=0))
        self._left = left
        self._stack = Stack()
        self._stack.addWidget(self.setup)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.damaged)
        self._edge = hairline(vertical=True)
        parts = row(left, self._edge, self._stack, gap=0)
        parts.setStretch(2, 1)
        self.setLayout(parts)

    def _connect(self) -> None:
        self.new.clicked.connect(self._on_new)
        self.list.chosen.connect(self._on_run_chosen)
        self.setup.started.connect(self.show_run)
        self.setup.started.connect(lambda: self.list.setFocus(Qt.FocusReason.OtherFocusReason))
        self.setup.status_message.connect(self.status_message)
        self.setup.panel.changed.connect(self._settle)
        self.damaged.acted.connect(self._on_open_damaged)
        self.empty.acted.connect(lambda: self.navigate.emit("home"))
        self.document.opened.connect(self._on_dataset_opened)
        self.document.closed.connect(self._settle)
        self.runs.modelReset.connect(self._settle)
        self.jobs.viewed.connect(self._on_viewed)
        self.jobs.started.connect(self._on_run_started)
        self.jobs.ended.connect(lambda: self.jobs.refresh())

    @Slot()
    def _on_open_damaged(self) -> None:
        if self.list.path is not None:
            self.status_message.emit(open_outside(self.list.path))

    def _on_new(self) -> None:
        self._busy = True
        self.show_setup()

    def show_setup(self) -> None:
        """Set up a new training."""
        self.list.mark(None)
        self._stack.setCurrentWidget(self.setup)
        self._settle()

    @Slot(object)
    def show_run(self, run: Run) -> None:
        """Look at a run."""
        view = self._make_view()
        view.show_run(run)
        self._stack.setCurrentWidget(view)
        self.list.mark(run.folder.path)
        if run is not self.jobs.in_view:
            self.jobs.choose(run)
        self._settle()

    @Slot()
    def _make_view(self) -> RunView:
        """The view of a run; made once."""
        if self.view is not None:
            return self.view
        view = self.view = RunView(self.jobs, self.runs)
        view.status_message.connect(self.status_message)
        view.header.look.clicked.connect(self._on_look)
        view.repeat_requested.connect(self._on_repeat)
        self._stack.addWidget(view)
        return view

    @Slot()
    def _on_look(self) -> None:
        if self._run is not None:
            self.jobs.use(self._run)
            self.navigate.emit("evaluate")

    @property
    def _run(self) -> Run | None:
        """The run in view."""
        return self.view.run if self.view is not None else None

    @Slot()
    def _on_dataset_opened(self) -> None:
        """What is shown belongs to the dataset, or is a new training."""
        own = [run for run in self.jobs.running() if self._belongs(run)]
        shown = self._run if self._stack.currentWidget() is self.view else None
        if shown is None or not self._belongs(shown):
            self._busy = False
            if own:
                self.show_run(own[-1])
            else:
                self.show_setup()
        job, self._to_repeat = self._to_repeat, None
        if job is not None and self.document.path == Path(job.dataset):
            self.setup.repeat(job)
            self.show_setup()
        self._settle()

    def _belongs(self, run: Run) -> bool:
        """Whether a run is a training on the open dataset, or any training while none is open."""
        ours = self.document.dataset is None or self.document.is_open(self.jobs.dataset_of(run))
        return isinstance(run.job, TrainJob) and ours

    def show_job(self, run: Run) -> None:
        self.jobs.choose(run)

    @Slot(object)
    def _on_viewed(self, run: Run | None) -> None:
        if run is None or isinstance(run.job, ProbeJob):
            self.show_setup()
        elif isinstance(run.job, TrainJob) and (run is not self._run or self._stack.currentWidget() is not self.view):
            self.show_run(run)

    @Slot(object)
    def _on_run_chosen(self, path: Path) -> None:
        self._busy = True
        damaged = next((run.error for run in self.runs.damaged if run.path == path), None)
        try:
            if damaged is not None:
                raise damaged
            self.show_run(self.jobs.open(path))
        except UserError as error:
            self.damaged.show_error(error)
            self._stack.setCurrentWidget(self.damaged)

    @Slot(object)
    def _on_repeat(self, job: TrainJob) -> None:
        """Set the training up on the dataset that is open; on its own where none is, once that has been opened."""
        self.setup.repeat(job)
        self.show_setup()
        if self.document.path is None:
            self._to_repeat = job
            self.document.open(Path(job.dataset))

    @Slot(object)
    def _on_run_started(self, run: Run) -> None:
        """A run that is found alive is what a person wants to see who is not busy with something else."""
        idle = not self.isVisible() or not (self._busy or self.setup.form.changes())
        if self._belongs(run) and idle:
            self.show_run(run)
        self.jobs.refresh()

    @Slot()
    def _settle(self) -> None:
        """Show what to do first when there is neither a dataset nor a run."""
        looking = self._run is not None or self.setup.panel.run is not None
        nothing = self.document.dataset is None and not self.runs.rowCount() and not looking
        self._none.setVisible(not self.runs.rowCount())
        for part in (self._left, self._edge):
            part.setVisible(not nothing)
        if nothing:
            self._stack.setCurrentWidget(self.empty)
        elif self._stack.currentWidget() is self.empty:
            self._stack.setCurrentWidget(self.setup)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.jobs.refresh()
        QTimer.singleShot(_SETTLED_MS, self, self._make_view)  # while nobody waits: a start then shows it at once

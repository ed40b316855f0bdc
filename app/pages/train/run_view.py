"""One training: live, left running, or long past. The same view for all of them."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QScrollArea, QWidget

from app.pages.train.curves import TrainingCurves
from app.pages.train.extend_training import ExtendTraining
from app.pages.train.run_header import Failure, RunFigures, RunHeader, Samples
from app.pages.train.run_list import RunsModel
from app.runs import run_labels
from app.runs.job_list import Run
from app.style import tokens
from app.widgets import LoadingState
from app.widgets.containers import Disclosure, column
from app.widgets.focus import Stack, hand_on
from app.widgets.open_dialogs import open_outside
from app.widgets.states import Banner
from core.errors import UserError
from core.jobs import TrainJob
from core.runs.command import compose
from core.runs.events import Failed
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList

DRAW_EVERY_MS = 250
EARLIER = 3


class RunView(Stack):
    """Header, figures, plots, samples, log."""

    look_asked = Signal()
    again_asked = Signal(object)
    """Set up a training like this ``TrainJob``."""
    said = Signal(str)

    def __init__(self, jobs: "JobList", runs: RunsModel) -> None:
        super().__init__()
        self._jobs = jobs
        self._runs = runs
        self.run: Run | None = None
        self._earlier: list[Run] = []
        self._changes: Mapping[str, Any] | None = None
        """Of the settings, with which the run was to go on last."""
        self._refusal: Exception | None = None
        """Why it could not."""
        self.header = RunHeader()
        self.figures = RunFigures()
        self.curves = TrainingCurves()
        self.samples = Samples()
        self.failure, self.warning, self.doubt = Failure(), Banner("warning"), Banner("warning")
        self.expected, self.remarks, self.longer = Banner("accent"), Banner("accent"), ExtendTraining()
        self._log_text = QPlainTextEdit(readOnly=True)
        self.log = Disclosure("Log", self._log_text)
        self._draw_timer = QTimer(self, singleShot=True, interval=DRAW_EVERY_MS)
        self._clock = QTimer(self, interval=1000)
        self._build()
        self._connect()

    def _build(self) -> None:
        self._log_text.setFixedHeight(200)
        self._log_text.setAccessibleName(tr("Log"))
        self._log_text.setMaximumBlockCount(2000)
        self.throw_away = self.doubt.add_action(tr("Throw it away"))
        self.keep_training = self.doubt.add_action(tr("Keep training"))
        for bar in (self.doubt, self.longer, self.failure):
            hand_on(bar, self.header.pause)
        content = QWidget()
        parts = column(
            self.header, self.longer, self.doubt, self.failure, self.warning, self.expected, self.figures,
            self.remarks, self.curves, self.samples, self.log,
            gap=tokens.MEDIUM,
        )  # fmt: skip
        parts.setContentsMargins(tokens.LARGE, tokens.MEDIUM, tokens.LARGE, tokens.MEDIUM)
        parts.setStretch(8, 1)
        content.setLayout(parts)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        self.addWidget(scroll)
        self.addWidget(LoadingState(tr("Reading the run …")))

    def _connect(self) -> None:
        header, jobs = self.header, self._jobs
        header.stop_asked.connect(lambda: self.run and jobs.stop(self.run))
        header.pause_asked.connect(lambda: self.run and jobs.pause(self.run))
        header.cancel_asked.connect(self._doubt)
        header.resume_asked.connect(lambda: self._resume())
        header.longer_asked.connect(self._ask_longer)
        self.longer.agreed.connect(lambda epochs: self._resume({"epochs": epochs}))
        self.failure.found.connect(lambda path: self._resume(self._changes, path))
        self.failure.anew_asked.connect(self._begin_anew)
        jobs.refused.connect(self._refused)
        header.look_asked.connect(self.look_asked)
        header.again_asked.connect(lambda: self.run and self.again_asked.emit(self.run.job))
        header.copy_asked.connect(self._copy)
        header.folder_asked.connect(self._open_folder)
        self.throw_away.clicked.connect(self._cancel)
        self.keep_training.clicked.connect(lambda: self.doubt.say(""))
        self.curves.earlier_asked.connect(self._choose_earlier)
        self.log.button.toggled.connect(self._show_log)
        jobs.changed.connect(self._run_changed)
        jobs.started.connect(self._others_changed)
        jobs.ended.connect(self._others_changed)
        jobs.listed.connect(self._choose_earlier)
        jobs.clock.ticked.connect(self._update)
        self._draw_timer.timeout.connect(self._draw)
        self._clock.timeout.connect(self._tick)

    # Which run

    def show_run(self, run: Run) -> None:
        """Show another run."""
        if run is self.run:
            return
        self.run = run
        self.doubt.say("")
        self._refusal = None
        self.longer.hide()
        self.samples.clear()
        self.curves.clear()
        self._log_text.clear()
        self._show_log(self.log.button.isChecked())
        self._choose_earlier()
        self._update()
        self._draw()

    @Slot(object, object)
    def _run_changed(self, run: Run, records: list[object]) -> None:
        if run is self.run:
            self._update()
        if (run is self.run or run in self._earlier) and not self._draw_timer.isActive():
            self._draw_timer.start()

    @Slot(object)
    def _others_changed(self, run: Run) -> None:
        self._update()

    @Slot()
    def _choose_earlier(self) -> None:
        """The last runs of the same recipe on the same dataset that got as far as a validation."""
        self._earlier = []
        if self.run is None or not isinstance(self.run.job, TrainJob) or not self.curves.earlier.isChecked():
            self._draw_timer.start()
            return
        like = self.run.job.recipe.name, self.run.job.dataset
        for line in sorted(self._runs.lines, key=lambda line: -line.file.created):
            job = line.file.job
            if not isinstance(job, TrainJob) or line.best is None or line.file.created >= self.run.file.created:
                continue
            if (job.recipe.name, job.dataset) == like and len(self._earlier) < EARLIER:
                with suppress(UserError):  # it was damaged, or went away, since it was listed
                    self._earlier.append(self._jobs.open(line.path))
        self._draw_timer.start()

    # What is shown

    def _update(self) -> None:
        run = self.run
        if run is None:
            return
        self.setCurrentIndex(0 if run.loaded else 1)
        self.header.show_run(run, may_resume=self._jobs.training() is None)
        self.figures.show_run(run, self._jobs.clock.now)
        self.samples.show_run(run)
        self._show_messages(run)
        if run.state != "running":
            self.doubt.say("")
        else:
            self.longer.hide()

    def _show_messages(self, run: Run) -> None:
        if self._refusal is None:
            end = run.history.end
            self.failure.show_end(end if run.state == "failed" and isinstance(end, Failed) else None)
        self.expected.say(*run_labels.expected(run))
        self.warning.say(*run_labels.warning(run.history))
        self.remarks.say(*run_labels.remarks(run.history))

    @Slot()
    def _draw(self) -> None:
        if self.run is not None and self.isVisible():
            self.curves.show_history(self.run.history, [other.history for other in self._earlier if other.loaded])

    @Slot()
    def _tick(self) -> None:
        if self.run is not None and self.run.state == "running":
            self.figures.show_run(self.run, self._jobs.clock.now)
            if self.log.button.isChecked():
                self._show_log(True)

    def _show_log(self, shown: bool) -> None:
        if not shown or self.run is None:
            return
        said = "\n".join(f"{datetime.fromtimestamp(at):%H:%M:%S}  {words}" for at, words in self.run.history.log)
        printed = self.run.folder.end_of_log()
        text = f"{said}\n\n{printed}" if printed else said
        if text != self._log_text.toPlainText():
            self._log_text.setPlainText(text)
            self._log_text.verticalScrollBar().setValue(self._log_text.verticalScrollBar().maximum())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clock.start()
        self._draw_timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    # What one can do

    def _doubt(self) -> None:
        if self.run is not None:
            self.doubt.say(run_labels.loss(self.run))
            self.keep_training.setFocus()

    def _cancel(self) -> None:
        self.doubt.say("")
        if self.run is not None:
            self._jobs.cancel(self.run)

    def _resume(self, changes: Mapping[str, Any] | None = None, dataset: Path | None = None) -> None:
        self._refusal, self._changes = None, changes
        if self.run is not None:
            self._jobs.resume(self.run, changes, dataset)

    def _begin_anew(self) -> None:
        if self.run is not None and isinstance(self.run.job, TrainJob):
            self.again_asked.emit(msgspec.structs.replace(self.run.job, weights=str(self.run.folder.path)))

    @Slot(object, object)
    def _refused(self, run: Run, error: Exception) -> None:
        if run is self.run:
            self._refusal = error
            self.failure.show_refusal(error)

    def _ask_longer(self) -> None:
        if self.run is not None and isinstance(self.run.job, TrainJob):
            self.longer.ask(self.run.history.epoch, self.run.job.recipe.settings.epochs)

    def _copy(self) -> None:
        if self.run is not None:
            command = compose(self.run.job)  # not what its file says: that may come from anywhere, and is pasted
            QGuiApplication.clipboard().setText(command)
            self.said.emit(f"Copied: {command}")

    def _open_folder(self) -> None:
        if self.run is not None:
            self.said.emit(open_outside(self.run.folder.path))

"""One training: live, left running, or long past. The same view for all of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QScrollArea, QWidget

from app.pages.train.run_header import ExtendTraining, Failure, RunHeader
from app.pages.train.run_list import RunsModel
from app.pages.train.run_results import RunFigures, Samples, TrainingCurves
from app.runs import run_labels
from app.runs.job_list import Run
from app.style import tokens
from app.widgets import LoadingState
from app.widgets.command_button import copy_command
from app.widgets.containers import Disclosure, column
from app.widgets.focus import Stack, hand_on
from app.widgets.open_dialogs import open_outside
from app.widgets.states import Banner
from core.errors import UserError
from core.evaluation.remarks import of_training
from core.jobs import TrainJob
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList

_DRAW_EVERY_MS = 250
_EARLIER = 3
"""Runs that are drawn behind the one in view, at most."""


class RunView(Stack):
    """Header, messages, figures, plots, samples, log."""

    repeat_requested = Signal(object)
    """Set up a training like this ``TrainJob``."""
    status_message = Signal(str)
    """A message for the status bar."""

    def __init__(self, jobs: "JobList", runs: RunsModel) -> None:
        super().__init__()
        self._jobs = jobs
        self._runs = runs
        self.run: Run | None = None
        self._earlier: list[Run] = []
        self._changes: Mapping[str, Any] | None = None
        """Changes of settings, with which the run was resumed last."""
        self._refused = False
        """Whether it could not be."""
        self.header = RunHeader()
        self.figures = RunFigures()
        self.curves = TrainingCurves()
        self.samples = Samples()
        self.failure, self.warning, self.doubt = Failure(), Banner("warning"), Banner("warning")
        self.expected, self.remarks, self.longer = Banner("accent"), Banner("accent"), ExtendTraining()
        self._log_text = QPlainTextEdit(readOnly=True)
        self.log = Disclosure(tr("Log"), self._log_text)
        self._draw_timer = QTimer(self, singleShot=True, interval=_DRAW_EVERY_MS)
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
        header.stop.clicked.connect(self._with_run(jobs.stop))
        header.pause.clicked.connect(self._with_run(jobs.pause))
        header.cancel.clicked.connect(self._on_cancel)
        header.resume.clicked.connect(lambda: self._resume())
        header.longer.triggered.connect(self._on_longer)
        header.again.triggered.connect(self._with_run(lambda run: self.repeat_requested.emit(run.job)))
        header.copy.triggered.connect(self._on_copy)
        header.folder.triggered.connect(
            self._with_run(lambda run: self.status_message.emit(open_outside(run.folder.path)))
        )
        self.longer.agreed.connect(lambda epochs: self._resume({"epochs": epochs}))
        self.failure.found.connect(lambda path: self._resume(self._changes, path))
        self.failure.anew.clicked.connect(self._on_anew)
        self.throw_away.clicked.connect(self._on_throw_away)
        self.keep_training.clicked.connect(lambda: self.doubt.say(""))
        self.curves.earlier_toggled.connect(self._choose_earlier)
        self.log.button.toggled.connect(self._show_log)
        jobs.refused.connect(self._on_refused)
        jobs.changed.connect(self._on_run_changed)
        for signal in (jobs.started, jobs.ended, jobs.clock.ticked):
            signal.connect(self._update)
        jobs.listed.connect(self._choose_earlier)
        self._draw_timer.timeout.connect(self._draw)
        self._clock.timeout.connect(self._on_tick)

    def _with_run(self, act: Callable[[Run], object]) -> Callable[[], None]:
        """A slot that does something with the run in view, while there is one."""

        def slot() -> None:
            if self.run is not None:
                act(self.run)

        return slot

    # Which run

    def show_run(self, run: Run) -> None:
        """Show another run."""
        if run is self.run:
            return
        self.run = run
        self.doubt.say("")
        self._refused = False
        self.longer.hide()
        self.samples.clear()
        self.curves.clear()
        self._log_text.clear()
        self._show_log(self.log.button.isChecked())
        self._choose_earlier()
        self._update()
        self._draw()

    @Slot(object, object)
    def _on_run_changed(self, run: Run, records: list[object]) -> None:
        if run is self.run:
            self._update()
        if (run is self.run or run in self._earlier) and not self._draw_timer.isActive():
            self._draw_timer.start()

    @Slot()
    def _choose_earlier(self) -> None:
        """The last runs of the same recipe on the same dataset that got as far as a validation."""
        self._earlier = []
        if self.run is None or not isinstance(self.run.job, TrainJob) or not self.curves.earlier.isChecked():
            self._draw_timer.start()
            return
        like = self.run.job.recipe.name, self.run.job.dataset
        for summary in sorted(self._runs.summaries, key=lambda summary: -summary.file.created):
            job = summary.file.job
            if not isinstance(job, TrainJob) or summary.best is None or summary.file.created >= self.run.file.created:
                continue
            if (job.recipe.name, job.dataset) == like and len(self._earlier) < _EARLIER:
                with suppress(UserError):  # it was damaged, or went away, since it was listed
                    self._earlier.append(self._jobs.open(summary.path))
        self._draw_timer.start()

    # What is shown

    @Slot()
    def _update(self) -> None:
        run = self.run
        if run is None:
            return
        self.setCurrentIndex(0 if run.loaded else 1)
        self.header.show_run(run, may_resume=self._jobs.training() is None)
        self.figures.show_run(run, self._jobs.clock.now)
        self.samples.show_run(run)
        if not self._refused:
            self.failure.show_end(run)
        estimate, history = run.history.estimate, run.history
        forecast = estimate.advice if estimate and run.state == "running" and history.eta is None else []
        self.expected.say(*_first_and_rest(forecast))
        self.warning.say(*run_labels.warning(history))
        self.remarks.say(*_first_and_rest(of_training(history)))
        if run.state != "running":
            self.doubt.say("")
        else:
            self.longer.hide()

    @Slot()
    def _draw(self) -> None:
        if self.run is not None and self.isVisible():
            self.curves.show_history(self.run.history, [other.history for other in self._earlier if other.loaded])

    @Slot()
    def _on_tick(self) -> None:
        if self.run is not None and self.run.state == "running":
            self.figures.show_run(self.run, self._jobs.clock.now)
            if self.log.button.isChecked():
                self._show_log(True)

    def _show_log(self, shown: bool) -> None:
        if not shown or self.run is None:
            return
        events = "\n".join(f"{datetime.fromtimestamp(time):%H:%M:%S}  {line}" for time, line in self.run.history.log)
        printed = self.run.folder.end_of_log()
        text = f"{events}\n\n{printed}" if printed else events
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

    def _on_cancel(self) -> None:
        if self.run is not None:
            self.doubt.say(run_labels.loss(self.run))
            self.keep_training.setFocus()

    def _on_throw_away(self) -> None:
        self.doubt.say("")
        if self.run is not None:
            self._jobs.cancel(self.run)

    def _resume(self, changes: Mapping[str, Any] | None = None, dataset: Path | None = None) -> None:
        self._refused, self._changes = False, changes
        if self.run is not None:
            self._jobs.resume(self.run, changes, dataset)

    @Slot(object, object)
    def _on_refused(self, run: Run, error: Exception) -> None:
        if run is self.run:
            self._refused = True
            self.failure.show_refusal(error)

    def _on_anew(self) -> None:
        if self.run is not None and isinstance(self.run.job, TrainJob):
            self.repeat_requested.emit(msgspec.structs.replace(self.run.job, weights=str(self.run.folder.path)))

    def _on_longer(self) -> None:
        if self.run is not None and isinstance(self.run.job, TrainJob):
            self.longer.ask(self.run.history.epoch, self.run.job.recipe.settings.epochs)

    def _on_copy(self) -> None:
        if self.run is not None:
            # not what its file says: that may come from anywhere, and is pasted
            self.status_message.emit(copy_command(self.run.job))


def _first_and_rest(sentences: Sequence[str]) -> tuple[str, str]:
    """The message and the hint of a banner."""
    return (sentences[0], " ".join(sentences[1:])) if sentences else ("", "")

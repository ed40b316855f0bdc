"""The bar under a form that starts a job: how far it is, and what stops it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QProgressBar, QPushButton, QWidget

from app.style import tokens
from app.widgets.buttons import button
from app.widgets.containers import column, row
from app.widgets.focus import hand_on
from app.widgets.job_row import progress
from app.widgets.labels import label
from core.jobs import AnyJob
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run


class JobBar(QWidget):
    """Follows one run at a time: the one that it started, or one that ``is_ours`` and is found at work."""

    changed = Signal()
    """It has begun to follow a run, or has ended."""
    ended = Signal(object)
    """The ``Run`` that it followed came to its end."""

    def __init__(
        self, jobs: "JobList", is_ours: Callable[[AnyJob], bool], primary: QPushButton, *more: QWidget
    ) -> None:
        super().__init__()
        self._jobs, self._is_ours = jobs, is_ours
        self.run: Run | None = None
        self._words = ""
        self._bar, self._state = QProgressBar(textVisible=False), label(role="dim", wrap=True)
        self._bar.setAccessibleName(tr("Progress"))
        self.stop = button(tr("Stop"), "stop", tr("End it now"))
        self.stop.clicked.connect(self._on_stop)
        bar = row(column(self._state, self._bar, gap=tokens.TINY), *more, self.stop, primary)
        bar.setStretch(0, 1)
        bar.setContentsMargins(tokens.LARGE, 12, tokens.LARGE, 12)
        self.setLayout(bar)
        hand_on(primary, self.stop)
        hand_on(self.stop, primary)
        jobs.started.connect(self._on_changed)
        jobs.changed.connect(self._on_changed)
        jobs.ended.connect(self._on_ended)
        self._show()

    def start(self, job: AnyJob, name: str) -> None:
        """Start a job. Raises ``UserError`` where there is no place for its run."""
        self.run = self._jobs.start(job, name)
        self._show()
        self.changed.emit()

    def look_for_run(self) -> None:
        """Another dataset is open: follow the run of it that is at work, if there is one."""
        self.run = next((run for run in self._jobs.running() if self._is_ours(run.job)), None)
        self._show()
        self.changed.emit()

    def say(self, words: str) -> None:
        """What is said while nothing is at work."""
        self._words = words
        self._show()

    def _show(self) -> None:
        self.stop.setVisible(self.run is not None)
        self._bar.setVisible(self.run is not None)
        if self.run is None:
            self._state.setText(self._words)
            return
        self.stop.setEnabled(self.run.asked is None)
        done = self.run.history.progress
        self._bar.setRange(0, done.total if done else 0)
        self._bar.setValue(done.done if done else 0)
        self._state.setText(progress(self.run))

    @Slot()
    def _on_stop(self) -> None:
        if self.run is not None:
            self._jobs.stop(self.run)

    @Slot(object)
    def _on_changed(self, run: "Run") -> None:
        if run is self.run:
            self._show()
        elif self.run is None and run.state == "running" and self._is_ours(run.job):
            self.run = run
            self._show()
            self.changed.emit()

    @Slot(object)
    def _on_ended(self, run: "Run") -> None:
        if run is self.run:
            self.run = None
            self._show()
            self.changed.emit()
            self.ended.emit(run)

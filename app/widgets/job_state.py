"""In place of what a job will bring: how far it is, and what stops it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QProgressBar

from app.style import tokens
from app.widgets.buttons import button
from app.widgets.containers import column, row
from app.widgets.job_row import progress
from app.widgets.states import EmptyState
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run

_BAR = 280


class JobState(EmptyState):
    """Follows one run at a time. What is to become of the page when it ends is the page's."""

    stopped = Signal()
    """The person does not wait for a run to begin. One that is at work is told, and its end says the rest."""

    def __init__(self, jobs: "JobList", sentence: str) -> None:
        super().__init__("hourglass", sentence)
        self._jobs = jobs
        self._run: Run | None = None
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedWidth(_BAR)
        self._bar.setAccessibleName(tr("Progress"))
        self.stop = button(tr("Stop"), "stop", tr("End it now"))
        self.below.addLayout(column(row(None, self._bar, None), row(None, self.stop, None), gap=tokens.MEDIUM))
        self.stop.clicked.connect(self._on_stop)
        jobs.changed.connect(self._on_changed)
        self.follow(None)

    def follow(self, run: "Run | None", words: str = "") -> None:
        """Show how far ``run`` is; ``None``: it has yet to start, for the reason that ``words`` say."""
        self._run = run
        done = run.history.progress if run is not None else None
        self._bar.setRange(0, done.total if done is not None else 0)
        self._bar.setValue(done.done if done is not None else 0)
        self.say(self.sentence.text(), progress(run) if run is not None else words)
        self.stop.setEnabled(run is None or run.asked is None)

    @Slot(object)
    def _on_changed(self, run: "Run") -> None:
        if run is self._run:
            self.follow(run)

    @Slot()
    def _on_stop(self) -> None:
        if self._run is not None and self._run.state == "running":
            self._jobs.stop(self._run)
        else:
            self.stopped.emit()

"""What a training would take, measured by a probe of a few steps: shown above the button that starts it."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QSizePolicy, QWidget

from app.runs.job_list import Run
from app.style import format, tokens
from app.widgets.buttons import button, tool_button
from app.widgets.containers import Figure, column, hairline, row
from app.widgets.labels import label, set_role
from core.errors import UserError
from core.jobs import ProbeJob, TrainJob
from core.runs.events import Estimate, Failed
from core.words import tr, tr_n

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList

_MANY_SMALL = 0.05
"""Share of objects too small for the network from which on tiling is proposed."""


class EstimatePanel(QFrame):
    """Starts probes, shows their progress and what they found; hidden until there is something to show."""

    proposed = Signal(str, object)
    """The name of a setting and the value that the person accepted."""
    changed = Signal()
    """A probe has begun or ended."""

    def __init__(self, jobs: "JobList", document: "Document") -> None:
        super().__init__()
        self._jobs, self._document = jobs, document
        self.run: Run | None = None
        """The probe that is at work or shown."""
        self._job: TrainJob | None = None
        """The training that the form describes."""
        self.setProperty("surface", "panel")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._title, self.stage = label("", "heading"), label("", "caption")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(tr("Progress of the estimate"))
        self.epoch, self.whole = Figure(tr("An epoch")), Figure(tr("All epochs"))
        self.memory, self.fitting = Figure(tr("Memory")), Figure(tr("Batch size"))
        self.advice = label("", "dim", wrap=True)
        self.suggested: dict[str, QPushButton] = {}
        self._actions = row(gap=tokens.SMALL)
        self.close_button = tool_button("x", tr("Stop the estimate and close"))
        self.close_button.clicked.connect(self.dismiss)
        self._figures = QWidget()
        figures = row(self.epoch, self.whole, self.memory, self.fitting, gap=tokens.MEDIUM)
        for index, share in enumerate((3, 4, 4, 4)):
            figures.setStretch(index, share)
        self._figures.setLayout(figures)
        heading = row(self._title, self.stage, None, self.close_button)
        parts = column(heading, self._bar, self._figures, self.advice, self._actions, gap=tokens.SMALL)
        parts.setContentsMargins(tokens.LARGE, tokens.SMALL, tokens.MEDIUM, tokens.SMALL)
        self.setLayout(column(parts, hairline(), gap=0))
        jobs.changed.connect(self._on_run_changed)
        jobs.started.connect(self._on_run_started)
        document.opened.connect(self._on_dataset_opened)
        self.hide()
        QTimer.singleShot(0, self, self._find_probes)  # once it has its place: it would show itself as a window

    @property
    def at_work(self) -> bool:
        """Whether a probe is running."""
        return self.run is not None and self.run.state == "running"

    def begin(self, job: TrainJob) -> None:
        """Probe a training, in place of what is shown."""
        self.dismiss()
        self._job = job
        try:
            self._jobs.start(ProbeJob(train=job), "probe")
        except UserError as error:
            self._show_failure(error.message, error.hint)

    def end(self) -> None:
        """Stop the probe that is at work."""
        if self.run is not None and self.at_work:
            self._jobs.cancel(self.run)

    def dismiss(self) -> None:
        """Stop, and hide."""
        self.end()
        self.run = None
        self.hide()
        self.changed.emit()

    def compare(self, job: TrainJob | None) -> None:
        """The form describes ``job`` now: what was found may be about other settings."""
        if self.run is not None and job is not None:
            self._job = job
            self._show()

    # What it shows

    @Slot()
    def _on_dataset_opened(self) -> None:
        """What was found is not about this dataset."""
        if self.run is not None and not self._belongs(self.run):
            self.dismiss()
        self._find_probes()

    def _belongs(self, run: Run) -> bool:
        """Whether a run is a probe of the open dataset, or any probe while none is open."""
        if not isinstance(run.job, ProbeJob):
            return False
        return self._document.dataset is None or self._document.is_open(run.job.train.dataset)

    @Slot()
    def _find_probes(self) -> None:
        for run in self._jobs.running():
            self._on_run_started(run)

    @Slot(object)
    def _on_run_started(self, run: Run) -> None:
        """Show a probe that is at work, also one that was found alive."""
        if self._belongs(run) and not self.at_work:
            self.run = run
            self._show()
            self.changed.emit()

    @Slot(object)
    def _on_run_changed(self, run: Run) -> None:
        if run is self.run:
            self._show()
            if run.state != "running":
                self.changed.emit()

    def _show(self) -> None:
        run = self.run
        assert run is not None and isinstance(run.job, ProbeJob)
        end, found = run.history.end, run.history.estimate
        if run.state == "cancelled":
            self.run = None
            self.hide()
            return
        if isinstance(end, Failed):
            self._show_failure(end.message, end.hint)
            return
        running = run.state == "running"
        self.close_button.setToolTip(tr("Stop the estimate and close") if running else tr("Close"))
        self._title.setText(tr("Estimate for {title}", title=run.job.train.recipe.title))
        self._bar.setVisible(running)
        fraction = run.history.fraction
        self._bar.setRange(0, 0 if fraction is None else 1000)
        self._bar.setValue(round((fraction or 0) * 1000))
        outdated = not running and self._job is not None and run.job.train != self._job
        note = tr("The settings have changed since") if outdated else ""
        self.stage.setText(run.history.stage or tr("Starting") if running else note)
        set_role(self.stage, "notice" if outdated else "caption")
        self._figures.setVisible(found is not None)
        self.advice.setVisible(found is not None)
        if found is not None:
            self._show_found(run.job.train, found)
        self.show()

    def _show_found(self, job: TrainJob, found: Estimate) -> None:
        settings = job.recipe.settings
        step = tr("{seconds:.2g} s a step", seconds=found.seconds_per_step)
        self.epoch.show_value(format.duration(found.seconds_per_epoch), step)
        epochs = tr_n("All {n} epochs", "All {n} epochs", settings.epochs)
        self.whole.show_value(format.roughly(found.seconds), tr("at most"), epochs)
        total = tr("of {memory}", memory=format.megabytes(found.memory_total_mb)) if found.memory_total_mb else ""
        self.memory.show_value(format.megabytes(found.memory_mb), total)
        if found.largest_batch > found.batch_size:
            larger = tr("fits, up to {batch_size} would", batch_size=found.largest_batch)
        elif found.batch_size < settings.batch_size:
            larger = tr("{batch_size} would not fit", batch_size=settings.batch_size)
        else:
            larger = tr("fits")
        self.fitting.show_value(f"{found.batch_size}", larger)
        self.advice.setText("\n".join(found.advice))
        self.advice.setVisible(bool(found.advice))
        self._propose(proposals(self._job or job, found))

    def _propose(self, settings: dict[str, tuple[Any, str]]) -> None:
        shown = [(name, action.text()) for name, action in self.suggested.items()]
        if shown == [(name, text) for name, (_, text) in settings.items()]:
            return
        while (item := self._actions.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        self.suggested = {}
        for name, (value, text) in settings.items():
            action = self.suggested[name] = button(text)
            action.clicked.connect(lambda _=False, name=name, value=value: self.proposed.emit(name, value))
            self._actions.addWidget(action)
        self._actions.addStretch(1)

    def _show_failure(self, message: str, hint: str) -> None:
        self._title.setText(tr("No estimate could be made"))
        self.stage.setText("")
        self._bar.hide()
        self._figures.hide()
        self._propose({})
        self.advice.setText(format.sentences(message, hint))
        self.advice.show()
        self.show()


def proposals(job: TrainJob, found: Estimate) -> dict[str, tuple[Any, str]]:
    """Settings that a probe recommends and the form does not have yet, by name: value, and text of the button."""
    settings = job.recipe.settings
    result: dict[str, tuple[Any, str]] = {}
    if found.batch_size and found.batch_size != settings.batch_size:
        result["batch_size"] = found.batch_size, tr("Use batch size {batch_size}", batch_size=found.batch_size)
    if found.input_size > settings.input_size:
        result["input_size"] = found.input_size, tr("Use {input_size} px", input_size=found.input_size)
    if found.small_objects >= _MANY_SMALL and settings.tiling == "off":
        result["tiling"] = "auto", tr("Use tiling")
    return result

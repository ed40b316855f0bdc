"""Deploy: a trained model as OpenVINO IR, measured beside the one it came from."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QScrollArea, QWidget

from app.pages.deploy.formats import FORMATS, FormatRow, format_state
from app.pages.page import Page
from app.runs import run_labels
from app.runs.job_list import Run
from app.style import tokens
from app.style.format import tool_tip
from app.widgets import EmptyState, LoadingState, column, hairline, label, primary_button, row
from app.widgets.buttons import button
from app.widgets.command_button import CommandButton
from app.widgets.focus import Stack, hand_on
from app.widgets.labels import ElidedLabel
from app.widgets.run_picker import FitNote, RunPicker
from app.widgets.states import Banner
from core.errors import UserError
from core.jobs import ExportJob
from core.runs.events import Failed
from core.words import tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList
    from app.settings.settings import Settings

_WIDEST = 1080
_NONE = tr("Train a model, and it can be exported here.")
_WITHOUT = tr("The export runs anywhere OpenVINO runs, without PyTorch.")
_CHOOSE = tr("Train one, or choose one of another dataset above.")


class DeployPage(Page):
    """The model on top, a row for each format, one button that exports."""

    def __init__(self, document: "Document", jobs: "JobList", settings: "Settings") -> None:
        super().__init__(document, jobs, settings)
        self.picker = RunPicker(jobs, document)
        self.rows = {format.precision: FormatRow(format) for format in FORMATS}
        self.failure, self.warning = Banner("bad"), Banner("warning")
        self.export = primary_button(tr("Export"), "export")
        self.stop = button(tr("Stop"), "stop", tr("End the export and keep what has been written"))
        self.copy = CommandButton(self.job)
        self._summary, self._reason = ElidedLabel(), ElidedLabel(role="caption")
        self._exports: dict[tuple[Path, str], Run] = {}
        self.no_model = EmptyState("export", _NONE, _WITHOUT, tr("Train a model"), "graduation-cap")
        self._stack = Stack()
        self._build()
        self._connect()
        hand_on(self, *(format_row.radio for format_row in self.rows.values()))
        hand_on(self.stop, self.export)
        self.rows[FORMATS[0].precision].radio.setChecked(True)
        self._settle()

    def _build(self) -> None:
        group = QButtonGroup(self)
        for format_row in self.rows.values():
            group.addButton(format_row.radio)
        content = QWidget()
        messages, rows = (self.failure, self.warning), self.rows.values()
        content.setLayout(column(*messages, *rows, None, gap=tokens.MEDIUM, margin=tokens.LARGE))
        content.setMaximumWidth(_WIDEST)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAlignment(Qt.AlignmentFlag.AlignLeft)
        scroll.setWidget(content)
        bar = row(column(self._summary, self._reason, gap=2), self.copy, self.stop, self.export)
        bar.setStretch(0, 1)
        bar.setContentsMargins(tokens.LARGE, 12, tokens.LARGE, 12)
        body = QWidget()
        body.setLayout(column(scroll, hairline(), bar, gap=0))
        self._body, self._loading = body, LoadingState(tr("Looking for trained models …"))
        for part in (self._body, self.no_model, self._loading):
            self._stack.addWidget(part)
        model = row(label(tr("Model"), "heading"), self.picker, None, gap=tokens.MEDIUM)
        model.setStretch(1, 1)
        above = column(model, FitNote(self.picker, self.jobs, self.document))
        above.setContentsMargins(tokens.LARGE, tokens.LARGE, tokens.LARGE, 0)
        self._above = QWidget()
        self._above.setMaximumWidth(_WIDEST)
        self._above.setLayout(above)
        parts = column(self._above, self._stack, gap=0)
        parts.setStretch(1, 1)
        self.setLayout(parts)

    def _connect(self) -> None:
        self.picker.chosen.connect(self._settle)
        self.export.clicked.connect(self._on_export)
        self.stop.clicked.connect(self._on_stop)
        self.copy.copied.connect(self.status_message)
        self.settings.shortcuts.bind("deploy.export", self, self.export.click)
        for format_row in self.rows.values():
            format_row.chosen.connect(self._update)
            format_row.status_message.connect(self.status_message)
        self.no_model.acted.connect(self.set_up_training)
        self.jobs.clock.ticked.connect(self._update)
        for signal in (self.jobs.started, self.jobs.changed, self.jobs.ended):
            signal.connect(self._on_job_changed)
        self.jobs.ended.connect(self._on_job_ended)

    @property
    def precision(self) -> str:
        """``ExportJob.precision`` of the chosen format."""
        return next(precision for precision, format_row in self.rows.items() if format_row.radio.isChecked())

    def job(self) -> ExportJob | None:
        """The job that the button starts; ``None`` without a model."""
        run = self.picker.run
        return ExportJob(run=str(run.folder.path), precision=self.precision) if run is not None else None

    # What happens

    @Slot()
    def _on_export(self) -> None:
        job = self.job()
        if job is None or not self.export.isEnabled():
            return
        hand_on(self.export, self.rows[self.precision].open_folder)
        try:
            self._exports[Path(job.run), job.precision] = self.jobs.start(job, "export")
        except UserError as error:
            self.failure.say(error.message, error.hint)
        else:
            self._update()

    @Slot()
    def _on_stop(self) -> None:
        if (export := self._running_export(self.precision)) is not None:
            self.jobs.stop(export)

    def show_job(self, run: Run) -> None:
        assert isinstance(run.job, ExportJob)
        with suppress(UserError):  # the training went away since
            self.jobs.use(self.jobs.open(Path(run.job.run)))

    @Slot(object)
    def _on_job_changed(self, run: Run) -> None:
        if isinstance(run.job, ExportJob):
            self._exports[Path(run.job.run), run.job.precision] = run
            if self.isVisible():
                self._update()

    @Slot()
    def _on_job_ended(self) -> None:
        if self.isVisible():
            self.jobs.refresh()

    # What is shown

    @Slot()
    def _settle(self) -> None:
        self._above.setVisible(self.picker.count() > 0)
        if self.picker.run is None:
            dataset = self.document.dataset
            if self.picker.count() and dataset is not None:  # models of other datasets
                self.no_model.say(tr("No model was trained on {dataset} yet.", dataset=dataset.name), _CHOOSE)
            else:
                self.no_model.say(_NONE, _WITHOUT)
            self._stack.setCurrentWidget(self.no_model if self.picker.listed else self._loading)
        else:
            self._stack.setCurrentWidget(self._body)
        self._update()

    def _last_export(self, precision: str) -> Run | None:
        """The last export of the model in this format that the window has seen."""
        run = self.picker.run
        return self._exports.get((run.folder.path, precision)) if run is not None else None

    def _running_export(self, precision: str) -> Run | None:
        export = self._last_export(precision)
        return export if export is not None and export.state == "running" else None

    @Slot()
    def _update(self) -> None:
        run = self.picker.run
        if run is None:
            return
        for precision, format_row in self.rows.items():
            format_row.show_state(format_state(run, precision), self._running_export(precision), self.jobs.clock.now)
        self._show_bar(run)
        export = self._last_export(self.precision)
        end = export.history.end if export is not None and export.state == "failed" else None
        if isinstance(end, Failed):
            self.failure.say(tr("The export failed. {reason}", reason=end.message), end.hint, end.traceback)
        else:
            self.failure.say("")
        self.warning.say(*(run_labels.warning(export.history) if export is not None else ("",)))

    def _show_bar(self, run: Run) -> None:
        format_row, name = self.rows[self.precision], self.precision.upper()
        busy = self._running_export(self.precision) is not None
        again = tr("Export {format} again", format=name)
        self.export.setText(again if format_row.is_measured else tr("Export {format}", format=name))
        self.export.setEnabled(not busy)
        ready = self.settings.shortcuts.named(tr("Export and measure"), "deploy.export")
        self.export.setToolTip(tool_tip(tr("This export is at work") if busy else ready))
        self.stop.setVisible(busy)
        folder = run.folder.export / self.precision
        self._summary.setText(tr("{format} into {folder}", format=format_row.format.title, folder=folder))
        measured = tr(
            "Afterwards, speed and mask AP are measured beside PyTorch on the validation images of {dataset}.",
            dataset=run_labels.dataset(run.file),
        )
        self._reason.setText(measured)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.jobs.refresh()
        self._update()

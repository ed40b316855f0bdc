"""Deploy: a trained model as OpenVINO IR, measured beside the one it came from."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QScrollArea, QWidget

from app.pages.deploy.formats import FORMATS, FormatRow, standing
from app.pages.page import Page
from app.runs import run_labels
from app.runs.job_list import Run
from app.style import tokens
from app.style.format import tool_tip
from app.widgets import EmptyState, LoadingState, column, hairline, label, primary_button, row
from app.widgets.buttons import button
from app.widgets.focus import Stack, hand_on
from app.widgets.labels import ElidedLabel
from app.widgets.open_dialogs import open_outside
from app.widgets.run_picker import FitNote, RunPicker
from app.widgets.states import Banner
from core.errors import UserError
from core.jobs import ExportJob
from core.runs.command import compose
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
        self.copy = button(tr("Copy as command"), "terminal-window", tr("The line that does the same in a terminal"))
        self._summary, self._reason = ElidedLabel(), ElidedLabel(role="caption")
        self._exports: dict[tuple[Path, str], Run] = {}
        self.no_model = EmptyState(
            "export",
            _NONE,
            _WITHOUT,
            tr("Train a model"),
            "graduation-cap",
        )
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
        content.setLayout(
            column(
                self.failure,
                self.warning,
                *self.rows.values(),
                None,
                gap=tokens.MEDIUM,
                margin=tokens.LARGE,
            )
        )
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
        self.picker.chosen.connect(self._show_run)
        self.export.clicked.connect(self._export)
        self.stop.clicked.connect(self._stop)
        self.copy.clicked.connect(self._copy)
        self.settings.shortcuts.bind("deploy.export", self, self.export.click)
        for format_row in self.rows.values():
            format_row.chosen.connect(self._update)
            format_row.opened.connect(lambda folder: self.said.emit(open_outside(folder)))
            format_row.copied.connect(lambda path: self.said.emit(f"Copied: {path}"))
        self.no_model.acted.connect(self._train)
        self.jobs.clock.ticked.connect(self._update)
        for signal in (self.jobs.started, self.jobs.changed, self.jobs.ended):
            signal.connect(self._job_changed)
        self.jobs.ended.connect(self._list_anew)

    @property
    def precision(self) -> str:
        """Of the chosen format."""
        return next(precision for precision, format_row in self.rows.items() if format_row.radio.isChecked())

    def job(self) -> ExportJob | None:
        """The export that would start."""
        run = self.picker.run
        return ExportJob(run=str(run.folder.path), precision=self.precision) if run is not None else None

    # What happens

    def _export(self) -> None:
        job = self.job()
        if job is None or not self.export.isEnabled():
            return
        hand_on(self.export, self.rows[self.precision].open_folder)
        try:
            self._keep(self.jobs.start(job, "export"))
        except UserError as error:
            self.failure.say(error.message, error.hint)
        self._update()

    def _train(self) -> None:
        """Set up a new training."""
        self.jobs.choose(None)
        self.navigate.emit("train")

    def _stop(self) -> None:
        export = self._at_work(self.precision)
        if export is not None:
            self.jobs.stop(export)

    def _copy(self) -> None:
        job = self.job()
        if job is not None:
            QGuiApplication.clipboard().setText(compose(job))
            self.said.emit(f"Copied: {compose(job)}")

    def show_job(self, run: Run) -> None:
        assert isinstance(run.job, ExportJob)
        with suppress(UserError):  # the training went away since
            self.jobs.use(self.jobs.open(Path(run.job.run)))

    @Slot(object)
    def _job_changed(self, run: Run) -> None:
        if isinstance(run.job, ExportJob):
            self._keep(run)
            if self.isVisible():
                self._update()

    def _keep(self, export: Run) -> None:
        assert isinstance(export.job, ExportJob)
        self._exports[Path(export.job.run), export.job.precision] = export

    @Slot()
    def _list_anew(self) -> None:
        if self.isVisible():
            self.jobs.refresh()

    # What is shown

    @Slot(object)
    def _show_run(self, run: Run | None) -> None:
        self._settle()

    def _settle(self) -> None:
        self._above.setVisible(self.picker.count() > 0)
        if self.picker.run is None:
            dataset = self.document.dataset if self.picker.count() else None
            others = tr("No model was trained on {dataset} yet.", dataset=dataset.name) if dataset is not None else ""
            self.no_model.say(others or _NONE, _CHOOSE if others else _WITHOUT)
            self._stack.setCurrentWidget(self.no_model if self.picker.listed else self._loading)
        else:
            self._stack.setCurrentWidget(self._body)
        self._update()

    def _latest(self, precision: str) -> Run | None:
        """The last export of the model in this format that the window has seen."""
        run = self.picker.run
        return self._exports.get((run.folder.path, precision)) if run is not None else None

    def _at_work(self, precision: str) -> Run | None:
        export = self._latest(precision)
        return export if export is not None and export.state == "running" else None

    @Slot()
    def _update(self) -> None:
        run = self.picker.run
        if run is None:
            return
        for precision, format_row in self.rows.items():
            format_row.show_standing(standing(run, precision), self._at_work(precision), self.jobs.clock.now)
        busy = self._at_work(self.precision) is not None
        self._show_bar(busy)
        self._show_messages(self._latest(self.precision))

    def _show_bar(self, busy: bool) -> None:
        format_row = self.rows[self.precision]
        again = " again" if format_row.measured() else ""
        self.export.setText(tr("Export {upper}{again}", upper=self.precision.upper(), again=again))
        self.export.setEnabled(not busy)
        ready = self.settings.shortcuts.named(tr("Export and measure"), "deploy.export")
        self.export.setToolTip(tool_tip(tr("This export is at work") if busy else ready))
        self.stop.setVisible(busy)
        self._summary.setText(tr("{title} into {target}", title=format_row.format.title, target=self._target()))
        source = run_labels.dataset(self.picker.run.file) if self.picker.run is not None else ""
        measured = tr(
            "Afterwards, speed and mask AP are measured beside PyTorch on the validation images of {source}.",
            source=source,
        )
        self._reason.setText(measured)

    def _target(self) -> str:
        run = self.picker.run
        return str(run.folder.export / self.precision) if run is not None else ""

    def _show_messages(self, export: Run | None) -> None:
        end = export.history.end if export is not None and export.state == "failed" else None
        failed = end if isinstance(end, Failed) else None
        self.failure.say(
            tr("The export failed. {message}", message=failed.message) if failed else "",
            failed.hint if failed else "",
            failed.traceback if failed else "",
        )
        self.warning.say(*(run_labels.warning(export.history) if export is not None else ("",)))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.jobs.refresh()
        self._update()

"""The formats a model can be exported to, and the card of one: its figures, its folder, the progress of its export."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QProgressBar, QRadioButton, QWidget

from app.runs.job_list import Run
from app.style import format, tokens
from app.widgets import Card, column, label, row, tool_button
from app.widgets.buttons import button
from app.widgets.containers import Figure
from app.widgets.inputs import LineEdit
from app.widgets.labels import Role, set_role
from app.widgets.open_dialogs import copy_path, open_outside
from core.deployment.record import ExportRecord, is_fresh, read
from core.errors import UserError
from core.evaluation.scores import limit_note
from core.words import tr, tr_n


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format as people choose it."""

    precision: str
    """As in ``ExportJob``."""
    title: str
    good_for: str


FORMATS = (
    ExportFormat(
        "fp16", "OpenVINO IR, FP16", tr("Half the size; computes in what the device is fastest in. The usual choice.")
    ),
    ExportFormat("fp32", "OpenVINO IR, FP32", tr("The weights exactly as trained. To compare, or to convert further.")),
)


@dataclass(frozen=True, slots=True)
class FormatState:
    """What is on disk for a format of a run."""

    folder: Path
    record: ExportRecord | None
    made: float
    """Seconds since the epoch."""
    stale: bool
    """The training has a better model now."""


def format_state(run: Run, precision: str) -> FormatState | None:
    """The export of a run in a format; ``None`` when there is none."""
    folder = run.folder.export / precision
    try:
        made = (folder / "model.xml").stat().st_mtime
        record = read(folder)
        return FormatState(folder, record, made, stale=not is_fresh(run.folder, folder, record))
    except OSError:
        return None
    except UserError:
        return FormatState(folder, None, made, stale=False)


class FormatRow(Card):
    """A card with the figures of one format; choosing it makes it the one to export."""

    chosen = Signal()
    status_message = Signal(str)
    """A message for the status bar."""

    def __init__(self, format: ExportFormat) -> None:
        super().__init__()
        self.format = format
        self.on_disk: FormatState | None = None
        self.radio = QRadioButton(format.title)
        self.radio.setAccessibleDescription(format.good_for)
        self.radio.toggled.connect(self._on_toggled)
        self.state = label(tr("Not exported"), "dim")
        self.size_figure, self.latency = Figure(tr("Size")), Figure(tr("Latency, one image"))
        self.trained, self.exported = Figure(tr("Mask mAP, PyTorch")), Figure(tr("Mask mAP, export"))
        self.path = LineEdit(tr("Folder of the export, {title}", title=format.title))
        self.path.setReadOnly(True)
        self.copy = tool_button("copy", tr("Copy the path"))
        self.open_folder = button(tr("Open folder"), "folder-open")
        self.copy.clicked.connect(self._on_copy)
        self.open_folder.clicked.connect(lambda: self.status_message.emit(open_outside(Path(self.path.text()))))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the export, {title}", title=format.title))
        self._place, self._figures = QWidget(), QWidget()
        self._place.setLayout(row(self.path, self.copy, self.open_folder))
        figures = row(self.size_figure, self.trained, self.exported, self.latency, gap=tokens.MEDIUM)
        for index, share in enumerate((3, 4, 4, 6)):
            figures.setStretch(index, share)
        self._figures.setLayout(figures)
        title, good_for = row(self.radio, None, self.state), label(format.good_for, "dim", wrap=True)
        content = column(title, good_for, self._figures, self.bar, self._place)
        content.setContentsMargins(tokens.MEDIUM, 12, tokens.MEDIUM, 12)
        self.setLayout(content)

    @Slot(bool)
    def _on_toggled(self, chosen: bool) -> None:
        self.select(chosen)
        if chosen:
            self.chosen.emit()

    @Slot()
    def _on_copy(self) -> None:
        copy_path(Path(self.path.text()))
        self.status_message.emit(tr("Copied: {path}", path=self.path.text()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.radio.setChecked(True)
        self.radio.setFocus(Qt.FocusReason.MouseFocusReason)

    def show_state(self, on_disk: FormatState | None, export: Run | None, now: float) -> None:
        """Show what is on disk, and ``export``, the job that makes it anew, if there is one at work."""
        self.on_disk = on_disk
        record = on_disk.record if on_disk is not None else None
        text, role = self._state(on_disk, export, now)
        self.state.setText(text)
        set_role(self.state, role)
        self._figures.setVisible(record is not None)
        self._place.setVisible(on_disk is not None and export is None)
        self.bar.setVisible(export is not None)
        if on_disk is not None:
            self.path.setText(str(on_disk.folder))
        if record is not None:
            self._show_figures(record)
        if export is not None:
            fraction = export.history.fraction
            self.bar.setRange(0, 0 if fraction is None else 1000)
            self.bar.setValue(round((fraction or 0) * 1000))

    @property
    def is_measured(self) -> bool:
        """Whether the export's figures are known."""
        record = self.on_disk.record if self.on_disk is not None else None
        return record is not None and record.latency_ms is not None

    def _state(self, on_disk: FormatState | None, export: Run | None, now: float) -> tuple[str, Role]:
        if export is not None and export.asked:
            return tr("Stopping …"), "dim"
        if export is not None:
            stage = export.history.stage
            return tr("{stage} …", stage=stage) if stage else tr("Starting …"), "dim"
        if on_disk is None:
            return tr("Not exported"), "dim"
        if on_disk.record is None:
            return tr("Cannot be read: export it again"), "bad"
        if on_disk.stale:
            return tr("Older than the model: export it again"), "warning"
        if not self.is_measured:
            return tr("Made for the preview: export it to measure it"), "warning"
        return tr("Exported {ago}", ago=format.ago(on_disk.made, now)), "good"

    def _show_figures(self, record: ExportRecord) -> None:
        self.size_figure.show_value(format.size(record.size_mb * 1e6))
        if record.ap_torch is None or record.ap_ir is None:
            self.trained.show_value("", tr("as trained"))
            self.exported.show_value("", tr("not measured"))
        else:
            difference = record.ap_ir - record.ap_torch
            change = f"{difference:+.3f}" if abs(difference) >= 0.0005 else f"{difference:+.4f}"
            if f"{record.ap_ir:.3f}" == f"{record.ap_torch:.3f}":  # as they are read beside each other
                change = tr("equal")
            images, limit = tr_n("{n} image", "{n} images", record.images), limit_note(record.max_detections)
            note = tr("{change} on {images}", change=change, images=images)
            if limit:
                note = tr("{change} on {images}, {limit}", change=change, images=images, limit=limit)
            self.trained.show_value(f"{record.ap_torch:.3f}", tr("as trained"))
            self.exported.show_value(f"{record.ap_ir:.3f}", note)
        if record.latency_ms is None:
            self.latency.show_value("", tr("not measured"))
        else:
            note = tr("this CPU, float32")
            if record.latency_torch_ms is not None:
                note = tr("PyTorch {torch_ms:,.0f} ms · this CPU, float32", torch_ms=record.latency_torch_ms)
            self.latency.show_value(tr("{latency:,.0f} ms", latency=record.latency_ms), note)

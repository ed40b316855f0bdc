"""All trainings in the folder of runs: those on the open dataset first, the best before the newest."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.runs import run_labels
from app.runs.job_list import Run
from app.runs.run_labels import dataset_names, in_order
from app.style import format, icons, theme, tokens
from app.style.format import tool_tip
from core.jobs import TrainJob
from core.plain_text import printable
from core.runs.history import RunState
from core.runs.summary import DamagedRun, RunSummary
from core.words import tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList

_Index = QModelIndex | QPersistentModelIndex
_ROW, _HEADING = 52, 28
_GOING_ON = ("running", "paused")


class RunsModel(QAbstractListModel):
    """One row for each training, then one for each folder that cannot be read."""

    def __init__(self, jobs: "JobList", document: "Document") -> None:
        super().__init__()
        self._jobs, self._document = jobs, document
        self.summaries: list[RunSummary] = []
        self.damaged: list[DamagedRun] = []
        self._names: dict[str, str] = {}
        """What datasets are called, by their paths."""
        jobs.listed.connect(self._on_runs_listed)
        jobs.changed.connect(self._on_run_changed)
        jobs.clock.ticked.connect(self._refresh)
        document.opened.connect(self._on_dataset_changed)
        document.closed.connect(self._on_dataset_changed)

    @Slot(object)
    def _on_runs_listed(self, summaries: list[RunSummary]) -> None:
        summaries = self._in_order(summary for summary in summaries if isinstance(summary.file.job, TrainJob))
        damaged = self._jobs.damaged
        paths = [*(summary.path for summary in summaries), *(run.path for run in damaged)]
        if paths == [row.path for row in self.rows()]:
            self.summaries, self.damaged = summaries, damaged
            self._refresh()
        else:
            self._reset(summaries, damaged)

    @Slot()
    def _on_dataset_changed(self) -> None:
        self._reset(self._in_order(self.summaries), self.damaged)

    @Slot(object, object)
    def _on_run_changed(self, run: Run, records: object) -> None:
        row = self.row_of(run.folder.path)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    @Slot()
    def _refresh(self) -> None:
        if self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def _reset(self, summaries: list[RunSummary], damaged: list[DamagedRun]) -> None:
        self.beginResetModel()
        self.summaries, self.damaged = summaries, damaged
        self._names = dataset_names({summary.dataset for summary in summaries})
        self.endResetModel()

    def _in_order(self, summaries: Iterable[RunSummary]) -> list[RunSummary]:
        """Those at work on the open dataset come first."""
        is_open = self._document.is_open
        return sorted(
            in_order(summaries, is_open),
            key=lambda summary: summary.state not in _GOING_ON or not is_open(summary.dataset),
        )

    def rows(self) -> list[RunSummary | DamagedRun]:
        """What the rows stand for."""
        return [*self.summaries, *self.damaged]

    def row_of(self, path: Path) -> int:
        """The row of a run, -1 when it is not there."""
        return next((row for row, summary in enumerate(self.rows()) if summary.path == path), -1)

    def current(self, summary: RunSummary) -> tuple[RunState, float | None, str]:
        """State of a run, best mask AP, and why it ended: as the window knows it where it does, else as last listed."""
        run = self._jobs.runs.get(summary.path)
        if run is None or not run.loaded:
            return summary.state, summary.best, summary.why
        return run.state, run.history.best.map if run.history.best else None, run.history.why

    def heading(self, row: int) -> str:
        """What stands above a row: where runs on other datasets begin. Empty above the others."""
        is_open = self._document.is_open
        if self._document.dataset is None or row >= len(self.summaries) or is_open(self.summaries[row].dataset):
            return ""
        first = row == 0 or is_open(self.summaries[row - 1].dataset)
        return tr("On other datasets") if first else ""

    def note(self, summary: RunSummary) -> str:
        """The dataset of a run, its age and why it ended, or that it goes on."""
        state, _, why = self.current(summary)
        age = "" if state in _GOING_ON else format.ago(summary.file.created, self._jobs.clock.now)
        how = run_labels.why(state, why)
        return " · ".join(filter(None, (self._names.get(summary.dataset, ""), age, how)))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.summaries) + len(self.damaged)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.rows()[index.row()]
        match role:
            case Qt.ItemDataRole.UserRole:
                return item
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                if isinstance(item, DamagedRun):
                    return tr("Damaged, {run}", run=printable(item.name))
                state, best, _ = self.current(item)
                score = tr("mask mAP {map:.3f}", map=best) if best is not None else ""
                parts = run_labels.title(item.file), run_labels.STATE[state], score, self.note(item)
                return ", ".join(filter(None, (*parts, printable(item.name))))
            case Qt.ItemDataRole.ToolTipRole:
                if isinstance(item, DamagedRun):
                    return tool_tip(item.error.message)
                _, _, why = self.current(item)
                return tool_tip("\n".join(filter(None, (item.name, item.dataset, why))))
        return None


class RunList(QListView):
    """Up and down look at runs, as a click does."""

    chosen = Signal(object)
    """The ``Path`` of a run."""

    def __init__(self, model: RunsModel) -> None:
        super().__init__()
        self.setModel(model)
        self._runs = model
        self.setItemDelegate(_RunDelegate(model))
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Past trainings"))
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.path: Path | None = None
        """Of the run in view."""
        model.modelReset.connect(lambda: self.mark(self.path))

    def mark(self, path: Path | None) -> None:
        """Mark the run in view without choosing it anew; ``None`` marks no run."""
        self.path = path
        row = self._runs.row_of(path) if path is not None else -1
        with QSignalBlocker(self.selectionModel()):
            self.setCurrentIndex(self._runs.index(row) if row >= 0 else QModelIndex())
        self.viewport().update()

    def _on_current_changed(self, current: QModelIndex) -> None:
        if current.isValid():
            self.path = self._runs.rows()[current.row()].path
            self.chosen.emit(self.path)


class _RunDelegate(QStyledItemDelegate):
    """Recipe and best mAP; state and date below."""

    def __init__(self, model: RunsModel) -> None:
        super().__init__()
        self._runs = model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(100, _ROW + (_HEADING if self._runs.heading(index.row()) else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        item: RunSummary | DamagedRun = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(item, DamagedRun):
            icon, title, score, note = run_labels.ICON["failed"], printable(item.name), "", tr("damaged")
        else:
            state, best, _ = self._runs.current(item)
            icon, title, note = run_labels.ICON[state], run_labels.title(item.file), self._runs.note(item)
            score = f"{best:.3f}" if best is not None else ""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRect(option.rect)
        if heading := self._runs.heading(index.row()):
            place.setTop(place.top() + _HEADING)
            painter.setFont(theme.font(tokens.CAPTION_SIZE))
            painter.setPen(theme.color("dim"))
            above = QRect(option.rect.topLeft(), place.topRight())
            _draw_text(painter, above.adjusted(tokens.MEDIUM, tokens.SMALL, -tokens.MEDIUM, 0), heading)
        _draw_background(painter, option, place)
        inside = place.adjusted(tokens.MEDIUM, 6, -tokens.MEDIUM, -6)
        name, color = icon
        icons.paint(painter, name, QRectF(inside.left(), inside.top() + 3, 16, 16), color)
        inside.adjust(tokens.LARGE, 0, 0, 0)
        upper, lower = QRect(inside), inside.adjusted(0, 22, 0, 0)
        upper.setHeight(20)
        painter.setFont(theme.font())
        painter.setPen(theme.color("text"))
        painter.drawText(upper, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, score)
        upper.setRight(upper.right() - painter.fontMetrics().horizontalAdvance(score) - tokens.SMALL)
        _draw_text(painter, upper, title, Qt.TextElideMode.ElideMiddle)  # names differ at their ends
        painter.setFont(theme.font(tokens.CAPTION_SIZE))
        painter.setPen(theme.color("dim"))
        _draw_text(painter, lower, note)
        painter.restore()


def _draw_background(painter: QPainter, option: QStyleOptionViewItem, rect: QRect) -> None:
    chosen = bool(option.state & QStyle.StateFlag.State_Selected)
    over = bool(option.state & QStyle.StateFlag.State_MouseOver)
    place = QRectF(rect).adjusted(tokens.SMALL, 1, -tokens.SMALL, -1)
    if chosen or over:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("selection" if chosen else "hover"))
        painter.drawRoundedRect(place, tokens.RADIUS, tokens.RADIUS)
    if chosen and option.state & QStyle.StateFlag.State_HasFocus:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.color("accent"))
        painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), tokens.RADIUS, tokens.RADIUS)


def _draw_text(painter: QPainter, rect: QRect, text: str, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
    elided = painter.fontMetrics().elidedText(text, mode, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)

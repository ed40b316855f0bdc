"""All trainings in the folder of runs: those on the open dataset first, the best before the newest."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
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
from app.style import icons, theme, tokens
from app.style.format import tool_tip
from core.jobs import TrainJob
from core.plain_text import printable
from core.runs.summary import DamagedRun, RunSummary
from core.words import tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList

_Index = QModelIndex | QPersistentModelIndex
_ROW, _HEADING = 52, 28
_GOING_ON = ("running", "paused")


class RunsModel(QAbstractListModel):
    """One row for each training."""

    def __init__(self, jobs: "JobList", document: "Document") -> None:
        super().__init__()
        self._jobs, self._document = jobs, document
        self.lines: list[RunSummary] = []
        self.damaged: list[DamagedRun] = []
        """Folders that cannot be read; their rows come last."""
        self._names: dict[str, str] = {}
        """What datasets are called."""
        jobs.listed.connect(self._on_runs_listed)
        jobs.changed.connect(self._run_changed)
        jobs.clock.ticked.connect(self._refresh)
        document.opened.connect(self._sort)
        document.closed.connect(self._sort)

    @Slot(object)
    def _on_runs_listed(self, lines: list[RunSummary]) -> None:
        lines = self._in_order(line for line in lines if isinstance(line.file.job, TrainJob))
        damaged = self._jobs.damaged
        if [line.path for line in (*lines, *damaged)] == [line.path for line in self.rows()]:
            self.lines, self.damaged = lines, damaged
            self._refresh()
        else:
            self._reset(lines, damaged)

    @Slot()
    def _sort(self) -> None:
        """Another dataset is open, or none."""
        self._reset(self._in_order(self.lines), self.damaged)

    @Slot()
    def _refresh(self) -> None:
        if self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def _reset(self, lines: list[RunSummary], damaged: list[DamagedRun]) -> None:
        self.beginResetModel()
        self.lines, self.damaged = lines, damaged
        self._names = dataset_names({line.dataset for line in lines})
        self.endResetModel()

    def _in_order(self, lines: Iterable[RunSummary]) -> list[RunSummary]:
        """Those at work on the open dataset come first."""
        return sorted(in_order(lines, self._document.is_open), key=self._waits)

    def _waits(self, line: RunSummary) -> bool:
        """Whether a run comes after those at work on the open dataset."""
        return line.state not in _GOING_ON or not self._document.is_open(line.dataset)

    def heading(self, row: int) -> str:
        """What stands above a row: where runs on other datasets begin. Empty above the others."""
        before, line = (self.lines[row - 1 : row], self.lines[row]) if row < len(self.lines) else ((), None)
        if self._document.dataset is None or line is None or self._document.is_open(line.dataset):
            return ""
        return tr("On other datasets") if all(self._document.is_open(own.dataset) for own in before) else ""

    def note(self, line: RunSummary, state: str) -> str:
        """The dataset of a run, its age and why it ended, or that it goes on."""
        now = self._jobs.clock.now
        age = "" if state in _GOING_ON else run_labels.when(line.file, now)
        how = run_labels.why(state, self._why(line))
        return " · ".join(filter(None, (self._names.get(line.dataset, ""), age, how)))

    def _why(self, line: RunSummary) -> str:
        """Why a training ended, as the window knows it where it does."""
        run = self._jobs.known(line.path)
        return run.history.why if run is not None and run.loaded else line.why

    def rows(self) -> list[RunSummary | DamagedRun]:
        """What the rows stand for."""
        return [*self.lines, *self.damaged]

    @Slot(object, object)
    def _run_changed(self, run: Run, records: object) -> None:
        row = self.row_of(run.folder.path)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def row_of(self, path: Path) -> int:
        """The row of a run, -1 when it is not there."""
        return next((row for row, line in enumerate(self.rows()) if line.path == path), -1)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.lines) + len(self.damaged)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.rows()[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._in_words(line)
            case Qt.ItemDataRole.ToolTipRole:
                return tool_tip(self._tip(line) if isinstance(line, RunSummary) else line.error.message)
            case Qt.ItemDataRole.UserRole:
                return line
        return None

    def _tip(self, line: RunSummary) -> str:
        return "\n".join(filter(None, (line.name, line.dataset, self._why(line))))

    def _in_words(self, line: RunSummary | DamagedRun) -> str:
        if isinstance(line, DamagedRun):
            return f"Damaged, {printable(line.name)}"
        state, best = self.standing(line)
        score = tr(", mask mAP {best:.3f}", best=best) if best is not None else ""
        text = f"{score}, {self.note(line, state)}, {printable(line.name)}"
        return tr("{title}, {state}{text}", title=run_labels.title(line.file), state=run_labels.STATE[state], text=text)

    def standing(self, line: RunSummary) -> tuple[str, float | None]:
        """State and best mask AP of a run: as the window knows it where it does, else as last listed."""
        run = self._jobs.known(line.path)
        if run is None or not run.loaded:
            return line.state, line.best
        return run.state, run.history.best.map if run.history.best else None


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
        self.selectionModel().currentChanged.connect(self._choose)
        self.path: Path | None = None
        """Of the run in view."""
        model.modelReset.connect(lambda: self.mark(self.path))

    def mark(self, path: Path | None) -> None:
        """Mark the run in view without choosing it anew; ``None`` marks no run."""
        self.path = path
        row = self._runs.row_of(path) if path is not None else -1
        blocked = self.selectionModel().blockSignals(True)
        self.setCurrentIndex(self._runs.index(row) if row >= 0 else QModelIndex())
        self.selectionModel().blockSignals(blocked)
        self.viewport().update()

    def _choose(self, current: QModelIndex) -> None:
        if current.isValid():
            self.path = self._runs.rows()[current.row()].path
            self.chosen.emit(self.path)


class _Row(NamedTuple):
    """What a row shows."""

    icon: tuple[str, str]
    title: str
    score: str
    more: str

    @classmethod
    def of(cls, line: RunSummary | DamagedRun, runs: RunsModel) -> "_Row":
        if isinstance(line, DamagedRun):
            return cls(run_labels.ICON["failed"], printable(line.name), "", "damaged")
        state, best = runs.standing(line)
        score = f"{best:.3f}" if best is not None else ""
        return cls(run_labels.ICON[state], run_labels.title(line.file), score, runs.note(line, state))


class _RunDelegate(QStyledItemDelegate):
    """Recipe and best mAP; state and date below."""

    def __init__(self, model: RunsModel) -> None:
        super().__init__()
        self._runs = model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(100, _ROW + (_HEADING if self._runs.heading(index.row()) else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = _Row.of(index.data(Qt.ItemDataRole.UserRole), self._runs)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRect(option.rect)
        if heading := self._runs.heading(index.row()):
            place.setTop(place.top() + _HEADING)
            self._heading(painter, QRect(option.rect.topLeft(), place.topRight()), heading)
        self._background(painter, option, place)
        inside = place.adjusted(tokens.MEDIUM, 6, -tokens.MEDIUM, -6)
        name, color = row.icon
        icons.paint(painter, name, QRectF(inside.left(), inside.top() + 3, 16, 16), color)
        right = inside.adjusted(tokens.LARGE, 0, 0, 0)
        upper, lower = QRect(right), QRect(right)
        upper.setHeight(20)
        lower.setTop(right.top() + 22)
        painter.setFont(theme.font())
        painter.setPen(theme.color("text"))
        painter.drawText(upper, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.score)
        upper.setRight(upper.right() - painter.fontMetrics().horizontalAdvance(row.score) - tokens.SMALL)
        _text(painter, upper, row.title, Qt.TextElideMode.ElideMiddle)  # names differ at their ends
        painter.setFont(theme.font(tokens.CAPTION_SIZE))
        painter.setPen(theme.color("dim"))
        _text(painter, lower, row.more)
        painter.restore()

    def _heading(self, painter: QPainter, rect: QRect, words: str) -> None:
        painter.setFont(theme.font(tokens.CAPTION_SIZE))
        painter.setPen(theme.color("dim"))
        _text(painter, rect.adjusted(tokens.MEDIUM, tokens.SMALL, -tokens.MEDIUM, 0), words)

    def _background(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect) -> None:
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


def _text(painter: QPainter, rect: QRect, text: str, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
    elided = painter.fontMetrics().elidedText(text, mode, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)

"""The jobs, in one place: a ring in the title bar that fills; a click lists those that run and those that wait."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolButton

from app.style import theme, tokens
from app.style.format import tool_tip
from app.widgets.containers import column
from app.widgets.focus import FocusWindow
from app.widgets.job_row import JobRows, progress
from app.widgets.labels import label
from core.words import tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList

_DIAMETER = 16.0
_STROKE = 2.5
_UNKNOWN = 0.12
"""Part of the ring that is filled while a job does not say how much there is to do."""


class JobRing(QToolButton):
    """Empty while nothing runs. With several jobs the ring shows the one that was started last."""

    changed = Signal(str)
    """One line about the running job, for the status bar; empty when there is none."""
    run_requested = Signal(object)
    """The person wants to see a ``Run``."""

    def __init__(self, jobs: "JobList") -> None:
        super().__init__()
        self._jobs = jobs
        self._filled = 0.0
        self._paused = False
        """Whether nothing runs and a training is paused."""
        self._popup = FocusWindow(self, Qt.WindowType.Popup)
        self._popup.setObjectName("popup")
        self._popup.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._popup.setFixedWidth(380)
        self._rows, self._none = JobRows(), label(tr("No job is running."), "dim")
        self._rows.run_requested.connect(self._popup.close)
        self._rows.run_requested.connect(self.run_requested)
        self._popup.setLayout(column(self._none, self._rows, gap=0, margin=tokens.MEDIUM))
        self.setFixedSize(QSize(tokens.CONTROL, tokens.CONTROL))
        self.clicked.connect(self._on_clicked)
        for signal in (jobs.started, jobs.changed, jobs.ended):
            signal.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the jobs as they are now."""
        running, paused = self._jobs.running(), self._jobs.paused()
        line = ""
        self._filled = 0.0
        if running:
            fraction = running[-1].history.fraction
            self._filled = _UNKNOWN if fraction is None else max(fraction, 0.02)
            line = " · ".join(filter(None, (running[-1].job.title, progress(running[-1]))))
        if len(running) > 1:
            line = tr_n("{n} job · {newest}", "{n} jobs · {newest}", len(running), newest=line)
        self._paused = bool(paused and not running)
        if self._paused:
            self._filled = paused[-1].history.fraction or 0.0
            line = tr_n("{n} training paused", "{n} trainings paused", len(paused))
        self.setToolTip(tool_tip(line or tr("No job is running")))
        self.setAccessibleName(tr("Jobs: {jobs}", jobs=line) if line else tr("Jobs: none is running"))
        self.changed.emit(line)
        if self._popup.isVisible():
            self._list_jobs()
        self.update()

    @Slot()
    def _on_clicked(self) -> None:
        self._list_jobs()
        corner = self.mapToGlobal(QPoint(self.width(), self.height() + tokens.TINY))
        self._popup.move(corner - QPoint(self._popup.width(), 0))
        self._popup.show()

    def _list_jobs(self) -> None:
        self._rows.show_jobs(self._jobs)
        self._none.setVisible(self._rows.isHidden())
        self._popup.adjustSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = QRectF(0, 0, _DIAMETER, _DIAMETER)
        ring.moveCenter(QRectF(self.rect()).center())
        painter.setPen(QPen(theme.color("control_line"), _STROKE))
        painter.drawEllipse(ring)
        if self._filled:
            color = theme.color("warning" if self._paused else "accent")
            painter.setPen(QPen(color, _STROKE, c=Qt.PenCapStyle.RoundCap))
            painter.drawArc(ring, 90 * 16, -round(self._filled * 360 * 16))
        if self._paused:
            painter.setPen(QPen(theme.color("warning"), 1.5, c=Qt.PenCapStyle.RoundCap))
            middle = ring.center()
            for x in (-1.8, 1.8):
                painter.drawLine(middle + QPointF(x, -2), middle + QPointF(x, 2))

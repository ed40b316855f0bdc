"""The running jobs, in one place: a ring in the title bar that fills; a click lists them."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QProgressBar, QToolButton, QWidget

from app import theme, tokens, words
from app.widgets.buttons import button, link_button
from app.widgets.containers import column, hairline, row
from app.widgets.labels import ElidedLabel, label

if TYPE_CHECKING:
    from app.jobs import JobList, Run


class JobRing(QToolButton):
    """Empty while nothing runs. With several jobs the ring shows the one that was started last."""

    changed = Signal(str)
    """One line about the running job, for the status bar; empty when there is none."""
    asked = Signal(object)
    """The person wants to see a ``Run``."""

    def __init__(self) -> None:
        super().__init__()
        self._jobs: JobList | None = None
        self._popup: _Popup | None = None
        self._fraction: float | None = 0.0
        self._count = 0
        self.setFixedSize(QSize(tokens.CONTROL, tokens.CONTROL))
        self.clicked.connect(self._open)
        self._say_idle()

    def follow(self, jobs: "JobList") -> None:
        """Show the jobs of this list."""
        self._jobs = jobs
        jobs.started.connect(self._update)
        jobs.changed.connect(self._update)
        jobs.ended.connect(self._update)
        self._update()

    @Slot()
    def _update(self) -> None:
        running = self._jobs.running() if self._jobs else []
        self._count = len(running)
        if not running:
            self._say_idle()
        else:
            run = running[-1]
            self._fraction = run.history.fraction
            line = summary(run)
            if len(running) > 1:
                line = f"{len(running)} jobs · {line}"
            self.setToolTip(line)
            self.setAccessibleName(f"Jobs: {line}")
            self.changed.emit(line)
        if self._popup is not None and self._popup.isVisible():
            self._popup.fill(running)
        self.update()

    def _say_idle(self) -> None:
        self._fraction = 0.0
        self.setToolTip("No job is running")
        self.setAccessibleName("Jobs: none is running")
        self.changed.emit("")

    def _open(self) -> None:
        if self._popup is None:
            self._popup = _Popup(self)
            self._popup.asked.connect(self.asked)
        self._popup.fill(self._jobs.running() if self._jobs else [])
        corner = self.mapToGlobal(QPoint(self.width(), self.height() + tokens.TINY))
        self._popup.adjustSize()
        self._popup.move(corner - QPoint(self._popup.width(), 0))
        self._popup.show()

    def stop(self, run: "Run") -> None:
        if self._jobs is not None:
            self._jobs.stop(run)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = 16.0
        ring = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        painter.setPen(QPen(theme.color("control_line"), 2.5))
        painter.drawEllipse(ring)
        if self._count:
            span = 0.12 if self._fraction is None else max(self._fraction, 0.02)
            pen = QPen(theme.color("accent"), 2.5)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawArc(ring, 90 * 16, -round(span * 360 * 16))


class _Popup(QFrame):
    """The list of running jobs: stage, time left, stop, log."""

    asked = Signal(object)

    def __init__(self, ring: JobRing) -> None:
        super().__init__(ring, Qt.WindowType.Popup)
        self._ring = ring
        self._shown: list[tuple[Run, ElidedLabel, QProgressBar]] = []
        self.setObjectName("popup")
        self.setFixedWidth(360)
        self._content = QWidget()
        self.setLayout(column(self._content, margin=tokens.MEDIUM))

    def fill(self, running: "list[Run]") -> None:
        if [run for run, _, _ in self._shown] != running or not running:
            self._build(running)
        for run, line, bar in self._shown:
            line.setText(summary(run, named=False))
            fraction = run.history.fraction
            bar.setRange(0, 0 if fraction is None else 1000)
            bar.setValue(round((fraction or 0) * 1000))

    def _build(self, running: "list[Run]") -> None:
        self._shown = []
        stack = column(gap=12)
        if not running:
            stack.addWidget(label("No job is running.", "dim"))
        for run in running:
            if self._shown:
                stack.addWidget(hairline())
            stack.addLayout(self._entry(run))
        content = QWidget()
        content.setLayout(stack)
        self.layout().replaceWidget(self._content, content)
        self._content.deleteLater()
        self._content = content
        self.adjustSize()

    def _entry(self, run: "Run"):  # type: ignore[no-untyped-def]
        line, bar = ElidedLabel(role="dim"), QProgressBar()
        bar.setTextVisible(False)
        bar.setAccessibleName(f"Progress of {run.name}")
        name = link_button(title(run))
        name.clicked.connect(lambda: (self.close(), self.asked.emit(run)))
        log = button("Log", tip="Open the log file")
        log.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.folder.log))))
        stop = button("Stop", tip="Stop and keep what has been reached")
        stop.clicked.connect(lambda: self._ring.stop(run))
        self._shown.append((run, line, bar))
        return column(row(name, None, log, stop), line, bar, gap=tokens.TINY)


def title(run: "Run") -> str:
    """What a run is called in a list."""
    kinds = {"TrainJob": "Training", "EvaluateJob": "Evaluation", "ExportJob": "Export", "PredictJob": "Prediction"}
    return f"{kinds.get(type(run.job).__name__, 'Sample')} {run.name}"


def summary(run: "Run", *, named: bool = True) -> str:
    """Stage, how far and how long still, in one line."""
    history = run.history
    parts = [title(run)] if named else []
    parts.append("Stopping" if run.asked else history.stage or "Starting")
    if history.plan and history.epoch:
        parts.append(f"epoch {history.epoch}/{history.plan.epochs}")
    elif history.progress and history.progress.total:
        progress = history.progress
        parts.append(f"{progress.done:,} of {progress.total:,} {progress.unit}".rstrip())
    if history.eta:
        left = history.eta.seconds - max(time.time() - history.latest, 0)
        if left > 0:
            parts.append(f"{words.duration(left)} left")
    return " · ".join(parts)

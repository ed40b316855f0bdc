"""The place of the plots: it shows itself at once and the plots when their library has been loaded."""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.threads.warm_up import when_warm
from app.threads.workers import LatestWorker
from app.widgets.buttons import tool_button
from app.widgets.labels import label
from core.runs.history import RunHistory
from core.words import tr

if TYPE_CHECKING:
    from app.plots.run_charts import RunCharts


class TrainingCurves(QWidget):
    """Two plots with their switches. ``charts`` is ``None`` until pyqtgraph has been imported, in a thread."""

    earlier_asked = Signal()
    """Earlier runs are wanted or no longer wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.charts: RunCharts | None = None
        self._shown: tuple[RunHistory, Sequence[RunHistory]] | None = None
        self._smoothing = tool_button("waves", tr("Smooth the losses"), checkable=True)
        self.earlier = tool_button(
            "stack", tr("Earlier runs of this recipe on this dataset, faintly behind"), checkable=True
        )
        for switch in (self._smoothing, self.earlier):
            switch.setProperty("small", True)
            switch.setFixedSize(24, 20)
        self._smoothing.setChecked(True)
        self.earlier.setChecked(True)
        self._smoothing.toggled.connect(self._smooth)
        self.earlier.toggled.connect(self.earlier_asked)
        self._wait = label("", "dim")
        self._wait.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._place = QStackedLayout(self)  # of its own, it would show what is put into it as a window
        self._place.addWidget(self._wait)
        self.setMinimumHeight(200)
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._make)
        self._worker.failed.connect(
            lambda error: self._wait.setText(tr("The plots cannot be drawn: {error}", error=error))
        )
        when_warm(self, lambda: self._worker.run(import_module, "app.plots.run_charts"))

    def show_history(self, history: RunHistory, earlier: Sequence[RunHistory]) -> None:
        """Draw a run, and others behind it."""
        self._shown = history, earlier
        drawn = bool(history.losses or history.validations)
        none = tr("Plots begin with the first step of training") if history.end is None else tr("Nothing to plot")
        self._wait.setText(tr("The plots are coming …") if drawn else none)
        if self.charts is not None:
            self.charts.show_history(history, earlier)
            self._place.setCurrentWidget(self.charts if drawn else self._wait)

    def clear(self) -> None:
        """Another run is coming."""
        self._shown = None
        if self.charts is not None:
            self.charts.clear()

    @Slot(object)
    def _make(self, module: Any) -> None:
        self.charts = module.RunCharts()
        self._place.addWidget(self.charts)
        self.charts.losses.corner.addWidget(self._smoothing)
        self.charts.scores.corner.addWidget(self.earlier)
        self._smooth(self._smoothing.isChecked())
        QTimer.singleShot(0, self, self._show)  # the lines are as much work again as the plots

    @Slot()
    def _show(self) -> None:
        if self._shown is not None:
            self.show_history(*self._shown)

    def _smooth(self, on: bool) -> None:
        if self.charts is not None:
            self.charts.smooth(on)

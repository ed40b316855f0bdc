"""The two plots of a training: its losses, and mask AP on the validation images."""

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from app.plots.chart import Chart, epoch_of
from app.style import tokens
from core.dataset.palette import class_color
from core.runs.history import RunHistory
from core.words import tr

EARLIER = "earlier "
_HEADROOM = 1.18


class RunCharts(QWidget):
    """Side by side, with one hover line through both."""

    def __init__(self) -> None:
        super().__init__()
        self.losses, self.scores = Chart(tr("Loss")), Chart(tr("Mask AP"))
        for chart in (self.losses, self.scores):
            chart.setMinimumHeight(150)
            chart.hovered.connect(self._on_hovered)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.LARGE)
        grid.setVerticalSpacing(tokens.TINY)
        grid.setRowStretch(1, 1)
        for index, chart in enumerate((self.losses, self.scores)):
            grid.addWidget(chart.header, 0, index)
            grid.addWidget(chart, 1, index)
            grid.setColumnStretch(index, 1)
        self.setLayout(grid)

    def clear(self) -> None:
        """Another run is coming."""
        self.losses.clear()
        self.scores.clear()

    def show_history(self, history: RunHistory, earlier: Sequence[RunHistory] = ()) -> None:
        """Draw a run, and others faintly behind it."""
        for index, other in enumerate(earlier):
            if "total" in other.losses:
                self.losses.draw(
                    f"{EARLIER}{index}", *other.losses["total"].points(), "control_line", 1, in_legend=False
                )
            self._draw_scores(f"{EARLIER}{index}", other, "map", "control_line", in_legend=False)
        for chart in (self.losses, self.scores):
            for name in chart.names():
                if name.startswith(EARLIER) and int(name.removeprefix(EARLIER)) >= len(earlier):
                    chart.forget(name)
        if "total" in history.losses:
            self.losses.draw(tr("total"), *history.losses["total"].points(), "text", 1.5)
        for index, name in enumerate(sorted(history.losses.keys() - {"total"})):
            self.losses.draw(name, *history.losses[name].points(), class_color(index), 1)
        self._draw_scores("mAP", history, "map", "accent", width=2)
        self._draw_scores("mAP50", history, "map50", "good")
        best = history.best
        self.scores.mark_best((best.epoch, best.map) if best else None)
        self._fit(history, earlier)

    def _draw_scores(
        self, name: str, history: RunHistory, key: str, color: str, width: float = 1.5, *, in_legend: bool = True
    ) -> None:
        epochs = [validation.epoch for validation in history.validations]
        values = [getattr(validation, key) for validation in history.validations]
        self.scores.draw(name, epochs, values, color, width, in_legend=in_legend)

    def _fit(self, history: RunHistory, earlier: Sequence[RunHistory]) -> None:
        """Both plots show the same epochs. The first steps of a loss may lie outside: they dwarf the rest."""
        end = max((curve.points()[0][-1] for curve in history.losses.values() if len(curve)), default=1.0)
        end = max(end, 1.0)
        highest = 0.0
        for curve in history.losses.values():
            values = np.asarray(curve.points()[1])
            if len(values):
                highest = max(highest, float(np.percentile(values, 99.5 if len(values) > 100 else 100)))
        best = max((validation.map50 for validation in history.validations), default=0.0)
        best = max([best, *(validation.map for other in earlier for validation in other.validations)])
        end = round_up(end * 1.02)
        self.losses.set_range((0, end), (0, round_up(highest * 1.05) or 1))
        self.scores.set_range((0, end), (0, min(round_up(max(best * _HEADROOM, 0.1)), 1.08)))

    @Slot(object)
    def _on_hovered(self, x: float | None) -> None:
        """Where a step is pointed at, the scores are those of its epoch."""
        self.losses.show_at(x)
        self.scores.show_at(x if x is None else epoch_of(x))


def round_up(value: float) -> float:
    """The next number of the row 1, 1.05, 1.1, …, 9.95, 10, …: axes that move in steps are drawn anew more rarely."""
    if value <= 0:
        return 0.0
    step: float = 10.0 ** math.floor(math.log10(value)) / 20
    return math.ceil(value / step - 1e-9) * step

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QCoreApplication, QPointF

from app.pages.train.run_results import TrainingCurves
from app.plots.chart import Chart
from app.plots.chart_line import LegendItem, moving_average
from app.plots.run_charts import RunCharts
from core.runs.events import Done, Record
from core.runs.history import RunHistory
from tests.app.pieces import plan, step, validation


def told(*said) -> RunHistory:
    history = RunHistory()
    history.add([Record(1, number, float(number), event) for number, event in enumerate(said, 1)])
    return history


@pytest.fixture
def charts(qtbot):
    widget = RunCharts()
    qtbot.addWidget(widget)
    widget.resize(800, 300)
    widget.show()
    return widget


def values(chart: Chart) -> dict[str, str]:
    QCoreApplication.processEvents()  # what is new in a layout is shown then
    items = chart.header.findChildren(LegendItem)
    return {item.name: item.accessibleDescription() for item in items if item.isVisibleTo(chart.header)}


def y_range(chart: Chart) -> tuple[float, float]:
    return chart.findChild(pg.PlotWidget).getPlotItem().viewRange()[1]


def hovered(chart: Chart) -> list[str]:
    """What stands beside the line under the mouse."""
    items = chart.findChild(pg.PlotWidget).scene().items()
    return [item.toPlainText() for item in items if isinstance(item, pg.InfLineLabel) and item.isVisible()]


def test_the_legend_has_the_last_values_and_under_the_mouse_those_of_that_epoch(charts):
    charts.show_history(told(plan(), step(1, 5.0), step(2, 4.0), validation(1, 0.2), step(4, 3.0), validation(2, 0.5)))
    assert values(charts.losses) == {"total": "3.000", "mask": "1.500"}
    assert values(charts.scores) == {"mAP": "0.500", "mAP50": "0.700"}
    charts.losses.hovered.emit(1.0)
    assert values(charts.losses)["total"] == "4.000"
    assert values(charts.scores)["mAP"] == "0.200", "one hover line goes through both"
    charts.losses.hovered.emit(None)
    assert values(charts.losses)["total"] == "3.000"


def test_the_mouse_points_at_whole_epochs(charts, qtbot):
    said = [step(number, 2.0) for number in range(1, 25)]  # two steps an epoch
    charts.show_history(told(plan(epochs=12), *said, *(validation(epoch, epoch / 20) for epoch in range(1, 13))))
    for chart, x, epoch, score in (
        (charts.scores, 11.4, 11, "0.550"),
        (charts.scores, 11.6, 12, "0.600"),
        (charts.losses, 10.6, 11, "0.550"),
        (charts.losses, 0.1, 1, "0.050"),
    ):
        plot = chart.findChild(pg.PlotWidget)
        at = plot.mapFromScene(plot.getPlotItem().vb.mapViewToScene(QPointF(x, sum(y_range(chart)) / 2)))
        qtbot.mouseMove(plot.viewport(), at)
        plot.scene().sigMouseMoved.emit(plot.mapToScene(at))
        assert hovered(charts.losses) == hovered(charts.scores) == [f"epoch {epoch}"]
        assert values(charts.scores)["mAP"] == score


def test_a_line_is_hidden_and_shown_by_its_entry_in_the_legend(charts):
    charts.show_history(told(plan(), *(step(number, 5.0) for number in range(1, 80))))
    (entry,) = (item for item in charts.losses.header.findChildren(LegendItem) if item.name == "total")
    items = charts.losses.findChild(pg.PlotWidget).getPlotItem().listDataItems()
    before = sum(item.isVisible() for item in items)
    charts.losses.smooth(True)
    items = charts.losses.findChild(pg.PlotWidget).getPlotItem().listDataItems()
    assert sum(item.isVisible() for item in items) == 2 * before, "the points as they are stand behind their mean"
    entry.click()
    assert sum(item.isVisible() for item in items) == 2 * before - 2
    entry.click()
    assert sum(item.isVisible() for item in items) == 2 * before


def test_a_screen_reader_is_told_what_a_plot_shows(charts):
    charts.show_history(told(plan(), step(1, 5.0), step(2, 4.0), validation(1, 0.2), validation(2, 0.1, best=False)))
    assert charts.scores.accessibleName() == "Plot: Mask AP"
    assert "mAP 0.100 at epoch 2" in charts.scores.accessibleDescription()
    assert "best 0.200 at epoch 1" in charts.scores.accessibleDescription()
    assert "total 4.000" in charts.losses.accessibleDescription()


def test_the_best_model_is_marked_and_the_mark_goes_with_the_run(charts):
    charts.show_history(told(plan(), step(1), validation(1, 0.5), validation(2, 0.4, best=False)))
    assert charts.scores.best == (1, 0.5)
    charts.clear()
    charts.show_history(told(plan(), step(1)))
    assert charts.scores.best is None


def test_earlier_runs_come_and_go(charts):
    now, before = told(plan(), step(1)), told(plan(), step(1), validation(1, 0.1))
    charts.show_history(now, [before, before])
    assert {"earlier 0", "earlier 1"} <= set(charts.scores.names())
    charts.show_history(now, [before])
    assert "earlier 1" not in charts.scores.names()
    assert "earlier 0" not in values(charts.scores), "they are not in the legend"


def test_smoothing_keeps_the_mean_and_both_ends_in_range():
    noisy = np.sin(np.arange(600)) + 5
    smooth = moving_average(noisy)
    assert smooth.shape == noisy.shape
    assert abs(smooth.mean() - noisy.mean()) < 0.01
    assert smooth.std() < 0.2 * noisy.std()
    assert np.allclose(moving_average(np.full(50, 3.0)), 3.0)


def test_first_steps_that_dwarf_the_rest_leave_the_picture(charts):
    losses = [step(1, 1000.0), *[step(number, 2.0) for number in range(2, 400)]]
    charts.show_history(told(plan(epochs=200), *losses))
    assert y_range(charts.losses)[1] < 10


def test_a_run_with_curves_never_says_that_there_are_none(qtbot):
    curves = TrainingCurves()
    qtbot.addWidget(curves)
    told = RunHistory(validations=[validation(1, 0.4)], end=Done())
    curves.show_history(told, [])
    assert curves.charts is None and shown(curves) == "The plots are coming …"
    curves.show_history(RunHistory(end=Done()), [])
    assert shown(curves) == "Nothing to plot"


def shown(curves):
    return curves.layout().currentWidget().text()

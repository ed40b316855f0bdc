"""The statistics of the dataset: charts whose bars and cells lead to the images they count."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent

from app.gallery.model import ImageIndex
from app.pages.dataset.views import View
from app.threads.workers import LatestWorker
from app.widgets import EmptyState, LoadingState, column, scrolling
from app.widgets.focus import Stack
from app.widgets.states import ErrorState
from core.runs.control import CancelRequested
from core.words import tr

if TYPE_CHECKING:
    from app.pages.dataset.statistics_charts import Charts
    from core.dataset import Dataset
    from core.dataset.statistics import Statistics


class StatisticsView(View):
    """Counted in a thread when it comes into view, and again after a save."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self._index: ImageIndex | None = None
        self._counted: ImageIndex | None = None
        self.found: Statistics | None = None
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_counted)
        self._worker.failed.connect(self._on_failed)
        self._loading = LoadingState(tr("Counting …"))
        self._empty = EmptyState(
            "chart-bar",
            tr("Nothing is annotated yet."),
            tr("Once there are objects, their numbers, sizes and places are shown here."),
            tr("Annotate"),
        )
        self._empty.acted.connect(lambda: self.navigate.emit("annotate"))
        self._error = ErrorState()
        self.charts: Charts | None = None
        """Made when there is something to show."""
        self._stack = Stack()
        for widget in (self._loading, self._empty, self._error):
            self._stack.addWidget(widget)
        self.setLayout(column(self._stack, gap=0))

    def show_index(self, index: ImageIndex | None) -> None:
        self._index = index
        self._worker.drop()
        if index is None or self._counted is None or index.dataset.root != self._counted.dataset.root:
            self._counted = None  # it holds a dataset that nobody needs any more
            self._stack.setCurrentWidget(self._loading)
        if self.isVisible():
            self._count()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._count()

    def _count(self) -> None:
        index = self._index
        if index is None or index is self._counted:
            return
        self._counted = index

        def check() -> None:
            if self._index is not index:
                raise CancelRequested

        self._worker.run(_count, index.dataset, check)

    @Slot(object)
    def _on_counted(self, found: "Statistics") -> None:
        if self._index is None:
            return
        self.found = found
        if not sum(found.instances.totals):
            self._stack.setCurrentWidget(self._empty)
            return
        if self.charts is None:
            from app.pages.dataset.statistics_charts import Charts

            self.charts = Charts()
            self.charts.requested.connect(self.images_requested)
            self._stack.addWidget(scrolling(self.charts))
        self.charts.show_statistics(found, self._index.colors)
        self._stack.setCurrentIndex(self._stack.count() - 1)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, CancelRequested):
            self._error.show_error(error)
            self._stack.setCurrentWidget(self._error)


def _count(dataset: "Dataset", check: Callable[[], None]) -> "Statistics":
    """Also loads what shows them, in the thread."""
    from core.dataset.statistics import statistics

    import_module("app.pages.dataset.statistics_charts")
    return statistics(dataset, check)

"""The Dataset page: a filtered gallery, one image in its place, and other views of the dataset."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.gallery.filter_panel import FilterPanel
from app.gallery.gallery import Gallery
from app.gallery.model import Filter, ImageIndex
from app.pages.dataset.background_checks import BackgroundChecks
from app.pages.dataset.by_hand import connect_by_hand
from app.pages.dataset.image_selection import ImageSelection
from app.pages.dataset.inspector import Inspector
from app.pages.dataset.notices import DatasetNotices
from app.pages.dataset.viewer import Viewer
from app.pages.dataset.views import IMAGES, VIEWS, View, ViewBar
from app.pages.page import Page
from app.settings.settings import Settings
from app.threads.workers import LatestWorker
from app.widgets import EmptyState, LoadingState, column, hairline, row
from app.widgets.focus import Stack, hand_on
from core.dataset import Dataset, Image, Problem
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList


class DatasetPage(Page):
    """Shows one of: nothing is open, a dataset is being read, the gallery, one image, another view of the dataset."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__(document, jobs, settings)
        self._index: ImageIndex | None = None
        self.filters = FilterPanel()
        self.gallery = Gallery(settings)
        self.viewer = Viewer(settings)
        self.details = Inspector()
        self._empty = EmptyState(
            "image-square",
            tr("No dataset is open."),
            tr("Drop a folder or a COCO file anywhere."),
            tr("Open a dataset"),
        )
        self._loading = LoadingState(tr("Reading the dataset …"))
        self._browse = QWidget()
        beside = row(self.filters, hairline(vertical=True), self.gallery, gap=0)
        beside.setStretch(2, 1)
        self._browse.setLayout(beside)
        self._stack = Stack()
        for widget in (self._empty, self._loading, self._browse, self.viewer):
            self._stack.addWidget(widget)
        self.views = ViewBar()
        self._made: dict[str, View] = {}
        self.notices = DatasetNotices(document, jobs, settings)
        self.setLayout(column(self.views, self.notices, self._stack, gap=0))
        self._indexing, self._renewing, self._checks = LatestWorker(self), LatestWorker(self), BackgroundChecks(self)
        hand_on(self, self.gallery.view, self.viewer.view)
        self._connect()
        if document.dataset is not None:
            self._on_dataset_opened(document.dataset)

    def _connect(self) -> None:
        self.document.opening.connect(lambda: self._stack.setCurrentWidget(self._loading))
        self.document.opened.connect(self._on_dataset_opened)
        self.document.renewed.connect(self._on_dataset_renewed)
        self.document.failed.connect(lambda: self._stack.setCurrentWidget(self._browse if self._index else self._empty))
        self.document.closed.connect(self._on_dataset_closed)
        self._stack.currentChanged.connect(self._show_bar)
        self.views.chosen.connect(self.show_view)
        self.notices.view_requested.connect(self.show_view)
        self.notices.navigate.connect(self.navigate)
        self.notices.deep_found.connect(self.views.offer_channels)
        self._indexing.done.connect(self._on_index_built)
        self._renewing.done.connect(self._on_index_renewed)
        self._checks.found.connect(self._on_problems_found)
        self._checks.begun.connect(lambda index: self.notices.show_dataset(index.dataset))
        self._empty.acted.connect(lambda: self.navigate.emit("home"))
        self.filters.changed.connect(self._apply_filter)
        connect_by_hand(self)
        self.gallery.cleared.connect(self._on_filters_cleared)
        self.gallery.reordered.connect(self._apply_filter)
        self.gallery.selected.connect(self.details.show_image)
        self.gallery.opened.connect(self.open_image)
        self.gallery.export_requested.connect(self._on_export_requested)
        self.gallery.annotate_requested.connect(self._on_annotate)
        self.gallery.status_message.connect(self.status_message)
        self.viewer.back_requested.connect(self.close_image)
        self.viewer.stepped.connect(self._on_stepped)
        self.viewer.view.pointed.connect(self.pointed)
        self.viewer.view.zoomed.connect(self.zoomed)
        self.viewer.view.selected.connect(
            lambda shape: self.details.instances.choose(shape.key if shape and shape.key >= 0 else None)
        )
        self.details.chosen.connect(self.viewer.select)
        self.details.image_requested.connect(self.find_image)
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        self.settings.shortcuts.bind_button("gallery.masks", self.gallery, self.gallery.masks, within)
        self.settings.shortcuts.bind("picture.annotate", self.gallery, self._on_annotate, within)
        self.settings.shortcuts.bind("splits.undo", self, self._on_undo, within)
        self.viewer.annotate_requested.connect(self._on_annotate)

    def take_dropped(self, paths: list[Path]) -> bool:
        shown = self._stack.currentWidget()
        return isinstance(shown, View) and shown.take_dropped(paths)

    @Slot()
    def _on_undo(self) -> None:
        shown = self._stack.currentWidget()
        if isinstance(shown, View):
            shown.take_back()
        elif self.viewer.scale_notice.isVisible():  # what is offered there is what was done last
            self.document.editing.undo()
        else:
            self.document.splitting.undo()

    def inspector(self) -> QWidget | None:
        return self.details if self.document.dataset is not None else None

    def search_hint(self) -> str:
        return tr("Search images") if self.document.dataset is not None else ""

    def search(self, text: str) -> None:
        self.close_image()
        self.show_view(IMAGES)
        self.filters.search(text)

    # The views

    @Slot()
    def _show_bar(self) -> None:
        beside = self._stack.currentWidget() is self._browse or self._stack.currentWidget() in self._made.values()
        self.views.setVisible(beside)
        self.notices.setVisible(self._stack.currentWidget() is self._browse)

    @Slot(str)
    @Slot(str, str)
    def show_view(self, key: str, mends: str = "") -> None:
        """Show a view by its key in ``VIEWS``, or ``IMAGES``; ready to mend findings of a kind, a key of ``KINDS``."""
        self.views.show_view(key)
        if key == IMAGES:
            self._stack.setCurrentWidget(self._browse)
            return
        if key not in self._made:
            view = next(entry for entry in VIEWS if entry.key == key).make(self.document, self.jobs, self.settings)
            self._made[key] = view
            self._stack.addWidget(view)
            view.status_message.connect(self.status_message)
            view.navigate.connect(self.navigate)
            view.view_requested.connect(self.show_view)
            view.images_requested.connect(self._on_images_requested)
            view.instance_requested.connect(self._on_instance_requested)
            view.show_index(self._index)
        if mends:
            self._made[key].prepare_to_mend(mends)
        self._stack.setCurrentWidget(self._made[key])

    @Slot(str, object)
    def _on_images_requested(self, caption: str, images: Iterable[int]) -> None:
        self.show_view(IMAGES)
        self.filters.show_only(caption, images)

    @Slot()
    def _on_export_requested(self) -> None:
        """Of several selected images, or else of those that the filters let through."""
        chosen = self.gallery.chosen()
        if len(chosen) > 1:
            selection = ImageSelection(Filter(images=frozenset(image.index for image in chosen)), chosen)
        else:
            selection = ImageSelection(self.filters.filter(), self.gallery.shown())
        self.show_view("export")
        everything = self._index is None or len(selection.images) == len(self._index.rows)
        self._made["export"].show_selection(None if everything else selection)

    @Slot(int, int)
    def _on_instance_requested(self, image: int, instance: int) -> None:
        assert self._index is not None
        self.document.requested_image = self._index.dataset.images[image]
        self.document.requested_instance = instance
        self.navigate.emit("annotate")

    def _show_index(self, index: ImageIndex | None) -> None:
        self._index = index
        self._checks.show_index(index)
        if index is None:
            self.notices.show_dataset(None)
        for view in self._made.values():
            view.show_index(index)

    # The dataset

    @Slot(object)
    def _on_dataset_opened(self, dataset: Dataset) -> None:
        self._stack.setCurrentWidget(self._loading)
        self._renewing.drop()
        self._indexing.run(ImageIndex, dataset)

    @Slot(object)
    def _on_index_built(self, index: ImageIndex) -> None:
        self._show_index(index)
        self.viewer.show_dataset(index.dataset)
        self.details.show_dataset(index.dataset)
        self.filters.show_index(index)
        self.gallery.show_dataset(index.dataset, len(index.rows))
        self.gallery.notice.say("", undoable=False)
        self.show_view(IMAGES)
        self._apply_filter()
        if self.isVisible():  # not away from the page that is in view by now
            self.gallery.view.setFocus()

    @Slot(object)
    def _on_dataset_renewed(self, dataset: Dataset) -> None:
        worker = self._indexing if self._index is None or self._indexing.busy else self._renewing
        worker.run(ImageIndex, dataset)

    @Slot(object)
    def _on_index_renewed(self, index: ImageIndex) -> None:
        """The same images with the annotations that were saved: filters, selection and scroll position stay."""
        self._show_index(index)
        self.filters.renew(index)
        self.details.show_dataset(index.dataset)
        self.gallery.renew(index.dataset, index.select(self.filters.filter(), self.gallery.order))
        self.details.show_image(self.gallery.current())
        self.viewer.renew(index.dataset)
        if self._stack.currentWidget() is self.viewer and (image := self.viewer.image) is not None:
            self.viewer.show_image(index.dataset.images[image.index], *self.gallery.position())

    @Slot(object)
    def _on_problems_found(self, problems: list[Problem]) -> None:
        if self._index is not None:
            self._index.set_problems(problems)
            self.filters.show_counts(self._index)
            self.details.show_problems(problems)
            if self.filters.filter().state == "problems":
                self._apply_filter()

    @Slot()
    def _on_dataset_closed(self) -> None:
        self._show_index(None)
        self._indexing.drop()
        self._renewing.drop()
        self.viewer.show_dataset(None)
        self.gallery.show_dataset(None, 0)
        self.details.show_dataset(None)
        self._stack.setCurrentWidget(self._empty)

    @Slot()
    def _apply_filter(self) -> None:
        if self._index is not None:
            self.gallery.show_rows(self._index.select(self.filters.filter(), self.gallery.order))

    @Slot()
    def _on_filters_cleared(self) -> None:
        self.filters.text = ""
        self.filters.clear()
        self.cleared_search.emit()

    # One image

    @Slot(int)
    def find_image(self, index: int) -> None:
        """Select the image with this ``Image.index``; filters that hide it are cleared."""
        if self.gallery.model.place(index) is None:
            self._on_filters_cleared()
        image = self.gallery.choose(index)
        if self._stack.currentWidget() is self.viewer:
            self.viewer.show_image(image, *self.gallery.position())

    @Slot(object)
    def open_image(self, image: Image) -> None:
        """Show an image in place of the gallery."""
        self._stack.setCurrentWidget(self.viewer)
        self.viewer.show_image(image, *self.gallery.position())
        self.viewer.view.setFocus()

    @Slot()
    def close_image(self) -> None:
        """Go back to the gallery, at the same scroll position."""
        if self._stack.currentWidget() is self.viewer:
            self._stack.setCurrentWidget(self._browse)
            self.gallery.view.setFocus()
            self.pointed.emit("")
            self.zoomed.emit("")

    @Slot()
    def _on_annotate(self) -> None:
        """Go on with the selected image on the Annotate page."""
        self.document.requested_image = self.gallery.current()
        self.navigate.emit("annotate")

    @Slot(int)
    def _on_stepped(self, by: int) -> None:
        image = self.gallery.step(by)
        if image is not None:
            self.viewer.show_image(image, *self.gallery.position())

"""The gallery as a page uses it: thumbnails in a grid, a bar with the count, the size and the masks."""

from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from app.gallery.delegate import GalleryDelegate
from app.gallery.grid_view import GridView
from app.gallery.model import GalleryModel, Indices, Order, OrderKey, Rows
from app.gallery.thumbnails import Thumbnails
from app.settings.settings import Settings
from app.style import tokens
from app.widgets import EmptyState, column, row, tool_button
from app.widgets.inputs import ComboBox, Slider
from app.widgets.labels import ElidedLabel
from app.widgets.open_dialogs import add_file_actions
from app.widgets.undo_notice import UndoNotice
from core.dataset import Dataset, Image
from core.dataset.splits.split_file import SPLITS, in_order
from core.words import tr, tr_n

_SIDES = (96, 320)
_STEP = 16
_LEAST_ORDER, _LEAST_SLIDER = 64, 48
"""Pixels for the order of the images, whose name is elided then, and for the slider, where the window is narrow."""
_AHEAD = 400
"""Pixels above and below the view for which thumbnails are made too."""
_ORDERS: tuple[tuple[OrderKey, str], ...] = (
    ("file", tr("As in the file")),
    ("name", tr("By name")),
    ("instances", tr("By instances")),
    ("size", tr("By size")),
    ("split", tr("By split")),
    ("review", tr("By review state")),
)


class Gallery(QWidget):
    """Shows the rows it is given, see ``show_rows``; filters are somebody else's."""

    selected = Signal(object)
    """The ``Image`` that is current now."""
    opened = Signal(object)
    """Double click or Enter on an ``Image``."""
    annotate_requested = Signal(object)
    """To go on with an ``Image`` on the Annotate page."""
    status_message = Signal(str)
    """A message for the status bar."""
    split_requested = Signal(str)
    """To put the images that are ``chosen`` into this split."""
    export_requested = Signal()
    """To make a dataset of the selected images, or of all that are shown where only one is selected."""
    cleared = Signal()
    """The person wants every filter gone."""
    reordered = Signal()
    """The person chose another ``order``: the rows are to be shown in it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.dataset: Dataset | None = None
        self._total = 0
        self.thumbnails = Thumbnails(self)
        self.model = GalleryModel(self)
        self.delegate = GalleryDelegate(self.thumbnails, self)
        self.view = GridView()
        self.view.setAccessibleName(tr("Images"))
        self.view.setItemDelegate(self.delegate)
        self.view.setModel(self.model)
        self._nothing = EmptyState("funnel", tr("No image fits these filters."), action=tr("Show all images"))
        self._nothing.acted.connect(self.cleared)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._nothing)
        self._build_bar()
        self.setLayout(column(self._bar, self._stack, gap=0))
        self.thumbnails.ready.connect(self._on_thumbnail_ready)
        self.view.scrolled.connect(self._request_thumbnails)
        self.view.resized.connect(lambda steps: self.side.setValue(self.side.value() + steps * _STEP))
        self.view.activated.connect(lambda index: self.opened.emit(self._image(index)))
        self.view.doubleClicked.connect(lambda index: self.opened.emit(self._image(index)))
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)
        self.view.selectionModel().selectionChanged.connect(self._show_count)
        self.menu = QMenu(self)
        """What a right click on an image offers."""
        self.menu.addAction(tr("Open"), lambda: self.opened.emit(self.current()))
        self.menu.addAction(tr("Annotate"), lambda: self.annotate_requested.emit(self.current()))
        self._move = self.menu.addMenu(tr("Move to split"))
        self._move.aboutToShow.connect(self._list_splits)
        self.menu.addAction(tr("Save these images as a dataset …"), self.export_requested.emit)
        add_file_actions(self.menu, self._path, self.status_message.emit)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._on_menu_requested)

    def _build_bar(self) -> None:
        self.count = ElidedLabel(role="dim")
        self.notice = UndoNotice()
        self.sorting = ComboBox()
        self.sorting.setAccessibleName(tr("Order of the images"))
        self.sorting.setToolTip(tr("Order of the images"))
        for key, name in _ORDERS:
            self.sorting.addItem(name, key)
        self.sorting.setMinimumWidth(_LEAST_ORDER)
        self.sorting.setMaximumWidth(self.sorting.sizeHint().width())
        self.sorting.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.sorting.setCurrentIndex(max(self.sorting.findData(self._settings.text("gallery_order")), 0))
        self.descending = tool_button("sort-ascending", tr("Turn the order round"), checkable=True)
        self.descending.setChecked(self._settings.flag("gallery_descending", False))
        self.sorting.activated.connect(self._on_order_changed)
        self.descending.toggled.connect(self._on_order_changed)
        self.masks = tool_button("polygon", tr("Masks on the thumbnails"), checkable=True)
        self.masks.setChecked(self._settings.flag("gallery_masks", True))
        self.masks.toggled.connect(self._on_masks_toggled)
        self.thumbnails.set_masks(self.masks.isChecked())
        self.export = tool_button("export", tr("Save these images as a dataset …"))
        self.export.clicked.connect(self.export_requested)
        self.side = Slider(tr("Size of the thumbnails"), 80, tr("Size of the thumbnails (Ctrl + wheel)"))
        self.side.setRange(*_SIDES)
        self.side.setSingleStep(_STEP)
        self.side.setValue(int(self._settings.number("gallery_side", 176)))
        self.delegate.side = self.side.value()
        self.side.valueChanged.connect(self._on_side_changed)
        self._bar = QWidget()
        self.side.setMinimumWidth(_LEAST_SLIDER)
        bar = row(self.count, self.notice, self.export, self.sorting, self.descending, self.masks, self.side)
        bar.setStretch(1, 1)
        bar.setStretchFactor(self.sorting, 1000)  # as wide as its names where there is room; the count goes first
        bar.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.MEDIUM, tokens.TINY)
        self._bar.setLayout(bar)

    @Slot(QPoint)
    def _on_menu_requested(self, at: QPoint) -> None:
        if self.view.indexAt(at).isValid():
            self.menu.popup(self.view.viewport().mapToGlobal(at))

    @Slot()
    def _list_splits(self) -> None:
        self._move.clear()
        chosen, known = self.chosen(), self.dataset.splits if self.dataset is not None else ()
        for split in in_order({*SPLITS, *known} - {"unlabelled"}):
            action = self._move.addAction(split.replace("&", "&&"), partial(self.split_requested.emit, split))
            action.setCheckable(True)
            action.setChecked(bool(chosen) and all(image.split == split for image in chosen))

    def _path(self) -> Path | None:
        image = self.current()
        return self.dataset.image_path(image) if self.dataset is not None and image is not None else None

    def show_dataset(self, dataset: Dataset | None, total: int) -> None:
        """Take images from this dataset, of ``total``; ``show_rows`` follows."""
        self.dataset, self._total = dataset, total
        self.thumbnails.set_dataset(dataset)
        self.model.show_rows(Rows())
        self.view.verticalScrollBar().setValue(0)

    def renew(self, dataset: Dataset, rows: Rows) -> None:
        """The same images with other masks: the scroll position stays."""
        place = self.view.verticalScrollBar().value()
        self.dataset = dataset
        self.thumbnails.renew(dataset)
        self.show_rows(rows)
        self.view.verticalScrollBar().setValue(place)
        self._request_thumbnails()

    def show_rows(self, rows: Rows) -> None:
        """Show the rows that passed the filter; the current image stays current when it is among them."""
        current, chosen = self.current(), self._chosen()
        self.model.show_rows(rows)
        self._stack.setCurrentWidget(self.view if rows else self._nothing)
        self.view.updateGeometries()
        place = self.model.place(current.index) if current is not None else None
        if place is not None:
            self.view.setCurrentIndex(self.model.index(place, 0))
            if len(chosen) > 1:
                self.view.select_rows(np.flatnonzero(np.isin(rows.indices, chosen)).tolist())
        else:
            self.view.verticalScrollBar().setValue(0)
            self.selected.emit(None)
        self._show_count()

    @Slot()
    def _show_count(self) -> None:
        shown = len(self.model.rows)
        if shown == self._total:
            text = tr_n("{n} image", "{n} images", self._total)
        else:
            text = tr_n("{shown:,} of {n} image", "{shown:,} of {n} images", self._total, shown=shown)
        if (chosen := self.view.selected_count()) > 1:
            text = tr_n("{images} · {n} selected", "{images} · {n} selected", chosen, images=text)
        self.count.setText(text)

    def chosen(self) -> list[Image]:
        """The images that are selected, in order."""
        images = self.dataset.images if self.dataset is not None else ()
        return [images[index] for index in self._chosen().tolist()]

    def _chosen(self) -> Indices:
        """Their ``Image.index``."""
        return self.model.rows.indices[self.view.selected_rows()]

    def shown(self) -> list[Image]:
        """The images that passed the filter, in order."""
        images = self.dataset.images if self.dataset is not None else ()
        return [images[index] for index in self.model.rows.indices.tolist()]

    def current(self) -> Image | None:
        """The image that is selected."""
        index = self.view.currentIndex()
        return self._image(index) if index.isValid() else None

    def step(self, by: int) -> Image | None:
        """Select the next image (1) or the one before (−1); ``None`` at the end."""
        place = self.view.currentIndex().row() + by
        if not 0 <= place < len(self.model.rows):
            return None
        return self.choose(self.model.rows[place].image.index)

    def choose(self, image_index: int) -> Image:
        """Select an image that is shown."""
        place = self.model.place(image_index)
        assert place is not None
        index = self.model.index(place, 0)
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)
        return self._image(index)

    @property
    def order(self) -> Order:
        """The order that the person wants images in."""
        return Order(self.sorting.currentData(), self.descending.isChecked())

    def position(self) -> tuple[int, int]:
        """Place of the current image, from 1, and the number of images shown."""
        return self.view.currentIndex().row() + 1, len(self.model.rows)

    def _image(self, index: QModelIndex) -> Image:
        return self.model.rows[index.row()].image

    @Slot(QModelIndex)
    def _on_current_changed(self, index: QModelIndex) -> None:
        self.selected.emit(self._image(index) if index.isValid() else None)

    @Slot(int)
    def _on_thumbnail_ready(self, image_index: int) -> None:
        place = self.model.place(image_index)
        if place is not None:
            self.view.viewport().update(self.view.visualRect(self.model.index(place, 0)))

    @Slot()
    def _request_thumbnails(self) -> None:
        if not self.isVisible():
            return
        cell = self.view.visualRect(self.model.index(0, 0))
        ratio = self.devicePixelRatioF()
        tile = self.delegate.tile(cell).size() * ratio
        self.thumbnails.set_room((tile.width(), tile.height()), tokens.RADIUS * ratio)
        seen, around = self.view.rows_in_view(), self.view.rows_in_view(_AHEAD)
        order = [*seen, *range(seen.stop, around.stop), *reversed(range(around.start, seen.start))]
        self.thumbnails.request([self.model.rows[place].image for place in order])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._request_thumbnails()

    @Slot(int)
    def _on_side_changed(self, side: int) -> None:
        self._settings.write("gallery_side", side)
        self.delegate.side = side
        self.view.relayout()

    @Slot()
    def _on_order_changed(self) -> None:
        self._settings.write("gallery_order", self.order.key)
        self._settings.write("gallery_descending", self.order.descending)
        self.reordered.emit()

    @Slot(bool)
    def _on_masks_toggled(self, shown: bool) -> None:
        self._settings.write("gallery_masks", shown)
        self.thumbnails.set_masks(shown)
        self._request_thumbnails()
        self.view.viewport().update()

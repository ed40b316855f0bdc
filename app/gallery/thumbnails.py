"""Thumbnails for the gallery: made in threads, what is in view first, the latest kept in memory."""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from app.gallery.drawing import Shapes, draw, rounded, shapes_of
from app.threads import workers
from core.dataset import Dataset, Image

_MEMORY = 160 << 20
"""Bytes of thumbnails kept in memory."""
_THREADS = min(max((os.cpu_count() or 2) - 1, 1), 4)
"""One processor is left to the window."""

Room = tuple[int, int]
"""Width and height in device pixels."""


class Thumbnails(QObject):
    """Say with ``want`` what is in view, ask with ``get`` while painting; ``ready`` says what to paint again."""

    ready = Signal(int)
    """The index of an image."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._room = (0, 0)
        self._radius = 0.0
        self._masks = True
        self._drawn: Shapes | None = None
        """What is drawn over the images; ``None``: what the dataset has."""
        self._dataset: Dataset | None = None
        self._kept: OrderedDict[int, tuple[Room, QImage]] = OrderedDict()
        self._bytes = 0
        self._queue = _Queue()
        self._courier = _Courier()
        self._courier.made.connect(self._on_thumbnail_made)

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Forget everything and take images from ``dataset``."""
        self._dataset = dataset
        self._forget()

    def renew(self, dataset: Dataset) -> None:
        """The same images have other masks. What there is stays until it has been made anew."""
        self._dataset = dataset
        self._queue.replace([])
        self.redraw()

    def set_masks(self, masks: bool, drawn: Shapes | None = None) -> None:
        """Whether masks are drawn over the thumbnails; those of the dataset, or what is ``drawn`` instead."""
        if (masks, drawn) != (self._masks, self._drawn):
            self._masks, self._drawn = masks, drawn
            self._forget()

    def redraw(self, images: Iterable[int] | None = None) -> None:
        """These images, by ``Image.index``, or all, have other masks. Their thumbnails stay until they have been made
        anew."""
        self._queue.generation += 1
        for index in list(self._kept) if images is None else images:
            if index in self._kept:
                self._kept[index] = (0, 0), self._kept[index][1]

    def set_room(self, room: Room, radius: float = 0.0) -> None:
        """The size of a tile and the radius of its corners in device pixels. Thumbnails for tiles of another size are
        there until they have been made anew."""
        self._room, self._radius = room, radius

    def _forget(self) -> None:
        self._queue.replace([])
        self._queue.generation += 1
        self._kept.clear()
        self._bytes = 0

    def get(self, image: Image) -> QImage | None:
        """The thumbnail, maybe for tiles of another size; ``None`` while there is none, null when it cannot be read."""
        kept = self._kept.get(image.index)
        if kept is None:
            return None
        self._kept.move_to_end(image.index)
        return kept[1]

    def want(self, images: list[Image]) -> None:
        """What is in view now, most wanted first. Replaces what was wanted before."""
        dataset = self._dataset
        if dataset is None:
            return
        generation, room, radius = self._queue.generation, self._room, self._radius
        shapes = (self._drawn or shapes_of(dataset)) if self._masks else None
        missing = [image for image in images if self._kept.get(image.index, ((0, 0),))[0] != room]
        self._queue.replace([_Order(generation, dataset, image, room, radius, shapes) for image in reversed(missing)])
        for _ in range(self._queue.hire(len(missing))):
            workers.start(self._queue.work, self._courier)

    @Slot(object, object)
    def _on_thumbnail_made(self, order: "_Order", thumbnail: QImage) -> None:
        if order.generation != self._queue.generation:
            return
        index = order.image.index
        old = self._kept.pop(index, None)
        self._bytes += thumbnail.sizeInBytes() - (old[1].sizeInBytes() if old else 0)
        self._kept[index] = (order.room, thumbnail)
        while self._bytes > _MEMORY:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._bytes -= dropped.sizeInBytes()
        self.ready.emit(index)


@dataclass(frozen=True, slots=True)
class _Order:
    """One thumbnail to make."""

    generation: int
    dataset: Dataset
    image: Image
    room: Room
    radius: float
    shapes: Shapes | None


class _Courier(QObject):
    """Carries thumbnails across the threads. Its own object, so that the gallery may go away meanwhile."""

    made = Signal(object, object)


@dataclass(eq=False)
class _Queue:
    """What is still to be made; the threads take from its end."""

    generation: int = 0
    _workers: int = 0
    _orders: list[_Order] = field(default_factory=list)
    _making: set[tuple[int, int, Room]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def replace(self, orders: list[_Order]) -> None:
        with self._lock:
            self._orders = [order for order in orders if _key(order) not in self._making]

    def hire(self, orders: int) -> int:
        """How many threads to start for so many orders."""
        with self._lock:
            hired = min(max(_THREADS - self._workers, 0), orders)
            self._workers += hired
            return hired

    def work(self, courier: _Courier) -> None:
        """Make thumbnails until none is wanted."""
        while True:
            with self._lock:
                if not self._orders:
                    self._workers -= 1
                    return
                order = self._orders.pop()
                self._making.add(_key(order))
            picture = draw(order.dataset, order.image, order.room, order.shapes)
            courier.made.emit(order, QImage() if picture is None else rounded(picture, order.radius))
            with self._lock:
                self._making.discard(_key(order))


def _key(order: _Order) -> tuple[int, int, Room]:
    return order.generation, order.image.index, order.room

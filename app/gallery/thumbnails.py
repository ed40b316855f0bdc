"""Thumbnails for the gallery: small pictures with masks drawn over them, made in threads, what is in view first, the
latest kept in memory."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from app.threads import workers
from core.dataset import Dataset, Image
from core.errors import UserError
from core.geometry import mask_painting
from core.geometry.mask_style import NO_CLASS, Color
from core.geometry.segmentation import Box, Polygons, Segmentation
from core.images.thumbnails import kept_thumbnail
from core.pacing import paced

_MEMORY = 160 << 20
"""Bytes of thumbnails kept in memory."""
_THREADS = min(max((os.cpu_count() or 2) - 1, 1), 4)
"""One processor is left to the window."""

Room = tuple[int, int]
"""Width and height in device pixels."""
Shapes = Callable[[Image], Iterable[tuple[Segmentation | None, Color, mask_painting.Fill]]]
"""What is drawn over an image, with its color, and what fills it; the last on top. Called in threads."""


class Thumbnails(QObject):
    """``request`` what is in view, ``get`` it while painting; ``ready`` says what to paint again."""

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
        self._cache: OrderedDict[int, tuple[Room, QImage]] = OrderedDict()
        self._bytes = 0
        self._queue = _Queue()
        self._queue.made.connect(self._on_thumbnail_made)

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Forget everything and take images from ``dataset``."""
        self._dataset = dataset
        self._forget()

    def renew(self, dataset: Dataset) -> None:
        """The same images have other masks. Old thumbnails are shown until they have been made anew."""
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
        for index in list(self._cache) if images is None else images:
            if index in self._cache:
                self._cache[index] = (0, 0), self._cache[index][1]

    def set_room(self, room: Room, radius: float = 0.0) -> None:
        """The size of a tile and the radius of its corners in device pixels. Thumbnails for tiles of another size are
        there until they have been made anew."""
        self._room, self._radius = room, radius

    def _forget(self) -> None:
        self._queue.replace([])
        self._queue.generation += 1
        self._cache.clear()
        self._bytes = 0

    def get(self, image: Image) -> QImage | None:
        """The thumbnail, maybe for tiles of another size; ``None`` while there is none, null when it cannot be read."""
        cached = self._cache.get(image.index)
        if cached is None:
            return None
        self._cache.move_to_end(image.index)
        return cached[1]

    def request(self, images: list[Image]) -> None:
        """Have the thumbnails of these images made, the first ones first. Replaces the request before."""
        dataset = self._dataset
        if dataset is None:
            return
        generation, room, radius = self._queue.generation, self._room, self._radius
        shapes = (self._drawn or shapes_of(dataset)) if self._masks else None
        missing = [image for image in images if self._cache.get(image.index, ((0, 0),))[0] != room]
        self._queue.replace([_Request(generation, dataset, image, room, radius, shapes) for image in reversed(missing)])

    @Slot(object, object)
    def _on_thumbnail_made(self, request: "_Request", thumbnail: QImage) -> None:
        if request.generation != self._queue.generation:
            return
        index = request.image.index
        old = self._cache.pop(index, None)
        self._bytes += thumbnail.sizeInBytes() - (old[1].sizeInBytes() if old else 0)
        self._cache[index] = (request.room, thumbnail)
        while self._bytes > _MEMORY:
            _, (_, dropped) = self._cache.popitem(last=False)
            self._bytes -= dropped.sizeInBytes()
        self.ready.emit(index)


@dataclass(frozen=True, slots=True)
class _Request:
    """One thumbnail to make."""

    generation: int
    dataset: Dataset
    image: Image
    room: Room
    radius: float
    shapes: Shapes | None

    @property
    def key(self) -> tuple[int, int, Room]:
        """Equal for requests that give the same thumbnail."""
        return self.generation, self.image.index, self.room


class _Queue(QObject):
    """A stack of requests that threads work off, the last first. The threads keep it alive, so that the gallery may be
    destroyed meanwhile."""

    made = Signal(object, object)
    """A ``_Request`` and its ``QImage``, null where the picture cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self.generation = 0
        """Grows when thumbnails that were requested are of no use any more."""
        self._threads = 0
        self._requests: list[_Request] = []
        self._in_work: set[tuple[int, int, Room]] = set()
        self._lock = threading.Lock()

    def replace(self, requests: list[_Request]) -> None:
        """Make these instead, in as many threads as there is work for."""
        with self._lock:
            self._requests = [request for request in requests if request.key not in self._in_work]
            started = min(max(_THREADS - self._threads, 0), len(self._requests))
            self._threads += started
        for _ in range(started):
            workers.start(self._work)

    def _work(self) -> None:
        """Make thumbnails until none is requested."""
        while True:
            with self._lock:
                if not self._requests:
                    self._threads -= 1
                    return
                request = self._requests.pop()
                self._in_work.add(request.key)
            picture = draw(request.dataset, request.image, request.room, request.shapes)
            thumbnail = QImage() if picture is None else rounded(picture, request.radius)
            try:
                self.made.emit(request, thumbnail)
            except RuntimeError:  # the application has ended, and all objects of Qt with it
                return
            with self._lock:
                self._in_work.discard(request.key)


def shapes_of(dataset: Dataset) -> Shapes:
    """What a dataset says of an image, small instances on top; crowds, and what is not labelled, are hatched, and a
    box without a mask is bare."""

    def of(image: Image) -> Iterable[tuple[Segmentation | None, Color, mask_painting.Fill]]:
        yield dataset.not_labelled(image), NO_CLASS, "hatched"
        for instance in sorted(dataset.instances(image), key=lambda instance: -instance.area):
            yield drawn(instance.segmentation, instance.box, dataset.color(instance.label), crowd=instance.crowd)

    return of


def drawn(
    segmentation: Segmentation | None, box: Box, color: Color, *, crowd: bool
) -> tuple[Segmentation | None, Color, mask_painting.Fill]:
    """An instance as ``Shapes`` have it."""
    if segmentation:
        return segmentation, color, "hatched" if crowd else "full"
    x, y, width, height = box
    corners = [x, y, x + width, y, x + width, y + height, x, y + height]
    return Polygons([corners]), color, "hatched" if crowd else "none"


def draw(dataset: Dataset, image: Image, room: tuple[int, int], shapes: Shapes | None) -> NDArray[np.uint8] | None:
    """The image as RGB, as large as it goes into ``room`` (width, height), or ``None`` when it cannot be read."""
    try:
        picture = kept_thumbnail(dataset.image_path(image), max(room), (image.height, image.width), dataset.channels)
    except UserError:
        return None
    height, width = picture.shape[:2]
    scale = min(room[0] / width, room[1] / height)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    if size != (width, height):
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        picture = cv2.resize(picture, size, interpolation=how).astype(np.uint8, copy=False)
    if shapes is not None and image.width and image.height:
        for segmentation, color, fill in paced(shapes(image)):
            mask_painting.tint(picture, segmentation, (image.height, image.width), color, fill)
    return picture


def rounded(picture: NDArray[np.uint8], radius: float) -> QImage:
    """The picture with round corners: cut once here, it is painted many times faster than through a clip."""
    height, width = picture.shape[:2]
    radius = max(radius, 0.5)  # sharp corners
    x = np.maximum(radius - 0.5 - np.minimum(np.arange(width), np.arange(width)[::-1]), 0)
    y = np.maximum(radius - 0.5 - np.minimum(np.arange(height), np.arange(height)[::-1]), 0)
    share = np.clip(radius + 0.5 - np.hypot(x[None, :], y[:, None]), 0, 1)
    alpha = (share * 255).astype(np.uint8)
    bgra = cv2.cvtColor(picture, cv2.COLOR_RGB2BGRA)
    corner = share < 1
    bgra[corner, :3] = (bgra[corner, :3] * share[corner, None]).astype(np.uint8)
    bgra[:, :, 3] = alpha
    return QImage(bgra.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()

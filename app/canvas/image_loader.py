"""Reads the images that pages show, off the GUI thread: a huge one is shown coarse first, and one is read ahead."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from app.canvas.picture import ImagePyramid, MappedImagePyramid, open_at_once
from app.canvas.pyramid_loader import PyramidLoader
from app.threads.workers import LatestWorker
from core.dataset import Dataset, Image
from core.dataset.model import same_image
from core.dataset.scale import pixel_size
from core.images.pixel_size import PixelSize

if TYPE_CHECKING:
    from core.images.levels import Pyramid

MakeContent = Callable[[Dataset, Image], Any]
"""Makes, in the worker, what a page shows with an image, such as its shapes."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedImage:
    """An image made ready for the view."""

    image: Image
    pixels: NDArray[np.uint8] | None
    """RGB, shape ``(height, width, 3)``; ``None`` while only the coarse picture of a huge image is there."""
    picture: ImagePyramid | None
    """``None`` only for a huge image that was read ahead."""
    content: Any
    """What ``MakeContent`` returned."""
    pixel_size: PixelSize | None = None
    """How large its pixels are, where that is known."""


class ImageLoader(QObject):
    """The newest request wins; the pixels of an image are decoded once, whoever needs them beside the view."""

    loaded = Signal(object)
    """The ``LoadedImage`` that was asked for. A huge one that was never made ready comes without pixels."""
    progressed = Signal(object, float)
    """The ``Image`` that is made ready and the share of it that is done. Its coarse picture shows more than before."""
    sharpened = Signal(object)
    """The ``LoadedImage`` in view, now with its pixels and a sharp picture."""
    unsharpened = Signal(object)
    """The exception because of which the image in view stays coarse."""
    failed = Signal(object)
    """The exception because of which an image cannot be shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pyramids = PyramidLoader(self)
        """Makes huge images ready."""
        self.current: LoadedImage | None = None
        """What is in view; ``None`` while it is read."""
        self._dataset: Dataset | None = None
        self._next: tuple[Image, MakeContent] | None = None
        self._ahead: LoadedImage | None = None
        self._ahead_said: Any = None
        self._reading, self._prefetching = LatestWorker(self), LatestWorker(self)
        self._reading.done.connect(self._on_read)
        self._reading.failed.connect(self.failed)
        self._prefetching.done.connect(self._on_read_ahead)
        self.pyramids.progressed.connect(self.progressed)
        self.pyramids.done.connect(self._on_sharpened)
        self.pyramids.failed.connect(self._on_pyramid_failed)

    def load(self, dataset: Dataset, image: Image, make: MakeContent, following: Image | None = None) -> None:
        """Read an image and what ``make`` makes for it, then the one that may come next."""
        self._dataset, self.current = dataset, None
        self._next = (following, make) if following is not None else None
        self._prefetching.drop()
        self.pyramids.keep(image, following)
        ahead, self._ahead = self._ahead, None
        if ahead is not None and same_image(ahead.image, image) and self._ahead_said == _said_of(dataset, image):
            self._on_read(ahead)
        else:
            self._reading.run(read, dataset, image, make)

    @Slot(object)
    def renew(self, dataset: Dataset) -> None:
        """The same images belong to this dataset now: it was read anew."""
        self._dataset = dataset

    def stop(self) -> None:
        """Nothing is in view, and no dataset is held."""
        self._dataset = None
        self._reading.drop()
        self._prefetching.drop()
        self.pyramids.stop()
        self.current = self._next = self._ahead = None

    def sharpen(self) -> ImagePyramid:
        """Make the huge image in view ready, once more where that has failed; returns its coarse picture."""
        assert self._dataset is not None and self.current is not None
        return self.pyramids.make(self._dataset, self.current.image)

    @Slot(object)
    def _on_read(self, loaded: LoadedImage) -> None:
        self._ahead, self.current = None, loaded
        if loaded.pixels is None:
            loaded = self.current = replace(loaded, picture=self.sharpen())
        self.loaded.emit(loaded)
        if self.current is loaded and loaded.pixels is not None:
            self._read_ahead()

    def _read_ahead(self) -> None:
        if self._next is not None and self._dataset is not None:
            self._ahead_said = _said_of(self._dataset, self._next[0])
            self._prefetching.run(read, self._dataset, *self._next)

    @Slot(object)
    def _on_read_ahead(self, loaded: LoadedImage) -> None:
        """A huge image is made ready while the one in view is worked on."""
        self._ahead = loaded
        if loaded.pixels is None and self._dataset is not None:
            self.pyramids.make(self._dataset, loaded.image)

    @Slot(object, object)
    def _on_sharpened(self, image: Image, pyramid: "Pyramid") -> None:
        pixels, picture = pyramid[0], MappedImagePyramid(pyramid)
        if self.current is not None and same_image(image, self.current.image):
            self.current = replace(self.current, pixels=pixels, picture=picture)
            self.sharpened.emit(self.current)
            self._read_ahead()
        elif self._ahead is not None and same_image(image, self._ahead.image):
            self._ahead = replace(self._ahead, pixels=pixels, picture=picture)

    @Slot(object, object)
    def _on_pyramid_failed(self, image: Image, error: Exception) -> None:
        if self.current is not None and same_image(image, self.current.image):
            self.unsharpened.emit(error)


def _said_of(dataset: Dataset, image: Image) -> Any:
    """What a person said of how an image is read and how large its pixels are, which may change once it was read."""
    return dataset.channels, dataset.pixel_sizes.get(image.index)


def read(dataset: Dataset, image: Image, make: MakeContent) -> LoadedImage:
    """Raises ``UserError`` when the picture cannot be read. For a worker."""
    pixels, picture = open_at_once(dataset, image) or (None, None)
    return LoadedImage(image, pixels, picture, make(dataset, image), pixel_size(dataset, image))

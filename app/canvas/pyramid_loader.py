"""Makes huge pictures ready off the GUI thread: coarse within a second or two, sharp when all of it is decoded."""

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot
from PySide6.QtGui import qGray

from app.canvas.picture import MappedImagePyramid
from app.style import theme
from app.threads.workers import LatestWorker
from core.dataset import Dataset, Image
from core.errors import UserError
from core.geometry.masks import Size
from core.runs.control import CancelRequested, Throttle

if TYPE_CHECKING:
    from core.channel_settings import ChannelSettings
    from core.images.levels import PreviewLevel, Pyramid

_BETWEEN = 0.2
"""Seconds between two reports at least."""


class PyramidLoader(QObject):
    """Loads one picture at a time. After ``stop`` the work ends soon; what was done of it is lost."""

    progressed = Signal(object, float)
    """The ``Image`` that is loaded and the share of it that is done. Its coarse picture shows more than before."""
    done = Signal(object, object)
    """The ``Image``, and its pyramid."""
    failed = Signal(object, object)
    """The ``Image``, and the exception because of which only the coarse picture is there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.image: Image | None = None
        """The one that is loaded now."""
        self.share = 0.0
        self._picture: MappedImagePyramid | None = None
        self._channels: ChannelSettings | None = None
        self._stopped = threading.Event()
        self._worker: LatestWorker | None = None
        app = QCoreApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(self.stop)  # it leaves no half of a pyramid behind

    def make(self, dataset: Dataset, image: Image) -> MappedImagePyramid:
        """The coarse picture of a huge image, which shows more with every report. Begins, or goes on where the image is
        at work already."""
        if self.image is not image or self._picture is None or self._channels != dataset.channels:
            self.stop()
            self._begin(dataset.image_path(image), image, dataset.channels)
        assert self._picture is not None
        return self._picture

    def stop(self) -> None:
        """Stop loading; no signal comes."""
        self._stopped.set()
        if self._worker is not None:
            self._worker.drop()
            self._worker.deleteLater()
        self.image = self._worker = self._picture = None
        self.share = 0.0

    def keep(self, *wanted: Image | None) -> None:
        """Stop, unless one of these is loaded."""
        if self.image is not None and not any(self.image is each for each in wanted):
            self.stop()

    def _begin(self, path: Path, image: Image, channels: "ChannelSettings | None") -> None:
        from core.images.levels import PreviewLevel

        size = image.height, image.width
        coarse = PreviewLevel(size, qGray(theme.color("line").rgb()))
        self.image, self._picture = image, MappedImagePyramid(coarse.levels, coarse.halvings, size)
        self._channels = channels
        self._stopped = threading.Event()
        work = _Work(image, self._stopped)
        work.reported.connect(self._on_reported)
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_done)
        self._worker.failed.connect(self._on_failed)
        self._worker.run(work.do, path, size, coarse, channels)

    @Slot(object, float)
    def _on_reported(self, image: Image, share: float) -> None:
        if image is self.image:
            self.share = share
            self.progressed.emit(image, share)

    @Slot(object)
    def _on_done(self, pyramid: "Pyramid") -> None:
        image = self.image
        self.stop()
        self.done.emit(image, pyramid)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        image = self.image
        self.stop()
        self.failed.emit(image, error)


class _Work(QObject):
    """What the worker does. An object of its own, which lives until the work ends, also after the loader is gone."""

    reported = Signal(object, float)

    def __init__(self, image: Image, stopped: threading.Event) -> None:
        super().__init__()
        self._image, self._stopped = image, stopped
        self._throttle = Throttle(_BETWEEN, at_once=True)

    def do(self, path: Path, size: Size, coarse: "PreviewLevel", channels: "ChannelSettings | None") -> "Pyramid":
        from core.images.preview import read_reduced
        from core.images.pyramids import open_pyramid

        with contextlib.suppress(UserError):  # ``open_pyramid`` says it
            wanted = coarse.levels[0].shape[:2]
            small = read_reduced(path, size, wanted, torn=True) if channels is None else None
            if small is not None:
                coarse.show(small)
                self.reported.emit(self._image, 0.0)
        return open_pyramid(path, size, self.watch, coarse, channels)

    def watch(self, share: float) -> None:
        """Reports now and then, and raises when the work is to end."""
        if self._stopped.is_set():
            raise CancelRequested
        if self._throttle.due():
            self.reported.emit(self._image, share)

"""SAM off the GUI thread: encodes pictures, answers prompts, and gets its weights."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.canvas.shape import Shape
from app.threads.workers import LatestWorker
from app.tools.tool_context import ToolContext
from core.annotation.assist.sam import Answer, Embedding, Sam, load, weights
from core.annotation.assist.sam.view import LARGE, region_for, serves, whole
from core.geometry.mask_style import Color
from core.geometry.segmentation import Extent
from core.geometry.tiles import Tile
from core.runs.control import CancelRequested
from core.runs.events import AnyEvent, Progress, Stage
from core.words import tr

_KEPT = 8
"""Views of one picture that are kept encoded, 4 MiB each."""
REST_MS = 400
"""Milliseconds that a view must rest before it is encoded: that takes a second."""

Question = Callable[[Sam, Embedding], Answer]
"""What to ask about the picture in view; runs in a worker."""


@dataclass(frozen=True, slots=True)
class DrawnAnswer:
    """An answer, and how it is drawn."""

    answer: Answer
    shape: Shape


class SamSession(QObject):
    """Encodes the picture in view, or the part of it that is in view, then the picture that may come next, and answers
    one question at a time: the newest wins. The model is loaded for the first picture. While the session ``follows``,
    another part is encoded when the view has moved and rests."""

    ready = Signal()
    """What was to be looked at is encoded: questions are answered at once."""
    answered = Signal(object)
    """``DrawnAnswer``: the answer to the newest question."""
    failed = Signal(object)
    """The exception because of which the picture cannot be looked at or the question not answered."""
    note_changed = Signal()
    """``note`` has changed."""

    def __init__(
        self, context: ToolContext, reached: Callable[[], list[Extent]], parent: QObject | None = None
    ) -> None:
        """``reached`` returns the extents of the prompts about the object that is begun, and of the answer to them."""
        super().__init__(parent)
        self._context, self._reached = context, reached
        self.follows = False
        """Whether the view's moves count: only while the tool is in use."""
        self.note = ""
        """What SAM sees of a large picture, in words; of others it sees all."""
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.renew)
        context.view_changed.connect(self._on_view_changed)
        self.folder: Path | None = None
        self._sam = _loaded_once(weights.folder())
        self._embedding: Embedding | None = None
        self._known: list[Embedding] = []
        """Of the picture in view, the newest first."""
        self._awaited: Tile | None = None
        """The part of the picture that is being encoded."""
        self._next: Callable[[], NDArray[np.uint8]] | None = None
        self._encoding, self._ahead = LatestWorker(self), LatestWorker(self)
        self.asking = LatestWorker(self)
        """Busy while an answer is still to come."""
        self._encoding.done.connect(self._on_encoded)
        self.asking.done.connect(self.answered)
        self._encoding.failed.connect(self._on_encode_failed)
        self.asking.failed.connect(self.failed)

    def use(self, folder: Path | None) -> None:
        """Take the model from another folder; ``None`` for the usual one."""
        self.folder = folder
        self._sam = _loaded_once(folder or weights.folder())

    @property
    def present(self) -> bool:
        """Whether there are weights."""
        return weights.present(self.folder)

    @property
    def is_ready(self) -> bool:
        """Whether what was to be looked at is encoded."""
        return self._embedding is not None

    @property
    def region(self) -> Tile | None:
        """The part of the picture that questions are answered about; ``None`` while that is encoded."""
        return self._embedding.frame.region if self._embedding is not None else None

    def sees(self, x: float, y: float) -> bool:
        """Whether a place in the picture lies in ``region``."""
        seen = self.region
        return seen is not None and seen.x <= x < seen.x + seen.width and seen.y <= y < seen.y + seen.height

    def renew(self) -> None:
        """Be ready for questions about what is in view now and the object that is begun. Encodes it unless a part was
        encoded that has it."""
        self._rest.stop()
        pixels, area = self._context.pixels, self._context.visible_area
        if pixels is not None and self.present:
            size, extents = pixels.shape[:2], [area, *self._reached()] if area is not None else []
            known = next((known for known in self._known if serves(known.frame.region, size, extents)), None)
            if known is not None or self._awaited is None or not serves(self._awaited, size, extents):
                self._embedding, self._awaited = known, None
                self._encoding.drop()
                if known is None:
                    sam, region = self._sam, region_for(size, extents)
                    self._awaited = region
                    self._encoding.run(lambda: sam().encode(pixels, region))
        self._update_note()

    def prefetch(self, read: Callable[[], NDArray[np.uint8]]) -> None:
        """Encode what ``read`` gives, in the worker, as soon as the picture in view is done: it may come next."""
        if self.present:
            self._next = read
            if self.is_ready:
                self._encode_next()

    def forget(self) -> None:
        """Another picture is in view and its pixels are not there yet."""
        self._encoding.drop()
        self._ahead.drop()
        self.asking.drop()
        self._embedding = self._awaited = None
        self._known = []

    def ask(self, question: Question, color: Color) -> None:
        """Answer a question about the picture in view. It must be ready."""
        sam, embedding = self._sam, self._embedding
        assert embedding is not None

        def answer() -> DrawnAnswer:
            found = question(sam(), embedding)
            return DrawnAnswer(found, Shape(found.mask, color, "", "prediction"))

        self.asking.run(answer)

    def _on_encoded(self, embedding: Embedding) -> None:
        self._embedding, self._awaited = embedding, None
        self._known = [embedding, *self._known][:_KEPT]
        self._update_note()
        self.ready.emit()
        self._encode_next()

    def _on_encode_failed(self, error: Exception) -> None:
        self._awaited = None
        self.failed.emit(error)

    def _encode_next(self) -> None:
        read, self._next = self._next, None
        if read is not None:
            sam = self._sam
            self._ahead.run(lambda: sam().encode(read()))

    def _on_view_changed(self) -> None:
        if self.follows and max(self._context.size) > LARGE:
            self._rest.start()

    def _update_note(self) -> None:
        region = self.region
        if max(self._context.size) <= LARGE or self._context.pixels is None or not self.present:
            note = ""
        elif region is None:
            note = tr("SAM looks at this view …")
        elif region == whole(self._context.size):
            note = tr("SAM sees the whole picture: zoom in for small objects")
        else:
            note = tr("SAM sees this view")
        if note != self.note:
            self.note = note
            self.note_changed.emit()


def _loaded_once(folder: Path) -> Callable[[], Sam]:
    """Returns the model of a folder, in any worker; it is loaded when it is first needed."""
    lock, model = threading.Lock(), cache(lambda: load(folder))

    def sam() -> Sam:
        with lock:
            return model()

    return sam


class SamDownload(QObject):
    """Gets the public weights."""

    progressed = Signal(str, int, int)
    """What is being fetched, how much of it is there, and how much it is, in MB; 0 when nobody says."""
    done = Signal()
    failed = Signal(object)
    """The exception; a ``UserError`` says what to put where."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stage = ""
        self._stopped = threading.Event()
        self._worker = LatestWorker(self)
        self._worker.done.connect(lambda _: self.done.emit())
        self._worker.failed.connect(self.failed)

    @property
    def busy(self) -> bool:
        return self._worker.busy

    def start(self) -> None:
        """Begin, or go on where it was stopped."""
        stopped = self._stopped = threading.Event()

        def check() -> None:
            if stopped.is_set():
                raise CancelRequested

        self._worker.run(weights.obtain, self._report, check)

    def stop(self) -> None:
        """End soon. What has come is kept for another ``start``; neither ``done`` nor ``failed`` comes."""
        self._stopped.set()
        self._worker.drop()

    def _report(self, event: AnyEvent) -> None:
        """Called in the worker."""
        match event:
            case Stage():
                self._stage = event.name
                self.progressed.emit(event.name, 0, 0)
            case Progress():
                self.progressed.emit(self._stage, event.done, event.total)

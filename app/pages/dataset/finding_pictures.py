"""Small pictures of findings: the object in question, large enough to be seen, and what lies around it."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from app.gallery.thumbnails import rounded
from app.style import tokens
from app.threads.workers import LatestWorker
from core.dataset.health.findings import Finding
from core.dataset.palette import class_color
from core.errors import UserError
from core.geometry import mask_painting
from core.images.thumbnails import SIDES, kept_thumbnail

if TYPE_CHECKING:
    from core.annotation.editing.draft import Draft
    from core.annotation.editing.model import Annotation

_KEPT = 600
"""Pictures kept in memory."""
_AT_ONCE = 3
"""Pictures made before they are shown."""
_AROUND = 1.8
"""Side of what is shown, in sides of the object."""
_LEAST = 40
"""Pixels of the image that are shown, at least."""
_WHOLE = 4_000_000
"""Pixels of an image up to which it is decoded to show a part of it; of larger ones a small copy is enlarged."""

Room = tuple[int, int]
"""Width and height in device pixels."""
Pixels = NDArray[np.uint8]


class FindingPictures(QObject):
    """``request`` what is in view, ``get`` it while painting; ``ready`` says when to paint again."""

    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache: OrderedDict[tuple[object, ...], QImage] = OrderedDict()
        self._wanted: Sequence[Finding] = ()
        self._draft: Draft | None = None
        self._room: Room = (1, 1)
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_made)
        self._worker.failed.connect(self._on_made)

    def forget(self, draft: "Draft | None") -> None:
        """Take what is shown from this draft, as it is now."""
        self._draft = draft
        self._worker.drop()
        self._cache.clear()

    def get(self, finding: Finding) -> QImage | None:
        """The picture; ``None`` while there is none, null when it cannot be read."""
        return self._cache.get(finding.key)

    def request(self, findings: Sequence[Finding], room: Room) -> None:
        """Have these made, the first ones first, of the size ``room``."""
        self._wanted, self._room = findings, room
        missing = [each for each in findings if each.images and each.key not in self._cache]
        if missing and self._draft is not None and not self._worker.busy:
            self._worker.run(_make, self._draft, missing[:_AT_ONCE], room)

    @Slot(object)
    def _on_made(self, made: "Mapping[tuple[object, ...], QImage] | Exception") -> None:
        if isinstance(made, Exception):
            return  # an edit came in between; they are asked for again
        self._cache.update(made)
        while len(self._cache) > _KEPT:
            self._cache.popitem(last=False)
        self.ready.emit()
        self.request(self._wanted, self._room)


def _make(draft: "Draft", findings: Sequence[Finding], room: Room) -> dict[tuple[object, ...], QImage]:
    made = {}
    for each in findings:
        pixels = draw(draft, each, room)
        made[each.key] = QImage() if pixels is None else rounded(pixels, tokens.TINY)
    return made


def draw(draft: "Draft", finding: Finding, room: Room) -> Pixels | None:
    """The instances that a finding is about as they are now, or its images side by side; ``None`` when a picture
    cannot be read."""
    if not finding.instances and len(finding.images) > 1:
        half = (room[0] - tokens.TINY) // 2, room[1]
        both = [
            _fitted(pixels, half) for image in finding.images[:2] if (pixels := _read(draft, image, room)) is not None
        ]
        gap = np.zeros((room[1], room[0] - 2 * half[0], 3), np.uint8)
        return np.concatenate([both[0], gap, both[1]], 1) if len(both) > 1 else None
    image = draft.dataset.images[finding.images[0]]
    pixels = _read(draft, image.index, room, whole=bool(finding.instances))
    if pixels is None:
        return None
    known = draft.peek(image.index)
    about = [known[id] for id in finding.instances if id in known]
    across, down = pixels.shape[1] / image.width, pixels.shape[0] / image.height
    for each in sorted(about, key=lambda one: -one.box[2] * one.box[3]):
        mask_painting.tint(pixels, each.segmentation, (image.height, image.width), _color(draft, each))
    return _fitted(_around(pixels, about, (across, down), room) if about else pixels, room)


def _read(draft: "Draft", index: int, room: Room, *, whole: bool = False) -> Pixels | None:
    dataset, image = draft.dataset, draft.dataset.images[index]
    try:
        if whole and image.width * image.height <= _WHOLE:
            return dataset.read_image(image).copy()
        side = SIDES[-1] if whole else max(room)
        return kept_thumbnail(dataset.image_path(image), side, (image.height, image.width), dataset.channels).copy()
    except UserError:
        return None


def _around(pixels: Pixels, about: "Sequence[Annotation]", scale: tuple[float, float], room: Room) -> Pixels:
    """The part of a picture in which the instances lie."""
    corners = np.array([[x, y, x + width, y + height] for x, y, width, height in (each.box for each in about)])
    left, top = corners[:, :2].min(0) * scale
    right, bottom = corners[:, 2:].max(0) * scale
    aspect = room[0] / room[1]
    high = max((bottom - top) * _AROUND, (right - left) * _AROUND / aspect, _LEAST * scale[1])
    wide = high * aspect
    x, y = (left + right - wide) / 2, (top + bottom - high) / 2
    x, y = max(min(x, pixels.shape[1] - wide), 0), max(min(y, pixels.shape[0] - high), 0)
    part = pixels[int(y) : int(y + high) + 1, int(x) : int(x + wide) + 1]
    return part if part.size else pixels


def _fitted(pixels: Pixels, room: Room) -> Pixels:
    """Fills ``room``; what is left over at two sides is cut."""
    height, width = pixels.shape[:2]
    scale = max(room[0] / width, room[1] / height)
    wide, high = max(round(width * scale), room[0]), max(round(height * scale), room[1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST if scale > 3 else cv2.INTER_LINEAR
    larger = cv2.resize(pixels, (wide, high), interpolation=how)
    x, y = (wide - room[0]) // 2, (high - room[1]) // 2
    return np.ascontiguousarray(larger[y : y + room[1], x : x + room[0]], np.uint8)


def _color(draft: "Draft", annotation: "Annotation") -> tuple[int, int, int]:
    for place, category in enumerate(draft.categories):
        if category.id == annotation.category:
            return category.color or class_color(place)
    return class_color(0)

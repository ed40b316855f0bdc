"""Scissors that follow edges: click anchors around an object, the line between them finds its border."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from app.canvas.viewport import Viewport
from app.style import tokens
from app.threads.workers import LatestWorker
from app.tools import painting, placing
from app.tools.ring_tool import RingTool
from app.tools.tool import NumberOption, Pointer, SwitchOption
from app.tools.tool_context import ToolContext
from core.annotation.assist import scissors
from core.annotation.storage.unfinished import Begun
from core.geometry.segmentation import Polygons
from core.geometry.simplifying import simplified
from core.words import tr


@dataclass(frozen=True, slots=True)
class Segment:
    """From one anchor to the next."""

    start: QPointF
    end: QPointF
    points: tuple[QPointF, ...]
    """After ``start``, up to and with ``end``: a straight line until the border was found."""
    found: bool = False


def straight(start: QPointF, end: QPointF) -> Segment:
    """The line before its border is found."""
    return Segment(start, end, (end,))


class ScissorsTool(RingTool):
    """Borders are found in a thread: first those between anchors, then the one to the mouse. The ring is closed once
    all are known."""

    key = "scissors"
    options = (
        SwitchOption("snap", tr("Snap to edges"), usual=True),
        NumberOption("tolerance", "Simplify", 0, 5, 0.7, "px", step=0.1),
    )
    closable = 2  # to be told that three are needed, rather than get a third on the first

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._first: QPointF | None = None
        self._segments: list[Segment] = []
        self.live: Segment | None = None
        """From the last anchor to the mouse."""
        self._closing = False
        self._asked: Segment | None = None
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._found)
        self._worker.failed.connect(self._failed)

    def _failed(self, error: Exception) -> None:
        raise error

    # The anchors

    def points(self) -> Sequence[QPointF]:
        return [] if self._first is None else [self._first, *(segment.end for segment in self._segments)]

    def place(self, pointer: Pointer) -> QPointF:
        """On the edge under the mouse."""
        at = placing.inside(pointer.at, self.context.size)
        if not self.values["snap"] or self.context.pixels is None:
            return at
        return QPointF(*scissors.snap(self.context.pixels, at.toTuple(), tokens.REACH / pointer.scale))

    def press(self, pointer: Pointer) -> None:
        if self.context.pixels is None:
            self.context.said.emit(tr("This tool looks at the picture, which is not ready yet"))
        elif not self._closing:
            super().press(pointer)

    def hover(self, pointer: Pointer) -> None:
        super().hover(pointer)
        if self._first is not None and (self.live is None or self.live.start != self._last()):
            self.live = straight(self._last(), self.mouse)
        self._ask()

    def leave(self) -> None:
        self.live = None
        super().leave()

    def set_corner(self, at: QPointF) -> None:
        if self._first is None:
            self._first = at
        else:
            known = self.live if self.live is not None and self.live.end == at else None
            self._segments.append(known or straight(self._last(), at))

    def take_back(self) -> None:
        self.live, self._closing = None, False
        if self._segments:
            self._segments.pop()
        else:
            self._first = None

    def forget(self) -> None:
        self._first = self.live = self._asked = None
        self._segments, self._closing = [], False
        self._worker.drop()

    def set_aside(self) -> Begun | None:
        if self._closing:  # the person has: only borders were still to be found
            self._finish()
        return super().set_aside()

    def take_up(self, begun: Begun) -> None:
        super().take_up(begun)
        self._ask()

    def close(self, *, hole: bool) -> None:
        """Wait until all borders are known."""
        if self._closing:
            return
        if len(self._segments) < 2:
            self.context.said.emit(tr("Click at least three points around the object"))
            return
        assert self._first is not None
        self._closing = True
        self._segments.append(straight(self._last(), self._first))
        self._ask()

    def keep(self) -> None:
        self._finish()

    # The border

    def _last(self) -> QPointF:
        assert self._first is not None
        return self._segments[-1].end if self._segments else self._first

    def _ask(self) -> None:
        """Ask for the first border between anchors that is not known yet, else for the one to the mouse."""
        wanted = next((segment for segment in self._segments if not segment.found), None)
        if wanted is None and self._closing:
            self._finish()
            return
        if wanted is None:
            wanted = self._to_mouse()
        if wanted is not None and self.context.pixels is not None and not (self._asked and _same(self._asked, wanted)):
            self._asked = wanted
            self._worker.run(_find, self.context.pixels, wanted)

    def _to_mouse(self) -> Segment | None:
        """What to ask for when all else is known. One question at a time: a newer one would make the answer stale, and
        a mouse that never rests would never get any."""
        if self._worker.busy or self._first is None or self.mouse is None:
            return None
        wanted = straight(self._last(), self.mouse)
        known = self.live is not None and self.live.found and _same(self.live, wanted)
        return None if known else wanted

    def _found(self, segment: Segment) -> None:
        self._asked = None
        places = [place for place, known in enumerate(self._segments) if _same(known, segment)]
        for place in places:
            self._segments[place] = segment
        if not places and self._first is not None and segment.start == self._last():
            self.live = segment
        self._ask()
        self.context.preview.emit()

    def _finish(self) -> None:
        ring = placing.flat(self._ring())
        self.cancel()
        ring = simplified(ring, float(self.values["tolerance"]))
        if placing.covers(ring, self.context.size):
            self.context.draw(self.entry.title, Polygons([ring]))
        else:
            self.context.said.emit(tr("This outline holds no pixel"))

    def _ring(self) -> list[QPointF]:
        assert self._first is not None
        return [self._first, *(point for segment in self._segments for point in segment.points)]

    # Painting

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        painting.draw_waiting(painter, viewport, self.context)
        if self._first is None:
            return
        color = painting.class_color(self.context)
        ring = self._ring()
        painting.draw_outline(painter, viewport, painting.path(ring, closed=False), color)
        if self.live is not None and not self._closing:
            live = painting.path([self.live.start, *self.live.points], closed=False)
            painting.draw_outline(painter, viewport, live, color, width=tokens.OUTLINE)
        painting.draw_handles(painter, viewport, self.points(), color, chosen=(0,) if self.on_first else ())


def _same(one: Segment, other: Segment) -> bool:
    return one.start == other.start and one.end == other.end


def _find(pixels: NDArray[np.uint8], segment: Segment) -> Segment:
    """The same with the border between its ends."""
    points = scissors.path(pixels, segment.start.toTuple(), segment.end.toTuple())
    return replace(segment, points=tuple(QPointF(x, y) for x, y in points[1:]), found=True)

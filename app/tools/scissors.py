"""Scissors that follow edges: click anchors around an object, the line between them finds its border."""

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from app.canvas import overlay
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
    """From one anchor to the next. Equal to any other between the same ends."""

    start: QPointF
    end: QPointF
    border: tuple[QPointF, ...] = field(default=(), compare=False)
    """Points after ``start``, up to and with ``end``; none until the border was found."""

    @property
    def points(self) -> tuple[QPointF, ...]:
        """The border, or a straight line until it is found."""
        return self.border or (self.end,)


class ScissorsTool(RingTool):
    """Borders are found in a thread: first those between anchors, then the one to the mouse. The ring is closed once
    all are known."""

    key = "scissors"
    options = (
        SwitchOption("snap", tr("Snap to edges"), usual=True),
        NumberOption("tolerance", tr("Simplify"), 0, 5, 0.7, "px", step=0.1),
    )
    closable = 2  # to be told that three are needed, rather than get a third on the first

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._segments: list[Segment] = []
        """Between the anchors; while the ring is closing, also from the last one to the first."""
        self.live: Segment | None = None
        """From the last anchor to the mouse."""
        self._closing = False
        self._asked: Segment | None = None
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_found)
        self._worker.failed.connect(self._on_failed)

    # The anchors

    def place(self, pointer: Pointer) -> QPointF:
        """On the edge under the mouse."""
        at = placing.inside(pointer.at, self.context.size)
        if not self.values["snap"] or self.context.pixels is None:
            return at
        return QPointF(*scissors.snap(self.context.pixels, at.toTuple(), tokens.REACH / pointer.scale))

    def press(self, pointer: Pointer) -> None:
        if self.context.pixels is None:
            self.context.status_message.emit(tr("This tool looks at the picture, which is not ready yet"))
        elif not self._closing:
            super().press(pointer)

    def hover(self, pointer: Pointer) -> None:
        super().hover(pointer)
        if self.points and self.mouse is not None and (self.live is None or self.live.start != self.points[-1]):
            self.live = Segment(self.points[-1], self.mouse)
        self._ask()

    def leave(self) -> None:
        self.live = None
        super().leave()

    def set_corner(self, at: QPointF) -> None:
        if self.points:
            segment = Segment(self.points[-1], at)
            self._segments.append(self.live if self.live is not None and self.live == segment else segment)
        self.points.append(at)

    def take_back(self) -> None:
        self.live = None
        if self._segments:
            self._segments.pop()
        if not self._closing:
            self.points.pop()
        self._closing = False

    def forget(self) -> None:
        self.live = self._asked = None
        self.points, self._segments, self._closing = [], [], False
        self._worker.drop()

    def set_aside(self) -> Begun | None:
        if self._closing:  # the person has: only borders were still to be found
            self.close_now()
        return super().set_aside()

    def take_up(self, begun: Begun) -> None:
        super().take_up(begun)
        self._ask()

    def close(self, *, hole: bool) -> None:
        """Wait until all borders are known."""
        if self._closing:
            return
        if len(self._segments) < 2:
            self.context.status_message.emit(tr("Click at least three points around the object"))
            return
        self._closing = True
        self._segments.append(Segment(self.points[-1], self.points[0]))
        self._ask()

    def close_now(self) -> None:
        ring = placing.flat(self._ring())
        self.cancel()
        ring = simplified(ring, float(self.values["tolerance"]))
        if placing.covers(ring, self.context.size):
            self.context.draw(self.entry.title, Polygons([ring]))
        else:
            self.context.status_message.emit(tr("This outline holds no pixel"))

    # The border

    def _ask(self) -> None:
        """Ask for the first border between anchors that is not known yet, else for the one to the mouse. That one
        question at a time: a newer one would make the answer stale, and a mouse that never rests would never get
        any."""
        missing = next((segment for segment in self._segments if not segment.border), None)
        if missing is None and self._closing:
            self.close_now()
            return
        if missing is None and not self._worker.busy and self.points and self.mouse is not None:
            to_mouse = Segment(self.points[-1], self.mouse)
            known = self.live is not None and bool(self.live.border) and self.live == to_mouse
            missing = None if known else to_mouse
        pixels = self.context.pixels
        if missing is not None and pixels is not None and missing != self._asked:
            asked = self._asked = missing

            def find() -> Segment:
                points = scissors.path(pixels, asked.start.toTuple(), asked.end.toTuple())
                return replace(asked, border=tuple(QPointF(x, y) for x, y in points[1:]) or (asked.end,))

            self._worker.run(find)

    def _on_found(self, found: Segment) -> None:
        self._asked = None
        if found in self._segments:
            self._segments = [found if segment == found else segment for segment in self._segments]
        elif self.points and found.start == self.points[-1]:
            self.live = found
        self._ask()
        self.context.preview.emit()

    def _on_failed(self, error: Exception) -> None:
        raise error

    def _ring(self) -> list[QPointF]:
        return [self.points[0], *(point for segment in self._segments for point in segment.points)]

    # Painting

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        painting.draw_unclassified(painter, viewport, self.context)
        if not self.points:
            return
        color = painting.current_color(self.context)
        overlay.draw_path(painter, viewport, overlay.path(self._ring(), closed=False), color)
        if self.live is not None and not self._closing:
            live = overlay.path([self.live.start, *self.live.points], closed=False)
            overlay.draw_path(painter, viewport, live, color, width=tokens.OUTLINE)
        painting.draw_handles(painter, viewport, self.points, color, chosen=(0,) if self.on_first else ())

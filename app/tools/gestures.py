"""What a drag does while instances are selected and edited. Each gesture lasts from press to release: ``drag`` when the
mouse moved, ``finish`` when the button came up, ``paint`` to show what would come of it now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from app.canvas import overlay
from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.tools import applying, painting, placing
from app.tools.placing import Snapper
from app.tools.tool import Pointer
from app.tools.tool_context import ToolContext
from core.geometry.polygons import Parts
from core.geometry.segmentation import Polygons

_MOST_DRAWN = 200
"""Instances that are seen moving; of more there is a frame around all."""


@dataclass
class Band:
    """A rectangle that selects. ``area`` is what it holds, in image pixels."""

    start: QPointF
    area: QRectF = field(default_factory=QRectF)

    def drag(self, pointer: Pointer) -> None:
        self.area = QRectF(self.start, pointer.at).normalized()

    def finish(self) -> None:
        """Selecting is done by the tool: it is no change of the instances."""

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        overlay.draw_path(painter, viewport, self.area, theme.color("accent"), fill=0.15, width=1, dashed=True)


@dataclass
class MoveInstances:
    """Instances follow the mouse; they stop at the border of the image."""

    context: ToolContext
    ids: list[int]
    start: QPointF
    _by: tuple[int, int] = (0, 0)

    def drag(self, pointer: Pointer) -> None:
        by = pointer.at - self.start
        self._by = applying.movable(self.context, self.ids, by.x(), by.y())

    def finish(self) -> None:
        applying.move(self.context, self.ids, *self._by)

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        there = viewport.moved(QPointF(*self._by) * viewport.scale)
        if len(self.ids) > _MOST_DRAWN:
            extents = self.context.hits.extents(self.ids)
            around = QRectF(QPointF(*extents[:, :2].min(0)), QPointF(*extents[:, 2:].max(0)))
            overlay.draw_path(painter, there, around, theme.color("accent"))
            return
        for id in self.ids:
            annotation, color = self.context.annotations[id], painting.instance_color(self.context, id)
            if annotation.segmentation:
                overlay.draw_segmentation(painter, there, annotation.segmentation, color)
            else:
                overlay.draw_path(painter, there, QRectF(*annotation.box), color)


@dataclass
class ReshapePolygons:
    """Corners of polygons, or a new one on an edge, follow the mouse, which snaps to neighbours' borders where there is
    a ``snapper``."""

    context: ToolContext
    name: str
    """Of the step of undo."""
    reshaped: Callable[[QPointF], Mapping[int, Parts]]
    """The polygons by id, with the corner that was pressed on at this point of the image."""
    at: QPointF
    """Where that corner is now."""
    moving: Mapping[int, list[QPointF]]
    """The corners that move, where they were at the press, by id."""
    snapper: Snapper | None = None
    adds: bool = False
    """Whether a corner is added, which changes a polygon even if it does not move."""

    def __post_init__(self) -> None:
        self._start = self.at

    def drag(self, pointer: Pointer) -> None:
        at = pointer.at
        if self.snapper is not None:
            at = self.snapper.snap(at, tokens.REACH / pointer.scale, without=self.moving)
        self.at = placing.inside(at, self.context.size)

    def finish(self) -> None:
        if self.adds or self.at != self._start:
            applying.reshape(self.context, self.name, self.reshaped(self.at))

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        for id, parts in self.reshaped(self.at).items():
            color = painting.instance_color(self.context, id)
            overlay.draw_segmentation(painter, viewport, Polygons(parts), color)
            moved = [corner + self.at - self._start for corner in self.moving[id]]
            painting.draw_handles(painter, viewport, moved, color, chosen=range(len(moved)))


Gesture = Band | MoveInstances | ReshapePolygons

"""What a drag does while instances are selected and edited: each lasts from press to release."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.tools import applying, painting, placing
from app.tools.corners import Corners
from app.tools.placing import Snapper
from app.tools.tool import Pointer
from app.tools.tool_context import ToolContext
from core.geometry.segmentation import Polygons
from core.words import tr

_MOST_DRAWN = 200
"""Instances that are seen moving; of more there is a frame around all."""

Chosen = Mapping[int, frozenset[int]]
"""Corners by the id of their instance."""


class Gesture(Protocol):
    """A drag."""

    def drag(self, pointer: Pointer) -> None:
        """The mouse moved."""

    def finish(self) -> None:
        """The button came up: make it one step of undo."""

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Show what would come of it now."""


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
        accent = theme.color("accent")
        outline = painting.rectangle_path(self.area)
        painting.draw_outline(painter, viewport, outline, accent, fill=0.15, width=1, dashed=True)


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
            extents = self.context.extents(self.ids)
            around = QRectF(QPointF(*extents[:, :2].min(0)), QPointF(*extents[:, 2:].max(0)))
            painting.draw_outline(painter, there, painting.rectangle_path(around), theme.color("accent"))
            return
        for id in self.ids:
            annotation = self.context.annotations[id]
            color = QColor(*self.context.color(annotation.category))
            if annotation.segmentation:
                painting.draw_segmentation(painter, there, annotation.segmentation, color)
            else:
                outline = painting.rectangle_path(QRectF(*annotation.box))
                painting.draw_outline(painter, there, outline, color, width=tokens.OUTLINE_SELECTED)


@dataclass
class MoveCorners:
    """Corners follow the mouse; one that is moved alone snaps to neighbours' borders where that is on."""

    context: ToolContext
    corners: Mapping[int, Corners]
    chosen: Chosen
    start: QPointF
    snapper: Snapper | None
    _by: QPointF = field(default_factory=QPointF)

    def drag(self, pointer: Pointer) -> None:
        at = pointer.at
        if self.snapper is not None:
            at = self.snapper.snap(at, tokens.REACH / pointer.scale, without=self.chosen)
        self._by = placing.inside(at, self.context.size) - self.start

    def finish(self) -> None:
        if not self._by.isNull():
            applying.reshape(self.context, tr("Move corners"), self._parts())

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        for id, parts in self._parts().items():
            color = QColor(*self.context.color(self.context.annotations[id].category))
            painting.draw_segmentation(painter, viewport, Polygons(parts), color)
            moved = [QPointF(*self.corners[id].points[number]) + self._by for number in self.chosen[id]]
            painting.draw_handles(painter, viewport, moved, color, chosen=range(len(moved)))

    def _parts(self) -> dict[int, list[list[float]]]:
        return {id: self.corners[id].moved(numbers, self._by) for id, numbers in self.chosen.items()}


@dataclass
class AddCorner:
    """A corner is put into an edge, and follows the mouse."""

    context: ToolContext
    id: int
    corners: Corners
    edge: int
    at: QPointF
    snapper: Snapper | None

    def drag(self, pointer: Pointer) -> None:
        at = pointer.at
        if self.snapper is not None:
            at = self.snapper.snap(at, tokens.REACH / pointer.scale, without=(self.id,))
        self.at = placing.inside(at, self.context.size)

    def finish(self) -> None:
        applying.reshape(self.context, tr("Add a corner"), {self.id: self._parts()})

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        color = QColor(*self.context.color(self.context.annotations[self.id].category))
        painting.draw_segmentation(painter, viewport, Polygons(self._parts()), color)
        painting.draw_handles(painter, viewport, [self.at], color, chosen=(0,))

    def _parts(self) -> list[list[float]]:
        return self.corners.with_corner(self.edge, self.at)

"""The handles of the selected polygons: which one is under the mouse, and which are chosen."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from app.canvas.viewport import Viewport, extent
from app.style import tokens
from app.tools import painting
from app.tools.corners import Corners, corners_of
from app.tools.tool import Pointer
from app.tools.tool_context import ToolContext
from core.annotation.editing.model import Annotation
from core.geometry.segmentation import parts_of

_MOST_INSTANCES = 20
"""More selected instances are moved and deleted, not shaped: their handles would cover the picture."""

_MOST_IN_VIEW = 600
"""More corners in view show no handles before one zooms in; those under the mouse always can be taken."""


@dataclass(frozen=True, slots=True)
class Grip:
    """A corner, or a place on an edge, of a selected polygon."""

    id: int
    at: QPointF
    corner: int | None
    edge: int = -1


class Handles:
    """Of the selected instances that are polygons and not locked."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._kept: dict[int, tuple[Annotation, Corners]] = {}
        self._chosen: dict[int, frozenset[int]] = {}

    def all(self) -> dict[int, Corners]:
        """Corners and edges by id."""
        context = self._context
        ids = context.order if len(context.order) <= _MOST_INSTANCES else ()
        self._kept = {
            id: self._corners(id)
            for id in ids
            if id not in context.locked | context.hidden and parts_of(context.annotations[id].segmentation)
        }
        return {id: corners for id, (_, corners) in self._kept.items()}

    @property
    def chosen(self) -> dict[int, frozenset[int]]:
        """Corners that are moved and deleted together. Those of instances that changed their number are none."""
        known = self.all()
        return {
            id: numbers
            for id, numbers in self._chosen.items()
            if numbers and id in known and max(numbers) < len(known[id].points)
        }

    def choose(self, chosen: Mapping[int, frozenset[int]], *, add: bool = False) -> None:
        """Choose these corners, in place of the others or in addition."""
        before = self.chosen if add else {}
        self._chosen = {id: before.get(id, frozenset()) | chosen.get(id, frozenset()) for id in before | chosen}

    def hold(self, grip: Grip, *, add: bool = False) -> None:
        """Choose a corner that is pressed on; one of several chosen ones leaves all of them chosen."""
        if grip.corner is not None and grip.corner not in self.chosen.get(grip.id, ()):
            self.choose({grip.id: frozenset((grip.corner,))}, add=add)

    def within(self, area: tuple[float, float, float, float]) -> dict[int, frozenset[int]]:
        """The corners in a rectangle; empty where that holds a whole instance, or none of any."""
        found = {id: corners.within(area) for id, corners in self.all().items()}
        if any(len(numbers) == len(self._kept[id][1].points) for id, numbers in found.items()):
            return {}
        return {id: frozenset(numbers) for id, numbers in found.items() if numbers}

    def grip(self, pointer: Pointer) -> Grip | None:
        """The corner under the mouse, else the place on an edge."""
        reach = tokens.REACH / pointer.scale
        corners, edges = [], []
        for id, known in self.all().items():
            number, distance = known.nearest(pointer.at)
            corners.append((distance, Grip(id, QPointF(*known.points[number]), number)))
            edge, at, distance = known.nearest_edge(pointer.at)
            edges.append((distance, Grip(id, at, None, edge)))
        for found, limit in ((corners, reach), (edges, reach / 2)):
            distance, grip = min(found, key=lambda entry: entry[0], default=(limit + 1, None))
            if distance <= limit:
                return grip
        return None

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Handles on the corners in view."""
        visible = extent(viewport.to_image_rect(QRectF(painter.viewport())))
        chosen = self.chosen
        shown = {id: corners.within(visible) for id, corners in self.all().items()}
        few = sum(map(len, shown.values())) <= _MOST_IN_VIEW
        for id, numbers in shown.items():
            mine = chosen.get(id, frozenset())
            numbers = numbers if few else [number for number in numbers if number in mine]
            points = [QPointF(*self._kept[id][1].points[number]) for number in numbers]
            marked = [place for place, number in enumerate(numbers) if number in mine]
            color = QColor(*self._context.color(self._context.annotations[id].category))
            painting.draw_handles(painter, viewport, points, color, chosen=marked)

    def _corners(self, id: int) -> tuple[Annotation, Corners]:
        annotation = self._context.annotations[id]
        kept = self._kept.get(id)
        if kept is not None and kept[0] is annotation:
            return kept
        return annotation, corners_of(parts_of(annotation.segmentation))

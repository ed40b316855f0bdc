"""Selecting instances, and editing those that are selected: move, shape, nudge, delete."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from app.canvas.viewport import Viewport, extent
from app.style import tokens
from app.tools import applying, painting, placing
from app.tools.gestures import Band, Gesture, MoveInstances, ReshapePolygons
from app.tools.handles import Grip, Handles
from app.tools.placing import Snapper
from app.tools.tool import Pointer, SwitchOption, Tool
from app.tools.tool_context import ToolContext
from core.words import tr

_FAR = 4.0
"""Widget pixels the mouse moves before a click becomes a drag."""

_NOT_NUDGE = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class SelectTool(Tool):
    """What is pressed on decides what a drag does: a corner or an edge of a selected polygon, a selected instance, or
    anything else, which starts a rubber band."""

    key = "select"
    options = (SwitchOption("snap", tr("Snap to neighbours"), usual=True),)
    cursor = Qt.CursorShape.ArrowCursor
    uses_right_button = False

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self.handles = Handles(context)
        self._snapper = Snapper(context)
        self._pressed: Pointer | None = None
        self._gesture: Gesture | None = None
        self._grip: Grip | None = None
        """What of the handles is under the mouse."""
        context.changed.connect(self._release_grip)
        context.selected.connect(self._release_grip)

    def busy(self) -> bool:
        return self._gesture is not None

    # Mouse

    def press(self, pointer: Pointer) -> None:
        if pointer.button == Qt.MouseButton.LeftButton:
            self._pressed = pointer
            self._grip = self.handles.grip(pointer)

    def drag(self, pointer: Pointer) -> None:
        pressed = self._pressed
        if pressed is None:
            return
        if self._gesture is None and (pointer.widget - pressed.widget).manhattanLength() > _FAR:
            self._gesture = self._started(pressed)
        if self._gesture is not None:
            self._gesture.drag(pointer)
            self.context.preview.emit()

    def release(self, pointer: Pointer) -> None:
        pressed, gesture = self._pressed, self._gesture
        self._pressed = self._gesture = None
        if isinstance(gesture, Band):
            # Corners where the band holds a part of a selected polygon, else all instances that it holds as a whole.
            area = extent(gesture.area)
            if corners := self.handles.within(area):
                self.handles.choose(corners, add=pointer.shift)
            else:
                self.context.select((*(self.context.order if pointer.shift else ()), *self.context.within(area)))
        elif gesture is not None:
            gesture.finish()
        elif pressed is not None:
            self._click(pressed)
        self.context.preview.emit()

    def hover(self, pointer: Pointer) -> None:
        grip = self.handles.grip(pointer)
        if grip != self._grip:
            self._grip = grip
            self.context.preview.emit()

    def leave(self) -> None:
        if self._pressed is None:
            self._grip = None
            self.context.preview.emit()

    def end(self) -> None:
        gesture, self._gesture, self._pressed = self._gesture, None, None
        if gesture is not None:
            gesture.finish()
        self._release_grip()

    def cancel(self) -> bool:
        """What is begun first, then the chosen corners."""
        if self._gesture is not None:
            self._gesture = self._pressed = None
        elif self.handles.chosen:
            self.handles.choose({})
        else:
            return False
        self.context.preview.emit()
        return True

    def _started(self, pressed: Pointer) -> Gesture:
        """The gesture that a drag from here is."""
        grip = self._grip
        snapper = self._snapper if self.values["snap"] else None
        if grip is not None and grip.corner is not None:
            self.handles.hold(grip, add=pressed.shift)
            chosen, corners, start = self.handles.chosen, self.handles.all(), grip.at
            moving = {id: [QPointF(*corners[id].points[number]) for number in chosen[id]] for id in chosen}
            if sum(map(len, chosen.values())) > 1:
                snapper = None  # one corner that is moved alone snaps
            return ReshapePolygons(
                self.context,
                tr("Move corners"),
                lambda at: {id: corners[id].moved(numbers, at - start) for id, numbers in chosen.items()},
                start,
                moving,
                snapper,
            )
        if grip is not None:
            return self._new_corner(grip, snapper)
        under = set(self.context.at(*placing.pixel(pressed.at))) & self.context.selection
        free = self.context.free(self.context.order) if under else []
        return MoveInstances(self.context, free, pressed.at) if free else Band(pressed.at)

    def _new_corner(self, grip: Grip, snapper: Snapper | None = None) -> ReshapePolygons:
        """A corner is put into the edge under the mouse."""
        corners = self.handles.all()[grip.id]
        return ReshapePolygons(
            self.context,
            tr("Add a corner"),
            lambda at: {grip.id: corners.with_corner(grip.edge, at)},
            grip.at,
            {grip.id: [grip.at]},
            snapper,
            adds=True,
        )

    def _click(self, pointer: Pointer) -> None:
        grip = self._grip
        if grip is not None and grip.corner is not None:
            self.handles.hold(grip, add=pointer.shift)
            if pointer.alt:
                self._remove_corners()
        elif grip is not None and not pointer.shift:
            self._new_corner(grip).finish()
        else:
            before = self.context.order
            under = self.context.pick(*placing.pixel(pointer.at))[:1]
            if not pointer.shift:
                self.context.select(under)
            elif under and under[0] in before:
                self.context.select(id for id in before if id != under[0])
            else:
                self.context.select((*before, *under))

    # Keys

    def uses(self, event: QKeyEvent) -> bool:
        return event.key() in _ARROWS and bool(self.context.order) and not event.modifiers() & _NOT_NUDGE

    def key_press(self, event: QKeyEvent) -> bool:
        if not self.uses(event):
            return False
        across, down = _ARROWS[Qt.Key(event.key())]
        step = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        by = QPointF(across * step, down * step)
        if chosen := self.handles.chosen:
            corners = self.handles.all()
            moved = {id: corners[id].moved(numbers, by) for id, numbers in chosen.items()}
            applying.reshape(self.context, tr("Move corners"), moved)
        else:
            free = self.context.free(self.context.order)
            applying.move(self.context, free, *applying.movable(self.context, free, by.x(), by.y()))
        return True

    def delete(self) -> bool:
        """The chosen corners, or the one under the mouse."""
        if not self.handles.chosen:
            if self._grip is None or self._grip.corner is None:
                return False
            self.handles.hold(self._grip)
        self._remove_corners()
        return True

    def _remove_corners(self) -> None:
        chosen, corners = self.handles.chosen, self.handles.all()
        left = {id: corners[id].without(numbers) for id, numbers in chosen.items()}
        applying.reshape(self.context, tr("Remove corners"), left)

    # Painting

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        painting.draw_unclassified(painter, viewport, self.context)
        if self._gesture is not None:
            self._gesture.paint(painter, viewport)
            return
        self.handles.paint(painter, viewport)
        if self._grip is not None:
            color = painting.instance_color(self.context, self._grip.id)
            size = tokens.HANDLE * (1.35 if self._grip.corner is not None else 0.8)
            painting.draw_handles(painter, viewport, [self._grip.at], color, size=size)

    def _release_grip(self) -> None:
        """The instances or the selection have changed: what was under the mouse may be gone."""
        self._grip = None
        self.context.preview.emit()

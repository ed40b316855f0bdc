"""Shapes that were drawn while the dataset had no class."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from core.annotation.editing.model import Annotation
from core.geometry.mask_ops import intersection
from core.geometry.masks import Mask
from core.geometry.segmentation import Segmentation

_NO_CLASS = 0


@dataclass(frozen=True, slots=True)
class DrawnShapes:
    """What one gesture has drawn."""

    name: str
    """Of the step of undo that it will be."""
    image: int
    """``Image.index``."""
    shapes: tuple[Segmentation, ...]


class UnclassifiedShapes(QObject):
    """They are shown, and become instances as soon as somebody names their class. They are in no file until then."""

    class_wanted = Signal()
    """The first, or one more, was drawn."""
    changed = Signal()
    """``drawn`` has changed."""
    cleared = Signal()
    """All were taken back."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.drawn: tuple[DrawnShapes, ...] = ()
        """In the order in which they were drawn."""

    def add(self, drawn: DrawnShapes) -> None:
        """Keep what was drawn, and ask for its class."""
        self.drawn += (drawn,)
        self.changed.emit()
        self.class_wanted.emit()

    def take_back(self) -> bool:
        """Undo the last gesture; ``False`` where there is none."""
        there = bool(self.drawn)
        if there:
            self._replace(self.drawn[:-1])
        return there

    def reshape(self, image: int | None, painted: Mask, make: Callable[[Annotation], Annotation | None]) -> bool:
        """Replace each shape on an image that has pixels in common with ``painted`` by what ``make`` makes of it;
        ``None`` deletes it. ``False`` where there are no such shapes."""
        hit = False
        after = []
        for drawn in self.drawn:
            shapes = []
            for shape in drawn.shapes:
                if drawn.image == image and intersection(shape.mask(painted.size), painted).area:
                    hit = True
                    made = make(Annotation(_NO_CLASS, shape, (0.0, 0.0, 0.0, 0.0)))
                    shapes.append(made.segmentation if made is not None else None)
                else:
                    shapes.append(shape)
            after.append(replace(drawn, shapes=tuple(filter(None, shapes))))
        if hit:
            self._replace(drawn for drawn in after if drawn.shapes)
        return hit

    def _replace(self, drawn: Iterable[DrawnShapes]) -> None:
        self.drawn = tuple(drawn)
        self.changed.emit()
        if not self.drawn:
            self.cleared.emit()

"""Shapes that were drawn while the dataset had no class."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from core.geometry.segmentation import Segmentation


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
    """``drawn`` is another one."""
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

    def replace(self, drawn: Iterable[DrawnShapes]) -> None:
        """Keep these instead."""
        self.drawn = tuple(drawn)
        self.changed.emit()
        if not self.drawn:
            self.cleared.emit()

    def take_back(self) -> bool:
        """Undo the last gesture; ``False`` where there is none."""
        there = bool(self.drawn)
        if there:
            self.replace(self.drawn[:-1])
        return there

    def take_all(self) -> tuple[DrawnShapes, ...]:
        """They have a class now: returns them, and keeps none."""
        drawn, self.drawn = self.drawn, ()
        return drawn

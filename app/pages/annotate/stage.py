"""The picture in view: read ahead, shown with its instances, kept in step with every edit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget

from app.canvas import Picture
from app.canvas.annotated import Looks, Made, Shapes, make_all
from app.canvas.easel import Easel
from app.canvas.picture import open_picture, open_pixels
from app.canvas.shape import Shape
from app.canvas.tool_view import ToolView
from app.editing import Editing
from app.widgets import ErrorState
from app.workers import Lane
from core.annotation.draft import Draft
from core.annotation.model import Annotation
from core.dataset import Dataset, Image
from core.dataset.palette import class_color


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """An image made ready for the view."""

    image: Image
    pixels: NDArray[np.uint8]
    picture: Picture
    shapes: dict[int, Made]


def read(dataset: Dataset, image: Image, annotations: Mapping[int, Annotation], looks: Looks) -> Sight:
    """Raises ``UserError`` when the picture cannot be read. For a worker."""
    pixels, picture = open_picture(dataset, image)
    return Sight(image, pixels, picture, make_all(annotations, (image.height, image.width), looks))


class Stage(QStackedWidget):
    """The view, or why there is none. One image is read ahead."""

    shown = Signal(object)
    """The ``Image`` that is in view now, its pixels and shapes with it."""

    def __init__(self, editing: Editing, easel: Easel) -> None:
        super().__init__()
        self._editing, self._easel = editing, easel
        self._shapes = Shapes()
        self._ahead: Sight | None = None
        self._next: Image | None = None
        self._suggested: Sequence[Shape] = ()
        self.view, self.error = ToolView(easel), ErrorState()
        self.addWidget(self.view)
        self.addWidget(self.error)
        self._reading, self._prefetching = Lane(self), Lane(self)
        self._reading.done.connect(self._take)
        self._reading.failed.connect(self._fail)
        self._prefetching.done.connect(self._keep)
        easel.changed.connect(self._follow)
        easel.selected.connect(self._mark)
        editing.edited.connect(self._follow)

    @property
    def draft(self) -> Draft | None:
        return self._editing.draft

    def looks(self) -> Looks:
        """Colour and name of each class."""
        known = self.draft.categories if self.draft is not None else ()
        return {item.id: (item.color or class_color(place), item.name) for place, item in enumerate(known)}

    def clear(self) -> None:
        """Nothing is in view."""
        self._reading.drop()
        self._prefetching.drop()
        self._ahead = self._next = None
        self._suggested = ()
        self._shapes.begin({})
        self.view.mark([])
        self.view.show_picture(None)

    def show_image(self, image: Image, following: Image | None) -> None:
        """Show an image, then read the one that may follow ahead. The tool in hand must have ended."""
        self._next = following
        self._prefetching.drop()
        self._easel.show(image.index, (image.height, image.width))
        if self._ahead is not None and self._ahead.image is image:
            self._take(self._ahead)
        else:
            self._reading.run(*self._order(image))

    def suggest(self, shapes: Sequence[Shape]) -> None:
        """Show what a model suggests for the image in view, beside its instances."""
        if shapes or self._suggested:
            self._suggested = shapes
            self.refresh()

    def read_next(self) -> Callable[[], NDArray[np.uint8]] | None:
        """How to get the pixels of the image that may follow, in a worker."""
        draft, image = self.draft, self._next
        return (lambda: open_pixels(draft.dataset, image)) if draft is not None and image is not None else None

    @Slot()
    def refresh(self) -> None:
        """Other instances are hidden, or other suggestions offered."""
        self.view.show_shapes(self._all_shapes())
        self._mark()

    def _order(self, image: Image) -> tuple[object, ...]:
        assert self.draft is not None
        return read, self.draft.dataset, image, self.draft.annotations(image.index), self.looks()

    @Slot(object)
    def _take(self, sight: Sight) -> None:
        if self.draft is None or self._easel.image != sight.image.index:
            return
        self._ahead = None
        self.setCurrentWidget(self.view)
        self._shapes.begin(sight.shapes)
        for id, (annotation, _, shape) in sight.shapes.items():
            if isinstance(annotation.segmentation, dict):  # the pixels of polygons are counted out when asked for
                self._easel.remember(id, annotation, shape.mask)
        self._shapes.follow(self._easel.annotations, self._easel.size, self.looks())
        self.view.show_picture(sight.picture, self._all_shapes(), keep=True)
        self._mark()
        self._easel.give_pixels(sight.pixels)
        self.shown.emit(sight.image)
        if self._next is not None:
            self._prefetching.run(*self._order(self._next))

    @Slot(object)
    def _keep(self, sight: Sight) -> None:
        self._ahead = sight

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self.clear()
        self.error.show_error(error)
        self.setCurrentWidget(self.error)

    @Slot()
    def _follow(self) -> None:
        """Instances or classes are others now."""
        if self.view.picture is None or self.draft is None or self._easel.pixels is None:
            return
        if self._shapes.follow(self._easel.annotations, self._easel.size, self.looks()):
            self.refresh()

    @Slot()
    def _mark(self) -> None:
        self.view.mark(self._shapes.of(self._easel.order))

    def _all_shapes(self) -> list[Shape]:
        hidden = self._easel.hidden
        return [*self._shapes.show(lambda id, annotation: id not in hidden), *self._suggested]

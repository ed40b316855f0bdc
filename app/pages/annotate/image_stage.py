"""The picture in view: read ahead, shown with its instances, kept in step with every edit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget

from app.style import tokens
from app.canvas import Picture
from app.canvas.annotated import Looks, Made, Shapes, looks_of, make_all
from app.tools.tool_context import Easel
from app.tools.hit_test import Extents
from app.canvas.picture import HugePicture, is_huge, open_at_once
from app.canvas.pyramid_loader import Readying
from app.canvas.shape import Shape
from app.canvas.shape_index import ShapeIndex
from app.tools.tool_view import ToolView
from app.document.background_edit import Prepare, Show
from app.document.editing import Editing
from app.pages.annotate.preview_note import PictureNote
from app.widgets import ErrorState, column, row
from app.threads.workers import Lane
from core.annotation.editing.draft import Draft
from core.annotation.editing.edit_check import Trial
from core.dataset import Image
from core.errors import UserError

if TYPE_CHECKING:
    from core.images.pyramid_math import Pyramid


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """An image made ready for the view."""

    image: Image
    opened: tuple[NDArray[np.uint8], Picture] | None
    """Its pixels and its picture; ``None`` for a huge one that was never made ready."""
    shapes: dict[int, Made]
    index: ShapeIndex
    extents: Extents


def read(draft: Draft, image: Image, looks: Looks) -> Sight:
    """Raises ``UserError`` when the picture cannot be read. For a worker."""
    annotations = draft.annotations(image.index)
    opened = open_at_once(draft.dataset, image)
    shapes = make_all(annotations, (image.height, image.width), looks)
    return Sight(image, opened, shapes, _index(shapes), Extents().renewed(annotations))


def _index(made: Mapping[int, Made]) -> ShapeIndex:
    return ShapeIndex([shape for _, _, shape in made.values()])


class Stage(QStackedWidget):
    """The view, or why there is none. One image is read ahead.

    A huge picture is shown coarse until it was made ready; all tools that need no pixels work on it meanwhile.
    """

    shown = Signal(object)
    """The ``Image`` that is in view now, its pixels and shapes with it."""

    def __init__(self, editing: Editing, easel: Easel) -> None:
        super().__init__()
        self._editing, self._easel = editing, easel
        self._shapes = Shapes()
        self._ahead: Sight | None = None
        self._index: ShapeIndex | None = None
        """What a worker has made of the shapes that an edit is about to bring."""
        self._next: Image | None = None
        self._suggested: Sequence[Shape] = ()
        self._in_view: Image | None = None
        """Whose shapes are shown; ``None`` while they are read."""
        self.view, self.error, self.note = ToolView(easel), ErrorState(), PictureNote()
        self.view.setLayout(column(row(None, self.note, None), None, margin=tokens.MEDIUM))
        self.addWidget(self.view)
        self.addWidget(self.error)
        self._reading, self._prefetching = Lane(self), Lane(self)
        self._reading.done.connect(self._take)
        self._reading.failed.connect(self._fail)
        self._prefetching.done.connect(self._keep)
        self.readying = Readying(self)
        self.readying.progressed.connect(self._show_progress)
        self.readying.done.connect(self._sharpen)
        self.readying.failed.connect(self._stay_coarse)
        self.note.again.connect(self._try_again)
        editing.preparing.append(self._prepare)
        easel.changed.connect(self._follow)
        easel.selected.connect(self._mark)
        editing.edited.connect(self._follow)

    @property
    def draft(self) -> Draft | None:
        return self._editing.draft

    def looks(self) -> Looks:
        """Colour and name of each class."""
        return looks_of(self.draft.categories if self.draft is not None else ())

    def clear(self) -> None:
        """Nothing is in view."""
        self._reading.drop()
        self._prefetching.drop()
        self.readying.stop()
        self.note.hide()
        self._ahead = self._next = self._in_view = None
        self._suggested = ()
        self._shapes.begin({})
        self.view.mark([])
        self.view.show_picture(None)

    def show_image(self, image: Image, following: Image | None) -> None:
        """Show an image, then read the one that may follow ahead. The tool in hand must have ended."""
        assert self.draft is not None
        self._next, self._in_view = following, None
        self._prefetching.drop()
        self.readying.keep(image, following)
        self.note.hide()
        self._easel.show(image.index, (image.height, image.width), reading=not self.draft.has_read(image.index))
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
        """How to get the pixels of the image that may follow, in a worker; those of a huge one take too long."""
        draft, image = self.draft, self._next
        if draft is None or image is None or is_huge(image):
            return None
        return lambda: draft.dataset.read_image(image)

    @Slot()
    def refresh(self) -> None:
        """Other instances are hidden, or other suggestions offered."""
        self.view.show_shapes(self._all_shapes(), self._index)
        self._index = None
        self._mark()

    def _prepare(self) -> Prepare:
        """How to make ready, in a worker, what shows a large edit of the image in view."""
        image, size = self._easel.image, self._easel.size
        made, extents = self._shapes.made, self._easel.measured

        def prepare(trial: Trial) -> Show:
            annotations = trial.annotations.get(image) if image is not None else None
            if annotations is None:
                return lambda: None
            shapes = make_all(annotations, size, looks_of(trial.categories), made, self._editing.paced)
            return partial(self._expect, image, shapes, _index(shapes), extents.renewed(annotations))

        return prepare

    def _expect(self, image: int, shapes: Mapping[int, Made], index: ShapeIndex, extents: Extents) -> None:
        if image == self._easel.image:
            self._shapes.expect(extents.of, shapes)
            self._index = index
            self._easel.give_extents(extents)

    def _order(self, image: Image) -> tuple[object, ...]:
        return read, self.draft, image, self.looks()

    @Slot(object)
    def _take(self, sight: Sight) -> None:
        if self.draft is None or self._easel.image != sight.image.index:
            return
        self._ahead = None
        self.setCurrentWidget(self.view)
        self._shapes.begin(sight.shapes)
        self._easel.give_extents(sight.extents)
        self._in_view = sight.image
        self._shapes.follow(self._easel.annotations, self._easel.size, self.looks())
        pixels, picture = sight.opened or (None, self._begin_readying(sight.image))
        self.view.show_picture(picture, self._all_shapes(), sight.index, keep=True)
        self._mark()
        if pixels is not None:
            self._easel.give_pixels(pixels)
        self.shown.emit(sight.image)
        if pixels is not None:
            self._read_ahead()

    def _read_ahead(self) -> None:
        if self._next is not None:
            self._prefetching.run(*self._order(self._next))

    @Slot(object)
    def _keep(self, sight: Sight) -> None:
        """The image that may follow. A huge one is made ready while the one in view is worked on."""
        self._ahead = sight
        if sight.opened is None and self.draft is not None:
            self.readying.make(self.draft.dataset, sight.image)

    # Huge pictures

    def _begin_readying(self, image: Image) -> Picture:
        assert self.draft is not None
        picture = self.readying.make(self.draft.dataset, image)
        self.note.show_progress(self.readying.share)
        return picture

    @Slot(object, float)
    def _show_progress(self, image: Image, share: float) -> None:
        if image is self._in_view and self.view.picture is not None:
            self.note.show_progress(share)
            self.view.renew_picture(self.view.picture)

    @Slot(object, object)
    def _sharpen(self, image: Image, pyramid: "Pyramid") -> None:
        picture = HugePicture(pyramid)
        if image is self._in_view:
            self.note.hide()
            self.view.renew_picture(picture)
            self._easel.give_pixels(pyramid[0])
            self._read_ahead()
        elif self._ahead is not None and image is self._ahead.image:
            self._ahead = replace(self._ahead, opened=(pyramid[0], picture))

    @Slot(object, object)
    def _stay_coarse(self, image: Image, error: Exception) -> None:
        if image is self._in_view and self.view.picture is not None:
            self.note.show_failure(error)
            self.view.renew_picture(self.view.picture)
        if not isinstance(error, UserError):
            raise error

    @Slot()
    def _try_again(self) -> None:
        if self._in_view is not None:
            self.view.renew_picture(self._begin_readying(self._in_view))

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self.clear()
        self._easel.give_extents(Extents())
        self.error.show_error(error)
        self.setCurrentWidget(self.error)

    @Slot()
    def _follow(self) -> None:
        """Instances or classes are others now."""
        if self.draft is None or self._in_view is None:
            return
        if self._shapes.follow(self._easel.annotations, self._easel.size, self.looks()):
            self.refresh()

    @Slot()
    def _mark(self) -> None:
        self.view.mark(self._shapes.of(self._easel.order))

    def _all_shapes(self) -> list[Shape]:
        return [*self._shapes.show(self._easel.hidden), *self._suggested]

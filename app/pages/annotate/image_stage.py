"""The picture in view: read ahead, shown with its instances, kept in step with every edit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget

from app.canvas import ImagePyramid
from app.canvas.annotated import ClassStyles, Made, Shapes, class_styles, make_all
from app.canvas.picture import MappedImagePyramid, is_huge, open_at_once
from app.canvas.pyramid_loader import PyramidLoader
from app.canvas.shape import Shape
from app.canvas.shape_index import ShapeIndex
from app.document.editing import Editing, Prepare, Show
from app.pages.annotate.preview_note import PreviewNote
from app.style import tokens
from app.threads.workers import LatestWorker
from app.tools.hit_test import Extents
from app.tools.tool_context import ToolContext
from app.tools.tool_view import ToolView
from app.widgets import ErrorState, column, row
from core.annotation.editing.draft import Draft
from core.annotation.editing.edit_check import EditCheck
from core.dataset import Image
from core.errors import UserError

if TYPE_CHECKING:
    from core.images.pyramid_math import Pyramid


@dataclass(frozen=True, slots=True, eq=False)
class LoadedImage:
    """An image made ready for the view."""

    image: Image
    opened: tuple[NDArray[np.uint8], ImagePyramid] | None
    """Its pixels and its picture; ``None`` for a huge one that was never made ready."""
    shapes: dict[int, Made]
    index: ShapeIndex
    extents: Extents


def read(draft: Draft, image: Image, looks: ClassStyles) -> LoadedImage:
    """Raises ``UserError`` when the picture cannot be read. For a worker."""
    annotations = draft.annotations(image.index)
    opened = open_at_once(draft.dataset, image)
    shapes = make_all(annotations, (image.height, image.width), looks)
    return LoadedImage(image, opened, shapes, _index(shapes), Extents().renewed(annotations))


def _index(made: Mapping[int, Made]) -> ShapeIndex:
    return ShapeIndex([shape for _, _, shape in made.values()])


class ImageStage(QStackedWidget):
    """The view, or why there is none. One image is read ahead.

    A huge picture is shown coarse until it was made ready; all tools that need no pixels work on it meanwhile.
    """

    shown = Signal(object)
    """The ``Image`` that is in view now, its pixels and shapes with it."""

    def __init__(self, editing: Editing, context: ToolContext) -> None:
        super().__init__()
        self._editing, self._context = editing, context
        self._shapes = Shapes()
        self._ahead: LoadedImage | None = None
        self._index: ShapeIndex | None = None
        """What a worker has made of the shapes that an edit is about to bring."""
        self._next: Image | None = None
        self._suggested: Sequence[Shape] = ()
        self._in_view: Image | None = None
        """Whose shapes are shown; ``None`` while they are read."""
        self.view, self.error, self.note = ToolView(context), ErrorState(), PreviewNote()
        self.view.setLayout(column(row(None, self.note, None), None, margin=tokens.MEDIUM))
        self.addWidget(self.view)
        self.addWidget(self.error)
        self._reading, self._prefetching = LatestWorker(self), LatestWorker(self)
        self._reading.done.connect(self._on_loaded)
        self._reading.failed.connect(self._fail)
        self._prefetching.done.connect(self._keep)
        self.loader = PyramidLoader(self)
        self.loader.progressed.connect(self._show_progress)
        self.loader.done.connect(self._sharpen)
        self.loader.failed.connect(self._stay_coarse)
        self.note.again.connect(self._try_again)
        editing.preparers.append(self._prepare)
        context.changed.connect(self._follow)
        context.selected.connect(self._mark)
        editing.edited.connect(self._follow)

    @property
    def draft(self) -> Draft | None:
        return self._editing.draft

    def class_styles(self) -> ClassStyles:
        """Color and name of each class."""
        return class_styles(self.draft.categories if self.draft is not None else ())

    def clear(self) -> None:
        """Nothing is in view."""
        self._reading.drop()
        self._prefetching.drop()
        self.loader.stop()
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
        self.loader.keep(image, following)
        self.note.hide()
        self._context.show(image.index, (image.height, image.width), reading=not self.draft.has_read(image.index))
        if self._ahead is not None and self._ahead.image is image:
            self._on_loaded(self._ahead)
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
        """For ``Editing.preparers``: how to make, in a worker, the shapes for a large edit of the image in view."""
        image, size = self._context.image, self._context.size
        made, extents = self._shapes.made, self._context.hits.measured

        def prepare(check: EditCheck) -> Show:
            annotations = check.annotations.get(image) if image is not None else None
            if annotations is None:
                return lambda: None
            shapes = make_all(annotations, size, class_styles(check.categories), made, self._editing.paced)
            return partial(self._expect, image, shapes, _index(shapes), extents.renewed(annotations))

        return prepare

    def _expect(self, image: int, shapes: Mapping[int, Made], index: ShapeIndex, extents: Extents) -> None:
        if image == self._context.image:
            self._shapes.expect(extents.of, shapes)
            self._index = index
            self._context.give_extents(extents)

    def _order(self, image: Image) -> tuple[object, ...]:
        return read, self.draft, image, self.class_styles()

    @Slot(object)
    def _on_loaded(self, loaded: LoadedImage) -> None:
        if self.draft is None or self._context.image != loaded.image.index:
            return
        self._ahead = None
        self.setCurrentWidget(self.view)
        self._shapes.begin(loaded.shapes)
        self._context.give_extents(loaded.extents)
        self._in_view = loaded.image
        self._shapes.follow(self._context.annotations, self._context.size, self.class_styles())
        pixels, picture = loaded.opened or (None, self._begin_readying(loaded.image))
        self.view.show_picture(picture, self._all_shapes(), loaded.index, keep=True)
        self._mark()
        if pixels is not None:
            self._context.give_pixels(pixels)
        self.shown.emit(loaded.image)
        if pixels is not None:
            self._read_ahead()

    def _read_ahead(self) -> None:
        if self._next is not None:
            self._prefetching.run(*self._order(self._next))

    @Slot(object)
    def _keep(self, loaded: LoadedImage) -> None:
        """The image that may follow. A huge one is made ready while the one in view is worked on."""
        self._ahead = loaded
        if loaded.opened is None and self.draft is not None:
            self.loader.make(self.draft.dataset, loaded.image)

    # Huge pictures

    def _begin_readying(self, image: Image) -> ImagePyramid:
        assert self.draft is not None
        picture = self.loader.make(self.draft.dataset, image)
        self.note.show_progress(self.loader.share)
        return picture

    @Slot(object, float)
    def _show_progress(self, image: Image, share: float) -> None:
        if image is self._in_view and self.view.picture is not None:
            self.note.show_progress(share)
            self.view.renew_picture(self.view.picture)

    @Slot(object, object)
    def _sharpen(self, image: Image, pyramid: "Pyramid") -> None:
        picture = MappedImagePyramid(pyramid)
        if image is self._in_view:
            self.note.hide()
            self.view.renew_picture(picture)
            self._context.give_pixels(pyramid[0])
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
        self._context.give_extents(Extents())
        self.error.show_error(error)
        self.setCurrentWidget(self.error)

    @Slot()
    def _follow(self) -> None:
        """Instances or classes are others now."""
        if self.draft is None or self._in_view is None:
            return
        if self._shapes.follow(self._context.annotations, self._context.size, self.class_styles()):
            self.refresh()

    @Slot()
    def _mark(self) -> None:
        self.view.mark(self._shapes.of(self._context.order))

    def _all_shapes(self) -> list[Shape]:
        return [*self._shapes.show(self._context.hidden), *self._suggested]

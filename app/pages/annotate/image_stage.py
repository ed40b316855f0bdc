"""The picture in view: read ahead, shown with its instances, kept in step with every edit."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtWidgets import QStackedWidget

from app.canvas.image_loader import ImageLoader, LoadedImage
from app.canvas.instances import ClassStyles, InstanceShapes, MadeShape, class_styles, make_all, not_labelled
from app.canvas.shape import Shape
from app.canvas.shape_index import ShapeIndex
from app.document.background_edit import Prepare, Show
from app.document.editing import Editing
from app.pages.preview_note import PreviewNote
from app.tools.hit_test import Extents
from app.tools.tool_context import ToolContext
from app.tools.tool_view import ToolView
from app.widgets import ErrorState
from core.annotation.editing.draft import Draft
from core.annotation.editing.edit_check import EditCheck
from core.dataset import Image
from core.geometry.segmentation import Segmentation

DrawnInstances = tuple[dict[int, MadeShape], ShapeIndex, Extents]
"""The instances of an image, made ready for the view: outlined, and measured."""


def draw_instances(draft: Draft, styles: ClassStyles, image: Image) -> DrawnInstances:
    """For a worker."""
    annotations = draft.annotations(image.index)
    shapes = make_all(annotations, (image.height, image.width), styles)
    return shapes, ShapeIndex([shape for _, _, shape in shapes.values()]), Extents().renewed(annotations)


class ImageStage(QStackedWidget):
    """The view, or why there is none. One image is read ahead.

    A huge picture is shown coarse until it was made ready; all tools that need no pixels work on it meanwhile.
    """

    shown = Signal(object)
    """The ``Image`` that is in view now, its pixels and shapes with it."""

    def __init__(self, editing: Editing, context: ToolContext) -> None:
        super().__init__()
        self._editing, self._context = editing, context
        self._shapes = InstanceShapes()
        self._index: ShapeIndex | None = None
        """What a worker has made of the shapes that an edit is about to bring."""
        self._suggested: Sequence[Shape] = ()
        self._not_labelled: tuple[Segmentation | None, Sequence[Shape]] = None, ()
        """What nobody has labelled of the image in view, and how that is drawn."""
        self._wanted: tuple[int, int] | None = None
        """An image, by its index, and the position of an instance that is to be found in it."""
        self._in_view = False
        """Whether the image of ``context`` is shown; not yet while it is read."""
        self.view, self.error, self.loader = ToolView(context), ErrorState(), ImageLoader(self)
        self.addWidget(self.view)
        self.addWidget(self.error)
        self.loader.loaded.connect(self._on_loaded)
        self.loader.sharpened.connect(self._on_sharpened)
        self.loader.failed.connect(self._on_failed)
        self.note = PreviewNote(self.loader, self.view)
        editing.preparers.append(self._prepare)
        context.selected.connect(self._mark_selected)
        for signal in (context.changed, editing.edited):
            signal.connect(self._on_changed)

    def class_styles(self) -> ClassStyles:
        """Color and name of each class."""
        draft = self._editing.draft
        return class_styles(draft.categories if draft is not None else ())

    def clear(self) -> None:
        """Nothing is in view."""
        self.loader.stop()
        self.note.hide()
        self._in_view, self._suggested = False, ()
        self._shapes.begin({})
        self.view.mark([])
        self.view.show_picture(None)

    def show_image(self, image: Image, following: Image | None) -> None:
        """Show an image, then read the one that may follow ahead. The tool in hand must have ended."""
        draft, styles = self._editing.draft, self.class_styles()
        assert draft is not None
        self._in_view = False
        self.note.hide()
        self._context.show(image.index, (image.height, image.width), reading=not draft.has_read(image.index))
        self.loader.load(draft.dataset, image, lambda _, image: draw_instances(draft, styles, image), following)

    def find_instance(self, image: int, instance: int | None) -> None:
        """Select the instance at this position of an image that is turned to, and zoom to it, once it is in view."""
        self._wanted = (image, instance) if instance is not None else None
        if self._in_view:
            self._find_wanted()

    def _find_wanted(self) -> None:
        draft, wanted, self._wanted = self._editing.draft, self._wanted, None
        if draft is None or wanted is None or wanted[0] != self._context.image:
            return
        ids = draft.dataset.ids(draft.dataset.images[wanted[0]])
        known = draft.annotations(wanted[0]).get(ids[wanted[1]]) if wanted[1] < len(ids) else None
        if known is not None:
            self._context.select([ids[wanted[1]]])
            self.view.look_at(QRectF(*known.box))

    def suggest(self, shapes: Sequence[Shape]) -> None:
        """Show what a model suggests for the image in view, beside its instances."""
        if shapes or self._suggested:
            self._suggested = shapes
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Other instances are hidden, or other suggestions offered."""
        self.view.show_shapes(self._all_shapes(), self._index)
        self._index = None
        self._mark_selected()

    def _prepare(self) -> Prepare:
        """For ``Editing.preparers``: how to make, in a worker, the shapes for a large edit of the image in view."""
        image, size = self._context.image, self._context.size
        made, extents = self._shapes.made, self._context.hits.measured

        def prepare(check: EditCheck) -> Show:
            annotations = check.annotations.get(image) if image is not None else None
            if annotations is None:
                return lambda: None
            shapes = make_all(annotations, size, class_styles(check.categories), made, self._editing.paced)
            index = ShapeIndex([shape for _, _, shape in shapes.values()])
            renewed = extents.renewed(annotations)

            def show() -> None:
                if image == self._context.image:
                    self._shapes.expect(renewed.of, shapes)
                    self._index = index
                    self._context.give_extents(renewed)

            return show

        return prepare

    @Slot(object)
    def _on_loaded(self, loaded: LoadedImage) -> None:
        if self._editing.draft is None or self._context.image != loaded.image.index:
            return
        shapes, index, extents = loaded.content
        self.setCurrentWidget(self.view)
        self._shapes.begin(shapes)
        self._follow_not_labelled()
        self._context.give_extents(extents)
        self._in_view = True
        self._shapes.follow(self._context.annotations, self._context.size, self.class_styles())
        self.view.show_picture(loaded.picture, self._all_shapes(), index, keep=True)
        self.view.set_pixel_size(loaded.pixel_size)
        self._mark_selected()
        if loaded.pixels is not None:
            self._context.give_pixels(loaded.pixels)
        self.shown.emit(loaded.image)
        self._find_wanted()

    @Slot(object)
    def _on_sharpened(self, loaded: LoadedImage) -> None:
        if loaded.pixels is not None:
            self._context.give_pixels(loaded.pixels)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.clear()
        self._context.give_extents(Extents())
        self.error.show_error(error)
        self.setCurrentWidget(self.error)

    @Slot()
    def _on_changed(self) -> None:
        """Instances or classes are others now."""
        if self._editing.draft is None or not self._in_view:
            return
        followed = self._shapes.follow(self._context.annotations, self._context.size, self.class_styles())
        if self._follow_not_labelled() or followed:
            self.refresh()

    def _follow_not_labelled(self) -> bool:
        """``False`` where it is as it was."""
        draft, image = self._editing.draft, self._context.image
        region = draft.not_labelled(image) if draft is not None and image is not None else None
        if region == self._not_labelled[0]:
            return False
        self._not_labelled = region, not_labelled(region, self._context.size)
        return True

    @Slot()
    def _mark_selected(self) -> None:
        self.view.mark(self._shapes.of(self._context.order))

    def _all_shapes(self) -> list[Shape]:
        return [*self._not_labelled[1], *self._shapes.show(self._context.hidden), *self._suggested]

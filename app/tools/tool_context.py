"""What a tool works on: the picture in view, its instances, the selection, the current class, and a way to change them.

Tools see this narrow object and nothing else of the window, so that they are tested with a draft and no page.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.document.editing import AT_ONCE, Editing
from app.tools.hit_test import Extents, HitTest
from app.tools.suggestion_adoption import AdoptableSuggestion, SuggestionAdoption
from app.tools.unclassified import DrawnShapes, UnclassifiedShapes
from core.annotation.editing import classes
from core.annotation.editing.edits import Edit, InstanceEdit, labelled_images, parts
from core.annotation.editing.model import Annotation
from core.annotation.suggestions.suggestions import Suggestion
from core.dataset.palette import class_color
from core.geometry.mask_ops import has
from core.geometry.mask_style import Color
from core.geometry.masks import Mask, Size
from core.geometry.segmentation import Extent, Segmentation
from core.words import tr


class ToolContext(QObject):
    """Made by the Annotate page, one for all tools. The page says what is in view (``show``, ``give_pixels``), which
    class is the current one, and what is locked or hidden; shapes drawn while there is no class wait in
    ``unclassified``."""

    changed = Signal()
    """The instances of the image in view have changed, by a tool, by undo, or by another image."""
    selected = Signal()
    """``selection`` has changed."""
    preview = Signal()
    """The tool at work looks different: paint it again."""
    damaged = Signal(object)
    """Only this ``QRectF`` of the picture, in image pixels, has to be painted again for the tool at work."""
    status_message = Signal(str)
    """A short message for the status bar: why a click did nothing, what a tool waits for."""
    view_changed = Signal()
    """``visible_area`` has changed."""
    image_changed = Signal()
    """Another image is in view, or its pixels have arrived."""
    category_changed = Signal()
    """``category`` has changed."""
    declined = Signal(object)
    """``list[Suggestion]``: they were adopted and the person deleted them."""

    def __init__(self, editing: Editing) -> None:
        super().__init__()
        self.editing = editing
        """Where changes are kept: ``applying.revise`` makes many of them in a thread."""
        self.image: int | None = None
        """``Image.index`` of the image in view."""
        self.size: Size = (0, 0)
        self.pixels: NDArray[np.uint8] | None = None
        """RGB, ``(height, width, 3)``; ``None`` until it is read."""
        self.visible_area: Extent | None = None
        """How far what is in the view reaches, beyond the picture too: left, top, right, bottom, in image pixels;
        ``None`` without a view."""
        self.order: tuple[int, ...] = ()
        """Ids of the selected instances in the order in which they were selected."""
        self.category: int | None = None
        """The class that new instances get; ``None`` while the dataset has no class."""
        self.just_drew = False
        """Whether the selection is what was drawn last, and was not chosen since."""
        self.locked: frozenset[int] = frozenset()
        """Instances that no tool may change."""
        self.hidden: frozenset[int] = frozenset()
        """Instances that are not shown, and so are not clicked on."""
        self.unclassified = UnclassifiedShapes(self)
        self.unclassified.changed.connect(self.preview)
        self._adoption = SuggestionAdoption()
        self._reading = False
        """Whether the instances of the image in view are still to come."""
        self.hits = HitTest(self.size)
        """How far the instances of the image in view reach, and their masks."""
        editing.edited.connect(self._on_edited)
        editing.repeated.connect(self._on_repeated)

    # What is in view

    def show(self, image: int | None, size: Size = (0, 0), *, reading: bool = False) -> None:
        """Another image is in view; its pixels follow, and where a thread is ``reading`` its instances, these do: it
        has none until then. The tool at work must have ended before."""
        self.image, self.size, self.pixels, self._reading = image, size, None, reading
        self.locked = self.hidden = frozenset()
        self._adoption = SuggestionAdoption()
        self.hits = HitTest(size, lambda: self.annotations)
        self.select(())
        self.image_changed.emit()
        self.changed.emit()

    def give_extents(self, extents: Extents) -> None:
        """The instances of the image in view have been read, and measured."""
        self.hits = HitTest(self.size, lambda: self.annotations, extents)
        if self._reading:
            self._reading = False
            self.changed.emit()

    def give_pixels(self, pixels: NDArray[np.uint8]) -> None:
        """The pixels of the image in view have been read."""
        self.pixels = pixels
        self.image_changed.emit()

    def set_visible_area(self, area: Extent) -> None:
        """The view shows this part of the picture now."""
        if area != self.visible_area:
            self.visible_area = area
            self.view_changed.emit()

    def choose_category(self, category: int | None) -> None:
        """New instances get this class, those too that wait for one."""
        if category != self.category:
            self.category = category
            self.category_changed.emit()
        if category is not None:
            waiting, self.unclassified.drawn = self.unclassified.drawn, ()
            for drawn in waiting:
                self._place(drawn, category)

    def color(self, category: int | None) -> Color:
        """The color of a class; that of the first one while there is none."""
        draft = self.editing.draft
        for place, known in enumerate(draft.categories if draft is not None else ()):
            if known.id == category:
                return known.color or class_color(place)
        return class_color(0)

    @property
    def annotations(self) -> Mapping[int, Annotation]:
        """The instances of the image in view, by id, and after them the adopted suggestions. The view draws small
        ones on top."""
        draft = self.editing.draft
        if draft is None or self.image is None or self._reading:
            return {}
        return self._adoption.with_adopted(draft.annotations(self.image))

    def at(self, x: int, y: int) -> list[int]:
        """The shown instances under a pixel, the smallest first: the one that lies on top."""
        return [id for id in self.hits.at(x, y) if id not in self.hidden]

    def within(self, area: Extent, *, touching: bool = False) -> list[int]:
        """The shown instances that lie in ``area`` (left, top, right, bottom), or ``touching`` it with their extent."""
        return [id for id in self.hits.within(area, touching=touching) if id not in self.hidden]

    # Suggestions

    @property
    def adopted(self) -> Mapping[int, Suggestion]:
        """Suggestions that a tool was used on and that are not changed yet, by the id under which they are edited."""
        return self._adoption.adopted

    def set_suggestions(self, offered: Iterable[AdoptableSuggestion]) -> None:
        """These suggestions are shown on the image in view. Adopted ones stay so as long as they are selected."""
        self._adoption.offered = tuple(offered)

    def pick(self, x: int, y: int) -> list[int]:
        """As ``at``, for a tool that is about to change what lies there: where there is no instance, the suggestion is
        adopted and selected."""
        if found := self.at(x, y):
            return found
        offered = self._adoption.touching((x, y, x + 1, y + 1), lambda mask: has(mask, x, y))
        return self._adopt(sorted(offered, key=lambda one: one.mask.area)[:1])

    def pick_touching(self, area: Extent, matches: Callable[[Mask], bool]) -> list[int]:
        """The shown instances whose extent touches ``area`` and whose mask ``matches``; where there are none, such
        suggestions, adopted and selected."""
        found = [id for id in self.within(area, touching=True) if matches(self.hits.mask(id))]
        return found or self._adopt(self._adoption.touching(area, matches))

    def release_adopted(self) -> None:
        """Adopted suggestions are suggestions like the others again."""
        self.select(id for id in self.order if id not in self.adopted)

    def accept_adopted(self) -> bool:
        """Make instances of the adopted suggestions as they are. ``False`` when there are none."""
        known = self.annotations
        accepted = {id: known[id] for id in self.adopted}
        if accepted and self.image is not None:
            self.editing.do(self._adoption.acceptance(tr("Accept suggestion"), self.image, accepted))
        return bool(accepted)

    def _adopt(self, offered: Sequence[AdoptableSuggestion]) -> list[int]:
        draft = self.editing.draft
        if not offered or draft is None or self.image is None:
            return []
        known = {category.name for category in draft.categories}
        missing = [name for name in dict.fromkeys(one.suggestion.category for one in offered) if name not in known]
        if missing and not self.editing.do(classes.add_all(draft, missing)):
            return []
        adopted = self._adoption.adopt(offered, draft, self.image)
        for id, (annotation, mask) in adopted.items():
            self.hits.remember(id, annotation, mask)
        self.select(adopted)
        self.changed.emit()
        self.status_message.emit(tr("A suggestion: your first change accepts it"))
        return list(adopted)

    # Selection

    @property
    def selection(self) -> frozenset[int]:
        """Ids of the selected instances."""
        return frozenset(self.order)

    def select(self, ids: Iterable[int]) -> None:
        """Select these instances, in this order, and no others."""
        known = self.annotations
        order = tuple(dict.fromkeys([id for id in ids if id in known]))
        let_go = self._adoption.release_all_but(order)
        if order != self.order:
            self.order, self.just_drew = order, False
            self.selected.emit()
        if let_go:
            self.changed.emit()

    def free(self, ids: Collection[int]) -> list[int]:
        """Those of ``ids`` that may be changed; says why when there are some and all are locked."""
        free = [id for id in ids if id not in self.locked]
        if ids and not free:
            self.status_message.emit(
                tr("This instance is locked") if len(ids) == 1 else tr("These instances are locked")
            )
        return free

    # Changes

    def draw(self, name: str, *shapes: Segmentation) -> None:
        """New instances of the current class as one step of undo; they become the selection. Without a class they wait
        in ``unclassified``."""
        assert self.image is not None
        drawn = DrawnShapes(name, self.image, shapes)
        if self.category is not None:
            self._place(drawn, self.category)
        elif shapes:
            self.unclassified.add(drawn)

    def change(self, name: str, after: Mapping[int, Annotation | None], *new: Annotation) -> list[int]:
        """Instances of the image in view become others, ``None`` deletes them, and ``new`` ones come. One step of undo.
        Changes nothing, and makes no step, where all is as before. Suggestions that are deleted are declined. Returns
        the ids of the new instances; none when the change could not be kept."""
        draft = self.editing.draft
        assert draft is not None and self.image is not None
        known = self.annotations
        before = {id: known[id] for id, annotation in after.items() if id in known and known[id] != annotation}
        changed = {id: annotation for id, annotation in after.items() if annotation is not None and id in before}
        come = {draft.new_id(self.image): annotation for annotation in new}
        if not changed and not come:
            declined = {id: suggestion for id, suggestion in self.adopted.items() if id in before}
            before = {id: annotation for id, annotation in before.items() if id not in declined}
            if declined:
                self.select(id for id in self.order if id not in declined)
                self.declined.emit([*declined.values()])
        if not before and not come:
            return []
        change = InstanceEdit(name=name, image=self.image, before=before, after=changed | come)
        return list(come) if self.editing.do(self._adoption.accepting(change)) else []

    def add(self, name: str, *annotations: Annotation, image: int | None = None) -> bool:
        """New instances, of the image in view or of another one, as one step of undo. Returns whether they are the
        selection now: where they are in view and could be kept."""
        draft = self.editing.draft
        image = self.image if image is None else image
        assert draft is not None and image is not None
        after = {draft.new_id(image): annotation for annotation in annotations}
        if not after or not self.editing.do(InstanceEdit(name=name, image=image, before={}, after=after)):
            return False
        if image == self.image:
            self.select(after)
        return image == self.image

    def _place(self, drawn: DrawnShapes, category: int) -> None:
        new = [Annotation(category, shape, shape.box) for shape in drawn.shapes]
        self.just_drew = self.add(drawn.name, *new, image=drawn.image)

    def _on_repeated(self, edit: Edit) -> None:
        """Select what undo or redo brought back, unless it is very much."""
        changes = [part for part in parts(edit) if isinstance(part, InstanceEdit) and part.image == self.image]
        returned = [id for change in changes for id in change.after if id not in change.before]
        if 0 < len(returned) <= AT_ONCE:
            self.select(returned)

    def _on_edited(self, edit: Edit) -> None:
        if self.image in labelled_images(edit):
            changes = [part for part in parts(edit) if isinstance(part, InstanceEdit)]
            made = {id for change in changes for id in (*change.before, *change.after)}
            self._adoption.release_all_but(self.adopted.keys() - made)
            self.select(self.order)  # without those that are gone
            self.changed.emit()

"""What a tool works on: the picture in view, its instances, the selection, the current class, and a way to change them.

Tools see this narrow object and nothing else of the window, so that they are tested with a draft and no page.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.document.editing import AT_ONCE, Editing
from app.tools.hit_test import Extent, Extents, HitTest
from app.tools.suggestion_adoption import AdoptableSuggestion, SuggestionAdoption
from core.annotation.editing.draft import Instances
from core.annotation.editing.edits import Edit, InstanceEdit, images, parts
from core.annotation.editing.model import Annotation
from core.annotation.editing.shape_ops import box_of
from core.annotation.suggestions.suggestions import Suggestion
from core.dataset.model import Segmentation
from core.dataset.palette import Color, class_color
from core.geometry.masks import Mask, Size


@dataclass(frozen=True, slots=True)
class UnclassifiedShapes:
    """Shapes that wait for a class: drawn while there was none."""

    name: str
    image: int
    shapes: tuple[Segmentation, ...]


class ToolContext(QObject):
    """Made by the Annotate page, one for all tools. The page says what is in view (``show``, ``give_pixels``), which
    class is the current one, and what is locked or hidden; it asks for a class when ``class_wanted``."""

    changed = Signal()
    """The instances of the image in view are others now, by a tool, by undo, or by another image."""
    selected = Signal()
    """``selection`` is another one."""
    preview = Signal()
    """The tool at work looks different: paint it again."""
    damaged = Signal(object)
    """Only this ``QRectF`` of the picture, in image pixels, has to be painted again for the tool at work."""
    said = Signal(str)
    """A short message for the status bar: why a click did nothing, what a tool waits for."""
    looked = Signal()
    """``seen`` is another one."""
    pictured = Signal()
    """Another image is in view, or its pixels have arrived."""
    class_wanted = Signal()
    """Something was drawn and there is no class. It is kept in ``waiting`` until ``choose_category`` gives one."""
    none_waits = Signal()
    """What waited for a class was taken back."""
    category_changed = Signal()
    """``category`` is another one."""
    declined = Signal(object)
    """``list[Suggestion]``: they were in hand and the person deleted them."""

    def __init__(self, editing: Editing) -> None:
        super().__init__()
        self._editing = editing
        self.image: int | None = None
        """``Image.index`` of the image in view."""
        self.size: Size = (0, 0)
        self.pixels: NDArray[np.uint8] | None = None
        """RGB, ``(height, width, 3)``; ``None`` until it is read."""
        self.seen: Extent | None = None
        """How far what is in the view reaches, beyond the picture too: left, top, right, bottom, in image pixels;
        ``None`` without a view."""
        self.order: tuple[int, ...] = ()
        """Ids of the selected instances in the order in which they were selected."""
        self.category: int | None = None
        """The class that new instances get; ``None`` while the dataset has no class."""
        self.just_drew = False
        """Whether the selection is what was drawn last, chosen by nobody."""
        self.locked: frozenset[int] = frozenset()
        """Instances that no tool may change."""
        self.hidden: frozenset[int] = frozenset()
        """Instances that are not shown, and so are not clicked on."""
        self.waiting: tuple[UnclassifiedShapes, ...] = ()
        self._adoption = SuggestionAdoption()
        self._reading = False
        """Whether the instances of the image in view are still to come."""
        self._hits = HitTest(self.size)
        editing.edited.connect(self._edited)
        editing.repeated.connect(self._select_returned)

    # What is in view

    def show(self, image: int | None, size: Size = (0, 0), *, reading: bool = False) -> None:
        """Another image is in view; its pixels follow, and where a thread is ``reading`` its instances, these do: it
        has none until then. The tool at work must have ended before."""
        self.image, self.size, self.pixels, self._reading = image, size, None, reading
        self.locked = self.hidden = frozenset()
        self._adoption = SuggestionAdoption()
        self._hits = HitTest(size)
        self.select(())
        self.pictured.emit()
        self.changed.emit()

    @property
    def measured(self) -> Extents:
        """What is known of how far the instances of the image in view reach."""
        return self._hits.measured

    def give_extents(self, extents: Extents) -> None:
        """The instances of the image in view have been read, and measured."""
        self._hits = HitTest(self.size, extents)
        if self._reading:
            self._reading = False
            self.changed.emit()

    def give_pixels(self, pixels: NDArray[np.uint8]) -> None:
        """The pixels of the image in view have been read."""
        self.pixels = pixels
        self.pictured.emit()

    def look(self, seen: Extent) -> None:
        """The view shows this part of the picture now."""
        if seen != self.seen:
            self.seen = seen
            self.looked.emit()

    def choose_category(self, category: int | None) -> None:
        """New instances get this class, those too that wait for one."""
        if category != self.category:
            self.category = category
            self.category_changed.emit()
        if category is not None and self.waiting:
            waiting, self.waiting = self.waiting, ()
            for drawn in waiting:
                self._place(drawn, category)

    def take_back(self) -> bool:
        """What was drawn last and waits for a class is gone. ``False`` when nothing waits."""
        waits = bool(self.waiting)
        if waits:
            self.keep_waiting(self.waiting[:-1])
        return waits

    def keep_waiting(self, waiting: Iterable[UnclassifiedShapes]) -> None:
        """This of what waits for a class, maybe with other shapes; all else is gone."""
        self.waiting = tuple(waiting)
        self.preview.emit()
        if not self.waiting:
            self.none_waits.emit()

    def color(self, category: int | None) -> Color:
        """The color of a class; that of the first one while there is none."""
        draft = self._editing.draft
        for place, known in enumerate(draft.categories if draft is not None else ()):
            if known.id == category:
                return known.color or class_color(place)
        return class_color(0)

    @property
    def annotations(self) -> Mapping[int, Annotation]:
        """The instances of the image in view, by id, and after them the suggestions in hand; large below, small on top
        is the view's business."""
        draft = self._editing.draft
        if draft is None or self.image is None or self._reading:
            return {}
        return self._adoption.over(draft.annotations(self.image))

    def mask(self, id: int) -> Mask:
        """The pixels of an instance of the image in view."""
        return self._hits.mask(id, self.annotations[id])

    def area(self, id: int) -> float:
        """The number of pixels of an instance; of its box where it has no shape."""
        return self._hits.area(id, self.annotations[id])

    def extents(self, ids: Collection[int]) -> NDArray[np.float64]:
        """How far each of some instances reaches: left, top, right, bottom, shape ``(n, 4)``."""
        return self._hits.extents(ids, self.annotations)

    def at(self, x: int, y: int) -> list[int]:
        """The shown instances under a pixel, the smallest first: the one that lies on top."""
        return [id for id in self._hits.at(x, y, self.annotations) if id not in self.hidden]

    def within(self, area: Extent, *, touching: bool = False) -> list[int]:
        """The shown instances that lie in ``area`` (left, top, right, bottom), or ``touching`` it with their extent."""
        return [id for id in self._hits.within(area, self.annotations, touching=touching) if id not in self.hidden]

    # Suggestions

    @property
    def in_hand(self) -> Mapping[int, Suggestion]:
        """Suggestions that were taken up and not changed yet, by the id under which they are edited."""
        return self._adoption.held

    def offer(self, offered: Iterable[AdoptableSuggestion]) -> None:
        """These suggestions are shown on the image in view. What is in hand stays there as long as it is selected."""
        self._adoption.offered = tuple(offered)

    def grasp(self, x: int, y: int) -> list[int]:
        """As ``at``, for a tool that is about to change what lies there: where there is no instance, the suggestion is
        taken up and selected."""
        return self.at(x, y) or self._take_up(self._adoption.at(x, y)[:1])

    def grasp_touching(self, area: Extent, wanted: Callable[[Mask], bool]) -> list[int]:
        """The shown instances with pixels that are ``wanted`` whose extent touches ``area``; where there are none, such
        suggestions, taken up and selected."""
        found = [id for id in self.within(area, touching=True) if wanted(self.mask(id))]
        return found or self._take_up(self._adoption.touching(area, wanted))

    def let_go(self) -> None:
        """What is in hand is a suggestion like the others again."""
        self.select(id for id in self.order if id not in self.in_hand)

    def accept_in_hand(self) -> bool:
        """Make instances of the suggestions in hand as they are. ``False`` when there are none."""
        known = self.annotations
        accepted = {id: known[id] for id in self.in_hand}
        if accepted and self.image is not None:
            self.do(InstanceEdit(name="Accept suggestion", image=self.image, before={}, after=accepted))
        return bool(accepted)

    def _take_up(self, offered: Sequence[AdoptableSuggestion]) -> list[int]:
        draft = self._editing.draft
        if not offered or draft is None or self.image is None:
            return []
        made = self._adoption.lacking(offered, draft)
        if made is not None and not self.do(made):
            return []
        taken = self._adoption.take(offered, draft, self.image)
        for id, (annotation, mask) in taken.items():
            self._hits.remember(id, annotation, mask)
        self.select(taken)
        self.changed.emit()
        self.said.emit("A suggestion: your first change accepts it")
        return list(taken)

    # Selection

    @property
    def selection(self) -> frozenset[int]:
        """Ids of the selected instances."""
        return frozenset(self.order)

    def select(self, ids: Iterable[int]) -> None:
        """Select these instances, in this order, and no others."""
        known = self.annotations
        order = tuple(dict.fromkeys([id for id in ids if id in known]))
        let_go = self._adoption.keep(order)
        if order != self.order:
            self.order, self.just_drew = order, False
            self.selected.emit()
        if let_go:
            self.changed.emit()

    def select_all(self) -> None:
        """Select all that are shown."""
        self.select(id for id in self.annotations if id not in self.hidden)

    def free(self, ids: Collection[int]) -> list[int]:
        """Those of ``ids`` that may be changed; says why when there are some and all are locked."""
        free = [id for id in ids if id not in self.locked]
        if ids and not free:
            self.said.emit("This instance is locked" if len(ids) == 1 else "These instances are locked")
        return free

    # Changes

    def draw(self, name: str, *shapes: Segmentation) -> None:
        """New instances of the current class as one step of undo; they become the selection. Without a class they wait
        for one."""
        assert self.image is not None
        drawn = UnclassifiedShapes(name, self.image, shapes)
        if self.category is not None:
            self._place(drawn, self.category)
        elif shapes:
            self.waiting += (drawn,)
            self.preview.emit()
            self.class_wanted.emit()

    def add(self, name: str, *annotations: Annotation) -> None:
        """New instances as one step of undo; they become the selection."""
        self._add(name, self.image, annotations)

    def change(self, name: str, after: Mapping[int, Annotation | None], *new: Annotation) -> list[int]:
        """Instances of the image in view become others, ``None`` deletes them, and ``new`` ones come. One step of undo.
        Changes nothing, and makes no step, where all is as before. Returns the ids of the new ones; none when it could
        not be kept."""
        draft = self._editing.draft
        assert draft is not None and self.image is not None
        known = self.annotations
        before = {id: known[id] for id, annotation in after.items() if id in known and known[id] != annotation}
        changed = {id: annotation for id, annotation in after.items() if annotation is not None and id in before}
        come = {draft.new_id(self.image): annotation for annotation in new}
        if not changed and not come:
            before = self._without_declined(before)
        if not before and not come:
            return []
        change = InstanceEdit(name=name, image=self.image, before=before, after=changed | come)
        return list(come) if self.do(self._adoption.accepting(change)) else []

    def _without_declined(self, deleted: dict[int, Annotation]) -> dict[int, Annotation]:
        """Of what is deleted, that which is an instance; suggestions are declined."""
        declined = [suggestion for id, suggestion in self.in_hand.items() if id in deleted]
        left = {id: annotation for id, annotation in deleted.items() if id not in self.in_hand}
        if declined:
            self.select(id for id in self.order if id not in deleted or id in left)
            self.declined.emit(declined)
        return left

    @property
    def busy(self) -> bool:
        """Whether a thread changes very many instances."""
        return self._editing.busy

    def perform(
        self,
        name: str,
        image: int,
        make: Callable[[Instances, Callable[[], int]], Edit | None],
        done: Callable[[Edit], None] = lambda edit: None,
        void: Callable[[], None] = lambda: None,
        *,
        long: bool = True,
    ) -> None:
        """Do an edit of an image, in a thread where it takes ``long``, see ``Editing.perform``: ``make`` gets the
        instances of the image, and what gives ids for new ones."""
        draft = self._editing.draft
        if draft is not None:
            new_id = partial(draft.new_id, image)
            self._editing.perform(name, lambda: make(draft.annotations(image), new_id), done, void, long=long)

    def paced(self, known: Instances) -> Iterator[int]:
        """The ids of instances that a thread goes through, see ``Editing.paced``."""
        return self._editing.paced(known)

    def do(self, edit: Edit) -> bool:
        """Do any edit as one step of undo; ``False`` when it could not be kept."""
        return self._editing.do(edit)

    def _place(self, drawn: UnclassifiedShapes, category: int) -> None:
        assert self._editing.draft is not None
        image = self._editing.draft.dataset.images[drawn.image]
        size = image.height, image.width
        new = [Annotation(category, shape, box_of(shape, size)) for shape in drawn.shapes]
        self.just_drew = self._add(drawn.name, drawn.image, new)

    def _add(self, name: str, image: int | None, annotations: Collection[Annotation]) -> bool:
        """Whether the new instances are the selection now."""
        draft = self._editing.draft
        assert draft is not None and image is not None
        after = {draft.new_id(image): annotation for annotation in annotations}
        done = (
            bool(after)
            and self.do(InstanceEdit(name=name, image=image, before={}, after=after))
            and image == self.image
        )
        if done:
            self.select(after)
        return done

    def _select_returned(self, edit: Edit) -> None:
        """What undo or redo brought back is what one goes on with, unless it is very much."""
        changes = [part for part in parts(edit) if isinstance(part, InstanceEdit) and part.image == self.image]
        returned = [id for change in changes for id in change.after if id not in change.before]
        if 0 < len(returned) <= AT_ONCE:
            self.select(returned)

    def _edited(self, edit: Edit) -> None:
        if self.image in images(edit):
            self._adoption.settle(edit)
            self.select(self.order)  # without those that are gone
            self.changed.emit()

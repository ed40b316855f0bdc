"""What a model suggests for the image in view: made ready off the GUI thread, accepted and rejected here."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QUndoCommand

from app.canvas.instances import ClassStyles
from app.canvas.shape import Shape
from app.document.editing import Editing
from app.threads.workers import LatestWorker
from app.tools.tool_context import ToolContext
from core.annotation.editing.edits import Edit, InstanceEdit, parts
from core.annotation.editing.model import Annotation
from core.annotation.suggestions.accepting import accept, accept_all, uncovered
from core.annotation.suggestions.suggestions import Suggestion, Suggestions, newest, read, write
from core.dataset import Dataset
from core.dataset.palette import new_colors
from core.geometry.masks import Size
from core.words import tr

USUAL_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class DrawnSuggestion:
    """A suggestion and its shape on the picture."""

    suggestion: Suggestion
    shape: Shape


class SuggestionList(QObject):
    """Belongs to the GUI thread; everything that decodes masks or touches the disk goes through a worker."""

    changed = Signal()
    """What is offered, or which of it is shown, is different now."""
    failed = Signal(object)
    """Suggestions could not be read or written: the exception."""
    returned = Signal(int)
    """Undo shows again what was rejected, on the image with this index."""

    def __init__(self, editing: Editing, context: ToolContext, styles: Callable[[], ClassStyles]) -> None:
        super().__init__()
        self._editing, self._context, self._styles = editing, context, styles
        self.suggestions: Suggestions | None = None
        self.drawn: tuple[DrawnSuggestion, ...] = ()
        """For the image in view: those that no instance covers, best score first."""
        self.threshold = USUAL_THRESHOLD
        self._accepted: dict[tuple[int, int], frozenset[int]] = {}
        """What was made of suggestions since they were read: by ``Image.index`` and ``id`` of the suggestion, the ids
        of instances. Edited, they need not cover it any more."""
        self._edits: Iterator[Edit] | None = None
        """What is still to be done of accepting everywhere."""
        self._gesture: object = None
        self._reading, self._drawing, self._writing = LatestWorker(self), LatestWorker(self), LatestWorker(self)
        self._reading.done.connect(self._on_read)
        self._drawing.done.connect(self._on_drawn)
        for worker in (self._reading, self._drawing, self._writing):
            worker.failed.connect(self.failed)
        context.image_changed.connect(self._on_image_changed)
        context.changed.connect(self._update_visible)
        context.declined.connect(self.decline)
        editing.edited.connect(self._on_edited)

    @property
    def shown(self) -> list[DrawnSuggestion]:
        """Those at or above the threshold, adopted or not."""
        high = (one for one in self.drawn if one.suggestion.score >= self.threshold)
        return [one for one in high if not self._is_accepted(one.suggestion, self._context.image)]

    @property
    def accepting(self) -> bool:
        """Whether suggestions of other images are being accepted."""
        return self._edits is not None

    @property
    def drawing(self) -> bool:
        """Whether a worker draws the suggestions for the image in view."""
        return self._drawing.busy

    def elsewhere(self) -> list[int]:
        """The other images without instances, with boxes, or labelled in part, for which there are suggestions, by
        ``Image.index``."""
        draft, suggestions = self._editing.draft, self.suggestions
        if draft is None or suggestions is None:
            return []
        others = ((image, found) for image, found in suggestions.images.items() if found)

        def is_unfinished(image: int, found: Sequence[Suggestion]) -> bool:
            partly = bool(draft.not_labelled(image))
            # What was accepted before the window was opened has the box that it had.
            known = {one.box for one in draft.annotations(image).values()} if partly else ()
            wanted = (item for item in found if item.replaces is not None or (partly and item.box not in known))
            return any(not self._is_accepted(item, image) for item in wanted)

        return sorted(
            image
            for image, found in others
            if image != self._context.image and (not draft.instance_count(image) or is_unfinished(image, found))
        )

    @Slot()
    def load(self) -> None:
        """Read what the model that looked last suggests for the dataset that is edited."""
        self.suggestions = self._edits = None
        self._accepted.clear()
        self._show(())
        self._reading.drop()
        if self._editing.draft is not None:
            self._reading.run(_read_newest, self._editing.draft.dataset)

    def set_threshold(self, threshold: float) -> None:
        """Show only what has at least this score."""
        self.threshold = threshold
        self._show(self.drawn)

    def accept(self, drawn: Sequence[DrawnSuggestion]) -> None:
        """Make annotations of some, as one step of undo."""
        draft, image = self._editing.draft, self._context.image
        if draft is None or image is None:
            return
        self._context.release_adopted()
        edit = accept(draft, image, [one.suggestion for one in drawn])
        if edit is not None and self._editing.do(edit):
            self._show(tuple(one for one in self.drawn if one not in drawn))

    @Slot()
    def accept_everywhere(self) -> None:
        """Accept all at or above the threshold on every image, as one step of undo; the window stays at hand."""
        draft, pending = self._editing.draft, self.suggestions
        if draft is None or pending is None or self.accepting:
            return
        self._context.release_adopted()
        for image in {image for image, _ in self._accepted}:
            pending = pending.having(image, self._pending(pending, image))
        self._edits, self._gesture = accept_all(draft, pending, self.threshold), object()
        self._accept_more()

    @Slot()
    def _accept_more(self) -> None:
        edit = next(self._edits, None) if self._edits is not None else None
        if edit is not None and self._editing.do(edit, self._gesture):
            QTimer.singleShot(0, self, self._accept_more)
        else:
            self._edits = None
            self.changed.emit()

    def reject(self, drawn: Sequence[DrawnSuggestion]) -> None:
        """Offer these no more; undo shows them again."""
        self._context.release_adopted()
        self.decline([one.suggestion for one in drawn])

    @Slot(object)
    def decline(self, suggestions: Sequence[Suggestion]) -> None:
        """The same, by the suggestions themselves."""
        image = self._context.image
        if image is not None and self.suggestions is not None and suggestions:
            after = self.suggestions.without(image, tuple(suggestions))
            self._editing.history.push(_Reject(self, image, self.suggestions, after))

    def keep(self, image: int, suggestions: Suggestions) -> None:
        """Offer for an image what ``suggestions`` has for it; nothing happens when another model has looked since."""
        draft, known = self._editing.draft, self.suggestions
        if draft is None or known is None or (known.path, known.made) != (suggestions.path, suggestions.made):
            return
        self.suggestions = known.having(image, suggestions.of(image))
        self._writing.run(write, draft.dataset, self.suggestions)
        if image == self._context.image:
            offered = {id(item) for item in self.suggestions.of(image)}
            self._show(tuple(one for one in self.drawn if id(one.suggestion) in offered))
            self._draw()

    @Slot(object)
    def _on_read(self, suggestions: Suggestions | None) -> None:
        self.suggestions = suggestions
        self._on_image_changed()

    @Slot(object)
    def _on_edited(self, edit: Edit) -> None:
        """Remember what the edit made of suggestions: they give their instances the very shape that they have."""
        draft, suggestions = self._editing.draft, self.suggestions
        if draft is None or suggestions is None:
            return
        changes = [part for part in parts(edit) if isinstance(part, InstanceEdit)]
        last = {change.image: change.after for change in changes}
        for change in changes:
            by_shape = {id(item.shape): item for item in suggestions.of(change.image)}
            there = draft.annotations(change.image)
            for number, annotation in change.after.items():
                if item := by_shape.get(id(annotation.segmentation)):
                    made = (number,) if number in there else last[change.image]  # merged into others at once
                    self._accepted[change.image, id(item)] = frozenset(made)
        self._update_visible()
        self._draw()

    def _pending(self, suggestions: Suggestions, image: int) -> tuple[Suggestion, ...]:
        """The suggestions for an image that are no instances."""
        return tuple(item for item in suggestions.of(image) if not self._is_accepted(item, image))

    def _is_accepted(self, suggestion: Suggestion, image: int | None) -> bool:
        """Whether something was made of a suggestion that is still there."""
        draft = self._editing.draft
        if draft is None or image is None or not (made := self._accepted.get((image, id(suggestion)))):
            return False
        there = draft.annotations(image)
        return any(number in there for number in made)

    @Slot()
    def _update_visible(self) -> None:
        """What is adopted, or is an instance now, is drawn as one."""
        if {one for one in self.drawn if one.shape.visible} != self._visible():
            self._show(self.drawn)

    def _visible(self) -> set[DrawnSuggestion]:
        adopted = {id(suggestion) for suggestion in self._context.adopted.values()}
        return {one for one in self.shown if id(one.suggestion) not in adopted}

    @Slot()
    def _on_image_changed(self) -> None:
        """Another image is in view, or its pixels have come."""
        self._drawing.drop()
        if self._context.pixels is not None:
            self._draw()
        self._show(())

    def _draw(self) -> None:
        image, draft, suggestions = self._context.image, self._editing.draft, self.suggestions
        if suggestions is None or image is None or draft is None:
            return
        there, pending = dict(draft.annotations(image)), self._pending(suggestions, image)
        size, styles = self._context.size, self._styles()
        self._drawing.run(draw_suggestions, image, pending, there, size, styles, suggestions.names)

    @Slot(object)
    def _on_drawn(self, answer: tuple[int, tuple[DrawnSuggestion, ...]]) -> None:
        image, drawn = answer
        if image == self._context.image:
            self._show(drawn)

    def _show(self, drawn: tuple[DrawnSuggestion, ...]) -> None:
        self.drawn = drawn
        visible = self._visible()
        for one in drawn:
            one.shape.visible = one in visible
        self.changed.emit()


class _Reject(QUndoCommand):
    """Suggestions for one image that a person did not want. Not in the journal: no annotation changes."""

    def __init__(self, list: SuggestionList, image: int, before: Suggestions, after: Suggestions) -> None:
        super().__init__(tr("Reject suggestions"))
        self._list, self._image = list, image
        self._before, self._after = before, after

    def redo(self) -> None:
        self._list.keep(self._image, self._after)

    def undo(self) -> None:
        self._list.keep(self._image, self._before)
        self._list.returned.emit(self._image)


def draw_suggestions(
    image: int,
    suggestions: Iterable[Suggestion],
    there: Mapping[int, Annotation],
    size: Size,
    styles: ClassStyles,
    names: Callable[[], Iterable[str]],
) -> tuple[int, tuple[DrawnSuggestion, ...]]:
    """The suggestions for an image that no instance ``there`` covers, and the index of the image; ``names`` gives the
    classes of all suggestions. For a worker."""
    colors = {name: color for color, name in styles.values()}
    new = [name for name in names() if name not in colors]  # a model of other classes: they come next in the list
    colors |= zip(new, new_colors(colors.values(), len(styles), len(new)), strict=True)
    return image, tuple(
        DrawnSuggestion(
            item, Shape(item.mask(), colors[item.category], f"{item.category} {item.score:.2f}", "prediction")
        )
        for item in uncovered(suggestions, there, size)
    )


def _read_newest(dataset: Dataset) -> Suggestions | None:
    path = newest(dataset)
    return read(path, dataset) if path is not None else None

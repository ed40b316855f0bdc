"""What a model suggests for the image in view: made ready off the GUI thread, accepted and rejected here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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
        self._became: dict[tuple[int, int], frozenset[int]] = {}
        """What was made of suggestions since they were read: by ``Image.index`` and ``id`` of the suggestion, the ids
        of instances. Edited, they need not cover it any more."""
        self._edits: Iterator[Edit] | None = None
        """What is still to be done of accepting everywhere."""
        self._gesture: object = None
        self._reading, self._making, self._writing = LatestWorker(self), LatestWorker(self), LatestWorker(self)
        self._reading.done.connect(self._on_suggestions_read)
        self._making.done.connect(self._on_drawn)
        for worker in (self._reading, self._making, self._writing):
            worker.failed.connect(self.failed)
        context.image_changed.connect(self._on_image_changed)
        context.changed.connect(self._hide_used)
        context.declined.connect(self.decline)
        editing.edited.connect(self._follow)

    @property
    def shown(self) -> list[DrawnSuggestion]:
        """Those at or above the threshold, in hand or not."""
        high = (one for one in self.drawn if one.suggestion.score >= self.threshold)
        return [one for one in high if not self._is_made(one.suggestion, self._context.image)]

    def elsewhere(self) -> int:
        """The number of other images without instances for which there are suggestions."""
        return len(self._elsewhere())

    def following(self) -> int | None:
        """The next of these images, by ``Image.index``; after the last one the first."""
        others, here = sorted(self._elsewhere()), self._context.image or 0
        return next((image for image in others if image > here), others[0] if others else None)

    def _elsewhere(self) -> list[int]:
        draft, suggestions = self._editing.draft, self.suggestions
        if draft is None or suggestions is None:
            return []
        others = (image for image, found in suggestions.images.items() if found and image != self._context.image)
        return [image for image in others if not draft.instance_count(image)]

    @Slot()
    def load(self) -> None:
        """Read what the model that was asked last suggests for the dataset that is edited."""
        self.suggestions = self._edits = None
        self._became.clear()
        self._show(())
        self._reading.drop()
        if self._editing.draft is not None:
            self._reading.run(_read, self._editing.draft.dataset)

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
        draft = self._editing.draft
        if draft is not None and self.suggestions is not None and not self.accepting:
            self._context.release_adopted()
            self._edits, self._gesture = accept_all(draft, self._still_open(), self.threshold), object()
            self._accept_more()

    @property
    def accepting(self) -> bool:
        """Whether suggestions of other images are being accepted."""
        return self._edits is not None

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
        if image is None or self.suggestions is None or not suggestions:
            return
        left = self.suggestions.without(image, tuple(suggestions))
        self._editing.history.push(_Reject(self, image, self.suggestions, left))

    def keep(self, image: int, suggestions: Suggestions) -> None:
        """Offer for an image what ``suggestions`` has for it; nothing happens when another model has looked since."""
        draft, known = self._editing.draft, self.suggestions
        if draft is None or known is None or (known.path, known.made) != (suggestions.path, suggestions.made):
            return
        self.suggestions = known.having(image, suggestions.of(image))
        self._writing.run(write, draft.dataset, self.suggestions)
        if image == self._context.image:
            left = {id(item) for item in self.suggestions.of(image)}
            self._show(tuple(one for one in self.drawn if id(one.suggestion) in left))
            self._make()

    @Slot(object)
    def _on_suggestions_read(self, suggestions: Suggestions | None) -> None:
        self.suggestions = suggestions
        self._on_image_changed()

    @Slot(object)
    def _follow(self, edit: Edit) -> None:
        if self.suggestions is not None:
            self._note(edit, self.suggestions)
            self._hide_used()
            self._make()

    def _note(self, edit: Edit, suggestions: Suggestions) -> None:
        """Remember what an edit made of suggestions: they give their instances the very shape that they have."""
        assert self._editing.draft is not None
        for part in parts(edit):
            if not isinstance(part, InstanceEdit):
                continue
            shapes = {id(item.shape): item for item in suggestions.of(part.image)}
            there = self._editing.draft.annotations(part.image)
            for number, annotation in part.after.items():
                if item := shapes.get(id(annotation.segmentation)):
                    made = (number,) if number in there else _last(edit, part.image)  # merged into others at once
                    self._became[part.image, id(item)] = frozenset(made)

    def _open(self, image: int) -> tuple[Suggestion, ...]:
        """The suggestions for an image of which nothing was made that is still there."""
        assert self.suggestions is not None
        return tuple(item for item in self.suggestions.of(image) if not self._is_made(item, image))

    def _is_made(self, suggestion: Suggestion, image: int | None) -> bool:
        """Whether something was made of a suggestion that is still there."""
        draft = self._editing.draft
        if draft is None or image is None or not (made := self._became.get((image, id(suggestion)))):
            return False
        there = draft.annotations(image)
        return any(number in there for number in made)

    def _still_open(self) -> Suggestions:
        """The same for all images."""
        assert self.suggestions is not None
        left = self.suggestions
        for image in {image for image, _ in self._became}:
            left = left.having(image, self._open(image))
        return left

    @Slot()
    def _hide_used(self) -> None:
        """What is in hand, or is an instance now, is drawn as one."""
        if {one for one in self.drawn if one.shape.visible} != self._visible():
            self._show(self.drawn)

    def _visible(self) -> set[DrawnSuggestion]:
        held = {id(suggestion) for suggestion in self._context.adopted.values()}
        return {one for one in self.shown if id(one.suggestion) not in held}

    @Slot()
    def _on_image_changed(self) -> None:
        """Another image is in view, or its pixels have come."""
        self._making.drop()
        if self._context.pixels is not None:
            self._make()
        self._show(())

    @property
    def making(self) -> bool:
        """Whether a worker draws the suggestions for the image in view."""
        return self._making.busy

    def _make(self) -> None:
        image = self._context.image
        if self.suggestions is None or image is None or self._editing.draft is None:
            return
        there = tuple(self._editing.draft.annotations(image).values())
        names = self.suggestions.names
        self._making.run(make, image, self._open(image), there, self._context.size, self._styles(), names)

    @Slot(object)
    def _on_drawn(self, made: tuple[int, tuple[DrawnSuggestion, ...]]) -> None:
        image, drawn = made
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


def make(
    image: int,
    suggestions: Iterable[Suggestion],
    there: Iterable[Annotation],
    size: Size,
    styles: ClassStyles,
    names: Callable[[], Iterable[str]],
) -> tuple[int, tuple[DrawnSuggestion, ...]]:
    """The suggestions for an image that shows the instances ``there``; ``names`` are the classes of all suggestions.
    For a worker."""
    colors = {name: color for color, name in styles.values()}
    lacking = [name for name in names() if name not in colors]  # a model of other classes: they come next in the list
    colors |= zip(lacking, new_colors(colors.values(), len(styles), len(lacking)), strict=True)
    return image, tuple(
        DrawnSuggestion(item, Shape(item.mask(), colors[item.category], _text(item), "prediction"))
        for item in uncovered(suggestions, there, size)
    )


def _text(suggestion: Suggestion) -> str:
    return f"{suggestion.category} {suggestion.score:.2f}"


def _last(edit: Edit, image: int) -> Iterable[int]:
    """The instances that an edit leaves changed in an image."""
    return [part for part in parts(edit) if isinstance(part, InstanceEdit) and part.image == image][-1].after


def _read(dataset: Dataset) -> Suggestions | None:
    path: Path | None = newest(dataset)
    return read(path, dataset) if path is not None else None

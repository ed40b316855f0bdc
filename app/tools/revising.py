"""Changing many instances: as one step of undo, in a thread where that takes long."""

from collections.abc import Callable, Collection, Iterator, Mapping

from app.document.editing import AT_ONCE
from app.tools.tool_context import ToolContext
from core.annotation.editing.draft import Instances
from core.annotation.editing.edits import Edit, InstanceEdit, changing
from core.annotation.editing.model import Annotation

Known = Mapping[int, Annotation]
After = Mapping[int, Annotation | None]
"""By id; ``None`` for one that goes."""

_PIXELS_AT_ONCE = 1e6
"""In the boxes of instances whose shapes are changed at once; more take a thread."""


def revise(
    context: ToolContext, name: str, ids: Collection[int], make: Callable[[Known], After], nothing: str = ""
) -> None:
    """Change some instances of the image in view. ``make`` looks at nothing that changes: it gets those that are there
    and returns those that become others. Says ``nothing`` where all is as before."""
    image = context.image
    if image is None or not ids:
        return

    def void() -> None:
        if nothing:
            context.said.emit(nothing)

    if context.in_hand.keys() & set(ids) or not _takes_long(context, ids):
        known = _of(context.annotations, ids)
        after = make(known)
        if all(known[id] == annotation for id, annotation in after.items()):
            void()
        context.change(name, after)
        return

    def edit(instances: Instances, new_id: Callable[[], int]) -> InstanceEdit | None:
        known = _of(instances, ids)
        return changing(name, image, known, make(_Paced(known, context)))

    context.perform(name, image, edit, void=void)


def bring(context: ToolContext, name: str, image: int, make: Callable[[], Collection[Annotation]], number: int) -> None:
    """A ``number`` of new instances of an image; they become the selection."""

    def edit(instances: Instances, new_id: Callable[[], int]) -> InstanceEdit:
        return InstanceEdit(name=name, image=image, before={}, after={new_id(): annotation for annotation in make()})

    def done(edit: Edit) -> None:
        assert isinstance(edit, InstanceEdit)
        context.select(edit.after)

    context.perform(name, image, edit, done, long=number > AT_ONCE)


class _Paced(Mapping[int, Annotation]):
    """Instances that tell how many of them have been gone through."""

    def __init__(self, known: Known, context: ToolContext) -> None:
        self._known, self._context = known, context

    def __getitem__(self, id: int) -> Annotation:
        return self._known[id]

    def __iter__(self) -> Iterator[int]:
        return self._context.paced(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _of(instances: Known, ids: Collection[int]) -> Known:
    return {id: instances[id] for id in ids if id in instances}


def _takes_long(context: ToolContext, ids: Collection[int]) -> bool:
    left, top, right, bottom = context.extents(ids).T
    return len(ids) > AT_ONCE or float(((right - left) * (bottom - top)).sum()) > _PIXELS_AT_ONCE

"""Changing many instances: as one step of undo, in a thread where that takes long."""

from collections.abc import Callable, Collection, Iterator, Mapping

from app.tools.tool_context import Easel
from app.document.editing import AT_ONCE
from core.annotation.editing.draft import Instances
from core.annotation.editing.edits import Change, Edit, changing
from core.annotation.editing.model import Annotation

Known = Mapping[int, Annotation]
After = Mapping[int, Annotation | None]
"""By id; ``None`` for one that goes."""

_PIXELS_AT_ONCE = 1e6
"""In the boxes of instances whose shapes are changed at once; more take a thread."""


def revise(easel: Easel, name: str, ids: Collection[int], make: Callable[[Known], After], nothing: str = "") -> None:
    """Change some instances of the image in view. ``make`` looks at nothing that changes: it gets those that are there
    and returns those that become others. Says ``nothing`` where all is as before."""
    image = easel.image
    if image is None or not ids:
        return

    def void() -> None:
        if nothing:
            easel.said.emit(nothing)

    if easel.in_hand.keys() & set(ids) or not _takes_long(easel, ids):
        known = _of(easel.annotations, ids)
        after = make(known)
        if all(known[id] == annotation for id, annotation in after.items()):
            void()
        easel.change(name, after)
        return

    def edit(instances: Instances, new_id: Callable[[], int]) -> Change | None:
        known = _of(instances, ids)
        return changing(name, image, known, make(_Paced(known, easel)))

    easel.perform(name, image, edit, void=void)


def bring(easel: Easel, name: str, image: int, make: Callable[[], Collection[Annotation]], number: int) -> None:
    """A ``number`` of new instances of an image; they become the selection."""

    def edit(instances: Instances, new_id: Callable[[], int]) -> Change:
        return Change(name=name, image=image, before={}, after={new_id(): annotation for annotation in make()})

    def done(edit: Edit) -> None:
        assert isinstance(edit, Change)
        easel.select(edit.after)

    easel.perform(name, image, edit, done, long=number > AT_ONCE)


class _Paced(Mapping[int, Annotation]):
    """Instances that tell how many of them have been gone through."""

    def __init__(self, known: Known, easel: Easel) -> None:
        self._known, self._easel = known, easel

    def __getitem__(self, id: int) -> Annotation:
        return self._known[id]

    def __iter__(self) -> Iterator[int]:
        return self._easel.paced(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _of(instances: Known, ids: Collection[int]) -> Known:
    return {id: instances[id] for id in ids if id in instances}


def _takes_long(easel: Easel, ids: Collection[int]) -> bool:
    left, top, right, bottom = easel.extents(ids).T
    return len(ids) > AT_ONCE or float(((right - left) * (bottom - top)).sum()) > _PIXELS_AT_ONCE

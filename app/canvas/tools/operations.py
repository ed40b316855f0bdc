"""Commands on the selected instances. Each is one step of undo, and says through ``easel.said`` why it did nothing."""

from app.canvas.easel import Easel
from app.canvas.tools import applying
from core.words import count

_BESIDE = 10
"""Image pixels by which a copy lies beside what it is of."""


def delete(easel: Easel) -> None:
    """Delete what is selected and not locked."""
    free = easel.free(easel.order)
    if free:
        easel.change(_named("Delete", free), dict.fromkeys(free))


def duplicate(easel: Easel) -> None:
    """Copies of what is selected, a little beside it; they become the selection."""
    known, ids = easel.annotations, easel.order
    if not ids:
        easel.said.emit("Select the instances to duplicate")
        return
    for across, down in ((_BESIDE, _BESIDE), (-_BESIDE, -_BESIDE)):
        by = applying.movable(easel, ids, across, down)
        if any(by):
            break
    easel.add(_named("Duplicate", ids), *(applying.moved(easel, known[id], *by) for id in ids))


def _named(name: str, ids: "list[int] | tuple[int, ...]") -> str:
    """“Delete”, “Delete 3 instances”."""
    return name if len(ids) == 1 else f"{name} {count(len(ids), 'instance')}"

"""Putting weights that were trained elsewhere into a network: all of them checked, heads re-used class by class."""

from collections.abc import Sequence

from torch import Tensor

from core.errors import UserError
from core.models.segmenter import ClassRows, Segmenter, Weights
from core.words import some_of, tr

_CONSTANT = ("num_batches_tracked", "relative_position_index")
"""Endings of what is in a state dict and is not learnt."""


def fill(segmenter: Segmenter, weights: Weights, classes: Sequence[str]) -> list[str]:
    """Start ``segmenter``, which learns ``classes``, from ``weights``.

    A class of the same name continues with its rows of the heads, the others start afresh. Returns the names of those
    that continue. Raises ``UserError`` when a tensor is missing, unknown or of a wrong shape; nothing is loaded then.
    """
    own = segmenter.state_dict()
    layout = segmenter.class_rows
    state = dict(weights.tensors)
    count = class_count(state, layout)
    sources = _sources(weights.classes, classes, count)
    for name, tensor in state.items():
        rows = _rows(name, layout)
        if rows and count is not None and name in own:
            public_shape = (rows * (layout.background + count), *own[name].shape[1:])
            if tensor.shape == public_shape:
                state[name] = _continued(tensor, own[name], rows, layout.background, sources)
    needed = {name for name in own if not name.startswith(weights.without or ("\0",)) and not name.endswith(_CONSTANT)}
    if missing := sorted(needed - state.keys()):
        raise UserError(tr("it lacks {tensors}", tensors=some_of(missing, 1)))
    if unknown := sorted(state.keys() - own.keys()):
        raise UserError(tr("it has the unknown {tensors}", tensors=some_of(unknown, 1)))
    if misshapen := sorted(name for name in state if state[name].shape != own[name].shape):
        raise UserError(tr("it has the wrong shape for {tensors}", tensors=some_of(misshapen, 1)))
    segmenter.load_state_dict(own | state)
    return [name for name, source in zip(classes, sources, strict=True) if source is not None]


def same_class(name: str) -> str:
    """What is equal for two names of one class: “Traffic light”, “traffic_light” and “traffic-light”."""
    return " ".join(name.replace("_", " ").replace("-", " ").casefold().split())


def _sources(known: Sequence[str | None] | None, wanted: Sequence[str], count: int | None) -> list[int | None]:
    """For each wanted class which of the file's ``count`` it continues."""
    if known is None or len(known) != count:  # who does not know the names takes as many classes for the same ones
        return list(range(len(wanted))) if len(wanted) == count else [None] * len(wanted)
    places = {same_class(name): index for index, name in reversed(list(enumerate(known))) if name is not None}
    return [places.get(same_class(name)) for name in wanted]


def _rows(name: str, layout: ClassRows) -> int:
    """Rows a class has in the tensor ``name``; 0 where classes have none."""
    return next((rows for prefix, rows in layout.rows.items() if name.startswith(prefix)), 0)


def class_count(state: dict[str, Tensor], layout: ClassRows) -> int | None:
    """How many classes the heads of a file know; ``None`` without heads."""
    for name, tensor in state.items():
        if (rows := _rows(name, layout)) and tensor.ndim:
            return len(tensor) // rows - layout.background
    return None


def _continued(tensor: Tensor, fresh: Tensor, rows: int, background: int, sources: Sequence[int | None]) -> Tensor:
    """The rows of the background and of the classes that continue, in their new places among fresh ones."""
    result = fresh.clone()
    start = rows * background
    result[:start] = tensor[:start]
    for label, source in enumerate(sources):
        if source is not None:
            place, origin = start + rows * label, start + rows * source
            result[place : place + rows] = tensor[origin : origin + rows]
    return result

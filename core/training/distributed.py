"""Decisions that all ranks of a distributed training share: what depends on a clock, on a person or on the validation
images is decided by rank 0."""

from collections.abc import Callable
from typing import TypeVar, cast

from pytorch_lightning.plugins import TorchSyncBatchNorm
from torch import distributed, nn

from core.errors import UserError
from core.runs.control import CancelRequested, PauseRequested, StopRequested

T = TypeVar("T")


def together(act: Callable[[], T]) -> T:
    """Call ``act`` in rank 0 and return its value, or raise its exception, in every rank.

    A collective call: all ranks have to make it. The value is pickled. In a training of one process it is ``act()``.
    """
    if not (distributed.is_available() and distributed.is_initialized()):
        return act()
    answer: list[tuple[T | None, Exception | None]] = [(None, None)]
    if distributed.get_rank() == 0:
        try:
            answer[0] = act(), None
        except (CancelRequested, PauseRequested, StopRequested, UserError) as request:
            answer[0] = None, request
    distributed.broadcast_object_list(answer, src=0)
    value, asked = answer[0]
    if asked is not None:
        raise asked
    return cast(T, value)


class SharedNorms(TorchSyncBatchNorm):
    """Batch normalisation over all ranks. torch's own conversion would drop the activations that timm builds into its
    norms."""

    def apply(self, model: nn.Module) -> nn.Module:
        from timm.layers import convert_sync_batchnorm  # takes its time, and only several GPUs need it

        converted: nn.Module = convert_sync_batchnorm(model)
        return converted

    def revert(self, model: nn.Module) -> nn.Module:
        """Does nothing: in evaluation they are like any others, and Lightning's conversion back would drop the
        activations too."""
        return model

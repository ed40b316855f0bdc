"""Processes that train one model together go the same way: what depends on a clock, on a person or on the validation
images is decided by the first of them."""

from collections.abc import Callable
from typing import TypeVar, cast

from pytorch_lightning.plugins import TorchSyncBatchNorm
from torch import distributed, nn

from core.errors import UserError
from core.runs.control import CancelRequested, PauseRequested, StopRequested

T = TypeVar("T")


def together(act: Callable[[], T]) -> T:
    """What ``act`` returns or raises in the first process, in each of them; only that one does it.

    All processes must come here. Alone it is ``act()``. What it returns is pickled.
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
    """Batch normalisation with the statistics of all processes, once it is applied. torch's own conversion would drop
    the activations that timm builds into its norms."""

    def apply(self, model: nn.Module) -> nn.Module:
        from timm.layers import convert_sync_batchnorm  # takes its time, and only several GPUs need it

        converted: nn.Module = convert_sync_batchnorm(model)
        return converted

    def revert(self, model: nn.Module) -> nn.Module:
        """Nothing: in evaluation they are like any others, and Lightning's way back drops the activations too."""
        return model

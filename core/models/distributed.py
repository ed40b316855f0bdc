"""Losses of a batch that several processes hold in parts."""

from torch import Tensor, distributed


def share(total: Tensor) -> Tensor:
    """What a sum over this process's part of a batch is divided by.

    ``total`` is this part's share of the normaliser, such as the number of its positives. Divided by the result, the
    parts' losses have the mean that one process would get for the whole batch; that mean is what distributed training
    follows. Alone it is ``total``, at least 1.
    """
    if not (distributed.is_available() and distributed.is_initialized()):
        return total.clamp(min=1)
    everywhere = total.detach().clone()
    distributed.all_reduce(everywhere)
    return everywhere.clamp(min=1) / distributed.get_world_size()


def mean(values: Tensor) -> Tensor:
    """The mean of ``values`` over all processes, in each of them."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return values
    everywhere = values.detach().clone()
    distributed.all_reduce(everywhere)
    return everywhere / distributed.get_world_size()

"""Running statistics of a network, restored after steps that went wrong."""

import torch
from torch import Tensor, nn


class NormGuard:
    """The buffers of ``model`` that a forward pass changes: running means and variances.

    That a step is bad is known only after its forward pass, which has updated them by then, and a value that is not
    finite never leaves a running mean again. Nothing here makes the device wait.
    """

    def __init__(self, model: nn.Module) -> None:
        """``model`` is where it is trained: buffers that move to a device are other ones."""
        self._buffers = [buffer for buffer in model.buffers() if buffer.is_floating_point()]
        self._kept = self._all()
        parts = torch.split(self._kept, [buffer.numel() for buffer in self._buffers])
        self._parts = [part.view_as(buffer) for part, buffer in zip(parts, self._buffers, strict=True)]

    @torch.no_grad()
    def take(self, bad: Tensor) -> None:
        """After a step: restore the buffers as they were before it where it was ``bad``, a boolean tensor on the
        device, or where a buffer is not finite."""
        if not self._buffers:
            return
        new = self._all()
        torch.where(new.isfinite().all() & ~bad, new, self._kept, out=self._kept)
        torch._foreach_copy_(self._buffers, self._parts)

    def _all(self) -> Tensor:
        """``(N,)``, a copy."""
        return torch.cat([buffer.flatten() for buffer in self._buffers]) if self._buffers else torch.empty(0)

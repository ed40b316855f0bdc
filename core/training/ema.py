"""A moving average of a network's weights: steadier than the weights themselves, and what is validated and kept."""

import copy

import torch
from torch import Tensor, nn

from core.models.segmenter import Segmenter


class Ema(nn.Module):
    """Exponential moving average of all parameters and buffers of ``model``, running statistics included.

    Early on the average is short, with a decay of (1 + n) / (10 + n) after n steps, so that a short training is not
    weighed down by its first weights. A decay of 0 makes it a copy.
    """

    def __init__(self, model: Segmenter, decay: float) -> None:
        super().__init__()
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self._decay = decay
        self._pairs: list[tuple[Tensor, Tensor]] = []

    @torch.no_grad()
    def update(self, model: Segmenter, step: int) -> None:
        """Take in the weights of ``model`` after ``step`` steps. It is the same model every time."""
        if not self._pairs:
            theirs = model.state_dict()
            self._pairs = [(own, theirs[name]) for name, own in self.model.state_dict().items()]
        weight = 1 - min(self._decay, (1 + step) / (10 + step))
        averaged = [pair for pair in self._pairs if pair[0].is_floating_point()]
        torch._foreach_lerp_([own for own, _ in averaged], [new for _, new in averaged], weight)
        for own, new in self._pairs:
            if not own.is_floating_point():
                own.copy_(new)

    def train(self, mode: bool = True) -> "Ema":
        """The average is never trained: it stays in evaluation mode."""
        return super().train(False)

"""The optimizers and their parameter groups."""

from typing import Any

import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from core.recipes.schema import TrainingSettings


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """The weights that are trained: those that are decayed, then norms and biases, which are not, as in RTMDet's paper;
    OTX, whose training "classic" follows, decays them too."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in trained if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in trained if parameter.ndim <= 1], "weight_decay": 0.0},
    ]


def make_optimizer(model: nn.Module, settings: TrainingSettings, *, scaled: bool = False) -> Optimizer:
    """SGD with momentum, or AdamW (arXiv 1711.05101).

    ``scaled`` is for fp16, where the scaler has to unscale the gradients before they are clipped.
    """
    groups = parameter_groups(model, settings.weight_decay)
    # Fused: one pass over the weights instead of several, and a step can be left out without waiting for the device.
    if settings.optimizer == "adamw":
        return AdamW(groups, settings.learning_rate, fused=not scaled)
    optimizer = SGD(groups, settings.learning_rate, settings.momentum, fused=not scaled)
    if settings.momentum:
        for group in groups:  # a first step that is left out would leave a fused momentum with arbitrary values
            for parameter in group["params"]:
                optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
    return optimizer

"""What moves the weights."""

from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from core.recipes.schema import Settings


def make_optimizer(model: nn.Module, settings: Settings) -> Optimizer:
    """SGD with momentum, or AdamW (arXiv 1711.05101).

    Norms and biases are not decayed, as in RTMDet's paper; OTX, whose training "classic" follows, decays them too.
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in trained if parameter.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [parameter for parameter in trained if parameter.ndim <= 1], "weight_decay": 0.0},
    ]
    # One pass over the weights instead of several. On a GPU it would do the fp16 scaler's work, and clipping with it.
    fused = trained[0].device.type == "cpu"
    if settings.optimizer == "sgd":
        return SGD(groups, settings.learning_rate, settings.momentum, fused=fused)
    return AdamW(groups, settings.learning_rate, fused=fused)

"""Which weights decay."""

import pytest
from torch import nn
from torch.optim import SGD, AdamW

from core.recipes.schema import TrainingSettings
from core.training.optimizer import make_optimizer


@pytest.mark.parametrize(("name", "kind"), [("sgd", SGD), ("adamw", AdamW)])
def test_norms_and_biases_do_not_decay(name: str, kind: type) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 1, bias=False))
    model[2].weight.requires_grad_(False)
    optimizer = make_optimizer(model, TrainingSettings(optimizer=name, weight_decay=0.05, momentum=0.8))
    assert isinstance(optimizer, kind)
    decayed, spared = optimizer.param_groups
    assert [id(parameter) for parameter in decayed["params"]] == [id(model[0].weight)]
    assert {id(parameter) for parameter in spared["params"]} == {
        id(parameter) for parameter in (model[0].bias, model[1].weight, model[1].bias)
    }
    assert (decayed["weight_decay"], spared["weight_decay"]) == (0.05, 0.0)

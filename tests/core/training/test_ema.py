"""The average that is kept in place of the weights."""

import torch
from torch import nn

from core.training.ema import Ema


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def test_it_follows_closely_at_first_and_slowly_later() -> None:
    model = network()
    ema = Ema(model, decay=0.9)
    with torch.no_grad():
        model[0].weight.fill_(1.0)
        ema.model[0].weight.fill_(0.0)
    ema.update(model, step=1)
    assert torch.allclose(ema.model[0].weight, torch.full((3, 2), 1 - 2 / 11))
    with torch.no_grad():
        ema.model[0].weight.fill_(0.0)
    ema.update(model, step=1000)
    assert torch.allclose(ema.model[0].weight, torch.full((3, 2), 0.1))


def test_running_statistics_are_averaged_and_counters_copied() -> None:
    model = network()
    ema = Ema(model, decay=0.5)
    model(torch.randn(8, 2) + 5)
    ema.update(model, step=100)
    assert torch.allclose(ema.model[1].running_mean, model[1].running_mean / 2)
    assert ema.model[1].num_batches_tracked == 1


def test_no_decay_makes_it_a_copy() -> None:
    model = network()
    ema = Ema(model, decay=0.0)
    with torch.no_grad():
        model[0].weight.add_(1)
    ema.update(model, step=50)
    assert torch.equal(ema.model[0].weight, model[0].weight)


def test_it_is_never_trained() -> None:
    ema = Ema(network(), decay=0.5)
    ema.train()
    assert not any(module.training for module in ema.modules())
    assert not any(parameter.requires_grad for parameter in ema.parameters())

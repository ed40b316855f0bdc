"""Number formats by device."""

import copy

import pytest
import torch
from torch import nn

from core.training.precision import choose_precision, spare_depthwise

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("able", "expected"),
    [({"avx512_bf16": True}, "bf16"), ({"amx_bf16": True}, "bf16"), ({"avx2": True}, "fp32"), ({}, "fp32")],
)
def test_a_cpu_computes_in_bf16_where_it_can_by_itself(
    monkeypatch: pytest.MonkeyPatch, able: dict[str, bool], expected: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert choose_precision("auto", CPU).format == expected


@pytest.mark.parametrize(("capability", "expected"), [((8, 0), "bf16"), ((7, 5), "fp16")])
def test_a_gpu_computes_in_half_precision(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert choose_precision("auto", torch.device("cuda")).format == expected


def test_what_is_asked_for_is_done_where_it_can_be() -> None:
    assert choose_precision("fp32", CPU).lightning == "32-true"
    assert choose_precision("bf16", CPU).lightning == "bf16-mixed"
    chosen = choose_precision("fp16", CPU)
    assert chosen.format == "bf16"
    assert "fp16" in chosen.problem


def test_depthwise_convolutions_compute_in_float32_where_the_rest_is_bf16() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 5, groups=8), nn.Conv2d(8, 4, 1))
    spare_depthwise(network)
    formats = []
    for layer in network:
        layer.register_forward_hook(lambda layer, inputs, output: formats.append(output.dtype))
    with torch.autocast("cpu", torch.bfloat16):
        network(torch.randn(1, 3, 16, 16)).float().sum().backward()
    assert formats == [torch.bfloat16, torch.float32, torch.bfloat16]
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_a_copy_of_a_network_with_depthwise_convolutions_has_weights_of_its_own() -> None:
    layer = nn.Conv2d(2, 2, 1, groups=2)
    spare_depthwise(layer)
    average, x = copy.deepcopy(layer), torch.ones(1, 2, 4, 4)
    before = average(x)
    with torch.no_grad():
        layer.weight.add_(1)
    assert torch.equal(average(x), before) and not torch.equal(layer(x), before)

"""Number formats by device."""

import pytest
import torch

from core.training.precision import choose_precision

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

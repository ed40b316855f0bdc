"""The device that trains, and the number format it computes in."""

import sys
from types import MethodType
from typing import Literal, NamedTuple

import psutil
import torch
from torch import Tensor, nn

from core.words import tr, tr_n

NumberFormat = Literal["fp32", "bf16", "fp16"]


class Precision(NamedTuple):
    format: NumberFormat
    problem: str = ""
    """Why it is not what was asked for."""

    @property
    def lightning(self) -> Literal["32-true", "bf16-mixed", "16-mixed"]:
        """Lightning's name for it."""
        names: dict[NumberFormat, Literal["32-true", "bf16-mixed", "16-mixed"]] = {
            "fp32": "32-true",
            "bf16": "bf16-mixed",
            "fp16": "16-mixed",
        }
        return names[self.format]


def choose_device() -> torch.device:
    """The GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def choose_precision(asked: Literal["auto", "fp32", "bf16", "fp16"], device: torch.device) -> Precision:
    """What is asked for; for ``auto`` the format the device is fastest with."""
    fast = _fast_bf16(device)
    if asked == "auto":
        return Precision("bf16" if fast else "fp16" if device.type == "cuda" else "fp32")
    if asked == "fp16" and device.type == "cpu":
        return Precision("bf16", tr("The CPU cannot train in fp16; bf16 is used."))
    return Precision(asked)


def device_name(device: torch.device) -> str:
    """The device in words."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = str(torch.cpu.get_capabilities().get("cpu_name", "CPU"))
    return tr_n("{name}, {n} thread", "{name}, {n} threads", torch.get_num_threads(), name=name)


def device_memory(device: torch.device) -> tuple[float, float]:
    """What is free and what there is in all, in units of 2²⁰ bytes."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
    else:
        memory = psutil.virtual_memory()
        free, total = memory.available, memory.total
    return free / 2**20, total / 2**20


def peak_memory(device: torch.device) -> float:
    """The most this process has had on the device so far, in units of 2²⁰ bytes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device) / 2**20
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource  # not there on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def _fast_bf16(device: torch.device) -> bool:
    """Whether the hardware multiplies in bf16, rather than emulating it."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def spare_depthwise(network: nn.Module) -> None:
    """Let depthwise convolutions compute in float32 where a CPU computes the rest in bf16: for strides or kernels of 5
    torch has only a reference bf16 implementation of their gradients, five to ten times slower."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            module.__dict__["forward"] = MethodType(_forward_in_float, module)  # bound anew in a deep copy


def _forward_in_float(convolution: nn.Conv2d, x: Tensor) -> Tensor:
    own = type(convolution).forward
    if x.device.type != "cpu":
        return own(convolution, x)
    with torch.autocast("cpu", enabled=False):
        return own(convolution, x.float())

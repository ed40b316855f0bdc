"""A network whose every number is decided by NumPy's frozen generator, so that figures can be kept in a file."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.models.rtmdet_inst import RTMDetInst

Numbers = Callable[..., Tensor]


@pytest.fixture
def no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenVINO's converter reports its use over the network unless it believes to run in a CI job."""
    monkeypatch.setenv("CI", "true")


@pytest.fixture(scope="session")
def numbers() -> Numbers:
    """``numbers(seed, *shape)``: standard normal float32 that no version of torch or NumPy changes."""

    def draw(seed: int, *shape: int) -> Tensor:
        return torch.tensor(np.random.RandomState(seed).standard_normal(shape), dtype=torch.float32)

    return draw


@pytest.fixture
def fixed_images(numbers: Numbers) -> Tensor:
    """Two images, not square, with structure at several scales."""
    coarse, fine = numbers(1, 2, 3, 6, 8), numbers(2, 2, 3, 96, 128)
    return nn.functional.interpolate(coarse, size=(96, 128), mode="bilinear") + 0.3 * fine


@pytest.fixture
def fixed_rtmdet(numbers: Numbers, fixed_images: Tensor) -> RTMDetInst:
    """RTMDet-Ins for five classes, in evaluation mode, that finds something in ``fixed_images``."""
    model = RTMDetInst(5)
    for seed, (name, parameter) in enumerate(model.named_parameters()):
        values = numbers(seed, *parameter.shape)
        if parameter.dim() == 4:  # a convolution; the scores' are larger, so that the cells differ
            values *= (2 if "head.classes" in name else 1) / parameter[0].numel() ** 0.5
        else:
            values = 0.1 * values + {"classes": -4, "distances": 1.5}.get(name.split(".")[1], 0)
            values += 1.0 if name.endswith("weight") else 0.0
        parameter.data.copy_(values)
    _take_statistics(model, fixed_images)
    return model.eval()


def _take_statistics(model: nn.Module, images: Tensor) -> None:
    """Set the norms' running statistics to the images' own, so that nothing vanishes or explodes."""
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        model.train()(images)
    for norm in norms:
        norm.momentum = 0.1

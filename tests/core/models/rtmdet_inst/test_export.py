"""RTMDet's detections pass into OpenVINO unchanged, also when there are none."""

import openvino
import pytest
import torch
from torch import Tensor, nn

from core.inference.openvino_runtime import runtime
from core.models.rtmdet_inst import RTMDetInst


class Detector(nn.Module):
    def __init__(self, model: RTMDetInst) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.model.detect(image))


@pytest.mark.usefixtures("no_telemetry")
@pytest.mark.filterwarnings("ignore:`torch.jit:FutureWarning")
@pytest.mark.parametrize(("doubt", "expected"), [(3, (0, 16)), (0, (7, 202))], ids=["none", "many"])
def test_openvino_finds_what_torch_finds(
    fixed_rtmdet: RTMDetInst, fixed_images: Tensor, doubt: float, expected: tuple[int, int]
) -> None:
    for predictor in fixed_rtmdet.head.classes:
        predictor.bias.data -= doubt
    fixed_rtmdet.limit_detections(300)
    converted = openvino.convert_model(Detector(fixed_rtmdet), example_input=fixed_images[1:])
    compiled = runtime().compile_model(converted, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    counts = []
    for image in fixed_images:
        with torch.no_grad():
            boxes, labels, masks = fixed_rtmdet.detect(image[None])
        found = [torch.tensor(values) for values in compiled(image[None].numpy()).values()]
        assert found[0].shape == boxes.shape
        # Each has its like among the other's: equal scores may come in another order, as threads add them up.
        apart = (found[0][0, :, None] - boxes[0, None]).abs().amax(-1)
        apart += 1000 * (found[1][0, :, None] != labels[0, None])
        if len(apart):
            assert max(apart.amin(0).max(), apart.amin(1).max()) < 0.05  # random weights amplify rounding
            torch.testing.assert_close(found[0][..., 4], boxes[..., 4], atol=1e-3, rtol=0)
            torch.testing.assert_close(found[2][:, apart.argmin(0)], masks, atol=0.02, rtol=0)
        counts.append(labels.shape[1])
    assert counts == list(expected)

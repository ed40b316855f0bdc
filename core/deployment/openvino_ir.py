"""A segmenter as OpenVINO IR that Model API opens as it is: traced from PyTorch, described in ``rt_info``."""

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec
import openvino
import torch
from torch import Tensor, nn

from core.errors import UserError
from core.inference.openvino_predictor import SPEC_KEY
from core.models.segmenter import Segmenter
from core.reading import reason
from core.recipes.model_spec import ClassSpec, ModelSpec
from core.words import tr

WeightPrecision = Literal["fp32", "fp16"]
OUTPUTS = ("boxes", "labels", "masks")
PLACEHOLDER = "no_object"
"""First of the exported labels: Model API's Mask R-CNN wrapper counts them from 1."""


def convert(segmenter: Segmenter, spec: ModelSpec) -> Any:
    """``segmenter.detect`` as an ``openvino.Model``: input ``image`` ``(1, 3, H, W)`` float32, RGB, normalised; outputs
    ``boxes`` ``(1, N, 5)``, ``labels`` ``(1, N)`` and ``masks`` ``(1, N, m, m)``, N varying from image to image.

    Traced on the CPU in float32. The segmenter is left in evaluation mode, on the CPU.
    """
    shape = (1, 3, spec.input.height, spec.input.width)
    # The picture only drives the trace; noise makes sure that no step sees an empty or a constant input.
    picture = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    segmenter.limit_detections(spec.in_one_look)
    wrapper = _Detect(segmenter.cpu().float().eval())
    with torch.no_grad(), _no_telemetry(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's: that it is deprecated, and what it takes for constants
        traced = torch.jit.trace(wrapper, picture, check_trace=False)  # type: ignore[no-untyped-call]
        model = openvino.convert_model(traced, example_input=picture, input=[list(shape)])
    model.inputs[0].get_tensor().set_names({"image"})  # only here: a padded input loses its name on the way
    for output, name in zip(model.outputs, OUTPUTS, strict=True):
        output.get_tensor().set_names({name})
    write_info(model, spec)
    return model


def save(model: Any, folder: Path, precision: WeightPrecision) -> Path:
    """Write ``model.xml`` and ``model.bin`` into ``folder``, the weights as ``precision``. Returns the ``.xml``.

    Raises ``UserError`` where the disk refuses."""
    path = folder / "model.xml"
    try:
        openvino.save_model(model, path, compress_to_fp16=precision == "fp16")
    except RuntimeError as error:  # OpenVINO does not say what its streams met
        raise UserError(
            tr("{path} cannot be written: {reason}", path=path, reason=reason(error)), tr("is there room on the disk?")
        ) from error
    return path


def write_info(model: Any, spec: ModelSpec) -> None:
    """Put into the model's ``rt_info`` what it takes and what its answers mean, for Model API and for ourselves."""
    for key, value in model_info(spec).items():
        model.set_rt_info(value, ["model_info", key])
    model.set_rt_info(msgspec.json.encode(spec).decode(), SPEC_KEY)


def model_info(spec: ModelSpec) -> dict[str, str]:
    """The metadata of OpenVINO Model API (https://github.com/open-edge-platform/model_api), as it reads them.

    RTMDet pads as in training, right and below with 114: Model API's ``fit_to_window`` does so with ``pad_value``,
    while its ``fit_to_window_letterbox`` would centre the picture.
    """
    names = [PLACEHOLDER, *(label(item) for item in spec.classes)]
    ids = ["None", *(str(item.id) for item in spec.classes)]
    tiler = {}
    if tiling := spec.tiling:
        # What Model API's tilers read; they cut as ``core.geometry.tiles`` does, but for the last tiles, which are
        # smaller there, and merge by the IoU of boxes alone.
        tiler = {
            "tile_size": str(tiling.size),
            "tiles_overlap": str(tiling.overlap),
            "tile_with_full_img": str(tiling.whole),
            "max_pred_number": str(spec.in_tiles),
        }
    return {
        "model_type": "MaskRCNN",
        "task_type": "instance_segmentation",
        "labels": " ".join(names),
        "label_ids": " ".join(ids),
        "label_info": json.dumps(
            {"label_names": names[1:], "label_ids": ids[1:], "label_groups": [names[1:]]}, ensure_ascii=False
        ),
        "confidence_threshold": str(spec.confidence_threshold),
        "iou_threshold": str(spec.iou_threshold),
        "mean_values": " ".join(str(value) for value in spec.input.mean),
        "scale_values": " ".join(str(value) for value in spec.input.std),
        "resize_type": "fit_to_window",
        "pad_value": str(spec.input.pad_value),
        "reverse_input_channels": "False",
        "max_detections": str(spec.in_one_look),
        **tiler,
    }


def label(item: ClassSpec) -> str:
    """A class's name in a list that is separated by spaces."""
    return "_".join(item.name.split()) or f"class_{item.id}"


class _Detect(nn.Module):
    """What is traced: a plain tuple instead of ``Detections``."""

    def __init__(self, segmenter: Segmenter) -> None:
        super().__init__()
        self.segmenter = segmenter

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        found = self.segmenter.detect(image)
        return found.boxes, found.labels, found.masks


@contextmanager
def _no_telemetry() -> Iterator[None]:
    """The converter reports its use over the network, unasked, unless it believes to run in a CI job."""
    before = os.environ.get("CI")
    os.environ["CI"] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ["CI"]
        else:
            os.environ["CI"] = before

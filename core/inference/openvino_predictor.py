"""OpenVINO behind the ``Predictor`` protocol. Never imports torch, and openvino only once a model is loaded."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.errors import UserError
from core.inference.postprocessing import to_prediction
from core.inference.prediction import Prediction
from core.inference.preprocessing import resize_and_pad
from core.inference.tiling import look_in_tiles
from core.recipes.model_spec import ModelSpec

Precision = Literal["f32", "bf16", "f16"]

SPEC_KEY = ["maskwright", "model"]
"""Where an exported model keeps its ``ModelSpec``, as JSON, in the ``rt_info`` of the IR."""


@cache
def runtime() -> Any:
    """The process's one ``openvino.Core``, alive to its end.

    The CPU plugin gives its thread a signal stack and takes it back when the last of its core goes. A core that was
    collected in another thread left a stack that was gone, and the next signal, such as the end of a loader process,
    a segmentation fault.
    """
    import openvino

    core = openvino.Core()
    core.set_property({"ENABLE_MMAP": False})  # a later export must be able to replace the file, on Windows too
    return core


class OpenVinoPredictor:
    """An exported model, compiled for ``device``. For one thread at a time.

    ``precision`` is what the device computes in. OpenVINO would choose bf16 by itself on processors that have it, which
    re-orders near ties; here that is a choice one makes.

    ``max_detections`` is another limit of what is found in an image than the model's own.

    Raises ``UserError`` when the file is not a model that Maskwright exported, when it cannot find so many, or when the
    device is not there.
    """

    def __init__(
        self, xml: Path, device: str = "CPU", precision: Precision = "f32", max_detections: int | None = None
    ) -> None:
        core = runtime()
        model = _read(core, xml)
        self.spec = _limited(_spec(model, xml), max_detections, xml)
        _embed_normalisation(model, self.spec)
        config = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
        try:
            self._request = core.compile_model(model, device, config).create_infer_request()
        except RuntimeError as error:
            raise UserError(
                f"{xml} cannot run on {device}: {str(error).strip().splitlines()[-1]}",
                f"devices here: {', '.join(core.available_devices)}",
            ) from error

    def predict(self, image: NDArray[np.uint8]) -> Prediction:
        """See ``Predictor.predict``."""
        return look_in_tiles(self._look, image, self.spec)

    def _look(self, image: NDArray[np.uint8]) -> Prediction:
        """What the network finds in one pass."""
        padded, place = resize_and_pad(image, self.spec.input)
        self._request.infer({"image": padded[None]}, share_inputs=True)
        boxes, labels, masks = (self._request.get_tensor(name).data for name in ("boxes", "labels", "masks"))
        return to_prediction(boxes, labels, masks, place, image.shape[:2])


def _read(core: Any, xml: Path) -> Any:
    if not xml.is_file():
        raise UserError(f"{xml} does not exist", "export the model first")
    try:
        return core.read_model(xml)
    except RuntimeError as error:
        raise UserError(
            f"{xml} is not an OpenVINO model that can be read", "the .bin file must lie beside it, complete"
        ) from error


def _spec(model: Any, xml: Path) -> ModelSpec:
    if not model.has_rt_info(SPEC_KEY):
        raise UserError(f"{xml} was not exported by Maskwright: it does not describe its classes and input")
    try:
        spec = msgspec.json.decode(model.get_rt_info(SPEC_KEY).astype(str), type=ModelSpec)
    except msgspec.MsgspecError as error:
        raise UserError(f"{xml} has a description of the model that cannot be read: {error}") from error
    names = {name for port in (*model.inputs, *model.outputs) for name in port.get_names()}
    if not {"image", "boxes", "labels", "masks"} <= names:
        raise UserError(f"{xml} lacks the input “image” or one of the outputs “boxes”, “labels”, “masks”")
    return spec


def _limited(spec: ModelSpec, most: int | None, xml: Path) -> ModelSpec:
    """``spec`` with another limit. That of one pass is part of the graph: an image can have more only from tiles."""
    if most is None:
        return spec
    if spec.tiling is None and most > spec.in_one_look:
        raise UserError(
            f"{xml} finds at most {spec.in_one_look} objects in an image, not {most}",
            f"export the run again with --max-detections {most}, or use the run itself",
        )
    return msgspec.structs.replace(spec, max_detections=most)


def _embed_normalisation(model: Any, spec: ModelSpec) -> None:
    """Make the model take uint8 ``(1, H, W, 3)``: the device normalises faster than NumPy."""
    from openvino import Layout, Type
    from openvino.preprocess import PrePostProcessor

    steps = PrePostProcessor(model)
    picture = steps.input("image")
    picture.tensor().set_element_type(Type.u8).set_layout(Layout("NHWC"))
    picture.model().set_layout(Layout("NCHW"))
    preprocess = picture.preprocess().convert_element_type(Type.f32)
    preprocess.mean(list(spec.input.mean)).scale(list(spec.input.std))
    steps.build()

"""OpenVINO behind the ``Predictor`` protocol. Never imports torch, and openvino only once a model is loaded."""

from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.errors import UserError
from core.inference.openvino_runtime import compile_model, infer, read_model, runtime
from core.inference.postprocessing import to_prediction
from core.inference.prediction import Prediction
from core.inference.preprocessing import resize_and_pad
from core.inference.tiling import look_in_tiles
from core.reading import UNREADABLE
from core.recipes.model_spec import ModelSpec
from core.words import tr

InferencePrecision = Literal["f32", "bf16", "f16"]

_AGAIN = tr("export the model again")
SPEC_KEY = ["maskwright", "model"]
"""Where an exported model keeps its ``ModelSpec``, as JSON, in the ``rt_info`` of the IR."""


class OpenVinoPredictor:
    """An exported model, compiled for ``device``. Not thread-safe.

    ``precision`` is what the device computes in. OpenVINO would choose bf16 by itself on processors that have it, which
    re-orders near ties; here the caller chooses. ``max_detections`` replaces the model's own limit of instances in an
    image. Raises ``UserError`` when the file is not a model that Maskwright exported, when it cannot find that many, or
    when the device does not exist.
    """

    def __init__(
        self, xml: Path, device: str = "CPU", precision: InferencePrecision = "f32", max_detections: int | None = None
    ) -> None:
        core = runtime()
        model = read_model(core, xml)
        self.spec = _limited(_spec(model, xml), max_detections, xml)
        self._path = xml
        try:
            _embed_normalisation(model, self.spec)
        except RuntimeError as error:
            raise UserError(tr("{path} has another input or output than it says", path=xml), _AGAIN) from error
        config = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
        self._request = compile_model(core, model, xml, device, config)

    def predict(self, image: NDArray[np.uint8]) -> Prediction:
        """See ``Predictor.predict``."""
        return look_in_tiles(self._look, image, self.spec)

    def _look(self, image: NDArray[np.uint8]) -> Prediction:
        """What the network finds in one pass."""
        padded, place = resize_and_pad(image, self.spec.input)
        infer(self._request, {"image": padded[None]}, self._path)
        boxes, labels, masks = (self._request.get_tensor(name).data for name in ("boxes", "labels", "masks"))
        found = labels.shape[-1:]
        if (labels.shape, boxes.shape, masks.shape[:-2]) != ((1, *found), (1, *found, 5), (1, *found)):
            raise UserError(tr("{path} answers in another form than exports of Maskwright do", path=self._path), _AGAIN)
        if labels.size and not 0 <= labels.min() <= labels.max() < len(self.spec.classes):
            raise UserError(tr("{path} finds classes that it does not describe", path=self._path), _AGAIN)
        return to_prediction(boxes, labels, masks, place, image.shape[:2], self.spec.in_one_look)


def _spec(model: Any, xml: Path) -> ModelSpec:
    if not model.has_rt_info(SPEC_KEY):
        raise UserError(
            tr("{path} was not exported by Maskwright: it does not describe its classes and input", path=xml)
        )
    try:
        spec = msgspec.json.decode(model.get_rt_info(SPEC_KEY).astype(str), type=ModelSpec)
    except (*UNREADABLE, RuntimeError) as error:
        raise UserError(
            tr("{path} has a description of the model that cannot be read: {reason}", path=xml, reason=error)
        ) from error
    names = {name for port in (*model.inputs, *model.outputs) for name in port.get_names()}
    if not {"image", "boxes", "labels", "masks"} <= names:
        raise UserError(tr("{path} lacks the input “image” or one of the outputs “boxes”, “labels”, “masks”", path=xml))
    return spec


def _limited(spec: ModelSpec, most: int | None, xml: Path) -> ModelSpec:
    """``spec`` with another limit. The limit of one pass is part of the exported graph; an image can have more only
    from tiles."""
    if most is None:
        return spec
    if spec.tiling is None and most > spec.in_one_look:
        raise UserError(
            tr(
                "{path} finds at most {limit} objects in an image, not {most}",
                path=xml,
                limit=spec.in_one_look,
                most=most,
            ),
            tr("export the run again with --max-detections {most}, or use the run itself", most=most),
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

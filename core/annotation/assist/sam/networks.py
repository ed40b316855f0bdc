"""SAM's two networks, compiled: arrays in, arrays out."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.annotation.assist.sam.frame import MEAN, STD, Logits
from core.annotation.assist.sam.ports import Decoder, Encoder
from core.errors import UserError
from core.images import disk_cache
from core.inference.openvino_predictor import InferencePrecision
from core.inference.openvino_runtime import compile_model, infer
from core.words import tr

Floats = NDArray[np.float32]


class EncoderNetwork:
    """Turns a picture in its square, see ``Frame.canvas``, into an embedding. For one thread after another."""

    def __init__(self, core: Any, encoder: Encoder, device: str, precision: InferencePrecision) -> None:
        self._planes = encoder.planes
        self._path = encoder.path
        if encoder.planes:
            model = _normalising(encoder)
        else:  # for a full square: it would pad less itself, and be compiled anew for each shape of picture
            encoder.model.reshape([encoder.side, encoder.side, 3])
            model = _with_outputs(encoder.model, encoder.output)
        self._request = _compile(core, model, encoder.path, device, precision)
        self._lock = threading.Lock()

    def __call__(self, canvas: Floats) -> Floats:
        with self._lock:
            infer(self._request, [canvas[None] if self._planes else canvas], self._path)
            return np.array(self._request.get_output_tensor(0).data, np.float32)


class DecoderNetwork:
    """Turns an embedding and points into masks and their scores. For one thread after another."""

    def __init__(
        self, core: Any, decoder: Decoder, mask_cells: int, device: str, precision: InferencePrecision
    ) -> None:
        self.takes_mask = decoder.takes_mask
        self._path = decoder.path
        self._cells = mask_cells
        self._names = {name for port in decoder.model.inputs for name in port.get_names()}
        self._request = _compile(core, _without_enlarging(decoder), decoder.path, device, precision)
        self._lock = threading.Lock()

    def __call__(
        self, features: Floats, coordinates: Floats, labels: Floats, before: Logits | None
    ) -> tuple[Floats, Floats]:
        """Logits ``(n, cells, cells)`` and scores ``(n,)``. Raises ``UserError`` when the answer has another shape."""
        known = np.zeros((self._cells, self._cells), np.float32) if before is None else before
        given = {
            "image_embeddings": features,
            "point_coords": coordinates,
            "point_labels": labels,
            "mask_input": known[None, None],
            "has_mask_input": np.array([before is not None], np.float32),
            "orig_im_size": np.array([self._cells, self._cells], np.float32),
        }
        with self._lock:
            infer(self._request, {name: value for name, value in given.items() if name in self._names}, self._path)
            masks, scores = (np.array(self._request.get_output_tensor(index).data) for index in (0, 1))
        if masks.ndim != 4 or masks.shape[2:] != (self._cells, self._cells) or scores.size != masks.shape[1]:
            raise UserError(
                tr(
                    "{path} answers with masks of shape {masks} and scores of shape {scores}",
                    path=self._path,
                    masks=masks.shape,
                    scores=scores.shape,
                ),
                tr(
                    "it should be 1 × masks × {cells} × {cells} and one score a mask: use another decoder",
                    cells=self._cells,
                ),
            )
        return masks[0], scores.reshape(-1)


def _normalising(encoder: Encoder) -> Any:
    """The model, taking a picture ``(1, side, side, 3)`` as it is: the device normalises faster than NumPy."""
    from openvino import Layout, Type
    from openvino.preprocess import PrePostProcessor

    encoder.model.reshape([1, 3, encoder.side, encoder.side])
    steps = PrePostProcessor(encoder.model)
    steps.input().tensor().set_element_type(Type.f32).set_layout(Layout("NHWC"))
    steps.input().model().set_layout(Layout("NCHW"))
    steps.input().preprocess().mean(list(MEAN)).scale(list(STD))
    return _with_outputs(steps.build(), encoder.output)


def _without_enlarging(decoder: Decoder) -> Any:
    """The model with its small masks alone. Enlarging them to the size of the picture costs more than all the rest, and
    in bfloat16 gives masks of a wrong size; ``Frame.mask`` does it for the part that is needed."""
    outputs = decoder.model.outputs
    return _with_outputs(
        decoder.model,
        *(
            next(index for index, port in enumerate(outputs) if name in port.get_names())
            for name in (decoder.masks, decoder.scores)
        ),
    )


def _with_outputs(model: Any, *indices: int) -> Any:
    from openvino import Model

    return Model([model.outputs[index] for index in indices], model.get_parameters(), "sam")


def _compile(core: Any, model: Any, path: Path, device: str, precision: InferencePrecision) -> Any:
    """An inference request. What is compiled is kept on disk where that is possible: the next start is quick then."""
    config: dict[str, str] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    folder = disk_cache.folder("openvino")
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        config["CACHE_DIR"] = str(folder)
    return compile_model(core, model, path, device, config)

"""PyTorch behind the ``Predictor`` protocol. Imports torch: never part of the window's process."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from core.errors import UserError
from core.inference.postprocessing import to_prediction
from core.inference.prediction import Prediction
from core.inference.preprocessing import fit
from core.inference.tiling import look_in_tiles
from core.models import build
from core.models.segmenter import Segmenter
from core.models.weights.weights_file import read_weights
from core.reading import read_json
from core.recipes.model_spec import ModelSpec
from core.runs.folder import RunFolder
from core.words import tr, tr_n


class TorchPredictor:
    """A segmenter in evaluation mode on ``device``, in float32."""

    def __init__(self, segmenter: Segmenter, spec: ModelSpec, device: str | torch.device = "cpu") -> None:
        self.spec = spec
        self.segmenter = segmenter.to(device).eval()
        segmenter.limit_detections(spec.in_one_look)
        self._device = torch.device(device)

    def predict(self, image: NDArray[np.uint8]) -> Prediction:
        """See ``Predictor.predict``."""
        return look_in_tiles(self._look, image, self.spec)

    def _look(self, image: NDArray[np.uint8]) -> Prediction:
        """What the network finds in one pass."""
        pixels, place = fit(image, self.spec.input)
        with torch.inference_mode():
            found = self.segmenter.detect(torch.from_numpy(pixels).to(self._device))
        boxes, labels, masks = (output.cpu().numpy() for output in found)
        return to_prediction(boxes, labels, masks, place, image.shape[:2], self.spec.in_one_look)


def load_run(
    run: RunFolder | Path, device: str | torch.device = "cpu", max_detections: int | None = None
) -> TorchPredictor:
    """Load the best model of a run: ``checkpoints/best.safetensors``, described by its own metadata, or by
    ``model.json`` for weights of an earlier version. ``max_detections``, if given, replaces its limit of instances in
    an image.

    Raises ``UserError`` naming the file that is missing, broken or does not fit the architecture.
    """
    folder = run if isinstance(run, RunFolder) else RunFolder(run)
    spec = folder.read_model() or read_spec(folder.model)
    if max_detections:
        spec = spec.with_limit(max_detections)
    weights = folder.weights
    if not weights.exists():
        raise UserError(
            tr("{path} holds no trained model yet", path=folder.path), tr("let the training reach a validation")
        )
    tensors = read_weights(weights, load_file)
    segmenter = build(spec.architecture, len(spec.classes))
    try:
        segmenter.load_state_dict(tensors)
    except RuntimeError as error:  # what load_state_dict raises for names and shapes that differ
        raise UserError(
            tr_n(
                "{weights} does not fit {architecture} with {n} class",
                "{weights} does not fit {architecture} with {n} classes",
                len(spec.classes),
                weights=weights,
                architecture=spec.architecture,
            )
        ) from error
    return TorchPredictor(segmenter, spec, device)


def read_spec(path: Path) -> ModelSpec:
    """``model.json``. Raises ``UserError`` when it is missing or not a description of a model."""
    return read_json(
        path,
        ModelSpec,
        tr("{path} is not the description of a model: {reason}"),
        tr("give the folder of a run that has trained"),
    )

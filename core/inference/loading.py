"""Loading a model from a run folder, the folder of an export, or an ``.xml`` file."""

from pathlib import Path

from core.errors import UserError
from core.inference.openvino_predictor import InferencePrecision, OpenVinoPredictor
from core.inference.prediction import Predictor
from core.runs.folder import RunFolder
from core.words import tr


def load_model(path: Path, precision: InferencePrecision = "f32", max_detections: int | None = None) -> Predictor:
    """Load the model at ``path``: an exported ``.xml``, the folder of an export, or a run folder (its best PyTorch
    model).

    Imports torch only for a run folder. ``precision`` is for exported models. ``max_detections`` replaces the model's
    own limit of instances in an image. Raises ``UserError`` when nothing there can be loaded.
    """
    if path.suffix == ".xml":
        return OpenVinoPredictor(path, precision=precision, max_detections=max_detections)
    for exported in (path / "model.xml", path / "fp32" / "model.xml", path / "fp16" / "model.xml"):
        if exported.is_file():
            return OpenVinoPredictor(exported, precision=precision, max_detections=max_detections)
    if (path / "model.json").is_file() or RunFolder(path).has_model():
        from core.inference.torch_predictor import load_run

        return load_run(path, max_detections=max_detections)
    raise UserError(
        tr("there is no model in {path}", path=path), tr("give a run folder, the folder of an export, or its model.xml")
    )

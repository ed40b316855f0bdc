"""A model trained on tiles sees tiles wherever it goes: in PyTorch, in OpenVINO and in OpenVINO Model API."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from model_api.adapters import OpenvinoAdapter
from model_api.models import Model
from model_api.tilers import InstanceSegmentationTiler
from pycocotools import mask as coco_mask

from core.dataset import Dataset
from core.deployment.export import export
from core.geometry.masks import crop, to_rle
from core.inference.loading import load_model
from core.inference.openvino_runtime import runtime
from core.inference.torch_predictor import load_run
from core.jobs import ExportJob
from core.recipes.model_spec import TILED_DETECTIONS, ModelSpec, Tiling
from core.runs.control import ignore, never
from core.runs.folder import RunFolder

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own

SIDE = 200
"""Of the picture that the model has learned by heart."""


@pytest.fixture(scope="module")
def run(rtmdet_run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Trained on tiles that do not overlap, so that Model API's are the same in a picture of whole tiles."""
    folder = tmp_path_factory.mktemp("tiled") / "run"
    for file in rtmdet_run.path.rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(rtmdet_run.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    run = RunFolder(folder)
    spec = msgspec.json.decode(run.model.read_bytes(), type=ModelSpec)
    tiled = msgspec.structs.replace(spec, tiling=Tiling(SIDE, 0.0, False))
    run.model.write_bytes(msgspec.json.encode(tiled))
    return run


@pytest.fixture(scope="module")
def xml(run: RunFolder) -> Path:
    return export(ExportJob(run=str(run.path), precision="fp32", measure=False), run, ignore, never) / "model.xml"


@pytest.fixture(scope="module")
def mosaic(dataset: Dataset) -> np.ndarray:
    """Two by two times the picture that the model knows."""
    picture = dataset.read_image(dataset.of_split("val")[0])
    assert picture.shape == (SIDE, SIDE, 3)
    return np.tile(picture, (2, 2, 1))


def test_the_export_carries_the_tiles_of_training(xml: Path) -> None:
    assert load_model(xml).spec.tiling == Tiling(SIDE, 0.0, False)
    tiler = model_api(xml)
    assert (tiler.tile_size, tiler.tiles_overlap, tiler.tile_with_full_img) == (SIDE, 0.0, False)
    assert tiler.max_pred_number == TILED_DETECTIONS


def test_openvino_sees_the_tiles_that_pytorch_sees(run: RunFolder, xml: Path, mosaic: np.ndarray) -> None:
    torch, exported = load_run(run).predict(mosaic), load_model(xml).predict(mosaic)
    assert exported.size == torch.size == mosaic.shape[:2]
    assert len(exported) == len(torch) > 40
    # near ties may change places: each is compared with the one that lies on the same spot
    apart = np.abs(exported.boxes[:, None] - torch.boxes).max(2)
    apart[exported.labels[:, None] != torch.labels] = np.inf
    same = apart.argmin(1)
    assert len(set(same.tolist())) == len(torch)
    np.testing.assert_allclose(exported.boxes, torch.boxes[same], atol=1e-2, rtol=0)
    np.testing.assert_allclose(exported.scores, torch.scores[same], atol=1e-4, rtol=0)
    np.testing.assert_allclose(exported.masks, torch.masks[same], atol=1e-3, rtol=0)


def test_what_lies_in_a_tile_is_found_as_if_it_were_all_there_is(xml: Path, mosaic: np.ndarray) -> None:
    predictor = load_model(xml)
    alone, tiled = predictor.predict(mosaic[:SIDE, :SIDE]).above(0.3), predictor.predict(mosaic).above(0.3)
    inside = alone.take((alone.boxes < SIDE - 2).all(1))
    assert len(inside) > 2
    for corner in ((0, 0), (SIDE, 0), (0, SIDE), (SIDE, SIDE)):
        expected = inside.boxes + np.array(corner * 2)
        assert np.abs(tiled.boxes[:, None] - expected).max(2).min(0).max() < 0.01


def test_model_api_finds_the_same_in_its_tiles(xml: Path, mosaic: np.ndarray) -> None:
    ours = load_model(xml).predict(mosaic).above(0.3)
    theirs = model_api(xml)(mosaic)
    crossing = ((ours.boxes[:, :2] < SIDE + 2) & (ours.boxes[:, 2:] > SIDE - 2)).any(1)
    inside = ours.take(~crossing)
    assert len(inside) >= 8
    found = [to_rle(crop(mask)) for mask in theirs.masks]
    overlaps = coco_mask.iou([to_rle(inside.mask(index)) for index in range(len(inside))], found, [0] * len(found))
    assert (theirs.labels[overlaps.argmax(1)] - 1 == inside.labels).all()
    # it rounds boxes to whole pixels, which thin objects feel
    assert overlaps.max(1).min() > 0.5
    assert np.median(overlaps.max(1)) > 0.9
    assert abs(len(theirs.labels) - len(ours)) <= crossing.sum() + 2


class Tiler(InstanceSegmentationTiler):
    def _merge_saliency_maps(self, *_: object) -> list[object]:
        """The model has none. Model API 0.4.7 asks an empty array whether it is true, which NumPy 2.2 refuses."""
        return []


def model_api(xml: Path) -> Any:
    adapter = OpenvinoAdapter(runtime(), str(xml), device="CPU", plugin_config={"INFERENCE_PRECISION_HINT": "f32"})
    return Tiler(Model.create_model(adapter), execution_mode="sync")

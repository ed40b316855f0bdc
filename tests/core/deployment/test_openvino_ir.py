"""The exported graph answers as the PyTorch model does, in our predictor and in OpenVINO Model API."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import openvino
import pytest
import torch
from model_api.adapters import OpenvinoAdapter
from model_api.models import MaskRCNNModel, Model

from core.dataset import Dataset
from core.deployment.openvino_ir import PLACEHOLDER, convert, model_info, save, write_info
from core.geometry.masks import paste
from core.images.decoding import read_image
from core.inference.openvino_predictor import OpenVinoPredictor
from core.inference.openvino_runtime import runtime
from core.inference.prediction import Prediction
from core.inference.torch_predictor import TorchPredictor
from core.models.mask_rcnn import MaskRCNN
from core.recipes.model_spec import ClassSpec

Picture = np.ndarray


@pytest.fixture(scope="module")
def pictures(dataset: Dataset) -> list[Picture]:
    """The one learned by heart; a wide one; one smaller than the network's input."""
    learned, wide, small = (
        read_image(dataset.image_path(image)) for image in (*dataset.of_split("val"), *dataset.of_split("train"))
    )
    return [learned, wide[30:150], small[:90, :70]]


@pytest.fixture(scope="module")
def exported(trained: TorchPredictor, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    model = convert(trained.segmenter, trained.spec)
    folders = {precision: tmp_path_factory.mktemp(precision) for precision in ("fp32", "fp16")}
    return {precision: save(model, folder, precision) for precision, folder in folders.items()}


@pytest.fixture(scope="module")
def predictor(exported: dict[str, Path]) -> OpenVinoPredictor:
    return OpenVinoPredictor(exported["fp32"])


def test_openvino_in_f32_equals_pytorch(
    trained: TorchPredictor, predictor: OpenVinoPredictor, pictures: list[Picture]
) -> None:
    assert predictor.spec == trained.spec
    instances = 0
    for picture in pictures:
        expected, found = trained.predict(picture), predictor.predict(picture)
        instances += len(expected)
        assert len(found) == len(expected)
        assert (np.diff(found.scores) <= 0).all()
        if not len(expected):
            continue
        # near ties may change places: each is compared with the one that lies on the same spot
        apart = np.abs(found.boxes[:, None] - expected.boxes).max(2)
        apart[found.labels[:, None] != expected.labels] = np.inf
        same = apart.argmin(1)
        assert len(set(same)) == len(expected)
        np.testing.assert_allclose(found.boxes, expected.boxes[same], atol=1e-2, rtol=0)
        np.testing.assert_allclose(found.scores, expected.scores[same], atol=1e-4, rtol=0)
        np.testing.assert_allclose(found.masks, expected.masks[same], atol=1e-3, rtol=0)
    assert instances > 20


def test_half_precision_weights_are_half_the_size_and_find_the_same(
    predictor: OpenVinoPredictor, exported: dict[str, Path], pictures: list[Picture]
) -> None:
    sizes = {precision: path.with_suffix(".bin").stat().st_size for precision, path in exported.items()}
    assert sizes["fp16"] == pytest.approx(sizes["fp32"] / 2, rel=0.05)
    half = OpenVinoPredictor(exported["fp16"])
    for picture in pictures[:2]:
        expected = predictor.predict(picture)
        assert share_found(expected.above(float(np.median(expected.scores))), half.predict(picture)) > 0.8


def test_model_api_opens_it_unchanged_and_returns_the_same_instances(
    predictor: OpenVinoPredictor, exported: dict[str, Path], pictures: list[Picture]
) -> None:
    theirs = model_api(exported["fp32"], confidence_threshold=0.05)
    assert isinstance(theirs, MaskRCNNModel)
    sturdy = 0
    for small in (pictures[0][:160, :160], pictures[0][40:120, :160]):
        # Enlarged by a whole number: every way of scaling down returns the same pixels, so nothing else can differ.
        picture = small.repeat(8, 0).repeat(8, 1)
        expected, found = without_slivers(predictor.predict(picture).above(0.05)), theirs(picture)
        assert found.labels.tolist() == (expected.labels + 1).tolist()
        assert found.label_names == [predictor.spec.classes[label].name for label in expected.labels]
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-4)
        np.testing.assert_allclose(found.bboxes, expected.boxes, atol=0.6)
        for index, mask in enumerate(found.masks):
            if is_sturdy(expected, index):
                assert iou(expected.mask(index).full(), mask) >= 0.95
                sturdy += 1
    assert sturdy > 3


def test_where_nothing_is_found_there_are_no_instances(
    trained: TorchPredictor, tmp_path: Path, pictures: list[Picture]
) -> None:
    blind = deepcopy(trained.segmenter)
    with torch.no_grad():
        if isinstance(blind, MaskRCNN):
            blind.roi_heads.box_predictor.cls_score.bias[0] += 1000
        else:
            for layer in blind.head.classes:  # type: ignore[union-attr]
                layer.bias -= 1000
    xml = save(convert(blind, trained.spec), tmp_path, "fp32")
    assert len(OpenVinoPredictor(xml).predict(pictures[0])) == 0
    assert len(model_api(xml)(pictures[0]).scores) == 0


def test_input_and_outputs_keep_the_contract(trained: TorchPredictor, exported: dict[str, Path]) -> None:
    model = runtime().read_model(exported["fp16"])
    side = trained.spec.input.height
    assert model.input("image").partial_shape.to_shape() == [1, 3, side, side]
    assert model.input("image").element_type == openvino.Type.f32
    assert [output.any_name for output in model.outputs] == ["boxes", "labels", "masks"]
    assert [output.partial_shape.rank.get_length() for output in model.outputs] == [3, 2, 4]
    assert model.output("labels").element_type == openvino.Type.i64
    assert all(output.partial_shape[1].is_dynamic for output in model.outputs)


def test_metadata_says_what_model_api_must_know(exported: dict[str, Path]) -> None:
    model = model_api(exported["fp32"])
    spec = OpenVinoPredictor(exported["fp32"]).spec
    assert model.params.labels == [PLACEHOLDER, *(item.name for item in spec.classes)]
    assert model.params.confidence_threshold == pytest.approx(spec.confidence_threshold)
    assert model.params.iou_threshold == pytest.approx(spec.iou_threshold)
    assert model.params.resize_type == "fit_to_window"
    assert model.params.pad_value == spec.input.pad_value
    assert model.params.mean_values == pytest.approx(spec.input.mean)
    assert model.params.scale_values == pytest.approx(spec.input.std)
    assert model.params.reverse_input_channels is False


def test_class_names_that_would_break_a_list(exported: dict[str, Path], tmp_path: Path) -> None:
    spec = OpenVinoPredictor(exported["fp32"]).spec
    classes = (ClassSpec(1, "hex  nut\tM8"), ClassSpec(2, ""), ClassSpec(7, '<größe> & "x"'))
    spec = msgspec.structs.replace(spec, classes=classes)
    info = model_info(spec)
    assert info["labels"].split() == [PLACEHOLDER, "hex_nut_M8", "class_2", '<größe>_&_"x"']
    assert info["label_ids"].split() == ["None", "1", "2", "7"]
    assert msgspec.json.decode(info["label_info"])["label_names"] == ["hex_nut_M8", "class_2", '<größe>_&_"x"']

    model = runtime().read_model(exported["fp32"])
    write_info(model, spec)
    xml = save(model, tmp_path, "fp32")
    assert OpenVinoPredictor(xml).spec == spec
    assert model_api(xml).params.labels == info["labels"].split()


def model_api(xml: Path, **configuration: float) -> Any:
    adapter = OpenvinoAdapter(runtime(), str(xml), device="CPU", plugin_config={"INFERENCE_PRECISION_HINT": "f32"})
    return Model.create_model(adapter, configuration=configuration)


def is_sturdy(found: Prediction, index: int) -> bool:
    """Whether a mask bears being compared with Model API's.

    That one rounds boxes to whole pixels and rounds again; and where a box reaches into the padding, it squeezes the
    mask into what is left of the box instead of cutting it.
    """
    if (found.boxes[index, 2:] >= found.size[::-1]).any():
        return False
    lean, fat = (paste(found.masks[index], found.boxes[index], found.size, level).full() for level in (0.55, 0.45))
    return bool(lean.any()) and iou(lean, fat) > 0.95 and iou(lean, np.roll(lean, (2, 2), (0, 1))) > 0.95


def without_slivers(found: Prediction) -> Prediction:
    """What Model API leaves out: boxes that cover no more than a pixel once they are rounded."""
    left, top, right, bottom = found.boxes.round().T
    keep = (right - left) * (bottom - top) > 1
    return Prediction(found.boxes[keep], found.scores[keep], found.labels[keep], found.masks[keep], found.size)


def iou(one: np.ndarray, other: np.ndarray) -> float:
    together = (one | other).sum()
    return float((one & other).sum() / together) if together else 1.0


def share_found(expected: Prediction, found: Prediction) -> float:
    """Of the expected instances: how many have one of their class, with that score, on 90 % of their pixels."""
    masks = [found.mask(index).full() for index in range(len(found))]
    hits = 0
    for index in range(len(expected)):
        wanted = expected.mask(index).full()
        alike = (found.labels == expected.labels[index]) & (abs(found.scores - expected.scores[index]) < 0.02)
        hits += any(iou(wanted, masks[other]) > 0.9 for other in np.nonzero(alike)[0])
    assert len(expected) > 0
    return hits / len(expected)

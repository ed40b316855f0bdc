"""COCO's figures: exactly pycocotools', and what an evaluation counts, leaves out and says."""

import contextlib
import copy
import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from core.dataset import Dataset
from core.errors import UserError
from core.evaluation.coco import evaluate, score
from core.evaluation.scores import Metrics
from core.inference.prediction import Prediction, Predictor
from core.runs.control import StopRequested, ignore, never
from core.runs.events import AnyEvent, Progress, Warning

MakeDataset = Callable[..., Dataset]
MakeOracle = Callable[..., Predictor]

SIDE = 160
NUMBERS = Metrics.__struct_fields__[:12]


def _ellipse(center: NDArray[Any], axes: NDArray[Any]) -> NDArray[np.uint8]:
    bitmap = np.zeros((SIDE, SIDE), np.uint8)
    axis = tuple(int(a) for a in np.maximum(axes, 1))
    cv2.ellipse(bitmap, tuple(int(c) for c in center), axis, 0, 0, 360, 1, -1)  # type: ignore[call-overload]
    return bitmap


def _encoded(bitmap: NDArray[np.uint8]) -> dict[str, Any]:
    rle = coco_mask.encode(np.asfortranarray(bitmap))
    return {"segmentation": {**rle, "counts": rle["counts"].decode()}, "bbox": coco_mask.toBbox(rle).tolist()}


def _scene(seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Ground truth with polygons, run lengths, crowds and a class nobody shows; detections near and off, with ties."""
    random = np.random.default_rng(seed)
    annotations: list[dict[str, Any]] = []
    detections: list[dict[str, Any]] = []
    for image in range(12):
        for _ in range(random.integers(0, 9)):
            center, axes = random.uniform(10, SIDE - 10, 2), random.uniform(2, 70, 2)
            bitmap, label = _ellipse(center, axes), int(random.choice([1, 3, 7]))
            truth = _encoded(bitmap) | {"image_id": image, "category_id": label, "id": len(annotations) + 1}
            crowd = random.random() < 0.15
            if not crowd and random.random() < 0.5:
                x, y, w, h = truth["bbox"]
                truth["segmentation"] = [[x, y, x + w, y + 0.4 * h, x + 0.7 * w, y + h]]
            annotations.append(truth | {"area": float(bitmap.sum()), "iscrowd": int(crowd)})
            for _ in range(random.integers(0, 3)):
                guess = _ellipse(center + random.normal(0, 3, 2), axes * random.uniform(0.8, 1.2, 2))
                seen = label if random.random() < 0.85 else 7
                value = round(float(random.random()), 1)
                detections.append(_encoded(guess) | {"image_id": image, "category_id": seen, "score": value})
    categories = [{"id": id, "name": f"class {id}"} for id in (1, 3, 7, 9)]
    images = [{"id": image, "width": SIDE, "height": SIDE} for image in range(12)]
    return {"images": images, "annotations": annotations, "categories": categories}, detections


def _by_pycocotools(truth: dict[str, Any], detections: list[dict[str, Any]], kind: str) -> tuple[list[float], Any]:
    dropped = "bbox" if kind == "segm" else "segmentation"
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO()
        reference.dataset = copy.deepcopy(truth)
        reference.createIndex()
        results = [{key: value for key, value in entry.items() if key != dropped} for entry in detections]
        evaluator = COCOeval(reference, reference.loadRes(copy.deepcopy(results)), kind)
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    return [round(float(value), 12) for value in evaluator.stats], evaluator.eval["precision"]


@pytest.mark.parametrize("seed", range(6))
def test_all_numbers_are_pycocotools_own(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    truth, detections = _scene(seed)
    scores = score(truth, detections)
    assert capsys.readouterr().out == ""
    for kind, metrics in (("segm", scores.mask), ("bbox", scores.box)):
        expected, precision = _by_pycocotools(truth, detections, kind)
        assert [getattr(metrics, name) for name in NUMBERS] == expected
        assert 0 < metrics.ap < 1
        for index, label in enumerate((1, 3, 7)):
            assert metrics.per_class[f"class {label}"] == round(float(precision[:, :, index, 0, -1].mean()), 12)
        assert "class 9" not in metrics.per_class
    assert scores.images == 12


def test_nothing_found_scores_zero_and_nothing_to_find_is_undefined() -> None:
    truth, detections = _scene(0)
    assert score(truth, []).mask.ap == 0
    nothing = score(truth | {"annotations": []}, detections)
    assert nothing.mask.ap == -1 and nothing.mask.per_class == {}


def test_what_is_scored_is_left_as_it_was() -> None:
    truth, detections = _scene(0)
    before = copy.deepcopy((truth, detections))
    score(truth, detections)
    assert (truth, detections) == before


def test_a_perfect_model_scores_one_whatever_ids_its_classes_have(rectangles: MakeDataset, oracle: MakeOracle) -> None:
    dataset, events = rectangles(), list[AnyEvent]()
    scores = evaluate(oracle("red", "green"), dataset, dataset.images, events.append, never)
    assert scores.box.ap == scores.mask.ap == 1
    assert scores.mask.per_class == {"red": 1, "green": 1}
    assert events[-1] == Progress(done=3, total=3, unit="images")


def test_classes_go_by_name(rectangles: MakeDataset, oracle: MakeOracle) -> None:
    dataset, events = rectangles(), list[AnyEvent]()
    scores = evaluate(oracle("green", "red"), dataset, dataset.images, events.append, never)
    assert scores.mask.ap == 0
    scores = evaluate(oracle("red", "unheard of"), dataset, dataset.images, events.append, never)
    assert scores.mask.per_class == {"red": 1, "green": 0}
    assert any(isinstance(event, Warning) and "unheard of" in event.message for event in events)
    with pytest.raises(UserError, match="no class in common"):
        evaluate(oracle("blue"), dataset, dataset.images, ignore, never)


def test_a_missing_picture_is_said_and_not_counted(rectangles: MakeDataset, oracle: MakeOracle) -> None:
    dataset, events = rectangles(missing=(1,)), list[AnyEvent]()
    scores = evaluate(oracle("red", "green"), dataset, dataset.images, events.append, never)
    assert scores.images == 2 and scores.mask.ap == 1
    assert any(isinstance(event, Warning) and "1.png" in event.message for event in events)


def test_with_no_picture_at_all_there_is_nothing_to_evaluate(rectangles: MakeDataset, oracle: MakeOracle) -> None:
    dataset = rectangles(missing=(0, 1, 2))
    with pytest.raises(UserError, match="no image"):
        evaluate(oracle("red", "green"), dataset, dataset.images, ignore, never)


def test_a_picture_one_pixel_shorter_than_stated_still_counts(rectangles: MakeDataset, oracle: MakeOracle) -> None:
    dataset = rectangles(stated_height=65)
    assert evaluate(oracle("red", "green"), dataset, dataset.images, ignore, never).mask.ap == 1


def test_it_ends_when_asked(rectangles: MakeDataset, oracle: MakeOracle) -> None:
    def stop() -> None:
        raise StopRequested

    dataset = rectangles()
    with pytest.raises(StopRequested):
        evaluate(oracle("red", "green"), dataset, dataset.images, ignore, stop)


@pytest.mark.parametrize(("before", "ap"), [(98, 1.0), (100, 0.0)])
def test_a_hundred_detections_of_an_image_count(
    rectangles: MakeDataset, oracle: MakeOracle, before: int, ap: float
) -> None:
    class Talkative:
        """Says so many wrong things with the second class before the right one with the first."""

        def __init__(self) -> None:
            self.spec = oracle("red", "green").spec

        def predict(self, image: NDArray[np.uint8]) -> Prediction:
            right = oracle("red").predict(image)
            wrong = np.tile(np.array([[0, 60, 3, 63]], np.float32), (before, 1))
            return Prediction(
                np.concatenate([wrong, right.boxes]),
                np.concatenate([np.ones(before, np.float32), 0.5 * right.scores]),
                np.concatenate([np.ones(before, np.int64), right.labels]),
                np.ones((before + len(right), 28, 28), np.float32),
                right.size,
            )

    dataset = rectangles()
    assert evaluate(Talkative(), dataset, dataset.images, ignore, never).mask.per_class == {"red": ap, "green": 0}

"""More than a hundred objects in an image: they count as far as the model may find them, and the limit is said."""

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from core.dataset import Dataset, open_dataset
from core.dataset.ground_truth import ground_truth
from core.evaluation import measure as measuring
from core.evaluation.coco import evaluate, score
from core.evaluation.measure import measure
from core.evaluation.scores import Scores, limit_note
from core.inference.predict import coco_results
from core.inference.prediction import Prediction, Predictor
from core.jobs import EvaluateJob
from core.runs.control import ignore, never
from core.runs.events import AnyEvent, Done, Validation, Warning
from core.runs.folder import RunFolder
from core.training import validation
from core.training.validation import Validator

OBJECTS = 225
HUNDRED = 45 / 101
"""AP when 100 of 225 are found: 45 of COCO's 101 recalls are reached."""


@pytest.fixture
def crowded(tmp_path: Path) -> Dataset:
    """One picture with 15 × 15 red squares."""
    picture = np.zeros((480, 480, 3), np.uint8)
    annotations: list[dict[str, Any]] = []
    for y in range(8, 480, 32):
        for x in range(8, 480, 32):
            picture[y : y + 16, x : x + 16, 2] = 255
            ring = [x, y, x + 16, y, x + 16, y + 16, x, y + 16]
            one = {"id": len(annotations) + 1, "image_id": 1, "category_id": 1, "bbox": [x, y, 16, 16], "area": 256}
            annotations.append(one | {"segmentation": [ring], "iscrowd": 0})
    assert len(annotations) == OBJECTS
    (tmp_path / "annotations").mkdir()
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "1.png"), picture)
    images = [{"id": 1, "file_name": "1.png", "width": 480, "height": 480}]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "red"}]}
    (tmp_path / "annotations" / "instances_val.json").write_text(json.dumps(content))
    return open_dataset(tmp_path)


class Some:
    """Finds only some of what another model finds."""

    def __init__(self, model: Predictor, share: int) -> None:
        self.spec, self._model, self._share = model.spec, model, share

    def predict(self, image: NDArray[np.uint8]) -> Prediction:
        return self._model.predict(image).take(slice(self._share))


def limited(oracle: Callable[..., Any], most: int | None) -> Any:
    model = oracle("red")
    model.spec = msgspec.structs.replace(model.spec, max_detections=most)
    return model


def test_all_count_where_all_may_be_found_and_cocos_figure_stands_beside(
    crowded: Dataset, oracle: Callable[..., Predictor]
) -> None:
    events: list[AnyEvent] = []
    scores = evaluate(limited(oracle, 340), crowded, crowded.images, events.append, never)
    assert scores.mask.ap == scores.box.ap == scores.mask.ar == 1 and scores.max_detections == 340
    assert scores.at_100 is not None and scores.at_100.max_detections == 100
    assert scores.map_100 == scores.at_100.mask.ap == pytest.approx(HUNDRED)
    assert limit_note(scores.max_detections, scores.map_100) == "at most 340 objects an image; 0.446 with COCO’s 100"
    assert not [event for event in events if isinstance(event, Warning)]


@pytest.mark.parametrize(("most", "said"), [(None, 100), (150, 150), (40, 40)])
def test_a_limit_that_is_too_low_is_said(
    crowded: Dataset, oracle: Callable[..., Predictor], most: int | None, said: int
) -> None:
    events: list[AnyEvent] = []
    scores = evaluate(limited(oracle, most), crowded, crowded.images, events.append, never)
    assert scores.mask.ap == pytest.approx(said / OBJECTS, abs=0.01) and scores.max_detections == said
    (warning,) = (event for event in events if isinstance(event, Warning))
    assert f"more than {said} objects" in warning.message and "225" in warning.message
    assert f"{said / OBJECTS:.0%}" in warning.message and "--max-detections" in warning.hint and warning.matters


def test_with_any_limit_the_figure_is_pycocotools_own(crowded: Dataset, oracle: Callable[..., Predictor]) -> None:
    truth, random = ground_truth(crowded, crowded.images), np.random.default_rng(0)
    found = oracle("red").predict(crowded.read_image(crowded.images[0]))
    moved = found.boxes + random.normal(0, 2, found.boxes.shape).astype(np.float32)
    found = Prediction(moved, np.sort(random.random(OBJECTS))[::-1], found.labels, found.masks, found.size)
    detections = [
        result | {"category_id": crowded.categories[0].id} for result in coco_results(found, oracle("red").spec, 0)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO()
        reference.dataset = truth
        reference.createIndex()
        results = [{key: value for key, value in one.items() if key != "bbox"} for one in detections]
        evaluator = COCOeval(reference, reference.loadRes(results), "segm")
        evaluator.params.maxDets = [1, 10, 180]
        evaluator.evaluate()
        evaluator.accumulate()
    ap = float(evaluator.eval["precision"][:, :, :, 0, -1].mean())
    assert score(truth, detections, 180).mask.ap == pytest.approx(ap, abs=1e-12)
    assert score(truth, detections, 100).mask.ap < ap < score(truth, detections, 225).mask.ap


def test_the_evaluation_tells_and_writes_its_limit(
    crowded: Dataset, oracle: Callable[..., Predictor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "load_model", lambda path, max_detections: limited(oracle, max_detections))
    folder, events = RunFolder(tmp_path / "run"), list[AnyEvent]()
    job = EvaluateJob(model="model.xml", dataset=str(crowded.root), max_detections=300)
    measure(job, folder, events.append, never)
    assert isinstance(events[-1], Done)
    assert events[-1].summary["max_detections"] == 300
    assert events[-1].summary["map_100"] == pytest.approx(HUNDRED)
    written = msgspec.json.decode((folder.report / "scores.json").read_bytes(), type=Scores)
    assert written.max_detections == 300 and written.at_100 is not None


@pytest.mark.parametrize(("most", "kept"), [(340, 2), (100, 1)])
def test_the_best_model_is_the_one_that_finds_more_of_a_crowd(
    crowded: Dataset,
    oracle: Callable[..., Predictor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    kept: int,
) -> None:
    """The first epoch finds 150 of 225, the second all; a hundred tell no difference."""
    model, events = limited(oracle, most), list[AnyEvent]()
    module: Any = SimpleNamespace(ema=SimpleNamespace(model=None), device="cpu")
    monkeypatch.setattr(validation, "save_best", lambda *_: None)
    folder = RunFolder(tmp_path / "run")
    folder.samples.mkdir(parents=True)
    validator = Validator(crowded, crowded.images, model.spec, folder, events.append)
    for epoch, share in ((1, 150), (2, 225)):
        monkeypatch.setattr(validation, "TorchPredictor", lambda *_, share=share: Some(model, share))
        validator.run(module, epoch, never)
    told = [event for event in events if isinstance(event, Validation)]
    assert validator.best is not None and validator.best.epoch == kept
    assert {event.max_detections for event in told} == {most}
    assert [event.map_100 is not None for event in told] == [most > 100] * 2
    assert len([event for event in events if isinstance(event, Warning)]) == (most == 100)  # once, not each epoch


def test_nothing_is_said_of_cocos_own_limit(crowded: Dataset, oracle: Callable[..., Predictor]) -> None:
    assert limit_note(100) == ""
    assert limit_note(150) == "at most 150 objects an image"
    few = Some(limited(oracle, 340), 80)
    assert evaluate(few, crowded, crowded.images, ignore, never).at_100 is None

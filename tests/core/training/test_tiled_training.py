"""Training on tiles: which there are, what they show, and that all that follows sees the same ones."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest

from core.dataset import Dataset, open_dataset
from core.evaluation.coco import evaluate
from core.geometry.tiles import Tile, cut_picture, tiles
from core.inference.prediction import Prediction
from core.inference.preprocessing import resize_and_pad
from core.inference.torch_predictor import TorchPredictor, load_run
from core.recipes.catalogue import find, with_settings
from core.recipes.model_spec import ModelSpec, Tiling
from core.recipes.schema import TrainingSettings
from core.runs.control import ignore, never
from core.runs.events import AnyEvent, Log, Validation
from core.runs.folder import RunFolder
from core.training import train
from core.training.data.items import EMPTY_SHARE, TrainingItem, training_items
from core.training.data.samples import Key, TrainingSample, TrainingSet
from core.training.validation import _Recorder
from tests.core.training.conftest import STILL

TILING = Tiling(100, 0.2, True)
TILES = tiles((250, 300), 100, 0.2)
Box = tuple[int, int, int, int]
Make = Callable[..., Dataset]


@pytest.fixture
def boxes(tmp_path: Path) -> Make:
    """A dataset of one image of noise, 300 × 250, for each list of boxes ``x, y, width, height``."""

    def make(*images: Sequence[Box], width: int = 300, height: int = 250) -> Dataset:
        random = np.random.default_rng(0)
        truth: dict[str, Any] = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "box"}]}
        for number, drawn in enumerate(images, 1):
            cv2.imwrite(str(tmp_path / f"{number}.png"), random.integers(0, 256, (height, width, 3), np.uint8))
            truth["images"].append({"id": number, "file_name": f"{number}.png", "width": width, "height": height})
            for x, y, w, h in drawn:
                truth["annotations"].append(
                    {
                        "id": len(truth["annotations"]) + 1,
                        "image_id": number,
                        "category_id": 1,
                        "bbox": [x, y, w, h],
                        "area": w * h,
                        "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
                        "iscrowd": 0,
                    }
                )
        (tmp_path / "data.json").write_text(json.dumps(truth))
        return open_dataset(tmp_path / "data.json")

    return make


def items(dataset: Dataset, tiling: Tiling | None = TILING, **settings: Any) -> list[TrainingItem]:
    return training_items(dataset, dataset.images, TrainingSettings(**settings), tiling)


def regions(found: list[TrainingItem], image: int = 0) -> list[Tile | None]:
    return [item.region for item in found if item.image.index == image]


def test_an_image_is_replaced_by_its_tiles_and_itself_if_asked(boxes: Make) -> None:
    dataset = boxes([(0, 0, 300, 250)])
    assert regions(items(dataset)) == [None, *TILES]
    assert regions(items(dataset, Tiling(100, 0.2, False))) == TILES
    assert regions(items(dataset, Tiling(300, 0.2, False))) == [None], "no larger than a tile"
    assert regions(items(dataset, None)) == [None]


def test_tiles_that_show_too_little_of_an_object_count_as_empty(boxes: Make) -> None:
    # across the border of the first tile, at 100, with a fifth of it in there
    dataset = boxes([(96, 10, 20, 20)])
    assert regions(items(dataset, negatives=False)) == [None, Tile(80, 0, 100, 100)]
    half = boxes([(90, 10, 20, 20)])
    assert regions(items(half, negatives=False))[1:] == [Tile(0, 0, 100, 100), Tile(80, 0, 100, 100)]


def test_of_empty_tiles_there_is_a_share_picked_by_the_seed(boxes: Make) -> None:
    dataset = boxes(*[[(x, y, 10, 10) for x in (10, 90, 170) for y in (10, 90)] for _ in range(8)], [], [])
    with_objects = [item for item in items(dataset, negatives=False) if item.region]
    found = items(dataset)
    assert set(with_objects) < set(found)
    empty = [item for item in found if item.region and item not in with_objects]
    assert len(empty) == round(EMPTY_SHARE * len(with_objects)) > 5
    assert len({item.image.index for item in empty}) > 3
    assert found == items(dataset) != items(dataset, seed=1)
    # images without any object are negatives too, as they are without tiles
    assert [item.image.index for item in found if item.region is None] == list(range(10))
    assert [item.image.index for item in items(dataset, negatives=False) if item.region is None] == list(range(8))


def test_a_tile_is_shown_as_inference_sees_it_with_what_is_left_of_its_objects(boxes: Make) -> None:
    dataset = boxes([(90, 30, 40, 20), (20, 20, 30, 30), (96, 60, 40, 20), (200, 200, 30, 20)])
    recipe = with_settings(find("rtmdet_inst_tiny"), STILL | {"input_size": 128})
    found = items(dataset)
    place = found.index(TrainingItem(dataset.images[0], TILES[0]))
    sample = TrainingSet(dataset, found, recipe)[Key(0, place)]
    assert isinstance(sample, TrainingSample)
    seen, _ = resize_and_pad(cut_picture(dataset.read_image(dataset.images[0]), TILES[0]), recipe.input_spec())
    np.testing.assert_array_equal(sample.picture, seen)
    # a quarter of the first, all of the second, but a tenth of the third, nothing of the fourth; 128 pixels for 100
    boxes_seen = sorted(box.tolist() for box in sample.boxes())
    np.testing.assert_allclose(boxes_seen, [[25.6, 25.6, 64, 64], [115.2, 38.4, 128, 64]], atol=1)


def test_training_validation_and_the_model_it_leaves_share_their_tiles(
    make_job: Callable, make_run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[tuple[int, int]] = []
    look = TorchPredictor._look
    monkeypatch.setattr(TorchPredictor, "_look", lambda self, seen: looks.append(seen.shape[:2]) or look(self, seen))
    job = make_job(epochs=1, tiling="by_hand", tile_size=64, tile_overlap=0.25)
    folder = make_run(job)
    events: list[AnyEvent] = []
    train(job, folder, events.append, never)

    spec = msgspec.json.decode(folder.model.read_bytes(), type=ModelSpec)
    assert spec.tiling == load_run(folder).spec.tiling == Tiling(64, 0.25, True, max_detections=100)
    assert any("tiles of 64 × 64" in event.message for event in events if isinstance(event, Log))
    (validation,) = (event for event in events if isinstance(event, Validation))
    assert sorted(looks) == [(64, 64)] * 3 * 4 + [(96, 96)] * 3
    assert_evaluation_agrees(folder, job.dataset, validation)
    assert sorted(looks) == [(64, 64)] * 6 * 4 + [(96, 96)] * 6


def assert_evaluation_agrees(folder: RunFolder, path: str, validation: Validation) -> None:
    dataset = open_dataset(Path(path))
    scores = evaluate(load_run(folder), dataset, dataset.of_split("val"), ignore, never)
    assert scores.mask.ap == pytest.approx(validation.map)


def test_of_a_large_picture_the_sample_to_draw_is_small_and_shows_the_same() -> None:
    large = np.zeros((1200, 2000, 3), np.uint8)
    large[300:600, 500:1500] = 255

    class Finder:
        spec = None

        def predict(self, image: np.ndarray) -> Prediction:
            box = np.array([[500, 300, 1500, 600]], np.float32)
            ones = np.ones((1, 28, 28), np.float32)
            return Prediction(box, np.ones(1, np.float32), np.zeros(1, np.int64), ones, image.shape[:2])

    recorder = _Recorder(Finder(), images=1, wanted=1)  # type: ignore[arg-type]
    assert recorder.predict(large).size == (1200, 2000)
    [(picture, found)] = recorder.recorded
    assert picture.shape == (480, 800, 3)
    assert ((found.mask(0).full() > 0) != (picture[..., 0] > 127)).sum() < 100, "but for the corners of the mask"

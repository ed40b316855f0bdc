"""What reaches the network: batches of tensors, the same however they are made."""

import json
import pickle
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from core.dataset import Dataset, open_dataset
from core.inference.preprocessing import fit
from core.recipes.catalogue import find, with_settings
from core.recipes.schema import Recipe
from core.training.data.items import TrainingItem
from core.training.data.loader import Batch, Loader, collate
from core.training.data.samples import Key, TrainingSample, TrainingSet
from core.training.data.sharing import Shared
from core.training.module import TrainingModule
from tests.core.training.conftest import STILL

PLAIN = STILL | {"input_size": 128}
LIVELY = {"flip": 0.5, "scale_jitter": 0.3, "color_jitter": 0.3, "mosaic": 0.5, "mixup": 0.5, "crop": 0.5}


def recipe(**settings: Any) -> Recipe:
    return with_settings(find("rtmdet_inst_tiny"), PLAIN | settings)


@pytest.fixture
def shapes(tmp_path: Path) -> Callable[..., Dataset]:
    """Six pictures of 90 × 70; in each a square whose place differs, a crowd, and what else is asked for."""

    def make(objects: bool = True, crowds: bool = True, more: Sequence[dict[str, Any]] = ()) -> Dataset:
        random = np.random.default_rng(0)
        images, annotations = [], []
        for number in range(1, 7):
            picture = random.integers(0, 256, (70, 90, 3), np.uint8)
            cv2.imwrite(str(tmp_path / f"{number}.png"), picture)
            images.append({"id": number, "file_name": f"{number}.png", "width": 90, "height": 70})
            annotations += [square(number, 10 + 5 * number, 20)] * objects
            annotations += [square(number, 50, 50) | {"iscrowd": 1}] * crowds
            annotations += [one | {"image_id": number} for one in more]
        annotations = [one | {"id": number} for number, one in enumerate(annotations, 1)]
        content = {"images": images, "annotations": annotations, "categories": [{"id": 3, "name": "square"}]}
        (tmp_path / "data.json").write_text(json.dumps(content))
        return open_dataset(tmp_path / "data.json")

    return make


def square(image: int, x: int, y: int, side: int = 16) -> dict[str, Any]:
    corners = [x, y, x + side, y, x + side, y + side, x, y + side]
    return {
        "image_id": image,
        "category_id": 3,
        "segmentation": [corners],
        "bbox": [x, y, side, side],
        "area": side * side,
        "iscrowd": 0,
    }


def samples(dataset: Dataset, recipe: Recipe, **options: Any) -> TrainingSet:
    return TrainingSet(dataset, [TrainingItem(image) for image in dataset.images], recipe, **options)


def sample(samples: TrainingSet, epoch: int, position: int) -> TrainingSample:
    found = samples[Key(epoch, position)]
    assert isinstance(found, TrainingSample)
    return found


class Watched(torch.nn.Module):
    """Keeps the pixels it is trained on."""

    def __init__(self, seen: list[torch.Tensor]) -> None:
        super().__init__()
        self._seen = seen

    def losses(self, images: torch.Tensor, targets: object) -> dict[str, torch.Tensor]:
        self._seen.append(images)
        return {"nothing": images.sum()}


def test_the_network_trains_on_what_it_will_be_asked_about(shapes: Callable[..., Dataset]) -> None:
    dataset = shapes(crowds=False)
    loader = Loader(samples(dataset, recipe()), batch_size=6, seed=0, workers=0)
    [batch] = loader
    seen: list[torch.Tensor] = []
    module = TrainingModule(Watched(seen), recipe(), loader)
    module.training_step(batch, 0)
    pixels = seen[0].numpy()
    expected = np.concatenate([fit(dataset.read_image(image), recipe().input_spec())[0] for image in dataset.images])
    differences = np.abs(pixels[:, None] - expected).max(axis=(2, 3, 4))
    assert sorted(differences.argmin(axis=1)) == list(range(6))
    assert differences.min(axis=1).max() == 0


def test_targets_are_the_objects_as_tensors(shapes: Callable[..., Dataset]) -> None:
    found = sample(samples(shapes(), recipe()), 0, 0)
    [target] = collate([found]).targets
    assert target.labels.tolist() == [0]
    assert target.masks.shape == (1, 128, 128)
    assert target.masks.dtype == torch.uint8
    np.testing.assert_array_equal(target.masks[0].numpy(), found.objects[0].mask.full())
    rows, columns = np.nonzero(target.masks[0].numpy())
    assert target.boxes.tolist() == [[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]]


def test_a_sample_without_objects_has_an_empty_target(shapes: Callable[..., Dataset]) -> None:
    dataset = shapes(objects=False)
    [target] = collate([sample(samples(dataset, recipe()), 0, 0)]).targets
    assert target.masks.shape == (0, 128, 128)
    assert target.boxes.shape == (0, 4)
    assert target.labels.shape == (0,)


def test_every_image_is_seen_in_every_epoch_in_batches_of_one_size(shapes: Callable[..., Dataset]) -> None:
    loader = Loader(samples(shapes(), recipe()), batch_size=4, seed=0, workers=0)
    for epoch in range(3):
        keys = [key for batch in epoch_of(loader, epoch) for key in batch]
        assert [len(batch) for batch in epoch_of(loader, epoch)] == [4, 4]
        assert {key.epoch for key in keys} == {epoch}
        assert {key.position for key in keys} == set(range(6))
        assert len(set(keys)) == 8  # those that come twice are augmented anew
    assert epoch_of(loader, 0) != epoch_of(loader, 1)
    assert len(loader) == 2


def epoch_of(loader: Loader, epoch: int) -> list[list[Key]]:
    loader.load_state_dict({"epoch": epoch, "done": 0})
    return list(loader.remaining())


def test_an_interrupted_epoch_goes_on_with_the_next_batch(shapes: Callable[..., Dataset]) -> None:
    def fresh() -> Loader:
        return Loader(samples(shapes(), recipe(**LIVELY)), batch_size=2, seed=5, workers=0)

    whole = fresh()
    expected = [batch.images for _ in range(2) for batch in whole]
    broken = fresh()
    iterator = iter(broken)
    seen = [next(iterator).images, next(iterator).images]
    resumed = fresh()
    resumed.load_state_dict(broken.state_dict())
    seen += [batch.images for _ in range(2) for batch in resumed]
    assert len(seen) == len(expected) == 6
    for left, right in zip(seen, expected, strict=True):
        assert torch.equal(left, right)


def test_loader_processes_change_nothing(shapes: Callable[..., Dataset]) -> None:
    dataset, lively = shapes(), recipe(**LIVELY, plain_epochs=1, epochs=2)
    alone, helped = (Loader(samples(dataset, lively), batch_size=4, seed=1, workers=workers) for workers in (0, 2))
    for left, right in zip([*alone, *alone], [*helped, *helped], strict=True):
        assert torch.equal(left.images, right.images)
        for one, other in zip(left.targets, right.targets, strict=True):
            assert torch.equal(one.masks, other.masks)


def test_a_loader_process_holds_nothing_that_grows_with_the_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither when it begins nor while it makes samples: there may be a million images, and many processes."""
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    count, folder = 3000, tmp_path / "many"
    folder.mkdir()
    picture = cv2.imencode(".png", np.zeros((70, 90, 3), np.uint8))[1].tobytes()
    images: list[dict[str, Any]] = []
    for number in range(count):
        (folder / f"{number}.png").write_bytes(picture)
        said = {"split": "train", "review": "done", "pixel_size": {"value": 2.0 + number, "unit": "µm"}}
        images.append({"id": number, "file_name": f"{number}.png", "width": 90, "height": 70} | said)
    annotations = [square(number, 10, 20) | {"id": number + 1} for number in range(count)]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 3, "name": "square"}]}
    (folder / "data.json").write_text(json.dumps(content))
    dataset = open_dataset(folder)
    assert all(map(dataset.has_picture, dataset.images))
    items = [TrainingItem(image) for image in dataset.images]
    shared = Shared(TrainingSet(dataset, items, recipe(), cache_bytes=0))
    sent = pickle.dumps(shared)
    assert len(sent) < 4 * count
    tracemalloc.start()
    try:
        arrived = pickle.loads(sent)  # noqa: S301
        held = [tracemalloc.get_traced_memory()[0]]
        for some in (range(20), range(20, 120)):
            for position in some:
                assert isinstance(arrived[Key(0, position * 25)], TrainingSample)
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[0] < 32 * count, "it begins with less than a pointer or two an image"
    assert held[2] - held[1] < 100_000, "and a sample leaves nothing behind: a picture of it has 19,000 bytes"


def test_processes_that_train_together_share_the_batches_of_one(shapes: Callable[..., Dataset]) -> None:
    dataset = shapes()
    alone = Loader(samples(dataset, recipe()), batch_size=4, seed=3, workers=0)
    first, second = (
        Loader(samples(dataset, recipe()), batch_size=2, seed=3, workers=0, rank=rank, world_size=2) for rank in (0, 1)
    )
    assert len(first) == len(second) == len(alone)
    for state in ({"epoch": 0, "done": 0}, {"epoch": 2, "done": 1}):
        for loader in (alone, first, second):
            loader.load_state_dict(state)
        together = [one + other for one, other in zip(first.remaining(), second.remaining(), strict=True)]
        assert together == list(alone.remaining())


def test_an_image_that_cannot_be_read_is_missing_from_its_batch(shapes: Callable[..., Dataset]) -> None:
    dataset = shapes()
    (dataset.root / "2.png").write_bytes(b"not a picture")
    batches: list[Batch] = list(Loader(samples(dataset, recipe(**LIVELY)), batch_size=6, seed=0, workers=0))
    assert [len(batch) for batch in batches] == [5]
    assert batches[0].images.shape == (5, 128, 128, 3)
    [broken] = batches[0].unreadable
    assert "2.png" in broken.message


def test_annotations_without_pixels_are_counted_by_item(shapes: Callable[..., Dataset]) -> None:
    line = square(0, 10, 10) | {"segmentation": [[10, 10, 10, 10, 10, 10]], "area": 0}
    dataset = shapes(more=[line, square(0, 60, 10) | {"segmentation": None}])
    [batch] = Loader(samples(dataset, recipe()), batch_size=6, seed=0, workers=0)
    assert batch.without_pixels == dict.fromkeys(range(6), 2)
    assert [len(target.labels) for target in batch.targets] == [1] * 6


@pytest.mark.parametrize("count", [1, 6])
def test_a_batch_may_be_larger_than_the_dataset(shapes: Callable[..., Dataset], count: int) -> None:
    dataset = shapes()
    one = TrainingSet(dataset, [TrainingItem(image) for image in dataset.images[:count]], recipe(**LIVELY))
    assert [len(batch) for batch in Loader(one, batch_size=32, seed=0, workers=0)] == [count]
    ranks = [Loader(one, batch_size=32, seed=0, workers=0, rank=rank, world_size=2) for rank in (0, 1)]
    assert len({len(batch) for loader in ranks for batch in loader.remaining()}) == 1

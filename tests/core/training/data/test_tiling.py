"""When images are cut into tiles, and how large those are."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.dataset import Dataset, open_dataset
from core.recipes.model_spec import Tiling
from core.recipes.schema import TrainingSettings
from core.training.data.tiling import ENOUGH, WANTED, TilingChoice, choose_tiling

Make = Callable[..., Dataset]


@pytest.fixture
def squares(tmp_path: Path) -> Make:
    """A dataset of one image for each list of squares, given by their sides; a negative one is a crowd."""

    def make(*images: Sequence[int], width: int = 1000, height: int = 800) -> Dataset:
        truth: dict[str, Any] = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "square"}]}
        for number, sides in enumerate(images, 1):
            truth["images"].append({"id": number, "file_name": f"{number}.png", "width": width, "height": height})
            for place, side in enumerate(sides):
                x, y, side, crowd = place * 10, 5, abs(side), side < 0
                truth["annotations"].append(
                    {
                        "id": len(truth["annotations"]) + 1,
                        "image_id": number,
                        "category_id": 1,
                        "bbox": [x, y, side, side],
                        "area": side * side,
                        "segmentation": [[x, y, x + side, y, x + side, y + side, x, y + side]],
                        "iscrowd": int(crowd),
                    }
                )
        (tmp_path / "data.json").write_text(json.dumps(truth))
        return open_dataset(tmp_path / "data.json")

    return make


def choose(dataset: Dataset, **settings: Any) -> TilingChoice:
    return choose_tiling(dataset, dataset.images, TrainingSettings(**{"tiling": "auto", "input_size": 640} | settings))


def test_small_objects_in_large_images_get_tiles_that_show_them_large(squares: Make) -> None:
    tiling, why = choose(squares([10] * 20, [12] * 10))
    assert tiling is not None
    assert (tiling.overlap, tiling.whole) == (0.2, True)
    assert 0.9 * WANTED <= 10 * 640 / tiling.size <= WANTED
    assert f"{tiling.size} × {tiling.size}" in why and "10 pixels wide" in why and "measures 6 " in why


def test_objects_that_are_large_enough_need_no_tiles(squares: Make) -> None:
    tiling, why = choose(squares([26] * 20))
    assert tiling is None
    assert "measures 17 pixels" in why and "enough" in why
    assert choose(squares([26] * 20), input_size=576).tiling is not None
    assert choose(squares([24] * 20)).tiling is not None, f"{24 * 0.64} is below {ENOUGH}"


def test_a_quarter_of_small_objects_is_what_counts(squares: Make) -> None:
    assert choose(squares([8] * 10 + [60] * 25)).tiling is not None
    assert choose(squares([8] * 10 + [60] * 40)).tiling is None


def test_tiles_are_twice_as_large_as_large_objects(squares: Make) -> None:
    tiling, _ = choose(squares([10] * 20 + [250] * 3))
    assert tiling is not None
    assert 500 <= tiling.size < 520


def test_where_tiles_would_be_as_large_as_the_images_there_are_none(squares: Make) -> None:
    tiling, why = choose(squares([10] * 20 + [450] * 5))
    assert tiling is None
    assert "as large as the images" in why


def test_images_that_are_smaller_than_the_input_are_measured_as_they_are_enlarged(squares: Make) -> None:
    assert choose(squares([10] * 20, width=250, height=200)).tiling is None
    assert choose(squares([10] * 20, width=640, height=200)).tiling is not None


def test_crowds_do_not_count(squares: Make) -> None:
    assert choose(squares([60] * 10 + [-5] * 90)).tiling is None
    assert choose(squares([10] * 10 + [-60] * 90)).tiling is not None
    assert choose(squares([-5] * 10)).tiling is None


def test_a_size_chosen_by_hand_is_taken_and_none_is_none(squares: Make) -> None:
    dataset = squares([60] * 10)
    tiling, why = choose(dataset, tiling="by_hand", tile_size=300, tile_overlap=0.1, tile_whole=False)
    assert tiling == Tiling(300, 0.1, False)
    assert "60 pixels wide" in why and "128 in a tile" in why
    assert choose(dataset, tiling="off", tile_size=300) == (None, "")

"""A dataset of rectangles and a model that finds them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Picture

from core.dataset import Dataset, open_dataset
from core.inference.prediction import Prediction
from core.recipes.model_spec import ClassSpec, InputSpec, ModelSpec


class Oracle:
    """Finds what was drawn: bright rectangles, one class a channel."""

    def __init__(self, *names: str) -> None:
        self.spec = ModelSpec(
            recipe="r",
            architecture="a",
            backbone="b",
            classes=tuple(ClassSpec(id=100 + index, name=name) for index, name in enumerate(names)),
            input=InputSpec(height=64, width=64, pad_value=0, mean=(0, 0, 0), std=(1, 1, 1)),
        )

    def predict(self, image: NDArray[np.uint8]) -> Prediction:
        boxes, labels = [], []
        for label in range(len(self.spec.classes)):
            count, _, stats, _ = cv2.connectedComponentsWithStats(image[..., label])
            for x, y, w, h, _ in stats[1:count]:
                boxes.append((x, y, x + w, y + h))
                labels.append(label)
        found = np.array(boxes, np.float32).reshape(-1, 4)
        ones = np.ones(len(found), np.float32)
        masks = np.ones((len(found), 28, 28), np.float32)
        return Prediction(found, ones, np.array(labels, np.int64), masks, image.shape[:2])


@pytest.fixture
def rectangles(tmp_path: Path) -> Callable[..., Dataset]:
    """A dataset of two classes: rectangles in the red or the green channel of otherwise black pictures."""

    def make(pictures: int = 3, missing: tuple[int, ...] = (), stated_height: int = 64) -> Dataset:
        truth: dict[str, Any] = {
            "images": [],
            "annotations": [],
            "categories": [{"id": 4, "name": "red"}, {"id": 9, "name": "green"}],
        }
        (tmp_path / "images").mkdir()
        for number in range(pictures):
            picture = np.zeros((64, 64, 3), np.uint8)
            name = f"{number}.png"
            truth["images"].append({"id": number, "file_name": name, "width": 64, "height": stated_height})
            for label, (x, y, w, h) in enumerate([(4, 8, 20, 14), (30, 30 + number, 24, 20)]):
                picture[y : y + h, x : x + w, label] = 255
                truth["annotations"].append(
                    {
                        "id": len(truth["annotations"]) + 1,
                        "image_id": number,
                        "category_id": (4, 9)[label],
                        "bbox": [x, y, w, h],
                        "area": w * h,
                        "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
                        "iscrowd": 0,
                    }
                )
            if number not in missing:
                Picture.fromarray(picture).save(tmp_path / "images" / name)
        (tmp_path / "annotations").mkdir()
        (tmp_path / "annotations" / "instances_val.json").write_text(json.dumps(truth))
        return open_dataset(tmp_path)

    return make


@pytest.fixture
def oracle() -> type[Oracle]:
    """Made with the names of the classes it knows."""
    return Oracle

"""AP between two annotations is COCO's: what pycocotools says of them."""

import contextlib
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from core.dataset import open_dataset
from core.evaluation import pieces
from core.evaluation.agreement import compare_datasets
from core.runs.control import ignore, never
from tests.core.dataset.builders import image

SIDE = 200


def annotations(seed: int) -> list[dict[str, Any]]:
    """Squares that two people draw nearly alike, some of another class, some not at all, one a crowd."""
    where, own = random.Random(1), random.Random(seed)
    made = []
    for number in range(60):
        x, y, side = where.uniform(0, 150), where.uniform(0, 150), where.uniform(8, 48)
        x, y = x + own.uniform(-2, 2), y + own.uniform(-2, 2)
        if own.random() < 0.2:
            continue
        category = 3 if (number % 3 == 0) != (own.random() < 0.1) else 7
        shape = [[x, y, x + side, y, x + side, y + side, x, y + side]]
        box = {"segmentation": shape, "bbox": [x, y, side, side], "area": side * side, "iscrowd": 0}
        made.append({"id": number + 1, "image_id": number % 6 + 1, "category_id": category} | box)
    left = [[100, 0, SIDE, 0, SIDE, SIDE, 100, SIDE]]
    crowd = {"id": 99, "image_id": 1, "category_id": 7, "segmentation": left, "bbox": [100, 0, 100, 200], "iscrowd": 1}
    return [*made, crowd | {"area": 100 * SIDE}]


def coco_ap(truth: dict[str, Any], other: dict[str, Any]) -> float:
    with contextlib.redirect_stdout(io.StringIO()):
        reference, drawn = COCO(), COCO()
        for each, content in ((reference, truth), (drawn, other)):
            each.dataset = content
            each.createIndex()
        results = [
            {key: one[key] for key in ("image_id", "category_id")} | {"score": 1.0, "segmentation": drawn.annToRLE(one)}
            for entry in other["images"]
            for one in drawn.imgToAnns[entry["id"]]
            if not one["iscrowd"]
        ]
        evaluator = COCOeval(reference, reference.loadRes(results), "segm")
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    return float(evaluator.stats[0])


@pytest.mark.parametrize("divided", [False, True])
def test_ap_between_two_is_that_of_pycocotools_both_ways(tmp_path: Path, monkeypatch, divided: bool):
    """Also where images are measured in pieces, as those with very many objects are."""
    if divided:
        monkeypatch.setattr(pieces, "_MANY", 0)
        monkeypatch.setattr(pieces, "_PIECE", 3)
    contents = []
    for name, seed in (("left", 2), ("right", 3)):
        images = [image(number, f"{number}.png", SIDE, SIDE) for number in range(1, 7)]
        classes = [{"id": 3, "name": "nut"}, {"id": 7, "name": "bolt"}]
        contents.append({"images": images, "annotations": annotations(seed), "categories": classes})
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.json").write_text(json.dumps(contents[-1]))
    left, right = (open_dataset(tmp_path / name / "train.json") for name in ("left", "right"))
    found = compare_datasets(left, right, 0.75, ignore, never)
    assert found.ap == pytest.approx(coco_ap(*contents), abs=1e-12) and 0.1 < found.ap < 0.9
    assert found.reverse_ap == pytest.approx(coco_ap(*reversed(contents)), abs=1e-12) and found.reverse_ap != found.ap

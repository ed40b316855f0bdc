"""How long the annotation part of a check takes: 10,000 images with seven polygons each.

    python -m tests.benchmarks.health [IMAGES]

Prints the processor's time, which other work does not disturb, and the wall's; and what was found, so that it can be
seen that everything was looked at. Pictures are not there: opening and comparing them is another thing.
"""

import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from core.dataset.health.kinds import KINDS
from core.dataset.health.survey import LIKENESS, PICTURES, survey
from core.dataset.opening import open_dataset

_INSTANCES = 7
_SIZE = 480, 640


def make(folder: Path, images: int) -> Path:
    """A COCO file of jagged polygons with 8 to 60 corners; a few of them overlap."""
    random = np.random.default_rng(0)
    entries, annotations = [], []
    for number in range(1, images + 1):
        entries.append({"id": number, "file_name": f"{number:06}.jpg", "width": _SIZE[1], "height": _SIZE[0]})
        for _ in range(_INSTANCES):
            corners = int(random.integers(8, 60))
            angles = np.sort(random.random(corners)) * 2 * np.pi
            reach = (20 + 60 * random.random()) * (0.7 + 0.3 * random.random(corners))
            ring = np.stack([reach * np.cos(angles), reach * np.sin(angles)], 1) + random.uniform(90, 390, 2)
            ring = ring.clip(0, (_SIZE[1], _SIZE[0])).round(2)
            low, high = ring.min(0), ring.max(0)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": int(random.integers(1, 11)),
                    "iscrowd": 0,
                    "segmentation": [ring.ravel().tolist()],
                    "bbox": [*low.tolist(), *(high - low).tolist()],
                    "area": float(cv2.contourArea(ring.astype(np.float32))),
                }
            )
    categories = [{"id": number, "name": f"class {number}"} for number in range(1, 11)]
    file = folder / "instances.json"
    file.write_text(json.dumps({"images": entries, "annotations": annotations, "categories": categories}))
    return file


def main() -> None:
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        dataset = open_dataset(make(Path(folder), images))
        processor, wall = time.process_time(), time.perf_counter()
        found = survey(dataset, [kind for kind in KINDS if kind not in PICTURES | LIKENESS])
        processor, wall = time.process_time() - processor, time.perf_counter() - wall
    print(f"{images:,} images, {images * _INSTANCES:,} instances: processor {processor:.1f} s, wall {wall:.1f} s")
    print(f"{images / processor * 60:,.0f} images a minute of processor time")
    print(dict(Counter(each.kind for each in found.findings)))


if __name__ == "__main__":
    main()

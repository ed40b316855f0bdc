"""What each assisted tool is worth: how near it comes to real masks, in how many acts, and how long an answer takes.

    python tests/benchmarks/assist.py DATASET … --work FOLDER [--sam FOLDER] [--instances 20]

A simulated hand that knows the real mask (see ``annotator.py``) works on 20 instances of each dataset, at most four of
an image, until IoU is 0.85 or eight acts are made, with scissors, GrabCut, wand, and, where ``--sam`` names a folder
with an encoder and a decoder, with SAM by clicks, by a box and then clicks, and as the repair of a mask that is wrong
(see ``attempts.py``). An act is a click, a drag or a stroke. “Acts” is the usual measure: how many there were, eight
where 0.85 is never reached. “One act more” is what becomes of the masks that were good enough, in the mean.
What was measured is kept in FOLDER, so that an interrupted run goes on where it was; ``--fresh`` begins anew.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import cv2
import numpy as np
from annotator import iou, wanted, worst
from attempts import BY_HAND, BY_SAM, Attempt, Subject
from machine import machine

from core.annotation.assist.sam import Embedding, Sam, load
from core.dataset import Dataset, Image, open_dataset

GOOD = 0.85
ACTS = 8
_AN_IMAGE = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", type=Path, nargs="+", help="COCO folders")
    parser.add_argument("--work", type=Path, required=True, help="where measurements and the table are kept")
    parser.add_argument("--sam", type=Path, help="a folder with an encoder and a decoder, ONNX or IR")
    parser.add_argument("--instances", type=int, default=20, help="of each dataset")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    options = parser.parse_args()
    work = options.work.absolute()
    if options.fresh and work.exists():
        shutil.rmtree(work)
    (work / "results").mkdir(parents=True, exist_ok=True)
    os.environ["MASKWRIGHT_HOME"] = str(work / "home")
    cv2.setNumThreads(max((os.cpu_count() or 2) - 1, 1))  # as the window does
    sam = load(options.sam.absolute()) if options.sam else None
    for place in options.datasets:
        measure(place.name, open_dataset(place), sam, work / "results", options.instances)
        (work / "table.md").write_text(table(work))
    sys.stdout.write((work / "table.md").read_text())


def measure(name: str, dataset: Dataset, sam: Sam | None, results: Path, count: int) -> None:
    """Each image of a dataset that was not measured yet: what every tool made of its instances."""
    tools = BY_HAND | (BY_SAM if sam is not None else {})
    for image, instances in wanted(dataset, count, _AN_IMAGE):
        result = results / f"{name}-{image.index}.json"
        if result.exists():
            continue
        pixels = dataset.read_image(image)
        embedding, seconds = _looked_at(sam, pixels)
        found: list[dict[str, Any]] = []
        for instance in instances:
            subject = Subject(pixels, dataset.mask(image, instance), sam, embedding)
            found += [{"tool": tool, **attempted(make(subject))} for tool, make in tools.items()]
        result.write_text(json.dumps({"data": name, "image": image.file_name, "looked": seconds, "found": found}))
        sys.stderr.write(f"{name}: {_name(image)}, {len(instances)} instances\n")


def attempted(attempt: Attempt) -> dict[str, Any]:
    """IoU before the first act and after each until it is good, that after one more, and the milliseconds of every
    answer."""
    truth = attempt.subject.truth.full()
    clicked: set[tuple[float, float]] = set()

    def act() -> float:
        error = worst(attempt.found.full(), truth, clicked)
        if error.radius > 0:
            clicked.add(error.at)
            attempt.act(error)
        return iou(attempt.found.full(), truth)

    reached = [iou(attempt.found.full(), truth)]
    while reached[-1] < GOOD and len(reached) <= ACTS:
        reached.append(act())
    return {"iou": reached, "more": act() if reached[-1] >= GOOD else None, "ms": attempt.milliseconds}


def table(work: Path) -> str:
    """A row a tool and dataset, as Markdown; writes ``table.json`` with the same."""
    measured: dict[tuple[str, str], list[dict[str, Any]]] = {}
    looked: list[float] = []
    for file in sorted((work / "results").glob("*.json")):
        result = json.loads(file.read_text())
        looked += [result["looked"]] if result["looked"] else []
        for entry in result["found"]:
            measured.setdefault((entry["tool"], result["data"]), []).append(entry)
    order = [*BY_HAND, *BY_SAM]
    rows = [
        {"tool": tool, "data": data} | figures(measured[tool, data])
        for tool, data in sorted(measured, key=lambda pair: (order.index(pair[0]), pair[1]))
    ]
    seen = f"; SAM looks at a picture for {statistics.median(looked):.2g} s once" if looked else ""
    lines = [
        f"{date.today().isoformat()}, {machine()}{seen}.",
        "",
        f"| tool | data | instances | IoU before, after one act, in the end | acts | reach {GOOD} in {ACTS}"
        " | one act more: IoU before, after | ms an answer, p50 / p95 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        curve, more = (", ".join(f"{value:.2f}" for value in row[name]) for name in ("iou", "more"))
        lines.append(
            f"| {row['tool']} | {row['data']} | {row['instances']} | {curve} | {row['acts']:.1f}"
            f" | {row['share']:.0%} | {more or '–'} | {row['ms'][0]:.3g} / {row['ms'][1]:.3g} |"
        )
    (work / "table.json").write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1))
    return "\n".join(lines) + "\n"


def figures(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Of one tool on one dataset."""
    curves = [entry["iou"] for entry in entries]
    good = [(entry["iou"][-1], entry["more"]) for entry in entries if entry["more"] is not None]
    return {
        "instances": len(entries),
        "iou": [statistics.mean(curve[:most][-1] for curve in curves) for most in (1, 2, ACTS + 1)],
        "acts": statistics.mean(len(curve) - 1 for curve in curves),
        "share": len(good) / len(entries),
        "more": [statistics.mean(values) for values in zip(*good, strict=True)],
        "ms": np.percentile(list(chain.from_iterable(entry["ms"] for entry in entries)), [50, 95]).tolist(),
    }


def _looked_at(sam: Sam | None, pixels: np.ndarray) -> tuple[Embedding | None, float]:
    """SAM's embedding of a picture, and how many seconds that took."""
    begin = time.perf_counter()
    embedding = sam.encode(pixels) if sam is not None else None
    return embedding, time.perf_counter() - begin if sam is not None else 0.0


def _name(image: Image) -> str:
    return Path(image.file_name).name


if __name__ == "__main__":
    main()

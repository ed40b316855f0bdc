"""What it is worth to say where nobody has labelled: the same training with half of its objects, said and unsaid.

``python tests/benchmarks/not_labelled.py run DATA RESULTS`` trains on DATA (a COCO folder, ``dsb2018_small``), always
the same steps from the starting point that ships, and measures each model on the validation images, which are whole.
Four times a seed:

- *all*: every object is labelled.
- *unsaid*: those in the right half of each training image are not, and nothing says so.
- *half*: likewise, and the right half is marked as not labelled.
- *boxes*: likewise, and everything outside the boxes of the labelled ones is marked: *Only its box is labelled*.

Each step is one JSON file in RESULTS, so that the work can be done in pieces. ``… table RESULTS`` prints the means and
each seed's figures, as Markdown.
"""

import argparse
import json
import os
import shutil
import statistics
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from trials import ROOT, maskwright, once

from core.dataset import open_dataset
from core.geometry.masks import crop, iou, to_rle
from core.inference.loading import load_model
from core.runs.events import Validation
from core.runs.folder import RunFolder

SHAPES = ROOT / "resources" / "weights" / "rtmdet_inst_tiny_shapes.safetensors"
ARMS = ("all", "unsaid", "half", "boxes")
FIGURES = ("ap", "ap50", "recall", "precision")


def make_arm(data: Path, arm: str, folder: Path) -> Path:
    """``data`` as an arm has it."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "annotations").mkdir(parents=True)
    shutil.copytree(data / "images", folder / "images")
    shutil.copy(data / "annotations" / "instances_val.json", folder / "annotations")
    content = json.loads((data / "annotations" / "instances_train.json").read_text())
    if arm != "all":
        middles = {image["id"]: image["width"] // 2 for image in content["images"]}
        content["annotations"] = [
            one for one in content["annotations"] if one["bbox"][0] + one["bbox"][2] / 2 < middles[one["image_id"]]
        ]
    for image in content["images"] if arm in ("half", "boxes") else ():
        region = np.ones((image["height"], image["width"]), np.uint8)
        region[:, : image["width"] // 2] = arm == "boxes"
        for x, y, width, height in (one["bbox"] for one in content["annotations"] if one["image_id"] == image["id"]):
            if arm == "boxes":
                region[int(y) : int(np.ceil(y + height)), int(x) : int(np.ceil(x + width))] = 0
        image["not_labelled"] = to_rle(crop(region))
    (folder / "annotations" / "instances_train.json").write_text(json.dumps(content))
    return folder


def train(options: argparse.Namespace, arm: str, seed: int, folder: Path) -> dict[str, Any]:
    """Train an arm; how well its model does in the end."""
    dataset = make_arm(options.data, arm, folder / "data")
    settings = {"seed": seed, "validate_every": options.epochs, "early_stopping_patience": 0, "warmup_iterations": 10}
    words = ["train", dataset, "--recipe", "rtmdet_inst_tiny", "--runs", folder, "--weights", SHAPES]
    words += ["--epochs", options.epochs, "--input-size", options.input_size, "--batch-size", 4]
    words += [part for item in settings.items() for part in ("--set", "{}={}".format(*item))]
    seconds = maskwright(*words, threads=options.threads)
    [file] = folder.glob("*/job.json")
    last = [one.event for one in RunFolder(file.parent).records() if isinstance(one.event, Validation)][-1]
    figures = {"ap": last.map, "ap50": last.map50} | found_at_confidence(file.parent, dataset)
    return {"arm": arm, "seed": seed, "seconds": seconds} | figures


def found_at_confidence(model: Path, dataset: Path) -> dict[str, float]:
    """Recall and precision on the validation images at the confidence from which a person is shown what was found, by
    masks with an IoU of at least one half."""
    opened, predictor = open_dataset(dataset), load_model(model)
    there = shown = right = 0
    for image in opened.of_split("val"):
        found = predictor.predict(opened.read_image(image)).above(predictor.spec.confidence_threshold)
        truth = [opened.mask(image, one) for one in opened.instances(image)]
        there, shown = there + len(truth), shown + len(found)
        for mask in map(found.mask, range(len(found))):  # the best first
            best = max(truth, key=lambda one: iou(mask, one), default=None)
            if best is not None and iou(mask, best) >= 0.5:
                truth.remove(best)
                right += 1
    return {"recall": right / there, "precision": right / max(shown, 1)}


def run(options: argparse.Namespace) -> None:
    os.environ["MASKWRIGHT_HOME"] = str(options.results / "home")
    for seed in range(options.seeds):
        for arm in options.arms:
            found = once(options.results, f"{arm}-{seed}", partial(train, options, arm, seed))
            if found is not None:
                print(found["arm"], found["seed"], *(f"{name} {found[name]:.3f}" for name in FIGURES), flush=True)


def table(options: argparse.Namespace) -> None:
    found = [json.loads(path.read_text()) for path in sorted(options.results.glob("*.json"))]
    print("| arm | AP | AP50 | recall | precision | recall of each seed |\n|---|---|---|---|---|---|")
    for arm in sorted({one["arm"] for one in found}, key=ARMS.index):
        own = [one for one in found if one["arm"] == arm]
        means = [f"{statistics.mean(one[name] for one in own):.3f}" for name in FIGURES]
        each = ", ".join("{recall:.3f}".format(**one) for one in own)
        print(f"| {' | '.join([arm, *means, each])} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run")
    running.add_argument("data", type=Path)
    running.add_argument("results", type=Path)
    running.add_argument("--seeds", type=int, default=1)
    running.add_argument("--epochs", type=int, default=15)
    running.add_argument("--input-size", type=int, default=256)
    running.add_argument("--threads", type=int, default=1)
    running.add_argument("--arms", nargs="+", choices=ARMS, default=ARMS)
    running.set_defaults(do=run)
    tabling = commands.add_parser("table")
    tabling.add_argument("results", type=Path)
    tabling.set_defaults(do=table)
    options = parser.parse_args()
    options.do(options)


if __name__ == "__main__":
    main()

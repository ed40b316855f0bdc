"""What tiles are worth: the same training with and without them, both measured on whole images.

``python tests/benchmarks/tiling.py run DATASET RESULTS`` trains and evaluates with the real command, one run after the
other, and writes one JSON file a run into RESULTS; what is already there is not done again. ``… table RESULTS`` prints
COCO mask AP, and AP of small objects (below 32² pixels of the image), on the validation images: mean and range over
the seeds. Both ways get the same number of training steps, so that an epoch of many tiles is no advantage;
``--same epochs`` gives both the same epochs instead.
"""

import argparse
import json
import math
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from trials import maskwright, once

from core.evaluation.scores import SCORES, Scores
from core.jobs import TrainJob
from core.recipes.catalogue import find, with_settings
from core.recipes.model_spec import ModelSpec
from core.runs.control import ignore
from core.runs.folder import RunFolder
from core.training.data.items import training_items
from core.training.preparation import open_data

WAYS = ("whole", "tiles")


def settings(options: argparse.Namespace, way: str, seed: int) -> dict[str, Any]:
    """Everything that the recipe is changed by; ``tiles`` get as many epochs as make the same number of steps."""
    common = {
        "input_size": options.input_size,
        "early_stopping_patience": 0,
        "pretrained": options.pretrained,
        "seed": seed,
    } | {name: _value(text) for name, text in (change.split("=", 1) for change in options.set)}
    whole, tiles = common | {"tiling": "off"}, common | {"tiling": options.tiling, "tile_size": options.tile_size}
    epochs = options.epochs
    if way == "tiles" and options.same == "steps":
        epochs = max(round(epochs * count_items(options, whole) / count_items(options, tiles)), 1)
    validations = {"epochs": epochs, "validate_every": math.ceil(epochs / options.validations)}
    return (whole if way == "whole" else tiles) | validations


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def count_items(options: argparse.Namespace, changes: dict[str, Any]) -> int:
    """What an epoch goes through."""
    job = TrainJob(recipe=with_settings(find(options.recipe), changes), dataset=str(options.dataset))
    data = open_data(job, ignore)
    return len(training_items(data.dataset, data.training, job.recipe.settings, data.tiling))


def measure(options: argparse.Namespace, way: str, seed: int, folder: Path) -> dict[str, Any]:
    """One training by the command, its best model evaluated by the command, and what came of both."""
    changes = settings(options, way, seed)
    sets = [part for name, value in changes.items() for part in ("--set", f"{name}={value}".lower())]
    start = ["--weights", options.weights] if options.weights else []
    words = ["train", options.dataset, "--recipe", options.recipe, "--runs", folder, *start, *sets]
    trained = maskwright(*words, threads=options.threads)
    (run,) = [path for path in folder.iterdir() if (path / "model.json").is_file()]
    began = time.perf_counter()
    maskwright("evaluate", run, options.dataset, "--runs", folder, threads=options.threads)
    seconds = time.perf_counter() - began
    (report,) = folder.glob(f"*/report/{SCORES}")
    scores = msgspec.json.decode(report.read_bytes(), type=Scores)
    tiling = msgspec.json.decode(RunFolder(run).model.read_bytes(), type=ModelSpec).tiling
    return {
        "data": options.dataset.name,
        "recipe": options.recipe,
        "way": way,
        "seed": seed,
        "tile_size": tiling.size if tiling else None,
        "settings": changes,
        "start": str(options.weights or ""),
        "mask": msgspec.to_builtins(scores.mask),
        "box_ap": scores.box.ap,
        "training_cpu_minutes": trained / 60,
        "evaluation_seconds": seconds,
        "images": scores.images,
    }


def run(options: argparse.Namespace) -> None:
    """All runs that are not there yet; both ways before the next seed."""
    for seed in options.seeds:
        for way in options.ways:
            title = f"{options.dataset.name}-{options.recipe}-{options.input_size}-{way}-{seed}"
            found = once(options.results, title, partial(measure, options, way, seed))
            if not found:
                continue
            mask, minutes = found["mask"], found["training_cpu_minutes"]
            print(f"{title}: AP {mask['ap']:.3f}, small {mask['ap_small']:.3f}, {minutes:.1f} CPU minutes", flush=True)


def table(options: argparse.Namespace) -> None:
    """One line for each dataset, recipe, input size and way, as Markdown."""
    found = [json.loads(path.read_text()) for path in sorted(options.results.glob("*.json"))]
    print("| data | recipe | input | tiles | seeds | mask AP (range) | AP small (range) | AP50 | CPU minutes |")
    print("|---|---|---|---|---|---|---|---|---|")
    rows: dict[tuple[str, str, int, str], list[dict[str, Any]]] = {}
    for item in found:
        key = item["data"], item["recipe"], item["settings"]["input_size"], item["way"]
        rows.setdefault(key, []).append(item)
    for (data, recipe, input_size, way), runs in sorted(
        rows.items(), key=lambda row: (row[0][:3], WAYS.index(row[0][3]))
    ):
        tile = f"{runs[0]['tile_size']}²" if way == "tiles" and runs[0]["tile_size"] else "–"
        ap, small = (_spread([item["mask"][key] for item in runs]) for key in ("ap", "ap_small"))
        map50 = statistics.mean(item["mask"]["ap50"] for item in runs)
        minutes = statistics.mean(item["training_cpu_minutes"] for item in runs)
        how = f"{data} | {recipe} | {input_size}² | {tile} | {len(runs)}"
        print(f"| {how} | {ap} | {small} | {map50:.3f} | {minutes:.1f} |")


def _spread(values: list[float]) -> str:
    return f"{statistics.mean(values):.3f} ({min(values):.3f}–{max(values):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    trained = verbs.add_parser("run")
    trained.set_defaults(verb=run)
    trained.add_argument("dataset", type=lambda text: Path(text).absolute())
    trained.add_argument("results", type=lambda text: Path(text).absolute())
    trained.add_argument("--recipe", default="rtmdet_inst_tiny")
    trained.add_argument("--input-size", type=int, default=320)
    trained.add_argument("--epochs", type=int, default=100, help="of whole images")
    trained.add_argument("--same", choices=("steps", "epochs"), default="steps")
    trained.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    trained.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    trained.add_argument("--tiling", choices=("auto", "by_hand"), default="auto")
    trained.add_argument("--tile-size", type=int, default=512, help="by hand")
    trained.add_argument("--validations", type=int, default=4, help="during a training")
    trained.add_argument("--weights", type=Path, help="to start from")
    trained.add_argument("--pretrained", action="store_true", help="start from public weights")
    trained.add_argument("--threads", type=int, default=1)
    trained.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE")
    printed = verbs.add_parser("table")
    printed.set_defaults(verb=table)
    printed.add_argument("results", type=Path)
    options = parser.parse_args()
    options.verb(options)


if __name__ == "__main__":
    main()

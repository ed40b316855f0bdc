"""Mask AP of Maskwright and of getitune: same data, initial weights, epochs, input size and batch.

    python tests/benchmarks/accuracy_against_getitune.py peer  --python VENV/bin/python --work W --data D --recipe R …
    python tests/benchmarks/accuracy_against_getitune.py ours  --work W --data D --recipe R …
    python tests/benchmarks/accuracy_against_getitune.py table --work W

Both begin from our network as ``--seed`` makes it, from scratch, or with what fits of the ``--weights`` of a backbone;
each side trains by its own recipe, of which only the epochs, the input size and the batch are changed. What a side
finds in the validation images, before any confidence cut, is measured by our evaluator; the figure is that of its best
validation. ``peer`` and ``ours`` write one JSON file a run to ``W/results`` and leave alone what is there already;
``table`` makes a Markdown table of what there is.
"""

import argparse
import json
import shutil
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import msgspec
import numpy as np
import torch
from peer.layout import lay_out, validation_images
from peer.names import to_peer
from peer.running import Peer, Setting, is_over, run_of, run_ours, run_peer, watched

from core.dataset import Dataset, open_dataset
from core.dataset.ground_truth import ground_truth
from core.evaluation.coco import score
from core.geometry.masks import crop, from_rle, to_rle
from core.models import build
from core.models.weights.pretrained import load_into
from core.recipes.catalogue import find
from core.runs.events import Done, Stopped, Validation
from core.runs.folder import RunFolder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("prepare", "peer", "ours", "table"):
        options = verbs.add_parser(verb)
        options.add_argument("--work", type=Path, required=True, help="where runs and results are kept")
        if verb == "table":
            continue
        options.add_argument("--data", type=Path, required=True, help="a COCO folder with train and val")
        options.add_argument("--recipe", required=True)
        options.add_argument("--size", type=int, default=320)
        options.add_argument("--batch", type=int, default=4)
        options.add_argument("--epochs", type=int, required=True)
        options.add_argument("--seed", type=int, default=0)
        options.add_argument("--threads", type=int, default=1)
        options.add_argument("--weights", type=Path, help="of a backbone, torchvision's names; default: from scratch")
        if verb == "peer":
            options.add_argument("--python", type=Path, required=True, help="of the environment with getitune")
        if verb == "ours":
            options.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE")
    arguments = parser.parse_args()
    if arguments.verb == "table":
        sys.stdout.write(table(arguments.work / "results"))
        return
    setting = Setting(
        arguments.recipe, arguments.size, arguments.batch, arguments.epochs, arguments.threads, arguments.seed
    )
    data, work, weights = arguments.data.absolute(), arguments.work.absolute(), arguments.weights
    if arguments.verb == "prepare":
        prepare(setting, data, work, weights)
        return
    result = work / "results" / f"{arguments.verb}-{_name(setting, data, weights)}.json"
    if result.exists():
        sys.stdout.write(f"{result} is there\n")
        return
    if arguments.verb == "peer":
        figures = peer(arguments.python.absolute(), setting, data, work, weights)
    else:
        figures = ours(setting, data, work, weights, dict(change.split("=", 1) for change in arguments.set))
    result.parent.mkdir(parents=True, exist_ok=True)
    about = {"side": arguments.verb, "data": data.name, "weights": weights.stem if weights else None}
    result.write_text(json.dumps(about | msgspec.to_builtins(setting) | figures))


def prepare(setting: Setting, data: Path, work: Path, weights: Path | None) -> tuple[Path, Path]:
    """The data as getitune wants it, and our initial weights by its names; made once."""
    laid, state = work / "data" / data.name, work / "states" / f"{_name(setting, data, weights)}.pt"
    if not laid.exists():
        lay_out(data, laid)
    if not state.exists():
        state.parent.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(setting.seed)
        classes = [category.name for category in open_dataset(data).categories]
        network = build(find(setting.recipe).architecture, len(classes))
        if weights:
            load_into(network, weights, classes, print)
        torch.save(to_peer(setting.recipe, network.state_dict()), state)
    return laid, state


def peer(python: Path, setting: Setting, data: Path, work: Path, weights: Path | None) -> dict[str, Any]:
    """Train getitune, unless that was done before, and measure what its validations found."""
    laid, state = prepare(setting, data, work, weights)
    folder = work / "runs" / f"peer-{_name(setting, data, weights)}"
    if not is_over(folder):
        if folder.exists():
            shutil.rmtree(folder)
        run_peer(Peer(python), setting, laid, folder, state=state, keep_predictions=True)
    dataset, entries = open_dataset(data), validation_images(laid)
    validations = [
        {"epoch": int(file.stem.split("_")[1])} | _measure(json.loads(file.read_text()), dataset, entries)
        for file in sorted((folder / "predictions").iterdir())
    ]
    first, *_, last = watched(folder)
    return {"validations": validations, "epochs_run": last["epochs"], "seconds": last["time"] - first["time"]}


def ours(setting: Setting, data: Path, work: Path, weights: Path | None, changes: dict[str, Any]) -> dict[str, Any]:
    """Train Maskwright; its validations are by the same evaluator, of all that the network finds."""
    folder = work / "runs" / f"ours-{_name(setting, data, weights)}"
    if folder.exists():
        shutil.rmtree(folder)
    outcome = run_ours(setting, data, folder, changes, weights=weights.absolute() if weights else None)
    events = [record.event for record in RunFolder(run_of(folder)).records()]
    validations = [
        {"epoch": event.epoch, "ap": event.map, "ap50": event.map50}
        for event in events
        if isinstance(event, Validation)
    ]
    summary = next(event.summary for event in reversed(events) if isinstance(event, Done | Stopped))
    return {"validations": validations, "epochs_run": summary["epochs"], "seconds": outcome.seconds, "changes": changes}


def table(results: Path) -> str:
    """Mask AP at the best validation of each run, mean over the seeds."""
    runs: dict[tuple[Any, ...], dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for file in sorted(results.glob("*.json")):
        run = json.loads(file.read_text())
        how = (run[name] for name in ("recipe", "data", "size", "batch", "epochs"))
        key = (*how, run["weights"] or "scratch")
        runs[key][run["side"]].append(run)
    lines = [
        "| recipe | data | input, batch, epochs, start | getitune AP (AP50) | Maskwright AP (AP50) | difference |",
        "|---|---|---|---|---|---|",
    ]
    for (recipe, data, *how, start), sides in sorted(runs.items()):
        cells = [_cell(sides.get(side, [])) for side in ("peer", "ours")]
        shared = {run["seed"] for run in sides["peer"]} & {run["seed"] for run in sides["ours"]}
        means = [_mean([run for run in sides[side] if run["seed"] in shared]) for side in ("peer", "ours")]
        gain = f"{means[1] - means[0]:+.3f} ({len(shared)} seeds)" if shared else "–"
        size, batch, epochs = how
        lines.append(f"| {recipe} | {data} | {size}², {batch}, {epochs}, {start} | {cells[0]} | {cells[1]} | {gain} |")
    return "\n".join(lines) + "\n"


def _cell(runs: list[dict[str, Any]]) -> str:
    if not runs:
        return "–"
    best = [_best(run) for run in sorted(runs, key=lambda run: run["seed"])]
    each = ", ".join(f"{found['ap']:.3f}" for found in best)
    return f"{_mean(runs):.3f} ({statistics.mean(found['ap50'] for found in best):.3f}): {each}"


def _mean(runs: list[dict[str, Any]]) -> float:
    return statistics.mean(_best(run)["ap"] for run in runs) if runs else 0.0


def _best(run: dict[str, Any]) -> dict[str, Any]:
    return max(run["validations"], key=lambda found: found["ap"])


def _measure(found: list[dict[str, Any]], dataset: Dataset, entries: list[dict[str, Any]]) -> dict[str, float]:
    """COCO AP of getitune's predictions, each image's by its number among ``entries``."""
    images = {image.file_name: image for image in dataset.of_split("val")}
    category_ids = sorted(category.id for category in dataset.categories)
    detections = []
    for prediction in found:
        image = images[entries[prediction["image"]]["file_name"]]
        columns = (prediction[key] for key in ("labels", "scores", "boxes", "masks"))
        for label, confidence, (x1, y1, x2, y2), mask in zip(*columns, strict=True):
            detections.append(
                {
                    "image_id": image.index,
                    "category_id": category_ids[label],
                    "score": confidence,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "segmentation": _framed(mask, (image.height, image.width)),
                }
            )
    metrics = score(ground_truth(dataset, list(images.values())), detections).mask
    return {"ap": max(metrics.ap, 0.0), "ap50": max(metrics.ap50, 0.0)}


def _framed(mask: dict[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    """The mask, compressed, at the size that the annotations state; a picture may be a pixel shorter."""
    full = from_rle(mask).full()
    framed = np.zeros(size, np.uint8)
    height, width = (min(sides) for sides in zip(full.shape, size, strict=True))
    framed[:height, :width] = full[:height, :width]
    return to_rle(crop(framed))


def _name(setting: Setting, data: Path, weights: Path | None) -> str:
    name = f"{setting.recipe}-{data.name}-{setting.size}-{setting.batch}-{setting.epochs}-{setting.seed}"
    return f"{name}-{weights.stem}" if weights else name


if __name__ == "__main__":
    main()

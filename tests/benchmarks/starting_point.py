"""What the starting point that ships is worth: short trainings on small data from it, and from scratch.

``python tests/benchmarks/starting_point.py run DATA RESULTS`` trains with the real command, one run after the other,
on the folders ``fruits_nuts``, ``dsb2018_small`` and ``flakes_2d`` below DATA, and writes one JSON file a run into
RESULTS; what is already there is not trained again, so that the work can be done in pieces. ``… table RESULTS`` prints
mask AP on the validation images (best of the run, by our evaluator; mean and range over the seeds). Both starts get
the same epochs, about ten minutes of one core; the CPU minutes they took are in the files and in the table.
"""

import argparse
import json
import statistics
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from trials import ROOT, maskwright, once

from core.runs.events import Done, Validation
from core.runs.folder import RunFolder

SHAPES = ROOT / "resources" / "weights" / "rtmdet_inst_tiny_shapes.safetensors"
STARTS = ("scratch", "shapes")


class Trial(NamedTuple):
    """How one dataset is trained."""

    input_size: int
    epochs: int
    validate_every: int


TRIALS = {
    "fruits_nuts": Trial(320, 300, 10),
    "dsb2018_small": Trial(320, 120, 5),
    "flakes_2d": Trial(512, 36, 3),
}


def train(data: Path, name: str, start: str, seed: int, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """One run by the command, and what came of it."""
    trial = TRIALS[name]
    epochs = max(round(trial.epochs * options.share), 1)
    settings = {
        "seed": seed,
        "validate_every": min(trial.validate_every, epochs),
        "early_stopping_patience": 0,
        "pretrained": "false",
    } | dict(change.split("=", 1) for change in options.set)
    words = ["train", data / name, "--recipe", "rtmdet_inst_tiny", "--runs", folder]
    words += ["--epochs", epochs, "--input-size", trial.input_size]
    words += [part for item in settings.items() for part in ("--set", "{}={}".format(*item))]
    if start == "shapes":
        words += ["--weights", options.weights]
    seconds = maskwright(*words, threads=options.threads)
    (run,) = (path for path in folder.iterdir() if (path / "job.json").is_file())
    events = [record.event for record in RunFolder(run).records()]
    if not isinstance(events[-1], Done):  # the command is content with a run that somebody stopped
        raise SystemExit(f"{name} from {start}, seed {seed}: not trained to its end; remove {folder} and start again")
    found = [event for event in events if isinstance(event, Validation)]
    best = max(found, key=lambda validation: validation.map)
    return {
        "data": name,
        "start": start,
        "seed": seed,
        "map": best.map,
        "map50": best.map50,
        "box_map": best.box_map,
        "cpu_minutes": seconds / 60,
        "epochs": epochs,
        "settings": options.set,
        "curve": [[validation.epoch, validation.map] for validation in found],
    }


def run(options: argparse.Namespace) -> None:
    """All runs that are not there yet; every dataset once before the next seed."""
    for seed in options.seeds:
        for name in options.only:
            for start in options.starts:
                title = f"{name}-{start}-{seed}"
                found = once(options.results, title, partial(train, options.data, name, start, seed, options))
                if found:
                    print(f"{title}: mask AP {found['map']:.3f} in {found['cpu_minutes']:.1f} CPU minutes", flush=True)


def table(options: argparse.Namespace) -> None:
    """Mean and range of mask AP for each dataset and start, as Markdown."""
    found = [json.loads(path.read_text()) for path in sorted(options.results.glob("*.json"))]
    print("| data | start | seeds | mask AP (range) | AP50 | CPU minutes |\n|---|---|---|---|---|---|")
    for name in TRIALS:
        for start in STARTS:
            runs = [item for item in found if (item["data"], item["start"]) == (name, start)]
            if not runs:
                continue
            values = [item["map"] for item in runs]
            map50, minutes = (statistics.mean(item[key] for item in runs) for key in ("map50", "cpu_minutes"))
            spread = f"{statistics.mean(values):.3f} ({min(values):.3f}–{max(values):.3f})"
            print(f"| {name} | {start} | {len(runs)} | {spread} | {map50:.3f} | {minutes:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    trained = verbs.add_parser("run")
    trained.set_defaults(verb=run)
    trained.add_argument("data", type=Path)
    trained.add_argument("results", type=lambda text: Path(text).absolute())
    trained.add_argument("--weights", type=Path, default=SHAPES)
    trained.add_argument("--only", nargs="+", choices=TRIALS, default=list(TRIALS))
    trained.add_argument("--starts", nargs="+", choices=STARTS, default=list(STARTS))
    trained.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    trained.add_argument("--share", type=float, default=1.0, help="of the epochs")
    trained.add_argument("--threads", type=int, default=1)
    trained.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE")
    printed = verbs.add_parser("table")
    printed.set_defaults(verb=table)
    printed.add_argument("results", type=Path)
    options = parser.parse_args()
    options.verb(options)


if __name__ == "__main__":
    main()

"""What to label next: images chosen by ``maskwright rank`` against images chosen at random, with the same budget.

``python tests/benchmarks/label_next.py run DATA RESULTS`` plays a person who may label six images of the training split
of DATA (a COCO folder, ``dsb2018_small``). Both arms begin with the same two random images of a seed. The ranked arm
trains shortly on what is labelled, takes the two images that come first in the order, and does so once more; the
random arm takes four more at random. Both then train a fresh model, from the starting point that ships, on their six
images for the same number of steps with the same seed; that model's mask AP on the validation images counts. The ranked
arm costs two short trainings more, which is what a person pays who wants to be told.

Each step is one JSON file in RESULTS, so that the work can be done in pieces. ``… table RESULTS`` prints AP of both
arms for each seed, as Markdown.
"""

import argparse
import json
import os
import random
import shutil
import statistics
from functools import partial
from pathlib import Path
from typing import Any

from trials import ROOT, maskwright, once

from core.annotation.suggestions.ranking import read_ranking
from core.dataset import open_dataset
from core.runs.events import Validation
from core.runs.folder import RunFolder

SHAPES = ROOT / "resources" / "weights" / "rtmdet_inst_tiny_shapes.safetensors"
ARMS = ("random", "ranked")
FIRST, MORE, BUDGET = 2, 2, 6


def make_subset(data: Path, labelled: list[int], folder: Path, *, all_images: bool) -> Path:
    """``data`` as it is for a person who has labelled only some training images, by id; without ``all_images`` the
    others are left out."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "annotations").mkdir(parents=True)
    shutil.copytree(data / "images", folder / "images")
    shutil.copy(data / "annotations" / "instances_val.json", folder / "annotations")
    content = _training(data)
    content["annotations"] = [entry for entry in content["annotations"] if entry["image_id"] in labelled]
    if not all_images:
        content["images"] = [entry for entry in content["images"] if entry["id"] in labelled]
    (folder / "annotations" / "instances_train.json").write_text(json.dumps(content))
    return folder


def train(options: argparse.Namespace, labelled: list[int], seed: int, epochs: int, folder: Path) -> dict[str, Any]:
    """Train on some images; the run folder, its AP at the end, and the minutes it took."""
    shutil.rmtree(folder, ignore_errors=True)  # of a trial that was ended half way
    dataset = make_subset(options.data, labelled, folder / "data", all_images=False)
    settings = {"seed": seed, "validate_every": epochs, "early_stopping_patience": 0, "batch_size": options.batch_size}
    settings["warmup_iterations"] = 10  # a short training is over before the usual 20 are worth it
    words = ["train", dataset, "--recipe", "rtmdet_inst_tiny", "--runs", folder, "--weights", SHAPES]
    words += ["--epochs", epochs, "--input-size", options.input_size]
    words += [part for item in settings.items() for part in ("--set", "{}={}".format(*item))]
    seconds = maskwright(*words, threads=1)
    (run,) = (path for path in folder.iterdir() if (path / "job.json").is_file())
    last = [record.event for record in RunFolder(run).records() if isinstance(record.event, Validation)][-1]
    return {
        "labelled": labelled,
        "run": str(run),
        "map": last.map,
        "map50": last.map50,
        "box_map": last.box_map,
        "cpu_minutes": seconds / 60,
    }


def choose(options: argparse.Namespace, labelled: list[int], model: str, folder: Path) -> dict[str, Any]:
    """The labelled images and the next ones by the order, and why these."""
    shutil.rmtree(folder, ignore_errors=True)
    dataset = make_subset(options.data, labelled, folder / "data", all_images=True)
    seconds = maskwright("rank", dataset, "--model", model, "--runs", folder, threads=1)
    ranking = read_ranking(open_dataset(dataset))
    assert ranking is not None
    first = [entry for entry in ranking.images if entry.place[0].endswith("instances_train.json")][:MORE]
    return {
        "labelled": [*labelled, *(entry.place[1] for entry in first)],
        "reasons": [entry.reason for entry in first],
        "cpu_minutes": seconds / 60,
    }


def step(options: argparse.Namespace, title: str, work: Any) -> dict[str, Any]:
    """What a step found, now or in an earlier session."""
    found = once(options.results, title, work)
    if found is not None:
        print(f"{title}: {found.get('map', found.get('reasons'))} in {found['cpu_minutes']:.1f} minutes", flush=True)
    return json.loads((options.results / f"{title}.json").read_text())


def choose_ranked(options: argparse.Namespace, seed: int, labelled: list[int]) -> list[int]:
    """Short training, order, and again, until the budget is spent."""
    while len(labelled) < BUDGET:
        title = f"{seed}-{len(labelled)}"
        epochs = options.short_steps * options.batch_size // len(labelled)
        model = step(options, f"short-{title}", partial(train, options, labelled, seed, epochs))["run"]
        labelled = step(options, f"rank-{title}", partial(choose, options, labelled, model))["labelled"]
    return labelled


def run(options: argparse.Namespace) -> None:
    """Both arms of every seed, one seed after the other."""
    os.environ["MASKWRIGHT_HOME"] = str(options.results / "home")
    ids = sorted(entry["id"] for entry in _training(options.data)["images"])
    for seed in options.seeds:
        chosen = random.Random(seed).sample(ids, BUDGET)
        arms = {"ranked": choose_ranked(options, seed, chosen[:FIRST]), "random": chosen}
        for arm, labelled in arms.items():
            step(options, f"final-{seed}-{arm}", partial(train, options, labelled, seed, options.epochs))


def table(options: argparse.Namespace) -> None:
    """Mask AP (box AP) for each seed and arm."""
    print("| seed | " + " | ".join(ARMS) + " | difference |\n|---|---|---|---|")
    differences = []
    for path in sorted(options.results.glob("final-*-ranked.json")):
        seed = path.name.split("-")[1]
        found = {arm: options.results / f"final-{seed}-{arm}.json" for arm in ARMS}
        if not all(file.exists() for file in found.values()):
            continue
        arms = {arm: json.loads(file.read_text()) for arm, file in found.items()}
        differences.append(arms["ranked"]["map"] - arms["random"]["map"])
        cells = [f"{arms[arm]['map']:.3f} ({arms[arm]['box_map']:.3f})" for arm in ARMS]
        print(f"| {seed} | {' | '.join(cells)} | {differences[-1]:+.3f} |")
    if len(differences) > 1:
        mean, spread = statistics.mean(differences), statistics.stdev(differences)
        print(f"\nranked minus random: {mean:+.3f} on average, standard deviation {spread:.3f}")


def _training(data: Path) -> dict[str, Any]:
    return json.loads((data / "annotations" / "instances_train.json").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    played = verbs.add_parser("run")
    played.set_defaults(verb=run)
    played.add_argument("data", type=Path)
    played.add_argument("results", type=lambda text: Path(text).absolute())
    played.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    played.add_argument("--epochs", type=int, default=40)
    played.add_argument("--short-steps", type=int, default=50)
    played.add_argument("--batch-size", type=int, default=2)
    played.add_argument("--input-size", type=int, default=256)
    printed = verbs.add_parser("table")
    printed.set_defaults(verb=table)
    printed.add_argument("results", type=Path)
    options = parser.parse_args()
    options.verb(options)


if __name__ == "__main__":
    main()

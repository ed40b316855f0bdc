"""How fast Maskwright trains and validates, and in how much memory, against getitune in one run.

    python tests/benchmarks/against_getitune.py --python VENV/bin/python --work FOLDER --data D [--data D …] [--quick]

Each measurement is one epoch and its validation by the real command, ``maskwright train`` or ``getitune train``, from
scratch, on the same pictures, with the same input size, batch and threads, both in fp32; a third column is our default
number format. getitune gets one process that loads training images, as we have one thread. The sides take turns.

Training: images a second from step to step, without the first; validation: images a second from its begin to its
scores; time to the first step: from the command to the end of that step. The table gives medians over all
measurements, and our ratio to getitune's. What was measured is kept in FOLDER, so that an interrupted comparison goes
on where it was; ``--fresh`` begins anew.

Both sides begin from our network as a seed makes it, but RTMDet-Ins with undecided classes: so it finds a hundred
instances in each image from the first validation on, as a trained one does and Mask R-CNN does anyway.
"""

import argparse
import dataclasses
import json
import shutil
import statistics
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch
from machine import machine
from peer.layout import lay_out, lay_out_part
from peer.names import to_peer
from peer.running import PEER_CONFIGS, Outcome, Peer, Setting, run_of, run_ours, run_peer, watched
from safetensors.torch import save_file

from core.dataset import open_dataset
from core.models import build
from core.recipes.catalogue import find
from core.runs.events import Plan, Step, Validation
from core.runs.folder import RunFolder

QUICK = ("rtmdet_inst_tiny", "maskrcnn_efficientnet_b2b")
SIDES = {"getitune": None, "fp32": "fp32", "auto": "auto"}
"""By name in the files; ours with the number format."""
FIGURES = {
    "training": "training, images/s",
    "validation": "validation, images/s",
    "first_step": "command to first step, s",
    "peak_mib": "peak memory, MiB",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", type=Path, required=True, help="of the environment with getitune")
    parser.add_argument("--data", type=Path, action="append", required=True, help="a COCO folder with train and val")
    parser.add_argument("--work", type=Path, required=True, help="where measurements and the table are kept")
    parser.add_argument("--recipe", action="append", choices=PEER_CONFIGS, help="default: all; with --quick: two")
    parser.add_argument("--quick", action="store_true", help="the fewest recipes and pictures, in a quarter of an hour")
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--train-images", type=int, help="take only the first of them (quick: 14)")
    parser.add_argument("--val-images", type=int, help="take only the first of them (quick: 4)")
    parser.add_argument("--peer-workers", type=int, default=1, help="getitune's loader processes; its recipes have 4")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    options = parser.parse_args()
    most = (
        options.train_images or (14 if options.quick else None),
        options.val_images or (4 if options.quick else None),
    )
    work = options.work.absolute()
    if options.fresh and work.exists():
        shutil.rmtree(work)
    for recipe in options.recipe or (QUICK if options.quick else PEER_CONFIGS):
        setting = Setting(recipe, options.size, options.batch, epochs=1, threads=options.threads)
        for data in options.data:
            peer = Peer(options.python.absolute(), options.peer_workers)
            measure(peer, setting, data.absolute(), work, options.rounds, most)
            (work / "table.md").write_text(table(work))
    sys.stdout.write((work / "table.md").read_text())


def measure(
    peer: Peer, setting: Setting, data: Path, work: Path, rounds: int, most: tuple[int | None, int | None]
) -> None:
    """All measurements of a recipe on a dataset that are not there yet, the sides in turn."""
    name = f"{setting.recipe}-{data.name}"
    part, laid = work / "data" / data.name, work / "data" / f"{data.name}-getitune"
    if not laid.exists():
        lay_out(lay_out_part(data, part, *most), laid)
    own, theirs = _states(setting, part, work / "states" / name)
    for number in range(rounds):
        for side, precision in SIDES.items():
            result = work / "results" / f"{name}-{side}-{number}.json"
            if result.exists():
                continue
            folder = work / "runs" / result.stem
            if folder.exists():
                shutil.rmtree(folder)
            if precision:
                begin = {"weights": own} if setting.recipe.startswith("rtmdet") else {}
                outcome = run_ours(setting, part, folder, {"precision": precision}, **begin)
                figures = _ours(folder, outcome, setting)
            else:
                outcome = run_peer(peer, setting, laid, folder, state=theirs)
                figures = _peer(folder, outcome)
            result.parent.mkdir(parents=True, exist_ok=True)
            about = {"data": data.name, "side": side} | dataclasses.asdict(setting)
            result.write_text(json.dumps(about | figures))
            sys.stderr.write(f"{result.stem}: {outcome.seconds:.0f} s\n")
            shutil.rmtree(folder)


def table(work: Path) -> str:
    """A row a figure, recipe and dataset, as Markdown; writes ``table.json`` with the same and every measurement."""
    measured: dict[tuple[str, ...], dict[str, dict[str, list[float]]]] = {}
    for file in sorted((work / "results").glob("*.json")):
        found = json.loads(file.read_text())
        recipe = "{recipe}, {size}², {batch}, {threads}".format(**found)
        sides = measured.setdefault((recipe, found["data"]), {})
        figures = sides.setdefault(found["side"], {name: [] for name in FIGURES})
        for name in FIGURES:
            value = found[name]
            figures[name] += value if isinstance(value, list) else [value]
    lines = [
        f"{date.today().isoformat()}, {machine()}",
        "",
        "| recipe, input, batch, threads | data | | getitune | Maskwright fp32 | ratio | Maskwright auto | ratio |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows = []
    for (recipe, data), sides in measured.items():
        for name, title in FIGURES.items():
            medians = {side: statistics.median(figures[name]) for side, figures in sides.items() if figures[name]}
            theirs = medians.get("getitune")
            cells = [_number(theirs)]
            for side in ("fp32", "auto"):
                value = medians.get(side)
                cells += [_number(value), f"{value / theirs:.2f}×" if value and theirs else "–"]
            lines.append(f"| {recipe} | {data} | {title} | {' | '.join(cells)} |")
            all_of = {side: figures[name] for side, figures in sides.items()}
            rows.append({"recipe": recipe, "data": data, "figure": name, "medians": medians, "measured": all_of})
    (work / "table.json").write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1))
    return "\n".join(lines) + "\n"


def _states(setting: Setting, data: Path, folder: Path) -> tuple[Path, Path]:
    """The initial weights in a file for each side, ours and getitune's."""
    own, theirs = folder / "ours.safetensors", folder / "getitune.pt"
    if not theirs.exists():
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(setting.seed)
        state = build(find(setting.recipe).architecture, len(open_dataset(data).categories)).state_dict()
        for name in [name for name in state if name.startswith("head.classes.") and name.endswith("bias")]:
            state[name] = torch.zeros_like(state[name])  # RTMDet-Ins: a score of 0.5 everywhere
        save_file(state, own)
        torch.save(to_peer(setting.recipe, state), theirs)
    return own, theirs


def _peer(folder: Path, outcome: Outcome) -> dict[str, Any]:
    said = watched(folder)
    steps = [entry for entry in said if entry["what"] == "step"]
    begin, end = (next(entry for entry in said if entry["what"] == what) for what in ("validating", "validated"))
    return {
        "training": [step["images"] / (step["time"] - before["time"]) for before, step in pairwise(steps)],
        "validation": end["images"] / (end["time"] - begin["time"]),
        "instances": end["instances"] / end["images"],
        "first_step": steps[0]["time"] - outcome.began,
        "peak_mib": outcome.peak_mib,
    }


def _ours(folder: Path, outcome: Outcome, setting: Setting) -> dict[str, Any]:
    records = RunFolder(run_of(folder)).records()
    steps = [(record.time, record.event) for record in records if isinstance(record.event, Step)]
    validation = next(record.event for record in records if isinstance(record.event, Validation))
    plan = next(record.event for record in records if isinstance(record.event, Plan))
    return {
        "training": [
            (event.step - earlier.step) * setting.batch / (time - before)
            for (before, earlier), (time, event) in pairwise(steps)
        ],
        "validation": plan.validation_images / validation.seconds,
        "first_step": steps[0][0] - outcome.began,
        "peak_mib": outcome.peak_mib,
    }


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()

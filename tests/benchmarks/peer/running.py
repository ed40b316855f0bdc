"""Starting both sides' real commands, and what they wrote."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[3]

INSIDE = Path(__file__).parent / "inside.py"

PEER_CONFIGS = {
    "rtmdet_inst_tiny": "rtmdet_inst_tiny.yaml",
    "maskrcnn_efficientnet_b2b": "maskrcnn_efficientnetb2b.yaml",
    "maskrcnn_resnet50_v2": "maskrcnn_r50.yaml",
    "maskrcnn_swin_t": "maskrcnn_swint.yaml",
}
"""Our recipes and getitune's: its R50 is torchvision's second version. It has no counterpart of our first R50."""


@dataclass(frozen=True)
class Setting:
    """What both sides are told alike."""

    recipe: str
    size: int
    batch: int
    epochs: int
    threads: int
    seed: int = 0


@dataclass(frozen=True)
class Peer:
    """An environment with getitune."""

    python: Path
    workers: int = 1
    """Processes that load training images. Its recipes have four, which take long to start and much memory."""


@dataclass(frozen=True)
class Outcome:
    """How a command went."""

    began: float
    """When it was started, on the clock of ``time.time``."""
    seconds: float
    peak_mib: float
    """Most memory that its processes held together."""


def run_peer(
    peer: Peer, setting: Setting, data: Path, folder: Path, *, state: Path | None, keep_predictions: bool = False
) -> Outcome:
    """``getitune train`` with its own recipe in ``folder``: ``watch.jsonl``, and ``predictions/`` if they are kept."""
    command = [peer.python, INSIDE, "--log", folder / "watch.jsonl"]
    command += ["--state", state] if state else []
    command += ["--predictions", folder / "predictions"] if keep_predictions else []
    command += ["--", "train", "--config", _recipes(peer.python) / PEER_CONFIGS[setting.recipe], "--data_root", data]
    command += ["--work_dir", folder / "work", "--seed", setting.seed, "--max_epochs", setting.epochs]
    command += ["--model.pretrained", "False", "--engine.device", "cpu"]
    command += ["--data.input_size", f"[{setting.size},{setting.size}]"]
    command += ["--data.train_subset.batch_size", setting.batch, "--data.train_subset.num_workers", peer.workers]
    command += ["--data.val_subset.num_workers", 0]  # the watch numbers images in getitune's own process
    return _run(command, folder, setting.threads)


def run_ours(
    setting: Setting, data: Path, folder: Path, changes: dict[str, Any], *, weights: Path | None = None
) -> Outcome:
    """``maskwright train`` with ``changes`` to the recipe, from ``weights`` or from scratch; see ``run_of``."""
    settings = {
        "epochs": setting.epochs,
        "batch_size": setting.batch,
        "input_size": setting.size,
        "seed": setting.seed,
        "pretrained": "false",
    } | changes
    command = [sys.executable, "-m", "core.cli", "train", data, "--recipe", setting.recipe, "--runs", folder / "runs"]
    command += ["--weights", weights] if weights else []
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    return _run(command, folder, setting.threads)


def run_of(folder: Path) -> Path:
    """The run folder that ``run_ours`` made in ``folder``."""
    return next((folder / "runs").iterdir())


def watched(folder: Path) -> list[dict[str, Any]]:
    """What the watch inside getitune wrote down."""
    return [json.loads(line) for line in (folder / "watch.jsonl").read_text().splitlines()]


def is_over(folder: Path) -> bool:
    """Whether getitune trained to the end there."""
    return (folder / "watch.jsonl").exists() and watched(folder)[-1]["what"] == "end"


def _recipes(python: Path) -> Path:
    found = list(python.parents[1].glob("lib/python*/site-packages/getitune/recipe/instance_segmentation"))
    if not found:
        sys.exit(f"getitune is not installed beside {python}")
    return found[0]


def _run(command: Sequence[Any], folder: Path, threads: int) -> Outcome:
    """Ends this program when the command fails; what it said is in ``folder / "log.txt"``."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    began, peak = time.time(), 0.0
    with (folder / "log.txt").open("w") as log:
        process = psutil.Popen(
            [str(word) for word in command], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        while True:
            peak = max(peak, _memory(process))
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(0.2)
                break
    if process.returncode:
        tail = "\n".join((folder / "log.txt").read_text(errors="replace").splitlines()[-25:])
        sys.exit(f"{tail}\n\n{' '.join(str(word) for word in command)}\nended with {process.returncode}")
    return Outcome(began, time.time() - began, peak)


def _memory(process: psutil.Process) -> float:
    """MiB of a process and of all it started: what each has of its own, and once what they share (files, mostly)."""
    own, shared = 0, 0
    for member in (process, *_children(process)):
        with contextlib.suppress(psutil.Error):  # it has just ended
            memory = member.memory_info()
            common = getattr(memory, "shared", 0)
            own, shared = own + memory.rss - common, max(shared, common)
    return (own + shared) / 2**20


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []

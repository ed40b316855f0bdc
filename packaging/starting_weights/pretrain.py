"""Pre-training on procedural scenes: the starting point that ships, for machines without a network.

``python packaging/make_starting_weights.py --minutes 60`` draws scenes, trains RTMDet-Ins tiny on them and writes the
moving average of its weights in half precision every few minutes, so that it can be stopped at any time. The learning
rate follows the clock: a warm-up, flat, then half a cosine down to the end.
"""

import math
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import cv2
import numpy as np
import torch
import typer
from safetensors.torch import save
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from core.evaluation.coco import score
from core.evaluation.scores import Scores
from core.files import home, write_atomically
from core.geometry.masks import crop, to_rle
from core.inference.predict import coco_results
from core.inference.torch_predictor import TorchPredictor
from core.models.rtmdet_inst import RTMDetInst
from core.models.segmenter import Segmenter, Target, normalise
from core.models.weights.pretrained import load_into
from core.plain_text import printable
from core.recipes.model_spec import ClassSpec, InputSpec, ModelSpec
from core.runs.control import ignore
from core.training.ema import Ema
from core.training.optimizer import parameter_groups
from core.training.precision import choose_device, choose_precision
from starting_weights import CLASSES
from starting_weights.pool import VERSION, Pool, make_pool
from starting_weights.views import PAD, View, plain_view, random_view

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
POOL = home() / "scenes"
SCENE = 288
"""Side of a scene in pixels."""
SIDES = (192, 256, 256, 256, 320)
"""Of a step's pictures; one is drawn."""
WARMUP = 300
"""Steps."""
FLAT = 0.45
"""Share of the time at the full learning rate."""
LOWEST = 0.02
"""Share of the learning rate that is left at the end."""
_WEIGHT_DECAY = 0.05
_CLIP = 35.0
_EMA = 0.999
_SAVE_EVERY = 300.0
"""Seconds."""
_EXAMINED = 48
"""Scenes of a seed of their own, never trained on."""


class Step(NamedTuple):
    number: int
    """From 1."""
    average: Segmenter
    """The moving average of the weights."""
    losses: dict[str, Tensor]


def learning_rate(peak: float, step: int, done: float) -> float:
    """The learning rate of ``step`` (from 0) when a share ``done`` of the time is over."""
    falling = min(max((done - FLAT) / (1 - FLAT), 0.0), 1.0)
    cosine = LOWEST + (1 - LOWEST) * (0.5 + 0.5 * math.cos(math.pi * falling))
    return peak * cosine * min((step + 1) / WARMUP, 1.0)


def train(model: Segmenter, pool: Pool, *, batch: int, rate: float, seconds: float, seed: int) -> Iterator[Step]:
    """Train for so many seconds; yields after every step. What a step sees depends on ``seed`` and
    its number, how many steps there are on the machine."""
    device = next(model.parameters()).device
    half = choose_precision("auto", device).format == "bf16"
    optimizer = torch.optim.AdamW(parameter_groups(model, _WEIGHT_DECAY), rate, fused=True)
    ema = Ema(model, _EMA)
    model.train()
    step, began = 0, time.monotonic()
    while (done := (time.monotonic() - began) / seconds) < 1:
        rng = np.random.default_rng([seed, step])
        side = int(rng.choice(SIDES))
        views = [random_view(rng, pool, side) for _ in range(batch)]
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(rate, step, done)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            losses = model.losses(_images(views, device), [_target(view, device) for view in views])
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        clip_grad_norm_(model.parameters(), _CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        ema.update(model, step)
        yield Step(step, ema.model, losses)


def _images(views: list[View], device: torch.device) -> Tensor:
    pixels = torch.from_numpy(np.stack([view.image for view in views])).to(device)
    return normalise(pixels, torch.tensor(MEAN, device=device), torch.tensor(STD, device=device))


def _target(view: View, device: torch.device) -> Target:
    return Target(torch.from_numpy(view.boxes), torch.from_numpy(view.labels), torch.from_numpy(view.masks)).to(device)


def examine(model: Segmenter, pool: Pool) -> Scores:
    """COCO's figures of a model on the scenes of a pool."""
    classes = tuple(ClassSpec(id=label, name=name) for label, name in enumerate(CLASSES, 1))
    side = pool.images.shape[1]
    spec = ModelSpec(
        recipe="rtmdet_inst_tiny",
        architecture="rtmdet_inst",
        backbone="CSPNeXt-tiny",
        classes=classes,
        input=InputSpec(height=side, width=side, pad_value=PAD, mean=MEAN, std=STD),
    )
    predictor = TorchPredictor(model, spec, next(model.parameters()).device)
    annotations: list[dict[str, Any]] = []
    detections: list[dict[str, Any]] = []
    for index, image in enumerate(pool.images):
        view = plain_view(pool, index)
        for label, bitmap in zip(view.labels, view.masks, strict=True):
            mask = crop(bitmap)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": index,
                    "category_id": int(label) + 1,
                    "bbox": list(mask.box),
                    "area": mask.area,
                    "iscrowd": 0,
                    "segmentation": to_rle(mask),
                }
            )
        detections += coco_results(predictor.predict(np.asarray(image)), spec, index)
    truth = {
        "images": [{"id": index, "width": side, "height": side} for index in range(len(pool.images))],
        "categories": [{"id": item.id, "name": item.name} for item in classes],
        "annotations": annotations,
    }
    return score(truth, detections)


def write(model: Segmenter, path: Path, provenance: dict[str, str]) -> None:
    """The weights as safetensors: matrices in half precision, norms and biases in full."""
    tensors = {
        name: (value.half() if value.ndim > 1 else value).cpu().contiguous()
        for name, value in model.state_dict().items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, save(tensors, provenance))


def _commit() -> str:
    """The commit of this code, if it is in a repository."""
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"


def main(
    output: Annotated[Path, typer.Option(help="The file of weights to write.")] = Path("shapes.safetensors"),
    minutes: Annotated[float, typer.Option(help="How long to train, drawing the scenes not counted.")] = 60.0,
    scenes: Annotated[int, typer.Option(help="How many scenes to draw.", min=1)] = 5000,
    batch: Annotated[int, typer.Option(help="Pictures a step.", min=2)] = 8,
    rate: Annotated[float, typer.Option(help="Learning rate at its highest.")] = 1e-3,
    seed: Annotated[int, typer.Option(help="Of scenes and training.", min=0)] = 0,
    threads: Annotated[int, typer.Option(help="Of the processor.", min=1)] = 1,
    pool: Annotated[Path, typer.Option(help="Folder that keeps the scenes.")] = POOL,
    start: Annotated[Path | None, typer.Option(help="Weights to go on from.")] = None,
) -> None:
    """Pre-train RTMDet-Ins tiny on procedural scenes."""
    cv2.setNumThreads(1)
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    learnt = make_pool(pool, scenes, size=SCENE, seed=seed)
    examined = make_pool(pool, min(scenes, _EXAMINED), size=SCENE, seed=seed + 1_000_000)
    model = RTMDetInst(len(CLASSES))
    if start:
        load_into(model, start, CLASSES, ignore)
    model.to(choose_device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    provenance = {
        "licence": "Apache-2.0",
        "source": f"procedural scenes of Maskwright only, version {VERSION}: no photograph, no other weights",
        "command": " ".join(["python packaging/make_starting_weights.py", *sys.argv[1:]]),
        "commit": _commit(),
        "seed": str(seed),
        "classes": ",".join(CLASSES),
    }
    began = saved = time.monotonic()
    step = None
    for step in train(model, learnt, batch=batch, rate=rate, seconds=60 * minutes, seed=seed):
        if step.number % 50 == 0:
            terms = " ".join(f"{name} {float(value.detach()):.3f}" for name, value in step.losses.items())
            typer.echo(f"{(time.monotonic() - began) / 60:.1f} min, {step.number * batch} pictures: {terms}")
        if time.monotonic() - saved > _SAVE_EVERY:
            _keep(step.average, output, examined, provenance | {"pictures": str(step.number * batch)})
            saved = time.monotonic()
    if step:
        _keep(step.average, output, examined, provenance | {"pictures": str(step.number * batch), "finished": "yes"})


def _keep(model: Segmenter, output: Path, examined: Pool, provenance: dict[str, str]) -> None:
    scores = examine(model, examined)
    write(model, output, provenance | {"mask_ap": f"{scores.mask.ap:.3f}"})
    name = printable(output.name)
    typer.echo(f"{name}: mask AP {scores.mask.ap:.3f}, AP50 {scores.mask.ap50:.3f}, box AP {scores.box.ap:.3f}")

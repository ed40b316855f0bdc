"""Trainings for tests: run one and look at what it said."""

import json
from pathlib import Path
from typing import Any, TypeVar

import cv2
import torch

from core.jobs import TrainJob
from core.runs.control import Check, never
from core.runs.events import AnyEvent
from core.runs.folder import RunFolder
from core.training import train

E = TypeVar("E")


def run(job: TrainJob, folder: RunFolder, check: Check = never) -> list[AnyEvent]:
    events: list[AnyEvent] = []
    train(job, folder, events.append, check)
    return events


def of(kind: type[E], events: list[AnyEvent]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def state(folder: RunFolder) -> dict[str, Any]:
    """The checkpoint to go on from, read as a file from a stranger is read."""
    return dict(torch.load(folder.checkpoints / "last.ckpt", weights_only=True))


def after(steps: int, request: type[Exception]) -> Check:
    """A person who makes a request after so many checks."""
    calls = iter(range(steps))

    def check() -> None:
        if next(calls, None) is None:
            raise request

    return check


def dataset(folder: Path, train: int, validation: int, *, instances: bool = True) -> Path:
    """A folder with two classes, of which only the first is ever seen."""
    numbers = {"train": train, "val": validation}
    (folder / "annotations").mkdir(parents=True)
    for split, count in numbers.items():
        images, annotations = [], []
        (folder / "images" / split).mkdir(parents=True)
        for number in range(1, count + 1):
            name = f"{split}_{number}.png"
            picture = torch.randint(0, 255, (64, 64, 3), dtype=torch.uint8).numpy()
            cv2.imwrite(str(folder / "images" / split / name), picture)
            images.append({"id": number, "file_name": name, "width": 64, "height": 64})
            annotations.append(
                {
                    "id": number,
                    "image_id": number,
                    "category_id": 1,
                    "bbox": [10, 10, 30, 30],
                    "area": 900,
                    "iscrowd": 0,
                    "segmentation": [[10, 10, 40, 10, 40, 40, 10, 40]],
                }
            )
        content = {
            "images": images,
            "annotations": annotations if instances else [],
            "categories": [{"id": 1, "name": "seen"}, {"id": 2, "name": "unseen"}],
        }
        if count:
            (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
    return folder

"""An architecture that core does not know is listed, and then learns, starts from a checkpoint and is exported."""

import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.deployment.export import export
from core.inference.openvino_predictor import OpenVinoPredictor
from core.inference.torch_predictor import load_run
from core.jobs import ExportJob, TrainJob
from core.models import ARCHITECTURES, Architecture, architecture, build
from core.models.segmenter import ClassRows, Detections, Segmenter, Target, Weights
from core.models.weights.pretrained import load_into
from core.recipes.catalogue import find
from core.recipes.model_spec import ClassSpec, ModelSpec
from core.runs.control import ignore, never
from core.runs.events import AnyEvent, Log
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile

SIDE, STRIDE = 64, 32


class Cells(Segmenter):
    """Each cell of 32 × 32 pixels is an object of the class that it looks most like."""

    class_rows = ClassRows({"classes.": 1})

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 8, STRIDE, STRIDE)
        self.classes = nn.Conv2d(8, num_classes, 1)
        self.most = 100
        self.frozen = False

    def translate(self, tensors: Mapping[str, Tensor]) -> Weights:
        ours = {name.replace("stem.", "body."): tensor for name, tensor in tensors.items()}
        return Weights(ours, ("bolt", "nut"))

    def freeze_pretrained(self) -> None:
        self.body.requires_grad_(False)

    def limit_detections(self, most: int) -> None:
        self.most = most

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        wanted = torch.tensor([float(len(target.labels) > 0) for target in targets])[:, None, None, None]
        scores = self.classes(self.body(images))
        return {"cells": nn.functional.binary_cross_entropy_with_logits(scores, wanted.expand_as(scores))}

    def count_operations(self, images: Tensor, instances: int) -> None:
        self.classes(self.body(images))

    def detect(self, images: Tensor) -> Detections:
        scores, labels = self.classes(self.body(images)).sigmoid().flatten(2).max(1)
        scores, order = scores[0].sort(descending=True)
        side = torch.tensor(images.shape[-1] // STRIDE)
        corner = torch.stack((order % side, order // side), 1) * float(STRIDE)
        boxes = torch.cat((corner, corner + STRIDE, scores[:, None]), 1)[: self.most]
        masks = boxes[:, 4, None, None].expand(-1, 28, 28)
        return Detections(boxes[None], labels[0][order][None, : self.most], masks[None])


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.models.Cells", Cells, raising=False)  # a place that can be imported by name
    monkeypatch.setitem(ARCHITECTURES, "cells", Architecture("Cells", "core.models:Cells"))


def test_it_is_called_by_its_title():
    assert architecture("cells").title == "Cells"


def test_it_learns():
    segmenter = build("cells", 2)
    optimizer = torch.optim.SGD(segmenter.parameters(), 0.1)
    target = Target(torch.tensor([[0.0, 0, 9, 9]]), torch.tensor([1]), torch.ones(1, SIDE, SIDE, dtype=torch.uint8))
    losses = []
    for _ in range(2):
        loss = segmenter.losses(torch.ones(1, 3, SIDE, SIDE), [target])["cells"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]


def test_it_starts_from_a_checkpoint_with_other_names(tmp_path: Path):
    public = Cells(2)
    names = {name.replace("body.", "stem."): tensor for name, tensor in public.state_dict().items()}
    save_file(names, tmp_path / "public.safetensors")
    segmenter, said = build("cells", 3), list[AnyEvent]()
    load_into(segmenter, tmp_path / "public.safetensors", ["nut", "screw", "bolt"], said.append)
    assert isinstance(segmenter, Cells) and torch.equal(segmenter.body.weight, public.body.weight)
    assert torch.equal(segmenter.classes.weight[0], public.classes.weight[1]), "nut continues with its head"
    assert torch.equal(segmenter.classes.weight[2], public.classes.weight[0])
    assert not segmenter.body.weight.requires_grad and segmenter.classes.weight.requires_grad
    assert [event.message for event in said if isinstance(event, Log)] == [
        "2 of 3 classes continue with their heads; new: screw"
    ]


def test_its_export_finds_what_the_network_finds(tmp_path: Path):
    recipe = msgspec.structs.replace(find("rtmdet_inst_tiny"), architecture="cells")
    job = TrainJob(recipe=recipe, dataset=str(tmp_path))
    run = RunFolder.create(tmp_path, "cells", JobFile(job=job, created=time.time(), command=""))
    shape = msgspec.structs.replace(recipe.input_spec(), height=SIDE, width=SIDE)
    spec = ModelSpec("cells", "cells", "conv", (ClassSpec(1, "nut"), ClassSpec(2, "bolt")), shape)
    run.model.write_bytes(msgspec.json.encode(spec))
    run.checkpoints.mkdir()
    torch.manual_seed(0)
    save_file(build("cells", 2).state_dict(), run.weights)
    exported = export(ExportJob(run=str(run.path), precision="fp32", measure=False), run, ignore, never)
    picture = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    ours, theirs = (model.predict(picture) for model in (load_run(run), OpenVinoPredictor(exported / "model.xml")))
    assert len(ours) == len(theirs) == (SIDE // STRIDE) ** 2
    np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=1e-2)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-4)

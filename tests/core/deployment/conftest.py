"""A dataset, and both architectures with weights that find things: trained for seconds on one picture of it."""

import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.dataset import Dataset, open_dataset
from core.images.decoding import read_image
from core.inference.preprocessing import fit
from core.inference.torch_predictor import TorchPredictor, load_run
from core.jobs import TrainJob
from core.models import build
from core.models.mask_rcnn import MaskRCNN
from core.models.segmenter import Segmenter, Target
from core.recipes import catalogue
from core.recipes.model_spec import ClassSpec, ModelSpec
from core.runs.control import ignore, never
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile
from core.sample import make_sample

SIDE = 160


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("data") / "sample"
    return open_dataset(make_sample(folder, 2, 1, seed=4, size=SIDE + 40, report=ignore, check=never))


@pytest.fixture(scope="session")
def rtmdet_run(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return _run(dataset, "rtmdet_inst_tiny", tmp_path_factory.mktemp("rtmdet"), steps=40, rate=0.003)


@pytest.fixture(scope="session")
def maskrcnn_run(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Too large to be trained here: its scores are spread at random and its masks fill most of their boxes. At most 30
    in an image, for each mask costs as much as a sixth of the backbone."""
    return _run(dataset, "maskrcnn_resnet50", tmp_path_factory.mktemp("maskrcnn"), steps=0, rate=0.001, most=30)


@pytest.fixture(scope="session", params=["rtmdet_run", "maskrcnn_run"])
def run(request: pytest.FixtureRequest) -> RunFolder:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def trained(run: RunFolder) -> TorchPredictor:
    return load_run(run)


def _run(dataset: Dataset, name: str, parent: Path, steps: int, rate: float, most: int | None = None) -> RunFolder:
    recipe = catalogue.with_settings(catalogue.find(name), {"input_size": SIDE})
    job = TrainJob(recipe=recipe, dataset=str(dataset.root))
    run = RunFolder.create(parent, name, JobFile(job=job, created=time.time(), command=""))
    classes = tuple(ClassSpec(item.id, item.name) for item in dataset.categories)
    spec = ModelSpec(
        recipe.name, recipe.architecture, recipe.backbone, classes, recipe.input_spec(), max_detections=most
    )
    run.model.write_bytes(msgspec.json.encode(spec))
    run.checkpoints.mkdir()
    torch.manual_seed(2)
    segmenter = build(recipe.architecture, len(spec.classes))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    _train(segmenter, dataset, spec, steps, rate)
    torch.set_num_threads(threads)
    save_file(segmenter.state_dict(), run.checkpoints / "best.safetensors")
    return run


def _train(segmenter: Segmenter, dataset: Dataset, spec: ModelSpec, steps: int, rate: float) -> None:
    """Learn the validation image by heart."""
    image = dataset.of_split("val")[0]
    pixels, place = fit(read_image(dataset.image_path(image)), spec.input)
    instances = dataset.instances(image)
    bitmaps = [dataset.mask(image, instance).full() for instance in instances]
    rows = (np.arange(place.height) / place.scale_y).astype(int)
    columns = (np.arange(place.width) / place.scale_x).astype(int)
    masks = torch.zeros(len(instances), spec.input.height, spec.input.width, dtype=torch.uint8)
    masks[:, : place.height, : place.width] = torch.from_numpy(np.stack(bitmaps)[:, rows][:, :, columns])
    boxes = [(torch.nonzero(mask).amin(0).flip(0), torch.nonzero(mask).amax(0).flip(0) + 1) for mask in masks]
    target = Target(
        torch.stack([torch.cat(corners) for corners in boxes]).float(),
        torch.tensor([instance.label for instance in instances]),
        masks,
    )
    if isinstance(segmenter, MaskRCNN):
        with torch.no_grad():
            for name, weight in segmenter.named_parameters():
                if name.endswith("bn3.weight"):
                    weight *= 0.1  # or fifty random layers turn rounding into differences that one sees
            segmenter.roi_heads.box_predictor.cls_score.weight *= 2
            segmenter.roi_heads.mask_predictor.mask_fcn_logits.bias += 1
    optimizer = torch.optim.AdamW(segmenter.parameters(), rate)
    segmenter.train()
    for _ in range(steps):
        loss = torch.stack(list(segmenter.losses(torch.from_numpy(pixels), [target]).values())).sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(segmenter.parameters(), 35)
        optimizer.step()
    norms = [module for module in segmenter.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean: exactly the statistics of this picture
    with torch.no_grad():
        segmenter.losses(torch.from_numpy(pixels), [target])

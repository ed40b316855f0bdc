"""A trained run, by the jobs that a person starts: it suggests the objects that are there, and orders the images."""

import json

import pytest

from core.annotation.suggestions.ranking import read_ranking
from core.annotation.suggestions.suggestions import newest, read
from core.dataset import open_dataset
from core.execution.run import execute
from core.geometry.masks import iou
from core.jobs import RankJob, SuggestJob
from core.runs.control import never
from core.runs.events import Done, Failed
from core.runs.folder import RunFolder


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))


@pytest.fixture
def unlabelled(dataset, tmp_path, home):
    """The pictures of the dataset; only the training images have annotations still."""
    folder = tmp_path / "unlabelled"
    (folder / "annotations").mkdir(parents=True)
    (folder / "images").symlink_to(dataset.root / "images")
    for file in (dataset.root / "annotations").glob("*.json"):
        content = json.loads(file.read_text())
        content["annotations"] = [] if "val" in file.name else content["annotations"]
        (folder / "annotations" / file.name).write_text(json.dumps(content))
    return folder


def test_a_run_suggests_what_it_has_learnt(dataset, unlabelled, rtmdet_run, tmp_path):
    job = SuggestJob(model=str(rtmdet_run.path), dataset=str(unlabelled), confidence=0.3)
    events = []
    assert isinstance(execute(job, RunFolder(tmp_path), events.append, never), Done)
    opened = open_dataset(unlabelled)
    (image,) = opened.of_split("val")
    made = read(newest(opened), opened)
    assert list(made.images) == [image.index], "images with annotations are left alone"
    (learnt,) = dataset.of_split("val")
    truth = [dataset.mask(learnt, instance) for instance in dataset.instances(learnt)]
    best = max(iou(item.mask(), other) for item in made.of(image.index) for other in truth)
    assert best > 0.5


def test_a_run_orders_the_images(unlabelled, rtmdet_run, tmp_path):
    job = RankJob(model=str(rtmdet_run.path), dataset=str(unlabelled))
    assert isinstance(execute(job, RunFolder(tmp_path), [].append, never), Done)
    (entry,) = read_ranking(open_dataset(unlabelled)).images
    assert entry.place[0] == "annotations/instances_val.json"
    assert entry.reason


def test_a_folder_without_a_model_is_named(unlabelled, tmp_path):
    job = SuggestJob(model=str(tmp_path / "nothing"), dataset=str(unlabelled))
    end = execute(job, RunFolder(tmp_path), [].append, never)
    assert isinstance(end, Failed) and "there is no model in" in end.message and not end.traceback

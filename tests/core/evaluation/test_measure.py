"""The evaluation job leaves its figures in the run folder."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.dataset import Dataset, open_dataset
from core.dataset.fingerprint import fingerprint
from core.errors import UserError
from core.evaluation import measure as module
from core.evaluation.measure import measure
from core.inference.prediction import Predictor
from core.jobs import EvaluateJob, TrainJob
from core.recipes.catalogue import find
from core.runs.control import ignore, never
from core.runs.events import AnyEvent, Artifact, Data, Done, Log, Stage, Warning
from core.runs.folder import RunFolder
from core.runs.job_file import describe

MakeDataset = Callable[..., Dataset]


def test_figures_are_written_and_told(
    rectangles: MakeDataset, oracle: Callable[..., Predictor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, folder, events = rectangles(), RunFolder(tmp_path / "run"), list[AnyEvent]()
    monkeypatch.setattr(module, "load_model", lambda path, **limit: oracle("red", "green"))
    job = EvaluateJob(model="model.xml", dataset=str(dataset.root))
    assert measure(job, folder, events.append, never).mask.ap == 1
    assert [event.name for event in events if isinstance(event, Stage)][-1] == "Evaluating"
    assert isinstance(events[-1], Done) and events[-1].summary["map"] == 1.0 and events[-1].summary["images"] == 3
    (artifact,) = (event for event in events if isinstance(event, Artifact))
    figures = json.loads((folder.path / artifact.path).read_text())
    assert figures["mask"]["ap75"] == 1 and figures["box"]["per_class"] == {"red": 1, "green": 1}


def test_what_is_not_measured_is_told(
    rectangles: MakeDataset, oracle: Callable[..., Predictor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, events = rectangles(), list[AnyEvent]()
    file = dataset.files[0].path
    content = json.loads(file.read_text())
    for annotation in content["annotations"][:-1]:
        annotation["iscrowd"] = 1
    file.write_text(json.dumps(content))
    (file.parent / "instances_other.json").write_text('{"images": [')
    monkeypatch.setattr(module, "load_model", lambda path, **limit: oracle("red", "green"))
    measure(EvaluateJob(model="m.xml", dataset=str(dataset.root)), RunFolder(tmp_path / "run"), events.append, never)
    said = " ".join(f"{event.message} {event.hint}" for event in events if isinstance(event, Warning))
    assert "instances_other.json is cut off" in said and "iscrowd" in said


def test_images_without_an_instance_that_counts_have_no_ap(
    rectangles: MakeDataset, oracle: Callable[..., Predictor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, events = rectangles(), list[AnyEvent]()
    file = dataset.files[0].path
    content = json.loads(file.read_text())
    for annotation in content["annotations"]:
        annotation["iscrowd"] = 1
    file.write_text(json.dumps(content))
    monkeypatch.setattr(module, "load_model", lambda path, **limit: oracle("red", "green"))
    job = EvaluateJob(model="m.xml", dataset=str(dataset.root))
    with pytest.raises(UserError, match="no AP can be known"):
        measure(job, RunFolder(tmp_path / "run"), events.append, never)
    assert not any(isinstance(event, Artifact) for event in events)


def test_a_split_that_is_not_there_is_named(rectangles: MakeDataset, tmp_path: Path) -> None:
    job = EvaluateJob(model="model.xml", dataset=str(rectangles().root), split="test")
    with pytest.raises(UserError, match="test") as error:
        measure(job, RunFolder(tmp_path / "run"), ignore, never)
    assert "val" in error.value.hint


def test_what_has_changed_in_the_data_since_the_training_is_told(
    rectangles: MakeDataset, oracle: Callable[..., Predictor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, said = rectangles(), list[AnyEvent]()
    monkeypatch.setattr(module, "load_model", lambda path, **limit: oracle("red", "green"))
    train = TrainJob(recipe=find("rtmdet_inst_tiny"), dataset=str(dataset.root))
    trained = RunFolder.create(tmp_path, "run", describe(train))
    trained.keep_fingerprint(fingerprint(open_dataset(dataset.root)))
    job = EvaluateJob(model=str(trained.path), dataset=str(dataset.root))

    def changes() -> list[str]:
        said.clear()
        measure(job, RunFolder(tmp_path / "evaluation"), said.append, never)
        assert [event for event in said if isinstance(event, Data)], "it keeps its data in mind itself"
        return [event.message for event in said if isinstance(event, Log) and "changed" in event.message]

    assert changes() == []
    file = dataset.files[0].path
    content = json.loads(file.read_text())
    content["annotations"].pop()
    file.write_text(json.dumps(content))
    (message,) = changes()
    assert "since this model was trained on it" in message and "annotations" in message


def test_a_job_file_beside_a_model_that_cannot_be_read_is_told(
    rectangles: MakeDataset, oracle: Callable[..., Predictor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, said = rectangles(), list[AnyEvent]()
    monkeypatch.setattr(module, "load_model", lambda path, **limit: oracle("red", "green"))
    (tmp_path / "job.json").write_bytes(b"\xff")
    job = EvaluateJob(model=str(tmp_path / "model.xml"), dataset=str(dataset.root))
    assert measure(job, RunFolder(tmp_path / "run"), said.append, never).mask.ap == 1
    assert any(isinstance(event, Warning) and "job.json" in event.message for event in said)

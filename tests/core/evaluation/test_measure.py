"""The evaluation job leaves its figures in the run folder."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.dataset import Dataset
from core.errors import UserError
from core.evaluation import measure as module
from core.evaluation.measure import measure
from core.inference.prediction import Predictor
from core.runs.control import ignore, never
from core.runs.events import AnyEvent, Artifact, Done, Stage, Warning
from core.runs.folder import RunFolder
from core.runs.job import EvaluateJob

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
    for annotation in content["annotations"]:
        annotation["iscrowd"] = 1
    file.write_text(json.dumps(content))
    (file.parent / "instances_other.json").write_text('{"images": [')
    monkeypatch.setattr(module, "load_model", lambda path, **limit: oracle("red", "green"))
    measure(EvaluateJob(model="m.xml", dataset=str(dataset.root)), RunFolder(tmp_path / "run"), events.append, never)
    said = " ".join(f"{event.message} {event.hint}" for event in events if isinstance(event, Warning))
    assert "instances_other.json is cut off" in said and "iscrowd" in said


def test_a_split_that_is_not_there_is_named(rectangles: MakeDataset, tmp_path: Path) -> None:
    job = EvaluateJob(model="model.xml", dataset=str(rectangles().root), split="test")
    with pytest.raises(UserError, match="test") as error:
        measure(job, RunFolder(tmp_path / "run"), ignore, never)
    assert "val" in error.value.hint

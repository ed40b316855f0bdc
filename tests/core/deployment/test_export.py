"""The export job: what lies in the run folder afterwards, and what was said on the way."""

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core.dataset import Dataset
from core.deployment import openvino_ir, record
from core.deployment.export import export, latency
from core.errors import UserError
from core.inference.openvino_predictor import OpenVinoPredictor
from core.jobs import ExportJob
from core.models.segmenter import Segmenter
from core.recipes.model_spec import ModelSpec
from core.runs.control import CancelRequested, StopRequested, never
from core.runs.events import AnyEvent, Artifact, Done, Stage, Warning
from core.runs.folder import RunFolder


@pytest.fixture
def run(rtmdet_run: RunFolder, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(rtmdet_run.path, tmp_path / "run")))


@pytest.fixture(scope="module", autouse=True)
def converted_once() -> Iterator[None]:
    """All exports here are of one network: it is converted once, and its speed is measured by few predictions."""
    converted = []

    def convert(segmenter: Segmenter, spec: ModelSpec) -> Any:
        if not converted:
            converted.append(openvino_ir.convert(segmenter, spec))
        return converted[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.deployment.export.convert", convert)
        patch.setattr("core.deployment.export.latency", partial(latency, seconds=0.0))
        yield


def stages(events: list[AnyEvent]) -> list[str]:
    return [event.name for event in events if isinstance(event, Stage)]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_model_its_figures_and_its_worth(run: RunFolder, precision: str) -> None:
    events: list[AnyEvent] = []
    folder = export(ExportJob(run=str(run.path), precision=precision), run, events.append, never)

    assert files(run.export) == [f"{precision}/{name}" for name in ("export.json", "model.bin", "model.xml")]
    assert record.exports(run) == [folder] == [run.export / precision]
    figures = record.read(folder)
    assert figures.precision == precision
    assert figures.size_mb == pytest.approx(23 if precision == "fp32" else 11.6, rel=0.1)
    assert figures.images == 1
    assert figures.ap_torch is not None
    assert figures.ap_torch > 0.2, "a comparison of nothing with nothing says nothing"
    assert figures.ap_ir == pytest.approx(figures.ap_torch, abs=0.001 if precision == "fp32" else 0.05)
    assert figures.latency_ms is not None
    assert figures.latency_torch_ms is not None
    assert 0 < figures.latency_ms < 10_000

    assert stages(events)[:2] == ["Loading the model", "Converting to OpenVINO"]
    assert any(isinstance(event, Artifact) and event.kind == "ir" and event.path == str(folder) for event in events)
    assert isinstance(events[-1], Done)
    assert events[-1].summary["ap_ir"] == figures.ap_ir
    assert events[-1].summary["path"] == str(folder)
    if precision == "fp32":
        assert not any(isinstance(event, Warning) for event in events)


def test_what_was_not_measured_is_no_figure(run: RunFolder, dataset: Dataset, tmp_path: Path) -> None:
    events: list[AnyEvent] = []
    export(ExportJob(run=str(run.path), measure=False), run, events.append, never)
    assert isinstance(events[-1], Done)
    assert {name for name, value in events[-1].summary.items() if value is not None} == {
        "epoch",
        "precision",
        "size_mb",
        "path",
    }

    bare = Path(shutil.copytree(dataset.root, tmp_path / "bare"))
    for file in bare.rglob("*.json"):
        file.write_text(json.dumps(json.loads(file.read_bytes()) | {"annotations": []}))
    export(ExportJob(run=str(run.path), dataset=str(bare)), run, events.append, never)
    assert isinstance(events[-1], Done)
    told = {name for name, value in events[-1].summary.items() if value is not None}
    assert told == {"epoch", "precision", "size_mb", "path", "latency_torch_ms", "latency_ms"}
    assert any(isinstance(event, Warning) and "no AP can be known" in event.message for event in events)


def test_figures_that_differ_are_said(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.deployment.export.TOLERANCE", -1.0)
    events: list[AnyEvent] = []
    export(ExportJob(run=str(run.path)), run, events.append, never)
    (warning,) = (event for event in events if isinstance(event, Warning))
    assert "Mask AP is 0." in warning.message


def test_a_run_whose_dataset_has_gone_is_exported_without_figures(
    run: RunFolder, tmp_path: Path, dataset: Dataset
) -> None:
    job = run.read_job()
    moved = job.job.__class__(recipe=job.job.recipe, dataset=str(tmp_path / "gone"))  # type: ignore[union-attr,call-arg]
    run.write_job(job.__class__(job=moved, created=job.created, command=""))
    events: list[AnyEvent] = []
    folder = export(ExportJob(run=str(run.path)), run, events.append, never)
    assert record.read(folder).ap_ir is None
    assert record.read(folder).latency_ms is not None
    assert any(isinstance(event, Warning) and "not be compared" in event.message for event in events)

    events.clear()
    export(ExportJob(run=str(run.path), dataset=str(dataset.root)), run, events.append, never)
    assert record.read(folder).images == 1


def test_pictures_that_have_gone_do_not_spoil_an_export(run: RunFolder, tmp_path: Path, dataset: Dataset) -> None:
    copy = Path(shutil.copytree(dataset.root, tmp_path / "copy"))
    for picture in copy.rglob("*.jpg"):
        picture.unlink()
    events: list[AnyEvent] = []
    folder = export(ExportJob(run=str(run.path), dataset=str(copy)), run, events.append, never)
    assert record.read(folder).ap_ir is None
    assert any(isinstance(event, Warning) and "could not be measured" in event.message for event in events)
    assert isinstance(events[-1], Done)


def test_a_dataset_that_was_asked_for_must_be_there(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        export(ExportJob(run=str(run.path), dataset=str(tmp_path / "gone")), run, lambda event: None, never)
    assert not run.export.exists()


def test_cancelled_it_leaves_the_export_that_was_there(run: RunFolder) -> None:
    earlier = run.export / "fp16" / "model.xml"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("earlier")
    events: list[AnyEvent] = []

    def cancel_while_measuring() -> None:
        if "Measuring mask AP of OpenVINO" in stages(events):
            raise CancelRequested

    with pytest.raises(CancelRequested):
        export(ExportJob(run=str(run.path)), run, events.append, cancel_while_measuring)
    assert files(run.export) == ["fp16/model.xml"]
    assert earlier.read_text() == "earlier"


def test_stopped_while_measuring_it_keeps_the_model(run: RunFolder) -> None:
    events: list[AnyEvent] = []

    def stop_while_measuring() -> None:
        if "Measuring mask AP of PyTorch" in stages(events):
            raise StopRequested

    with pytest.raises(StopRequested):
        export(ExportJob(run=str(run.path)), run, events.append, stop_while_measuring)
    (folder,) = record.exports(run)
    assert record.read(folder).ap_ir is None
    OpenVinoPredictor(folder / "model.xml")


def test_what_cannot_be_exported_is_said(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="precision is one of fp16, fp32"):
        ExportJob(run=str(run.path), precision="int3")
    (run.checkpoints / "best.safetensors").unlink()
    with pytest.raises(UserError, match="no trained model yet"):
        export(ExportJob(run=str(run.path)), run, lambda event: None, never)
    with pytest.raises(UserError, match=r"export\.json is not there"):
        record.read(tmp_path)

import inspect
import subprocess
import sys
from pkgutil import resolve_name

import msgspec
import pytest

from core.jobs import KINDS, AnyJob, Job, ProbeJob, TrainJob
from core.jobs.job import dataset_name, typed_fields
from core.recipes.catalogue import find

OLD = {
    "evaluate": {"model": "/run", "dataset": "/d", "split": "test"},
    "export": {"run": "/run", "precision": "fp32", "dataset": None, "measure": False},
    "predict": {"model": "/run", "images": ["/a.png"], "output": "/o", "confidence": 0.5},
    "suggest": {"model": "/run", "dataset": "/d", "confidence": 0.3, "all": True, "images": ["a.png"]},
    "rank": {"dataset": "/d", "model": "/run"},
    "check": {"dataset": "/d", "likeness": False},
    "split": {"dataset": "/d", "by": "pattern", "pattern": "^a", "val": 0.3, "folds": 5, "fold": 2, "dry_run": True},
    "preview": {"source": "/d", "format": "voc"},
    "convert": {
        "source": "/d",
        "output": "/o",
        "to": "yolo",
        "format": "voc",
        "pictures": "copy",
        "only_split": ["val"],
    },
    "compare": {"left": "/a", "right": "/b", "least_iou": 0.5},
    "merge": {
        "datasets": ["/a", "/b"],
        "output": "/o",
        "classes": ["a=b"],
        "duplicates": "first",
        "pictures": "copy",
        "dry_run": True,
    },
    "box-masks": {"dataset": "/d", "by": "sam", "sam": "/s", "images": ["a.png"]},
    "find-pictures": {"dataset": "/d", "folder": "/f", "place": True},
    "sample": {"output": "/o", "train_images": 3, "validation_images": 1, "seed": 0, "size": 64},
    "train": {"recipe": msgspec.to_builtins(find("rtmdet_inst_tiny")), "dataset": "/d/nuts", "resume": True},
    "probe": {"train": {"recipe": msgspec.to_builtins(find("rtmdet_inst_tiny")), "dataset": "/d/nuts"}},
}
"""What is in the ``job.json`` of earlier versions, by kind."""


def old_job(kind: str) -> AnyJob:
    content = OLD[kind]
    if kind == "probe":
        content = {"train": {"kind": "train", **content["train"]}}
    return msgspec.convert({"kind": kind, **content}, AnyJob)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind())
def test_jobs_of_earlier_versions_are_read(kind: type[AnyJob]):
    job = old_job(kind.kind())
    assert type(job) is kind
    for name, value in OLD[kind.kind()].items():
        if name not in ("recipe", "train"):
            assert getattr(job, name) == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind())
def test_what_does_a_job_takes_it_with_its_folder_and_two_callables(kind: type[AnyJob]):
    job, folder, report, check = inspect.signature(resolve_name(kind.function)).parameters.values()
    assert job.annotation is kind and folder.annotation.__name__ == "RunFolder"
    assert (report.name, check.name) == ("report", "check")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind())
def test_a_kind_has_a_title_of_its_own(kind: type[AnyJob]):
    titles = {old_job(other.kind()).title for other in KINDS}
    assert len(titles) == len(KINDS) and old_job(kind.kind()).title


def test_a_kind_is_typed_by_all_of_its_fields_or_by_hand():
    for kind in KINDS:
        typed = [field.name for field, _ in typed_fields(kind)]
        assert typed == ([] if kind in (TrainJob, ProbeJob) else list(kind.__struct_fields__))


def test_the_kinds_load_nothing_heavy():
    heavy = "torch", "cv2", "typer", "openvino", "PySide6"
    code = f"import sys, core.jobs; print(*(name for name in {heavy} if name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "\n"


def test_only_a_training_can_be_paused():
    assert [kind for kind in KINDS if kind.resumable] == [TrainJob]
    assert issubclass(TrainJob, Job)


@pytest.mark.parametrize(
    ("path", "name"),
    [("/data/nuts", "nuts"), ("/data/nuts/annotations/train.json", "nuts/train.json"), ("/data/a.json", "data/a.json")],
)
def test_a_dataset_is_called_by_its_folder(path: str, name: str):
    assert dataset_name(path) == name


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("train", "devices", 2**40),
        ("train", "devices", 0),
        ("train", "nodes", 2**40),
        ("train", "validation_fraction", 7),
        ("predict", "confidence", -1),
        ("predict", "max_detections", 2**40),
        ("sample", "size", 2**40),
        ("sample", "train_images", 0),
        ("suggest", "confidence", 1.5),
        ("export", "precision", "fp2"),
    ],
)
def test_a_job_file_with_a_value_out_of_bounds_is_no_job(kind: str, field: str, value: object):
    """``job.json`` of a run that came from elsewhere: what a command would refuse is refused there too."""
    with pytest.raises(msgspec.ValidationError, match=f"{field}|Expected"):
        msgspec.convert({"kind": kind, **OLD[kind], field: value}, AnyJob)

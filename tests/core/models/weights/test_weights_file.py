"""Weights from files: whatever people have, read without executing anything, into a network that they fit."""

import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from core.errors import UserError
from core.models import build
from core.models.segmenter import Segmenter
from core.models.weights import weights_file
from core.models.weights.pretrained import load_into
from core.models.weights.weights_file import read_tensors
from core.recipes.model_spec import ClassSpec, InputSpec, ModelSpec
from core.runs.control import ignore
from core.runs.event_log import EventWriter
from core.runs.events import AnyEvent, Log, Validation
from core.runs.folder import RunFolder
from core.runs.model_file import describing

ARCHITECTURES = ("rtmdet_inst", "mask_rcnn_efficientnet_b2b")


def _save(model: Segmenter, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, path)
    return path


def _run(folder: Path, architecture: str, classes: list[str]) -> tuple[Segmenter, Path]:
    """A trained model in a run's folder, and the file with its weights."""
    torch.manual_seed(1)
    model = build(architecture, len(classes))
    path = _save(model, folder / "checkpoints" / "best.safetensors")
    spec = ModelSpec(
        recipe="mine",
        architecture=architecture,
        backbone="",
        classes=tuple(ClassSpec(number, name) for number, name in enumerate(classes, 1)),
        input=InputSpec(64, 64, 0, (0, 0, 0), (1, 1, 1)),
    )
    (folder / "model.json").write_bytes(msgspec.json.encode(spec))
    return model, path


def _heads(model: Segmenter, label: int) -> list[Tensor]:
    """What the model knows about one class and no other; -1 for the background."""
    layout = model.class_rows
    return [
        tensor[rows * (layout.background + label) : rows * (layout.background + label + 1)]
        for name, tensor in model.state_dict().items()
        for prefix, rows in layout.rows.items()
        if name.startswith(prefix)
    ]


def _equal(some: list[Tensor], others: list[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(some, others, strict=True))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(
    ("classes", "origins", "said"),
    [
        (["almond", "date", "fig"], [0, 1, 2], "3 of 3 classes continue with their heads"),
        (["fig", "Almond"], [2, 0], "2 of 2 classes continue with their heads"),
        (["walnut", "fig", "brazil-nut"], [None, 2, None], "1 of 3 classes continues with its head; new: walnut, br"),
        (["dried  Date"], [None], "know none of the classes; new: dried  Date"),
    ],
    ids=["same", "fewer and moved", "new ones", "others"],
)
def test_my_own_model_goes_on_class_by_class(
    tmp_path: Path, architecture: str, classes: list[str], origins: list[int | None], said: str
) -> None:
    before, path = _run(tmp_path, architecture, ["almond", "date", "fig"])
    torch.manual_seed(2)
    after = build(architecture, len(classes))
    fresh = [_heads(after, label) for label in range(-after.class_rows.background, len(classes))]
    fresh = [[tensor.clone() for tensor in tensors] for tensors in fresh]
    events: list[AnyEvent] = []
    load_into(after, path, classes, events.append)

    for label, origin in enumerate(origins):
        expected = fresh[after.class_rows.background + label] if origin is None else _heads(before, origin)
        assert _equal(_heads(after, label), expected)
    if after.class_rows.background:
        assert _equal(_heads(after, -1), _heads(before, -1))
    old, new = before.state_dict(), after.state_dict()
    shared = [name for name in old if not name.startswith(tuple(after.class_rows.rows))]
    assert all(torch.equal(old[name], new[name]) for name in shared)
    (event,) = events
    assert isinstance(event, Log) and said in event.message


def test_many_new_classes_are_not_all_listed(tmp_path: Path) -> None:
    _, path = _run(tmp_path, "rtmdet_inst", ["a"])
    classes = ["A", *"bcdefghi"]
    events: list[AnyEvent] = []
    load_into(build("rtmdet_inst", len(classes)), path, classes, events.append)
    assert [event.message for event in events if isinstance(event, Log)] == [
        "1 of 9 classes continues with its head; new: b, c, d, e, f and 3 more"
    ]


@pytest.mark.parametrize("description", [None, b"{", "other"], ids=["none", "broken", "of another model"])
def test_weights_without_names_are_for_as_many_classes(tmp_path: Path, description: bytes | str | None) -> None:
    before, path = _run(tmp_path, "rtmdet_inst", ["a", "b"])
    (tmp_path / "model.json").unlink()
    if description == "other":
        _run(tmp_path / "other", "rtmdet_inst", ["x", "y", "z"])
        (tmp_path / "other" / "model.json").rename(tmp_path / "model.json")
    elif isinstance(description, bytes):
        (tmp_path / "model.json").write_bytes(description)
    as_many, more = build("rtmdet_inst", 2), build("rtmdet_inst", 3)
    fresh = [tensor.clone() for tensor in _heads(more, 0)]
    load_into(as_many, path, ["x", "y"], ignore)
    load_into(more, path, ["x", "y", "z"], ignore)
    assert _equal(_heads(as_many, 1), _heads(before, 1))
    assert _equal(_heads(more, 0), fresh)


@pytest.mark.parametrize("description", [None, b"\xff", b"{}", ["date", "fig", "almond"], ["x"]])
@pytest.mark.parametrize("version", ["now", "earlier"])
def test_a_model_knows_its_classes_whatever_became_of_its_description(
    tmp_path: Path, description: bytes | list[str] | None, version: str
) -> None:
    classes = ["almond", "date, dried", "fig"]
    before, path = _run(tmp_path, "rtmdet_inst", classes)
    if version == "now":
        spec = RunFolder(tmp_path).read_model()
        save_file(before.state_dict(), path, describing(spec))
    else:  # weights did not say it themselves, and a resume that failed could change model.json
        with EventWriter(tmp_path / "events.jsonl") as write:
            for epoch, best, order in ((1, True, classes), (2, False, classes[::-1])):
                scores = dict.fromkeys(order, 0.5)
                write(Validation(epoch=epoch, map=1, map50=1, box_map=1, per_class=scores, best=best, seconds=1))
    (tmp_path / "model.json").unlink()
    if isinstance(description, bytes):
        (tmp_path / "model.json").write_bytes(description)
    elif description:
        _run(tmp_path / "other", "rtmdet_inst", description)
        (tmp_path / "other" / "model.json").rename(tmp_path / "model.json")
    after = build("rtmdet_inst", 2)
    load_into(after, path, ["fig", "date, dried"], ignore)
    assert _equal(_heads(after, 0), _heads(before, 2)) and _equal(_heads(after, 1), _heads(before, 1))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_other_architectures_weights_are_refused(tmp_path: Path, architecture: str) -> None:
    (other,) = set(ARCHITECTURES) - {architecture}
    _, path = _run(tmp_path, other, ["a"])
    model = build(architecture, 1)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(UserError, match=r"best\.safetensors does not fit"):
        load_into(model, path, ["a"], ignore)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.fixture
def framework(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A training framework that is installed where a checkpoint is written and not where it is read."""
    module = types.ModuleType("somebodys_framework")
    code = (
        "class History:\n"
        "    def __init__(self, values): self.values, self.best = values, max\n"
        "    def mean(self): return 0\n"
    )
    exec(code, module.__dict__)
    monkeypatch.setitem(sys.modules, "somebodys_framework", module)
    return module


def test_a_frameworks_bookkeeping_does_not_keep_its_tensors_from_us(
    tmp_path: Path, framework: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = framework.History(np.arange(3.0))
    content = {
        "meta": {"history": history, "mean": history.mean, "when": np.float64(3), "names": ("a", "b")},
        "state_dict": OrderedDict(weight=torch.arange(4.0), steps=torch.tensor(7)),
        "optimizer": {"state": {}},
    }
    torch.save(content, tmp_path / "framework.pth")
    monkeypatch.delitem(sys.modules, "somebodys_framework")
    tensors = read_tensors(tmp_path / "framework.pth")
    assert set(tensors) == {"weight", "steps"} and torch.equal(tensors["weight"], torch.arange(4.0))


class _Hostile:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_checkpoint_is_not_run(tmp_path: Path, zipped: bool) -> None:
    mark = tmp_path / "ran"
    content = {"state_dict": {"weight": torch.ones(2)}, "extra": _Hostile(mark)}
    torch.save(content, tmp_path / "hostile.pth", _use_new_zipfile_serialization=zipped)
    try:
        tensors = read_tensors(tmp_path / "hostile.pth")
    except UserError:
        tensors = {}
    assert not mark.exists()
    assert set(tensors) <= {"weight"}


def test_files_that_are_no_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"weight": torch.ones(1000)}, tmp_path / "whole.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "whole.pth").read_bytes()[:700])
    (tmp_path / "text.pth").write_text("hello")
    (tmp_path / "text.safetensors").write_text("hello")
    (tmp_path / "empty.pth").touch()
    torch.save({"epoch": 3}, tmp_path / "bare.pth")
    torch.save([torch.ones(2)], tmp_path / "list.pth")
    with zipfile.ZipFile(tmp_path / "other.pth", "w") as archive:
        archive.writestr("readme.txt", "hello")
    for name in ("cut", "text", "empty", "bare", "list", "other", "missing"):
        with pytest.raises(UserError, match=rf"{name}\.pth"):
            read_tensors(tmp_path / f"{name}.pth")
    with pytest.raises(UserError, match=r"text\.safetensors"):
        read_tensors(tmp_path / "text.safetensors")


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_file, "MOST_BYTES", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data/0", bytes(2 << 20))
    assert (tmp_path / "bomb.pth").stat().st_size < 1 << 16
    with pytest.raises(UserError, match="too large"):
        read_tensors(tmp_path / "bomb.pth")

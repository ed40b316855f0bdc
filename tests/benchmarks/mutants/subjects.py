"""What there is to damage: a dataset, a run trained on it with its export and suggestions, weights, a recipe, SAM.

And which verbs read it."""

import json
import os
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.mutants import mutators as by
from tests.benchmarks.mutants.mutators import BYTES, JSON, Mutator

RUN = "run"
_LARGE = 1 << 20
"""Bytes from which on a file is linked, not copied, into a case: no verb writes into those in place."""
_NEW = ("--epochs", "1", "--batch-size", "1", "--input-size", "64", "--set", "pretrained=false")

VERBS: dict[str, tuple[str, ...]] = {
    "resume": ("train", "--resume", RUN, "--epochs", "2"),
    "train": ("train", "data", *_NEW),
    "train from run": ("train", "data", "--weights", RUN, *_NEW),
    "train from file": ("train", "data", "--weights", "{file}", *_NEW),
    "train recipe": ("train", "data", "--recipe", "{file}"),
    "probe recipe": ("probe", "data", "--recipe", "{file}"),
    "stop": ("stop", RUN),
    "pause": ("pause", RUN),
    "evaluate": ("evaluate", RUN, "data"),
    "evaluate file": ("evaluate", RUN, "{file}"),
    "evaluate export": ("evaluate", f"{RUN}/export/fp16/model.xml", "data"),
    "predict": ("predict", RUN, "data/images/val", "-o", "predicted"),
    "predict export": ("predict", f"{RUN}/export/fp16", "data/images/val", "-o", "predicted"),
    "export": ("export", RUN, "--no-measure"),
    "suggest": ("suggest", RUN, "data", "--all"),
    "rank": ("rank", "data"),
    "rank by model": ("rank", "data", "--model", RUN),
    "the window's list": (),
    "the window's SAM": (),
}
"""Words after ``maskwright``; those of the window are done by ``worker``. Paths are relative to the case."""


@dataclass(frozen=True)
class Subject:
    """A file, ways to damage it, and verbs that read it."""

    file: str
    how: tuple[Mutator, ...]
    verbs: tuple[str, ...]
    share: float = 1.0
    """How often it is chosen, in relation to others."""


_LINES = (by.lines, by.lines, *BYTES)
_READERS = ("resume", "evaluate", "predict", "export", "rank by model", "train from run", "the window's list")
_PICKLE = (*BYTES, by.flip_at_an_end, by.pickle_word, by.odd_numbers)

SUBJECTS = (
    Subject(f"{RUN}/job.json", (*JSON, *BYTES), ("resume", "evaluate", "export", "stop", "the window's list"), 3),
    Subject(f"{RUN}/model.json", (*JSON, *BYTES), _READERS, 3),
    Subject(f"{RUN}/events.jsonl", _LINES, ("resume", "the window's list"), 2),
    Subject(f"{RUN}/control.jsonl", _LINES, ("resume", "the window's list"), 0.5),
    Subject(f"{RUN}/process.json", (*JSON, *BYTES), ("resume", "stop", "pause", "the window's list"), 1),
    Subject(f"{RUN}/lock", BYTES, ("resume", "pause", "the window's list"), 0.3),
    Subject(f"{RUN}/checkpoints/best.safetensors", (by.safetensors_header, by.odd_numbers, *BYTES), _READERS, 2),
    Subject(f"{RUN}/checkpoints/last.ckpt", _PICKLE, ("resume",), 1.5),
    Subject(f"{RUN}/export/fp16/model.xml", BYTES, ("predict export", "evaluate export"), 1.5),
    Subject(f"{RUN}/export/fp16/model.bin", (*BYTES, by.odd_numbers), ("predict export",), 0.5),
    Subject(f"{RUN}/export/fp16/export.json", (*JSON, *BYTES), ("the window's list",), 1),
    Subject("weights/new.pt", _PICKLE, ("train from file",), 1.5),
    Subject("weights/old.pth", _PICKLE, ("train from file",), 1),
    Subject("weights/a.safetensors", (by.safetensors_header, by.odd_numbers, *BYTES), ("train from file",), 1),
    Subject("recipe.yaml", (by.yaml_line, by.yaml_value, by.yaml_value, *BYTES), ("train recipe", "probe recipe"), 4),
    Subject("data/annotations/instances_val.json", (*JSON, *BYTES), ("evaluate", "rank", "evaluate file"), 3),
    Subject("data/annotations/instances_train.json", (*JSON, *BYTES), ("train", "suggest", "rank", "evaluate"), 3),
    Subject("home/drafts/*/suggestions/*.json", (*JSON, *BYTES), ("suggest", "the window's list"), 1),
    Subject("home/drafts/*/ranking.json", (*JSON, *BYTES), ("rank", "the window's list"), 0.5),
    Subject("sam/see.onnx", BYTES, ("the window's SAM",), 1),
    Subject("sam/tell.onnx", BYTES, ("the window's SAM",), 1),
)


@dataclass(frozen=True)
class Case:
    """One file damaged in one way, and one verb."""

    number: int
    subject: Subject
    verb: str
    damage: str
    seed: str

    @classmethod
    def of(cls, seed: int, number: int) -> "Case":
        """The case with a number: the same for the same seed."""
        own = f"{seed}:{number}"
        dice = random.Random(own)
        subject = dice.choices(SUBJECTS, [one.share for one in SUBJECTS])[0]
        damage = dice.choice(list(_PLACES)) if dice.random() < 0.08 else " ".join(_names(subject, dice))
        return cls(number, subject, dice.choice(subject.verbs), damage, own)

    def damaged(self, file: Path) -> None:
        """Damage the file."""
        dice = random.Random(f"{self.seed}:bytes")
        if place := _PLACES.get(self.damage):
            file.unlink()
            place(file)
            return
        data = file.read_bytes()
        for name in self.damage.split():
            data = getattr(by, name)(data, dice)
        file.unlink()  # it may be a link to the one that is whole
        file.write_bytes(data)


def _names(subject: Subject, dice: random.Random) -> list[str]:
    """Of one way to damage it, or of one and another of its bytes."""
    chosen = [dice.choice(subject.how), *([dice.choice(BYTES)] if dice.random() < 0.1 else [])]
    return [how.__name__ for how in chosen]


_PLACES: dict[str, Callable[[Path], object]] = {
    "missing": lambda file: None,
    "folder": lambda file: file.mkdir(),
    "pipe": lambda file: os.mkfifo(file),
    "circle": lambda file: file.symlink_to(file.name),
    "dangling": lambda file: file.symlink_to("nowhere"),
    "endless": lambda file: file.symlink_to("/dev/zero"),
    "nothing": lambda file: file.symlink_to("/dev/null"),
}
"""What may stand where a file is expected."""


def make(folder: Path) -> None:
    """Make what there is to damage in ``folder``, with the verbs themselves; takes half a minute."""
    from core.cli import run

    folder.mkdir(parents=True)
    os.chdir(folder)
    os.environ["MASKWRIGHT_HOME"] = str(folder / "home")
    sample = ("sample", "data", "--train-images", "2", "--validation-images", "1", "--size", "64")
    for words in (sample, (*VERBS["train"], "--runs", "runs")):
        assert run(list(words)) == 0, words
    (trained,) = (folder / "runs").glob("*-rtmdet*")
    shutil.move(trained, folder / RUN)
    for words in (VERBS["export"], (*VERBS["suggest"], "--confidence", "0"), VERBS["rank by model"]):
        assert run(list(words)) == 0, words
    shutil.rmtree(folder / "runs")
    shutil.rmtree(folder / "home" / "runs")
    (folder / RUN / "control.jsonl").write_text('{"time":1.0,"ask":"pause"}\n')
    (folder / RUN / "process.json").write_text(json.dumps({"pid": os.getpid(), "started": 1.0, "host": "elsewhere"}))
    _make_weights(folder)
    _make_recipe(folder)
    from tests.core.annotation.assist.sam.pair import write_pair

    write_pair(folder / "sam")


def _make_weights(folder: Path) -> None:
    import torch
    from safetensors.torch import load_file

    state = load_file(folder / RUN / "checkpoints" / "best.safetensors")
    place = folder / "weights"
    place.mkdir()
    torch.save({"state_dict": state, "epoch": 3}, place / "new.pt")
    torch.save(state, place / "old.pth", _use_new_zipfile_serialization=False)
    shutil.copy(folder / RUN / "checkpoints" / "best.safetensors", place / "a.safetensors")


def _make_recipe(folder: Path) -> None:
    import msgspec

    from core.recipes.catalogue import find, with_settings

    small = {"epochs": 1, "batch_size": 1, "input_size": 64, "pretrained": False}
    (folder / "recipe.yaml").write_bytes(msgspec.yaml.encode(with_settings(find("rtmdet_inst_tiny"), small)))


def restore(whole: Path, case: Path) -> None:
    """Put what is whole into the place of a case."""
    shutil.rmtree(case, ignore_errors=True)
    shutil.copytree(whole, case, copy_function=_copy)


def _copy(source: str, target: str) -> None:
    (os.link if Path(source).stat().st_size >= _LARGE else shutil.copyfile)(source, target)


if sys.platform == "win32":
    raise SystemExit("pipes, links and limits of POSIX are needed")

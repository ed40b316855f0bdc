"""How events look in a terminal and in a log."""

import io
import re
from types import SimpleNamespace
from typing import get_args, get_type_hints

import msgspec
import pytest
from rich.console import Console

from core.cli import display as shown_by
from core.cli.console import TextConsole, error_line, figures, per_class
from core.cli.display import ProgressDisplay
from core.evaluation.scores import Metrics, Scores
from core.runs import events
from core.runs.events import AnyEvent
from core.runs.fingerprint import Fingerprint


def _train() -> list[AnyEvent]:
    return [
        events.Stage(name="Reading the dataset"),
        events.Warning(message="Two images are missing.", hint="Put them back."),
        events.Plan(
            epochs=4,
            steps_per_epoch=5,
            train_images=10,
            validation_images=3,
            device="cpu",
            precision="fp32",
            parameters=5_638_187,
            patience=0,
        ),
        events.Stage(name="Training"),
        events.Step(
            epoch=2,
            step=10,
            losses={"total": 1.5, "mask": 1.0, "class": 0.5},
            learning_rate=0.1,
            images_per_second=3.14,
            memory_mb=1,
        ),
        events.Validation(epoch=2, map=0.4123, map50=0.61, box_map=0.43, per_class={}, best=True, seconds=1),
        events.Eta(seconds=130, epochs_left=2, patience_left=0),
    ]


def _epoch(number: int, *, validated: bool) -> list[AnyEvent]:
    step = _train()[4]
    assert isinstance(step, events.Step)
    found = events.Validation(epoch=number, map=0.1, map50=0.2, box_map=0.3, per_class={}, best=False, seconds=1)
    return [
        events.Stage(name="Training"),
        msgspec.structs.replace(step, epoch=number, step=number * 5),
        events.Epoch(epoch=number, losses={"total": float(number)}, seconds=2),
        *([events.Stage(name="Validating"), found] if validated else []),
    ]


def _shown(happened: list[AnyEvent], *, terminal: bool, width: int = 140) -> str:
    written = io.StringIO()
    with ProgressDisplay(TextConsole(file=written, force_terminal=terminal, width=width, color_system=None)) as display:
        for event in happened:
            display(event)
    return written.getvalue()


def test_a_log_gets_a_line_for_each_stage_warning_and_validation() -> None:
    lines = _shown(_train(), terminal=False).splitlines()
    assert lines[0] == "Reading the dataset"
    assert lines[1] == "warning: Two images are missing. Put them back."
    assert "10 images to train on, 3 to validate" in lines[2] and "5.6 million" in lines[2]
    assert lines[-1] == "epoch   2  loss 1.500  mask mAP 0.412  mAP50 0.610  box mAP 0.430  best"
    assert len(lines) == 5


def test_a_terminal_has_a_bar_for_the_whole_training() -> None:
    shown = _shown(_train(), terminal=True)
    last = shown.rpartition("Epoch 2/4")[2]
    assert "50%" in last and "loss 1.500" in last and "mask 1.000" in last
    assert "3.1 images/s" in last and "mAP 0.412" in last and "2 min 10 s left" in last
    assert "3.1 images/s" not in _shown(_train(), terminal=True, width=90)


def test_a_log_has_one_line_for_each_epoch_and_says_stages_once() -> None:
    happened = [*_train()[:3], *_epoch(1, validated=False), *_epoch(2, validated=True), *_epoch(3, validated=True)]
    lines = _shown(happened, terminal=False).splitlines()[3:]
    assert [line.split()[:2] for line in lines] == [
        ["Training"],
        ["epoch", "1"],
        ["Validating"],
        ["epoch", "2"],
        ["epoch", "3"],
    ]


def test_a_log_says_now_and_then_how_far_the_work_is(monkeypatch: pytest.MonkeyPatch) -> None:
    minute = iter(range(0, 6000, 60))
    monkeypatch.setattr(shown_by, "time", SimpleNamespace(monotonic=lambda: float(next(minute))))
    steps = [event for event in _train() if isinstance(event, events.Step | events.Plan | events.Eta)]
    shown = _shown([*steps, *steps[1:]], terminal=False)
    assert "epoch 2/4, step 10/20 · loss 1.500 · 3.1 images/s · 2 min 10 s left" in shown.splitlines()
    counted = _shown(
        [events.Stage(name="Predicting"), events.Progress(done=5, total=20, unit="images")], terminal=False
    )
    assert re.search(r"^Predicting: 5/20 images · \d+ min left$", counted, re.MULTILINE)


def test_a_log_is_silent_between_what_follows_soon() -> None:
    progress: list[AnyEvent] = [events.Progress(done=done, total=500, unit="images") for done in range(500)]
    assert _shown([events.Stage(name="Predicting"), *progress], terminal=False) == "Predicting\n"


def test_a_terminal_that_cannot_move_the_cursor_gets_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert _shown(_train(), terminal=True).splitlines()[-1].startswith("epoch   2  loss 1.500")


@pytest.mark.parametrize("terminal", [True, False])
def test_an_event_that_cannot_be_shown_ends_nothing(terminal: bool) -> None:
    step = msgspec.structs.replace(_train()[4], losses={})  # type: ignore[type-var]
    shown = _shown([*_train()[:3], step, events.Log(message="it goes on")], terminal=terminal)
    assert "warning: “Step” cannot be shown" in shown and "it goes on" in shown


def test_words_from_outside_are_shown_as_they_are() -> None:
    written = _shown([events.Warning(message="odd [red]name[/] :smile:")], terminal=False)
    assert "odd [red]name[/] :smile:" in written
    table = io.StringIO()
    Console(file=table, width=80).print(figures({"path": "/a/[b]/c", "map": 0.5, "latency_ms": 12.34, "nothing": None}))
    assert "/a/[b]/c" in table.getvalue() and "12.3 ms" in table.getvalue() and "Mask mAP" in table.getvalue()
    assert "othing" not in table.getvalue()


def test_an_error_is_one_line() -> None:
    assert error_line("no such\nfile", "look again.") == "error: no such file (look again)"
    assert error_line("no such file") == "error: no such file"


NAME = "owned \x1b]0;t\x07\x9b2J\nDone: a lie\r\u202egnp"


def _hostile(kind: type[AnyEvent]) -> AnyEvent:
    """An event of a kind with that name wherever it has text."""
    values = {"str": NAME, "int": 1, "float": 1.0, "float | None": 1.0, "bool": True, "list[str]": [NAME]}
    values["Fingerprint"] = Fingerprint(NAME, NAME, {NAME: 1})
    hints = {
        name: (get_args(hint) or [hint])[0] if hint == float | None else hint
        for name, hint in get_type_hints(kind).items()
    }
    fields = {name: str(getattr(hint, "__name__", hint)) for name, hint in hints.items()}
    named = {"total": 1.0, NAME: 1.0} if kind in (events.Step, events.Epoch, events.Validation) else {NAME: NAME}
    content = {
        name: named if hint.startswith("dict") else [NAME] if hint.startswith("list") else values[hint]
        for name, hint in fields.items()
    }
    return kind(**content)


@pytest.mark.parametrize("terminal", [True, False])
def test_no_event_steers_the_terminal_or_forges_a_line(terminal: bool) -> None:
    kinds = [kind for kind in get_args(AnyEvent) if kind not in (events.Failed,)]
    shown = _shown([_hostile(kind) for kind in (events.Plan, *kinds)], terminal=terminal, width=1000)
    assert shown.count("owned") > 4
    for steering in ("\x1b]0", "\x07", "\x9b", "\n Done: a lie", "\nDone: a lie", "\u202e"):
        assert steering not in shown


def test_no_name_in_a_table_steers_the_terminal_or_forges_a_line() -> None:
    numbers = dict.fromkeys(Metrics.__struct_fields__[:12], 0.5)
    mask = Metrics(**numbers, per_class={NAME: 0.5})
    written = io.StringIO()
    terminal = TextConsole(file=written, force_terminal=True, width=200)
    terminal.print(figures({"Path": NAME, NAME: 1}))
    terminal.print(per_class(Scores(mask=mask, box=mask, images=1)))
    assert error_line(NAME, NAME).count("\n") == 0
    assert written.getvalue().lower().count("owned") == 3
    for steering in ("\x1b]0", "\x07", "\x9b", "\u202e"):
        assert steering not in written.getvalue() + error_line(NAME)
    assert not re.search(r"^ *Done: a lie", written.getvalue(), re.MULTILINE)

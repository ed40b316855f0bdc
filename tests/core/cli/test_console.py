"""How events look in a terminal and in a log."""

import io

from rich.console import Console

from core.cli.console import Display, error_line, figures
from core.runs import events
from core.runs.events import AnyEvent


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


def _shown(happened: list[AnyEvent], *, terminal: bool, width: int = 140) -> str:
    written = io.StringIO()
    with Display(Console(file=written, force_terminal=terminal, width=width, color_system=None)) as display:
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

"""The picture of a run's curves."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.evaluation.curves import HEIGHT, WIDTH, draw_curves, ticks
from core.jobs import TrainJob
from core.recipes.catalogue import find
from core.runs.event_log import EventWriter
from core.runs.events import AnyEvent, Plan, Step, Validation
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile

BLUE = (31, 111, 235)


def _run(parent: Path, *events: AnyEvent) -> RunFolder:
    job = TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="/data")
    run = RunFolder.create(parent, "curves", JobFile(job=job, created=0.0, command="maskwright train"))
    write = EventWriter(run.events)
    for event in events:
        write(event)
    write.close()
    return run


def _plan() -> Plan:
    return Plan(
        epochs=10,
        steps_per_epoch=2,
        train_images=2,
        validation_images=1,
        device="cpu",
        precision="fp32",
        parameters=1,
        patience=0,
    )


def _step(number: int, loss: float) -> Step:
    return Step(
        epoch=(number + 1) // 2,
        step=number,
        losses={"class": loss / 2, "total": loss},
        learning_rate=0.1,
        images_per_second=1,
        memory_mb=1,
    )


def _validation(epoch: int, map: float) -> Validation:
    return Validation(epoch=epoch, map=map, map50=map, box_map=0, per_class={}, best=True, seconds=1)


def test_a_rising_ap_is_drawn_as_a_rising_line(tmp_path: Path) -> None:
    steps = [_step(number, 20 / number) for number in range(1, 21)]
    run = _run(tmp_path, _plan(), *steps, *(_validation(epoch, epoch / 20) for epoch in range(1, 11)))
    path = draw_curves(run)
    assert path == run.report / "curves.png"
    with Image.open(path) as image:
        picture = np.asarray(image)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    rows, columns = np.nonzero(np.abs(picture[110 : HEIGHT - 80].astype(int) - BLUE).max(axis=2) < 30)
    assert columns.min() > WIDTH / 2 and len(columns) > 500
    left, right = columns < np.quantile(columns, 0.2), columns > np.quantile(columns, 0.8)
    assert rows[left].mean() > rows[right].mean() + 100
    loss = (picture[110 : HEIGHT - 80, 90 : WIDTH // 2 - 40].sum(axis=2) < 150).nonzero()
    assert loss[0][loss[1] < 100].mean() < loss[0][loss[1] > 500].mean()


@pytest.mark.parametrize("events", [[], [_plan()], [_plan(), _step(1, float("nan")), _validation(1, -1.0)]])
def test_a_run_with_next_to_nothing_is_still_a_picture(tmp_path: Path, events: list[AnyEvent]) -> None:
    with Image.open(draw_curves(_run(tmp_path, *events))) as picture:
        assert picture.size == (WIDTH, HEIGHT)


@pytest.mark.parametrize("last", [0.001, 0.1, 0.35, 1.0, 3.2, 17.0, 12345.0])
def test_axes_have_a_few_round_values(last: float) -> None:
    values = ticks(last)
    assert values[0] == 0 and values[-1] <= last
    assert 4 <= len(values) <= 9
    assert all(len(f"{value:g}".replace("0", "").replace(".", "").split("e")[0]) <= 3 for value in values)


def test_epochs_are_whole_numbers() -> None:
    assert ticks(1.0, whole=True) == [0, 1]
    assert ticks(12.0, whole=True) == [0, 2, 4, 6, 8, 10, 12]

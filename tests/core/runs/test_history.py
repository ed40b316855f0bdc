import json
from pathlib import Path

import psutil
import pytest

from core.jobs import TrainJob
from core.recipes.catalogue import find
from core.runs import events
from core.runs.event_log import EventWriter
from core.runs.events import AnyEvent, Record
from core.runs.folder import RunFolder
from core.runs.history import RunHistory
from core.runs.job_file import describe
from core.runs.lock import write_mark
from core.runs.summary import summarize


def plan(first_epoch: int = 1) -> events.Plan:
    return events.Plan(
        epochs=4,
        steps_per_epoch=2,
        train_images=4,
        validation_images=1,
        device="cpu",
        precision="fp32",
        parameters=1,
        patience=3,
        first_epoch=first_epoch,
    )


def step(number: int, total: float = 1.0) -> events.Step:
    return events.Step(
        epoch=(number + 1) // 2,
        step=number,
        losses={"total": total},
        learning_rate=0.1,
        images_per_second=1.0,
        memory_mb=1.0,
    )


def validation(epoch: int, score: float, best: bool) -> events.Validation:
    return events.Validation(epoch=epoch, map=score, map50=score, box_map=score, per_class={}, best=best, seconds=1.0)


def records(*said: AnyEvent) -> list[Record]:
    return [Record(1, number, 100.0 + number, event) for number, event in enumerate(said, 1)]


def history(*said: AnyEvent) -> RunHistory:
    result = RunHistory()
    result.add(records(*said))
    return result


def test_curves_are_over_epochs():
    x, y = history(plan(), step(1, 5.0), step(2, 4.0), step(3, 3.0)).losses["total"].points()
    assert list(x) == [0.5, 1.0, 1.5]
    assert list(y) == [5.0, 4.0, 3.0]


def test_the_best_model_is_the_last_that_was_kept():
    told = history(plan(), validation(1, 0.2, True), validation(2, 0.5, True), validation(3, 0.4, False))
    assert told.best is not None and told.best.epoch == 2
    assert told.epoch == 3


def test_epochs_that_a_resumed_training_repeats_count_once():
    told = history(
        plan(),
        *[step(number) for number in range(1, 6)],
        validation(1, 0.1, True),
        validation(2, 0.2, True),
        events.Failed(message="killed"),
        plan(first_epoch=2),
        step(3, 9.0),
    )
    assert told.state == "running"
    assert list(told.losses["total"].points()[0]) == [0.5, 1.0, 1.5]
    assert told.losses["total"].points()[1][-1] == 9.0
    assert [validation.epoch for validation in told.validations] == [1]


def test_a_training_that_goes_on_in_the_middle_of_an_epoch_keeps_the_steps_before():
    told = history(
        plan(),
        step(1, 5.0),
        step(2, 4.0),
        step(3, 3.0),
        events.Paused(epoch=2, step=3),
        plan(first_epoch=2),
        step(4, 2.0),
    )
    x, y = told.losses["total"].points()
    assert list(x) == [0.5, 1.0, 1.5, 2.0]
    assert list(y) == [5.0, 4.0, 3.0, 2.0]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([events.Stage(name="Starting")], None),
        ([events.Stage(name="Reading"), events.Progress(done=3, total=4)], 0.75),
        ([plan(), step(4)], 0.5),
        ([plan(), step(4), events.Stopped()], 1.0),
        ([plan(), step(4), events.Paused(epoch=2, step=4)], 0.5),
    ],
)
def test_how_much_is_done(said, expected):
    assert history(*said).fraction == expected


def test_the_log_holds_words_and_not_figures():
    told = history(events.Stage(name="Training"), step(1), events.Warning(message="no weights", hint="look there"))
    assert told.log == [(101.0, "Training"), (103.0, "no weights. Look there")]


def test_the_warning_for_which_the_result_is_worth_less_is_read_first_and_none_twice():
    weights = events.Warning(message="no weights")
    small = events.Warning(message="51% are too small", hint="tiling", matters=True)
    broken = events.Warning(message="an image is broken", matters=True)
    told = history(small, broken, weights, small, weights)  # resumed: some come again
    assert told.pressing == [small, broken, weights]
    assert history().pressing == []


def test_in_the_end_the_samples_are_those_of_the_model_that_was_kept():
    samples = [events.SamplePredictions(epoch=epoch, files=[f"{epoch}.jpg"]) for epoch in (1, 2, 3)]
    said = [plan(), validation(1, 0.3, True), samples[0], validation(2, 0.5, True), samples[1]]
    said += [validation(3, 0.4, False), samples[2]]
    assert history(*said).telling_samples is samples[2], "the newest, while it learns"
    assert history(*said, events.Paused(epoch=3, step=6)).telling_samples is samples[2]
    for end in (events.Done(), events.Stopped(), events.Failed(message="")):
        assert history(*said, end).telling_samples is samples[1]
    assert history(*said, events.Done(), events.Stage(name="Training")).telling_samples is samples[2], "resumed"
    assert history(plan(), samples[0], events.Done()).telling_samples is samples[0]
    assert history(plan(), events.Done()).telling_samples is None


def run_folder(parent: Path, *said: AnyEvent) -> RunFolder:
    job = TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="/data")
    folder = RunFolder.create(parent, "rtmdet", describe(job))
    write = EventWriter(folder.events)
    for event in said:
        write(event)
    write.close()
    return folder


def test_a_glance_gives_state_and_best_without_reading_all(tmp_path):
    folder = run_folder(
        tmp_path, plan(), step(1), validation(1, 0.3, True), validation(2, 0.2, False), events.Stopped()
    )
    line = summarize(folder)
    assert (line.state, line.best, line.has_model, line.resumable) == ("stopped", 0.3, False, True)
    assert line.why == "on request: in epoch 2 of 100"
    folder.checkpoints.mkdir()
    (folder.checkpoints / "last.ckpt").touch()
    folder.weights.touch()
    folder.model.touch()
    line = summarize(folder)
    assert line.has_model and line.resumable


def test_a_paused_run_can_go_on_even_from_its_beginning(tmp_path):
    line = summarize(run_folder(tmp_path, events.Stage(name="Loading libraries"), events.Paused(epoch=0, step=0)))
    assert (line.state, line.resumable) == ("paused", True)
    line = summarize(
        run_folder(tmp_path, plan(), step(1), events.Paused(epoch=1, step=1), events.Stage(name="Starting"))
    )
    assert line.state == "failed"  # it was resumed, and died


def test_a_run_that_fell_silent_has_failed_unless_its_process_lives(tmp_path):
    folder = run_folder(tmp_path, plan(), step(1))
    assert summarize(folder).state == "failed"
    write_mark(folder.path, psutil.Process())
    assert summarize(folder).state == "running"


def test_the_time_at_work_is_that_of_all_sittings_whatever_the_clock_was_set_to():
    told = RunHistory()
    log = events.Log(message="")
    moments = [(1000.0, 0.0), (1010.0, 10.0), (4620.0, 20.0), (1000.0, 0.5), (1002.0, 2.5)]
    told.add(Record(1, number, at, log, clock) for number, (at, clock) in enumerate(moments, 1))
    told.add([Record(1, 0, 9000.0, log)])  # the window's own word
    told.add([Record(1, 6, 1003.0, log, 3.5)])
    assert told.seconds == 23.0
    assert told.silence < 1


def test_the_time_at_work_of_runs_of_earlier_versions_goes_by_the_clock():
    told = history(events.Log(message="a"), events.Log(message="b"), events.Log(message="c"))
    assert told.seconds == 2.0


def test_a_summary_does_not_depend_on_how_its_events_are_spaced(tmp_path):
    folder = run_folder(tmp_path, plan(), step(1), validation(1, 0.3, True), step(2), events.Stopped())
    before = summarize(folder)
    lines = folder.events.read_bytes().splitlines()
    turned = [json.dumps(dict(reversed(json.loads(line).items()))) for line in lines]
    folder.events.write_text("not even an event\n" + "\n".join(turned) + "\n")
    assert summarize(folder) == before and before.best == 0.3

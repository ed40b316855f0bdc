"""How long a training will take, by what ran here before."""

import pytest

from core.jobs import ProbeJob, SampleJob, TrainJob
from core.recipes.catalogue import find, with_settings
from core.runs import events
from core.runs.event_log import EventWriter
from core.runs.folder import RunFolder
from core.runs.job_file import describe
from core.runs.training_times import TrainingTimes, expect

RECIPE = with_settings(find("rtmdet_inst_tiny"), {"epochs": 10, "input_size": 320})
PLAN = events.Plan(
    epochs=10, steps_per_epoch=2, train_images=8, validation_images=1, device="cpu", precision="fp32", parameters=1,
    patience=1,
)  # fmt: skip


def epoch(number, seconds):
    return events.Epoch(epoch=number, losses={}, seconds=seconds)


def validation(seconds):
    return events.Validation(epoch=1, map=0.1, map50=0.2, box_map=0.1, per_class={}, best=True, seconds=seconds)


def estimate(seconds):
    return events.Estimate(
        seconds_per_step=1.0, seconds_per_epoch=seconds, seconds=10 * seconds, memory_mb=1.0, memory_total_mb=2.0,
        batch_size=4, small_objects=0.0, advice=[],
    )  # fmt: skip


def run(folder, job, *said):
    made = RunFolder.create(folder, "run", describe(job))
    with EventWriter(made.events) as write:
        for event in said:
            write(event)
    return made


def test_nothing_is_said_before_anything_was_measured(tmp_path):
    run(tmp_path, TrainJob(recipe=RECIPE, dataset="/data"), PLAN)
    run(tmp_path, SampleJob(output="/x"), events.Done())
    (tmp_path / "no run").mkdir()
    assert expect(TrainingTimes().read(tmp_path), RECIPE, "/data", 8) is None


def test_epochs_and_validations_of_an_earlier_run_count(tmp_path):
    run(tmp_path, TrainJob(recipe=RECIPE, dataset="/data"), PLAN, epoch(1, 90), epoch(2, 4), epoch(3, 4), validation(1))
    expected = expect(TrainingTimes().read(tmp_path), RECIPE, "/data", 8)
    assert expected.seconds == 50 and expected.measured


def test_another_size_or_dataset_is_carried_over_by_its_pixels_and_says_so(tmp_path):
    run(tmp_path, TrainJob(recipe=RECIPE, dataset="/data"), PLAN, epoch(1, 4))
    larger = with_settings(RECIPE, {"input_size": 640})
    expected = expect(TrainingTimes().read(tmp_path), larger, "/other", 16)
    assert expected.seconds == 4 * 4 * 2 * 10 and not expected.measured
    assert expect(TrainingTimes().read(tmp_path), find("maskrcnn_resnet50"), "/data", 8) is None


def test_the_most_similar_run_tells_best(tmp_path):
    small, large = (with_settings(RECIPE, {"input_size": size}) for size in (64, 576))
    run(tmp_path, TrainJob(recipe=large, dataset="/data"), PLAN, epoch(1, 8))
    run(tmp_path, TrainJob(recipe=small, dataset="/data"), PLAN, epoch(1, 8))
    expected = expect(TrainingTimes().read(tmp_path), with_settings(RECIPE, {"input_size": 640}), "/data", 8)
    assert 80 < expected.seconds < 110


def test_a_probe_tells_until_there_are_epochs(tmp_path):
    run(tmp_path, ProbeJob(train=TrainJob(recipe=RECIPE, dataset="/data")), estimate(7.0), events.Done())
    expected = expect(TrainingTimes().read(tmp_path), RECIPE, "/data", 8)
    assert expected.seconds == 70 and expected.measured
    assert expect(TrainingTimes().read(tmp_path), RECIPE, "/other", 8) is None


def test_a_run_is_read_again_once_it_has_said_more(tmp_path):
    paces = TrainingTimes()
    made = run(tmp_path, TrainJob(recipe=RECIPE, dataset="/data"), PLAN)
    assert paces.read(tmp_path) == []
    with EventWriter(made.events) as write:
        write(epoch(1, 4))
    assert len(paces.read(tmp_path)) == 1


@pytest.mark.parametrize(
    ("settings", "devices"),
    [({"tiling": "by_hand", "tile_size": 256}, 1), ({"tiling": "auto"}, 1), ({"batch_size": 2}, 1), ({}, 2)],
    ids=["tiles", "tiles by themselves", "batch", "devices"],
)
def test_what_ran_under_other_conditions_is_not_called_measured(tmp_path, settings, devices):
    run(tmp_path, TrainJob(recipe=RECIPE, dataset="/data"), PLAN, epoch(1, 4))
    changed = with_settings(RECIPE, settings)
    expected = expect(TrainingTimes().read(tmp_path), changed, "/data", 8, devices=devices)
    assert expected.seconds == 40 and not expected.measured
    run(tmp_path, TrainJob(recipe=changed, dataset="/data", devices=devices), PLAN, epoch(1, 9))
    expected = expect(TrainingTimes().read(tmp_path), changed, "/data", 8, devices=devices)
    assert expected.seconds == 90 and expected.measured
    assert expect(TrainingTimes().read(tmp_path), RECIPE, "/data", 8).seconds == 40


def test_a_size_of_tiles_that_is_not_used_changes_nothing(tmp_path):
    run(tmp_path, TrainJob(recipe=RECIPE, dataset="/data"), PLAN, epoch(1, 4))
    assert expect(TrainingTimes().read(tmp_path), with_settings(RECIPE, {"tile_size": 256}), "/data", 8).measured

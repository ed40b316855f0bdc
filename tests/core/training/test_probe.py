"""A probe: what it says of time, memory and objects, and that it leaves nothing behind."""

import time

import pytest

from core.execution.run import execute
from core.jobs import ProbeJob
from core.runs.control import StopRequested, never
from core.runs.events import Done, Estimate, Stopped
from core.training import preparation
from core.training import probe as module
from core.training.preparation import larger_input, open_data, small_objects
from core.training.probe import Memory


def said(job, folder):
    events = []
    execute(ProbeJob(train=job), folder, events.append, never)
    assert isinstance(events[-1], Done), events[-1]
    (estimate,) = (event for event in events if isinstance(event, Estimate))
    return estimate


@pytest.fixture
def probe(make_job, make_run):
    def run(**settings):
        job = make_job(**settings)
        return said(job, make_run(job))

    return run


def test_it_says_what_a_training_takes_and_keeps_nothing(make_job, make_run):
    job = make_job(epochs=30, validate_every=3)
    folder = make_run(job)
    start = time.monotonic()
    estimate = said(job, folder)
    assert 0 < estimate.seconds_per_step * module.STEPS < time.monotonic() - start
    steps = 3  # ten images, four at a time
    assert estimate.seconds_per_epoch > estimate.seconds_per_step * steps
    assert estimate.seconds == pytest.approx(estimate.seconds_per_epoch * 30)
    assert 100 < estimate.memory_mb < estimate.memory_total_mb
    assert estimate.batch_size == 4
    assert "(3 steps of" in estimate.advice[0] and "all 30 epochs" in estimate.advice[0]
    assert not folder.checkpoints.exists() and not folder.model.exists()


def test_small_objects_are_judged_at_the_input(make_job, sample):
    boxes = [
        min(one.box[2:])
        for data in [open_data(make_job(), lambda event: None)]
        for image in data.training
        for one in data.dataset.instances(image)
    ]
    for input_size in (32 * 2, 32 * 3):
        job = make_job(input_size=input_size)
        data = open_data(job, lambda event: None)
        expected = sum(side * input_size / 96 < preparation.SMALLEST for side in boxes) / len(boxes)
        assert small_objects(data, job.recipe) == pytest.approx(expected)


def test_the_input_size_that_is_proposed_is_just_large_enough(make_job, monkeypatch):
    monkeypatch.setattr(preparation, "SMALLEST", 40.0)
    job = make_job(input_size=64)
    data = open_data(job, lambda event: None)
    proposed = larger_input(data, job.recipe)
    assert proposed > 64 and proposed % 32 == 0
    share = {size: small_objects(data, make_job(input_size=size).recipe) for size in (proposed - 32, proposed)}
    assert share[proposed] <= 0.05 < share[proposed - 32]
    assert larger_input(data, make_job(input_size=proposed).recipe) == 0


def test_small_objects_are_spoken_of_with_a_way_out(probe, monkeypatch):
    monkeypatch.setattr(preparation, "SMALLEST", 1000.0)
    assert "100% of the objects are narrower" in probe().advice[-1]
    assert probe().advice[-1].endswith("Use a larger input size, or tiling (tiling=auto).")
    monkeypatch.setattr(preparation, "SMALLEST", 0.1)
    assert not any("narrower" in sentence for sentence in probe().advice)


def test_what_does_not_fit_is_replaced_by_what_does(probe, monkeypatch):
    monkeypatch.setattr(module, "device_memory", lambda device: (300.0, 2048.0))
    monkeypatch.setattr(module, "peak_memory", _peaks(1000.0, 1100.0, 1200.0))
    estimate = probe(batch_size=4)
    assert estimate.batch_size == 2
    assert "A batch of 4 does not fit: use 2." in estimate.advice


def test_a_larger_batch_is_proposed_only_where_network_and_optimizer_leave_room(probe, monkeypatch):
    monkeypatch.setattr(module, "device_memory", lambda device: (1000.0, 2048.0))
    monkeypatch.setattr(module, "peak_memory", _peaks(1000.0, 1300.0, 1400.0))  # 200 for good, 100 an image
    assert "A batch of 2 fits; up to 6 would." in probe(batch_size=2).advice


def _peaks(*peaks):
    """Idle, after steps with one image, after steps with more."""
    values = iter(peaks)
    return lambda device: next(values)


def test_a_batch_is_found_that_leaves_room():
    assert Memory(fixed=1000, per_image=100, free=1000, total=4000).largest_batch() == 8
    assert Memory(fixed=1000, per_image=5000, free=1000, total=4000).largest_batch() == 1


def test_it_ends_when_a_person_asks(make_job, make_run):
    job = make_job()
    calls = iter(range(1000))

    def check():
        if next(calls) >= 3:
            raise StopRequested

    events = []
    assert isinstance(execute(ProbeJob(train=job), make_run(job), events.append, check), Stopped)

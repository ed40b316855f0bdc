"""A dataset is examined by several threads at once: the page that lists its problems, and a save that needs to know
which entries it has to write anew."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.health.checks import examine
from core.dataset.repair import repaired
from core.runs.control import ignore
from tests.core.dataset.builders import annotation, coco, image

WAIT = 30


@pytest.fixture
def dataset(folder, monkeypatch):
    """Two images, two annotations with a fault each, and nobody has looked at them yet."""
    monkeypatch.setattr("core.dataset.opening._EXAMINED_AT_ONCE", 0)
    entries = [annotation(n, n, segmentation=[[1, 2, 3, 4]]) for n in (1, 2)]
    return open_dataset(folder.json("x.json", coco([image(1), image(2)], entries)))


class Held:
    """A ``check`` that holds the thread that calls it first until ``go`` is set."""

    def __init__(self):
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self):
        self.reached.set()
        assert self.go.wait(WAIT)


@pytest.mark.parametrize("second", [lambda dataset, check: examine(dataset, ignore, check, pictures=False), None])
def test_who_asks_while_another_thread_looks_waits_for_what_it_finds(dataset, second):
    held, calls = Held(), []
    with ThreadPoolExecutor() as threads:
        first = threads.submit(examine, dataset, ignore, held, pictures=False)
        assert held.reached.wait(WAIT)
        second = second or (lambda dataset, check: repaired(dataset, 0) and dataset.problems)
        other = threads.submit(second, dataset, lambda: calls.append(1))
        held.go.set()
        assert other.result(WAIT) == first.result(WAIT)
    assert calls == []
    assert sum("polygon" in problem.message for problem in dataset.problems) == 2


def test_where_the_first_is_ended_the_second_looks_itself(dataset):
    held = Held()

    def end():
        held()
        raise InterruptedError

    with ThreadPoolExecutor() as threads:
        first = threads.submit(examine, dataset, ignore, end, pictures=False)
        assert held.reached.wait(WAIT)
        other = threads.submit(examine, dataset, pictures=False)
        held.go.set()
        with pytest.raises(InterruptedError):
            first.result(WAIT)
        assert sum("polygon" in problem.message for problem in other.result(WAIT)) == 2


def test_problems_of_a_dataset_with_other_classes_are_its_own(dataset):
    other = dataset.relabelled(dataset.categories, np.arange(2))
    examine(dataset, pictures=False)
    assert not any("polygon" in problem.message for problem in other.problems)
    assert set(examine(other, pictures=False)) == set(dataset.problems)

"""Crowd regions that look like single objects are told, those of COCO are not."""

import numpy as np
import pytest

from core.dataset.health.crowds import HINT, crowds, crowds_among
from tests.core.dataset.builders import TRIANGLE, annotation

RUNS = {"size": [30, 40], "counts": [600, 100, 500]}


def doubt(*groups):
    """What is said where each group is a label, a number of instances, whether they are crowds, and their area."""
    columns = [np.concatenate([np.full(group[1], group[place]) for group in groups]) for place in (0, 2, 3)]
    return crowds_among(*columns, ["nut", "bolt", "coin", "ring", "gear"]).doubt()


@pytest.mark.parametrize(
    "groups, said",
    [
        ([(0, 5, False, 100.0), (1, 5, True, 100.0)], "5 of 10 instances (all of class bolt) are marked"),
        ([(0, 1, True, 100.0)], "1 of 1 instance (all of class nut) is marked"),
        ([(0, 4, False, 9.0), (0, 6, True, 9000.0)], "6 of 10 instances (6 of 10 of class nut)"),
        ([(0, 80, False, 100.0), (0, 20, True, 150.0)], "20 of 100 instances (20 of 100 of class nut)"),
        ([(0, 80, False, 100.0), (0, 20, True, 900.0)], ""),
        ([(0, 99, False, 100.0), (0, 1, True, 100.0)], ""),
        ([(0, 20, False, 100.0)], ""),
        ([(0, 2, False, 100.0), (0, 1, True, 100.0)], ""),
        ([(label, 2, True, 9.0) for label in range(5)], "of class coin, and of 2 other classes) are marked"),
        ([(label, 2, True, 9.0) for label in range(4)], "of class coin, and of 1 other class) are marked"),
    ],
)
def test_what_looks_like_painted_objects_is_told(groups, said):
    assert (said in doubt(*groups)) if said else doubt(*groups) == ""


def test_a_dataset_says_how_many_and_what_can_be_done(open_with):
    painted = [annotation(n, 1, 7, segmentation=RUNS, iscrowd="1", bbox=[20, 0, 4, 30], area=100) for n in (1, 2)]
    dataset = open_with(*painted, annotation(3, segmentation=TRIANGLE))
    (problem,) = [problem for problem in dataset.problems if problem.hint == HINT]
    assert (
        problem.message
        == "2 of 3 instances (all of class bolt) are marked as crowds (iscrowd 1), and neither learnt nor measured"
    )
    assert "iscrowd” to 0" in problem.hint and problem.file.endswith("train.json")
    assert crowds(dataset, dataset.images[1:]).instances == 0
    assert crowds(dataset, dataset.images).per_class.tolist() == [0, 2]

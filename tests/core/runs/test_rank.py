"""Which process speaks."""

import pytest

from core.runs.rank import rank


@pytest.mark.parametrize(
    ("environment", "number"),
    [
        ({}, 0),
        ({"LOCAL_RANK": "1"}, 1),
        ({"RANK": "5", "LOCAL_RANK": "1"}, 5),
        ({"SLURM_PROCID": "3", "LOCAL_RANK": "1"}, 3),
        ({"SLURM_PROCID": "0", "SLURM_JOB_NAME": "bash", "LOCAL_RANK": "1"}, 1),
        ({"RANK": "", "SLURM_PROCID": "none"}, 0),
    ],
)
def test_the_launcher_says_it(environment, number):
    assert rank(8, environment) == number
    assert rank(1, environment) == 0, "a training of its own, though srun started several"

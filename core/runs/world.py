"""Which of several processes that train together this one is: as torchrun, SLURM and Lightning say it. Torch-free."""

import os
from collections.abc import Mapping

_RANK = ("RANK", "SLURM_PROCID", "LOCAL_RANK")
"""Lightning, which starts the processes of one machine by itself, gives them ``LOCAL_RANK`` only."""


def rank(environment: Mapping[str, str] = os.environ) -> int:
    """This process's number; 0 is the one that speaks, validates and writes, and the only one of most jobs."""
    return next((int(environment[name]) for name in _RANK if environment.get(name, "").isdigit()), 0)

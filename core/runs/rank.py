"""The rank of this process among those that train together, as torchrun, SLURM or Lightning set it. Torch-free."""

import os
from collections.abc import Mapping

_RANK = ("RANK", "SLURM_PROCID", "LOCAL_RANK")
"""Lightning, which starts the processes of one machine by itself, gives them ``LOCAL_RANK`` only."""
_INTERACTIVE = ("bash", "interactive")
"""Names of SLURM jobs in which a person types. There Lightning starts the processes, and all inherit one number."""


def rank(processes: int, environment: Mapping[str, str] = os.environ) -> int:
    """The rank of this process among ``processes``; rank 0 reports, validates and writes.

    A process that trains alone has rank 0, whatever started it.
    """
    if processes == 1:
        return 0
    typed = environment.get("SLURM_JOB_NAME") in _INTERACTIVE
    names = [name for name in _RANK if not (typed and name == "SLURM_PROCID")]
    return next((int(environment[name]) for name in names if environment.get(name, "").isdigit()), 0)

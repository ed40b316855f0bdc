"""What each process of ``test_distributed.py`` runs: the training in a run folder, its batch normalisation held still.

Normalisation sees the images of its own process (on GPUs Lightning puts them together); without it two processes have
to get what one gets with a batch twice as large.
"""

import sys
from pathlib import Path

from torch import nn

from core.execution.run import execute, take_part, takes_part
from core.models.rtmdet_inst import RTMDetInst
from core.runs.control import never
from core.runs.event_log import EventWriter
from core.runs.events import Failed
from core.runs.folder import RunFolder


def train(self: RTMDetInst, mode: bool = True) -> RTMDetInst:
    nn.Module.train(self, mode)
    for module in self.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    return self


if __name__ == "__main__":
    RTMDetInst.train = train
    folder = RunFolder(Path(sys.argv[1]))
    job = folder.read_job().job
    if takes_part(job):
        end = take_part(job, folder)
    else:
        with EventWriter(folder.events) as report:
            end = execute(job, folder, report, never)
    if isinstance(end, Failed):
        sys.exit(end.traceback or end.message)

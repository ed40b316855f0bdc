"""The kinds of jobs, one file each: what is asked for, how it is typed, what it is called, and what does it.

Light: the window reads them, and nothing here loads what does the work. A new kind is a file here and a word in
``AnyJob``.
"""

from typing import get_args

from core.jobs.box_masks import BoxMasksJob
from core.jobs.check import CheckJob
from core.jobs.compare import CompareJob
from core.jobs.convert import ConvertJob
from core.jobs.evaluate import EvaluateJob
from core.jobs.export import ExportJob
from core.jobs.find_pictures import FindPicturesJob
from core.jobs.job import Job
from core.jobs.merge import MergeJob
from core.jobs.predict import PredictJob
from core.jobs.preview import PreviewJob
from core.jobs.probe import ProbeJob
from core.jobs.rank import RankJob
from core.jobs.sample import SampleJob
from core.jobs.split import SplitJob
from core.jobs.suggest import SuggestJob
from core.jobs.train import TrainJob

AnyJob = (
    TrainJob
    | ProbeJob
    | EvaluateJob
    | PredictJob
    | ExportJob
    | SuggestJob
    | BoxMasksJob
    | RankJob
    | CheckJob
    | PreviewJob
    | ConvertJob
    | MergeJob
    | CompareJob
    | SplitJob
    | FindPicturesJob
    | SampleJob
)

KINDS: tuple[type[AnyJob], ...] = get_args(AnyJob)
"""In the order of ``maskwright --help``."""

__all__ = [
    "KINDS",
    "AnyJob",
    "BoxMasksJob",
    "CheckJob",
    "CompareJob",
    "ConvertJob",
    "EvaluateJob",
    "ExportJob",
    "FindPicturesJob",
    "Job",
    "MergeJob",
    "PredictJob",
    "PreviewJob",
    "ProbeJob",
    "RankJob",
    "SampleJob",
    "SplitJob",
    "SuggestJob",
    "TrainJob",
]

"""The evaluation job: a model, a dataset, one of its splits; the figures go to ``report/scores.json``."""

from pathlib import Path

import msgspec

from core.dataset import Dataset, open_dataset
from core.dataset.fingerprint import report_data
from core.dataset.health.checks import warn_of_crowds, warn_of_sizes, warn_of_unread
from core.errors import UserError
from core.evaluation.coco import evaluate
from core.evaluation.scores import SCORES, Scores, unusual
from core.files import write_atomically
from core.inference.loading import load_model
from core.jobs import EvaluateJob, TrainJob
from core.runs.control import Check, Report, ignore
from core.runs.events import Artifact, Done, Log, Stage, Warning
from core.runs.fingerprint import difference
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile
from core.words import tr

_DEPTH = 3
"""Levels from an exported model up to the folder of its run."""


def measure(job: EvaluateJob, folder: RunFolder, report: Report, check: Check) -> Scores:
    """Score ``job.model`` on a split of ``job.dataset`` and write the figures into ``folder``.

    Raises ``UserError`` when the model, the dataset or the split is not there.
    """
    report(Stage(name=tr("Opening the dataset")))
    dataset = open_for_model(Path(job.model), Path(job.dataset), report)
    warn_of_unread(dataset, report)
    images = dataset.of_split(job.split)
    if not images:
        raise UserError(
            tr("“{dataset}” has no split “{split}”", dataset=dataset.name, split=job.split),
            tr("its splits are {splits}", splits=", ".join(dataset.splits)),
        )
    warn_of_sizes(dataset, images, report)
    warn_of_crowds(dataset, images, report)
    check()
    report(Stage(name=tr("Loading the model")))
    predictor = load_model(Path(job.model), max_detections=job.max_detections)
    check()
    if warning := _warning_of_familiar_images(job):
        report(warning)
    report(Stage(name=tr("Evaluating")))
    scores = evaluate(predictor, dataset, images, report, check)
    folder.report.mkdir(parents=True, exist_ok=True)
    path = folder.report / SCORES
    write_atomically(path, msgspec.json.format(msgspec.json.encode(scores), indent=2))
    report(Artifact(kind="scores", path=str(path.relative_to(folder.path))))
    report(
        Done(
            summary={
                "map": scores.mask.ap,
                "map50": scores.mask.ap50,
                "map75": scores.mask.ap75,
                "box_map": scores.box.ap,
                "box_map50": scores.box.ap50,
                "map_100": scores.map_100,
                "max_detections": unusual(scores.max_detections),
                "images": scores.images,
            }
        )
    )
    return scores


def open_for_model(model: Path, path: Path | None, report: Report) -> Dataset:
    """Open the dataset at ``path``, or without ``path`` the one that ``model`` was trained on.

    Where ``model`` lies in the folder of a run, the split is that of its training, and changes of the data since then
    are reported. Raises ``UserError`` when the dataset cannot be opened, or is not known.
    """
    file = _training(model, report)
    job = file.job if file else None
    if file is None or not isinstance(job, TrainJob):
        if path is None:
            raise UserError(
                tr("it is not known which dataset {model} was trained on", model=model), tr("name one to measure on")
            )
        dataset = open_dataset(path)
        report_data(dataset, report)
        return dataset
    own = Path(job.dataset)
    dataset = open_dataset(path or own, validation_fraction=job.validation_fraction, seed=job.recipe.settings.seed)
    now = report_data(dataset, report)
    if path in (None, own) and (changes := difference(file.fingerprint, now)):
        message = tr("The dataset has changed since this model was trained on it: {changes}.", changes=changes)
        report(Log(message=message))
    return dataset


def _training(model: Path, report: Report) -> JobFile | None:
    """The job of the training that a model comes from; ``None`` when it does not lie in the folder of one."""
    for folder in (model, *model.parents[:_DEPTH]):
        if (folder / "job.json").is_file():
            try:
                file = RunFolder(folder).read_job()
            except UserError as error:
                report(Warning(message=error.message, hint=tr("Which images the model learnt from is not known.")))
                return None
            if isinstance(file.job, TrainJob):
                return file
    return None


def _warning_of_familiar_images(job: EvaluateJob) -> Warning | None:
    """A warning when the images are those that the model was trained on."""
    file = _training(Path(job.model), ignore)
    if file is None or not isinstance(file.job, TrainJob):
        return None
    if (job.split, job.dataset) != ("train", file.job.dataset):
        return None
    return Warning(
        message=tr(
            "The model was trained on these images: AP says what was learnt by heart, not what is found in others."
        ),
        hint=tr("Evaluate on “val”, or on images it has not seen."),
        matters=True,
    )

"""The evaluation job: a model, a dataset, one of its splits; the figures go to ``report/scores.json``."""

from pathlib import Path

import msgspec

from core.dataset import Dataset, Image, open_dataset
from core.dataset.examination import warn_of_sizes
from core.errors import UserError
from core.evaluation.coco import evaluate
from core.evaluation.scores import SCORES, Scores, unusual
from core.files import write_atomically
from core.inference.loading import load_model
from core.runs.control import Check, Report
from core.runs.events import Artifact, Done, Stage
from core.runs.folder import RunFolder
from core.runs.job import EvaluateJob, TrainJob


def measure(job: EvaluateJob, folder: RunFolder, report: Report, check: Check) -> Scores:
    """Score ``job.model`` on a split of ``job.dataset`` and write the figures into ``folder``.

    Raises ``UserError`` when the model, the dataset or the split is not there.
    """
    report(Stage(name="Opening the dataset"))
    dataset = _open(job)
    images = _images(dataset, job.split)
    warn_of_sizes(dataset, images, report)
    check()
    report(Stage(name="Loading the model"))
    predictor = load_model(Path(job.model), max_detections=job.max_detections)
    check()
    report(Stage(name="Evaluating"))
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


def _open(job: EvaluateJob) -> Dataset:
    """The dataset, split as it was for training where the model lies in the folder of a run."""
    path = Path(job.model)
    for folder in (path, *path.parents):
        if (folder / "job.json").is_file():
            trained = RunFolder(folder).read_job().job
            if isinstance(trained, TrainJob):
                seed, fraction = trained.recipe.settings.seed, trained.validation_fraction
                return open_dataset(Path(job.dataset), validation_fraction=fraction, seed=seed)
    return open_dataset(Path(job.dataset))


def _images(dataset: Dataset, split: str) -> list[Image]:
    images = dataset.of_split(split)
    if not images:
        raise UserError(f"{dataset.name} has no split “{split}”", f"its splits are {', '.join(dataset.splits)}")
    return images

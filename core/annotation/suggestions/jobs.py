"""What the jobs of suggesting and of ranking do, from opening the dataset on. Apart, because it may load torch."""

from pathlib import Path

from core.annotation.suggestions.ranking import rank_dataset
from core.annotation.suggestions.suggest import chosen_images, suggest
from core.dataset import open_dataset
from core.dataset.fingerprint import report_data
from core.inference.loading import load_model
from core.jobs import RankJob, SuggestJob
from core.runs.control import Check, Report
from core.runs.events import Stage
from core.runs.folder import RunFolder
from core.words import tr


def pre_annotate(job: SuggestJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a suggestion job. Raises ``UserError`` when the dataset or the model cannot be opened."""
    dataset = open_dataset(Path(job.dataset))
    report_data(dataset, report)
    images = chosen_images(dataset, job.images, every=job.all) if job.images or job.all else None
    report(Stage(name=tr("Loading the model")))
    model = load_model(Path(job.model), max_detections=job.max_detections)
    suggest(model, Path(job.model), dataset, job.confidence, report, check, images)


def rank(job: RankJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a ranking job. Raises ``UserError`` when the dataset or the model cannot be opened."""
    dataset = open_dataset(Path(job.dataset))
    report_data(dataset, report)
    predictor = None
    if job.model:
        report(Stage(name=tr("Loading the model")))
        predictor = load_model(Path(job.model))
    rank_dataset(predictor, job.model or "", dataset, report, check)

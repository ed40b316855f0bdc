"""The demo: sample, training, evaluation, export and prediction, with no display and no network."""

import time
from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError
from core.evaluation.curves import draw_curves
from core.execution.run import execute
from core.files import home
from core.jobs import AnyJob, ExportJob, PredictJob, SampleJob, TrainJob
from core.recipes.catalogue import find, with_settings
from core.runs import events
from core.runs.control import CancelRequested, Check, Report, StopRequested
from core.runs.event_log import EventWriter
from core.runs.folder import RunFolder, sample_folder
from core.runs.job_file import describe
from core.runs.lock import at_work
from core.words import duration, tr

SETTINGS = {
    "epochs": 12,
    "batch_size": 4,
    "input_size": 256,
    "learning_rate": 0.002,
    "weight_decay": 0.05,
    "ema_decay": 0.99,
    "decay": "cosine",
    "early_stopping_patience": 0,
    "validate_every": 3,
    "vertical_flip": 0.0,
    "scale_jitter": 0.0,
    "rotation": 0.0,
    "color_jitter": 0.3,
    "pretrained": False,
}
"""Settings with which RTMDet learns the sample from scratch within minutes on two cores."""

PICTURES = 6
"""Number of validation images that predictions are drawn on."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The results of the demo."""

    dataset: Path
    run: RunFolder
    figures: dict[str, str]
    """Titles and values, ready to print."""
    pictures: list[Path]


def demo(report: Report, check: Check) -> DemoResult:
    """Make the sample, train, evaluate, export and predict, each the job that the window would start.

    Raises ``UserError`` when a step fails, and what ``check`` raises.
    """
    began = time.monotonic()
    dataset = sample_folder()
    _do(SampleJob(output=str(dataset)), "sample", report, check)
    train = TrainJob(recipe=with_settings(find("rtmdet_inst_tiny"), SETTINGS), dataset=str(dataset))
    run, trained = _do(train, "demo", report, check)
    _, exported = _do(ExportJob(run=str(run.path)), "export", report, check)
    pictures = [draw_curves(run), *_predict(dataset, run, report, check)]
    figures = _figures(trained, exported) | {tr("Whole demo"): duration(time.monotonic() - began)}
    return DemoResult(dataset, run, figures, pictures)


def _do(job: AnyJob, name: str, report: Report, check: Check) -> tuple[RunFolder, events.Summary]:
    """Do a job in a run folder of its own, as the window would; its last event is not reported: the demo goes on."""
    folder = RunFolder.create(home() / "runs", name, describe(job))
    with at_work(folder.path), EventWriter(folder.events) as write:

        def both(event: events.AnyEvent) -> None:
            write(event)
            if not isinstance(event, events.TERMINAL):
                report(event)

        end = execute(job, folder, both, check)
    folder.forget_unless_begun()
    match end:
        case events.Done(summary=summary):
            return folder, summary
        case events.Stopped() | events.Paused():
            raise StopRequested
        case events.Cancelled():
            raise CancelRequested
        case events.Failed(message=message, hint=hint, traceback=details):
            raise RuntimeError(details) if details else UserError(message, hint)


def _predict(dataset: Path, run: RunFolder, report: Report, check: Check) -> list[Path]:
    """Overlays of the exported model on a few validation images."""
    images = sorted((dataset / "images" / "val").iterdir())[:PICTURES]
    output = run.report / "predictions"
    job = PredictJob(model=str(run.export / "fp16" / "model.xml"), images=tuple(map(str, images)), output=str(output))
    _do(job, "predict", report, check)
    return sorted(output.glob("*.jpg"))


def _figures(trained: events.Summary, exported: events.Summary) -> dict[str, str]:
    return {
        tr("Mask mAP50"): _figure(trained, "map50", ".3f"),
        tr("Mask mAP"): _figure(trained, "map", ".3f"),
        tr("Box mAP"): _figure(trained, "box_map", ".3f"),
        tr("Mask mAP of the export"): _figure(exported, "ap_ir", ".3f"),
        tr("One image, PyTorch"): _figure(exported, "latency_torch_ms", ".0f", tr("{value} ms")),
        tr("One image, OpenVINO"): _figure(exported, "latency_ms", ".0f", tr("{value} ms")),
        tr("Size of the export"): _figure(exported, "size_mb", ".1f", tr("{value} MB")),
        tr("Training"): duration(float(trained["seconds"] or 0)),
    }


def _figure(summary: events.Summary, name: str, form: str, with_unit: str = "{value}") -> str:
    value = summary[name]
    return tr("not measured") if value is None else with_unit.format(value=f"{value:{form}}")

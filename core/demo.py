"""The main job on the sample, from nothing to an exported model, with no display and no network."""

import time
from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError
from core.evaluation.curves import draw_curves
from core.jobs.run import execute
from core.recipes.catalogue import find, with_settings
from core.runs import events
from core.runs.command import describe
from core.runs.control import CancelRequested, Check, Report, StopRequested
from core.runs.folder import EventWriter, RunFolder, home, sample_folder
from core.runs.job import AnyJob, ExportJob, PredictJob, SampleJob, TrainJob

SETTINGS = {
    "epochs": 12,
    "batch_size": 4,
    "input_size": 256,
    "learning_rate": 0.002,
    "weight_decay": 0.05,
    "ema_decay": 0.99,
    "schedule": "cosine",
    "early_stopping_patience": 0,
    "validate_every": 3,
    "scale_jitter": 0.0,
    "pretrained": False,
}
"""What lets RTMDet learn the sample from scratch within minutes on two cores."""

PICTURES = 6
"""Validation images to draw predictions on."""


Summary = dict[str, float | int | str | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo leaves behind."""

    dataset: Path
    run: RunFolder
    figures: dict[str, str]
    """Ready to print, by what they are."""
    pictures: list[Path]


def demo(report: Report, check: Check) -> Outcome:
    """Make the sample, train, evaluate, export and predict, each the job that the window would start.

    Raises ``UserError`` when a step fails, and what ``check`` raises.
    """
    began = time.monotonic()
    dataset = sample_folder()
    _do(SampleJob(output=str(dataset)), RunFolder(dataset.parent), report, check)
    train = TrainJob(recipe=with_settings(find("rtmdet_inst_tiny"), SETTINGS), dataset=str(dataset))
    run = RunFolder.create(home() / "runs", "demo", describe(train))
    with EventWriter(run.events) as write:
        trained = _do(train, run, _both(write, report), check)
    exported = _do(ExportJob(run=str(run.path)), run, report, check)
    pictures = [draw_curves(run), *_predict(dataset, run, report, check)]
    figures = _figures(trained, exported) | {"Whole demo": _duration(time.monotonic() - began)}
    return Outcome(dataset, run, figures, pictures)


def _do(job: AnyJob, folder: RunFolder, report: Report, check: Check) -> Summary:
    """The summary of a job that came to its end; its last event goes nowhere, since the demo goes on."""
    match execute(job, folder, report, check):
        case events.Done(summary=summary):
            return summary
        case events.Stopped():
            raise StopRequested
        case events.Cancelled():
            raise CancelRequested
        case events.Failed(message=message, hint=hint, traceback=details):
            raise UserError(message, hint) if not details else RuntimeError(details)


def _both(*listeners: Report) -> Report:
    def report(event: events.AnyEvent) -> None:
        for listener in listeners:
            listener(event)

    return report


def _predict(dataset: Path, run: RunFolder, report: Report, check: Check) -> list[Path]:
    """Overlays of the exported model on a few validation images."""
    images = sorted((dataset / "images" / "val").iterdir())[:PICTURES]
    output = run.report / "predictions"
    job = PredictJob(model=str(run.export / "fp16" / "model.xml"), images=tuple(map(str, images)), output=str(output))
    _do(job, run, report, check)
    return sorted(output.glob("*.jpg"))


def _figures(trained: Summary, exported: Summary) -> dict[str, str]:
    return {
        "Mask mAP50": f"{trained['map50']:.3f}",
        "Mask mAP": f"{trained['map']:.3f}",
        "Box mAP": f"{trained['box_map']:.3f}",
        "Mask mAP of the export": f"{exported['ap_ir']:.3f}",
        "One image, PyTorch": f"{exported['latency_torch_ms']:.0f} ms",
        "One image, OpenVINO": f"{exported['latency_ms']:.0f} ms",
        "Size of the export": f"{exported['size_mb']:.1f} MB",
        "Training": _duration(float(trained["seconds"] or 0)),
    }


def _duration(seconds: float) -> str:
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"

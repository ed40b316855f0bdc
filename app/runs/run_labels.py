"""How runs are called in the window: names, states, figures and notes, and the order in which they are listed."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from app.runs.job_list import Run
from app.style import format
from core.evaluation.scores import limit_note
from core.jobs import TrainJob
from core.jobs.job import dataset_name
from core.plain_text import printable
from core.recipes.model_spec import COCO_DETECTIONS
from core.runs.control import Ask
from core.runs.ending_reason import in_short
from core.runs.events import SamplePredictions
from core.runs.history import RunHistory, RunState
from core.runs.job_file import JobFile
from core.runs.summary import RunSummary
from core.words import tr, tr_n

STATE: dict[RunState, str] = {
    "running": tr("Running"),
    "done": tr("Done"),
    "stopped": tr("Stopped"),
    "paused": tr("Paused"),
    "cancelled": tr("Cancelled"),
    "failed": tr("Failed"),
}
_IN_A_LINE: dict[RunState, str] = {
    "running": tr("running"),
    "done": tr("done"),
    "stopped": tr("stopped"),
    "paused": tr("paused"),
    "cancelled": tr("cancelled"),
    "failed": tr("failed"),
}
_OUTCOME: dict[RunState, str] = {
    "stopped": tr("the best model was kept"),
    "paused": tr("goes on at the same step"),
    "cancelled": tr("nothing was kept"),
}
_ASKED: dict[Ask, str] = {"pause": tr("Pausing…"), "stop": tr("Stopping…"), "cancel": tr("Cancelling…")}
ICON = {
    "running": ("play-circle", "accent_text"),
    "done": ("check-circle", "good_text"),
    "stopped": ("stop-circle", "dim"),
    "paused": ("pause-circle", "warning_text"),
    "cancelled": ("x-circle", "dim"),
    "failed": ("warning-circle", "bad_text"),
}


def title(file: JobFile) -> str:
    """The recipe of a training."""
    assert isinstance(file.job, TrainJob)
    return file.job.recipe.title


def dataset(file: JobFile) -> str:
    """The name of the dataset that a training learns from."""
    assert isinstance(file.job, TrainJob)
    return dataset_name(file.job.dataset)


def line(summary: RunSummary, dataset: str, now: float) -> str:
    """A training in a list: the name of its dataset, score, age, recipe."""
    score = f"mAP {summary.best:.3f}" if summary.best is not None else tr("not measured")
    return " · ".join((dataset, score, format.ago(summary.file.created, now), title(summary.file)))


def stage(run: Run) -> tuple[str, str]:
    """What the run is doing, and how far that is."""
    if run.state == "done":
        return STATE["done"], in_short(run.history.why)
    if run.state != "running":
        return STATE[run.state], _OUTCOME.get(run.state, "")
    progress = run.history.progress
    if progress is None or not progress.total:
        return run.history.stage or tr("Starting"), ""
    done, total, unit = progress.done, progress.total, progress.unit
    if not unit:
        return run.history.stage, tr("{done:,} of {total:,}", done=done, total=total)
    return run.history.stage, tr("{done:,} of {total:,} {unit}", done=done, total=total, unit=unit)


def ended(run: Run) -> str:
    """How a run stands and why, in a line: “Done · early stopping: mask mAP has not risen for 10 validations”."""
    if run.state == "running":
        return _ASKED[run.asked] if run.asked else STATE["running"]
    return " · ".join(filter(None, (STATE[run.state], run.history.why)))


def why(state: RunState, reason: str) -> str:
    """How a training in a list ended, in two or three words."""
    return in_short(reason) if reason and state in ("done", "stopped") else _IN_A_LINE[state]


def best(history: RunHistory) -> tuple[str, str]:
    """Best mask AP, and where it was reached; where more objects count than COCO's, the AP with these too."""
    if history.best is None:
        return "", ""
    value, note = f"{history.best.map:.3f}", tr("at epoch {epoch}", epoch=history.best.epoch)
    if history.best.map_100 is None:
        return value, note
    with_coco = tr("{map:.3f} with COCO’s {limit}", map=history.best.map_100, limit=COCO_DETECTIONS)
    return value, f"{note}\n{with_coco}"


def time_left(run: Run, now: float) -> tuple[str, str, str]:
    """Caption, value and note: the time left while a run goes on, afterwards the time it took and its age ``now``."""
    history = run.history
    if run.state == "running":
        promised = history.eta or history.estimate
        left = promised.seconds - history.silence if promised else -1.0
        so_far = format.duration(history.seconds + history.silence)
        note = tr("running for {duration}", duration=so_far)
        return tr("Time left"), format.duration(left) if left >= 0 else "", note
    caption = tr("Trained for") if run.state == "paused" else tr("Took")
    age = format.ago(run.file.created, now)
    return caption, format.duration(history.seconds), tr("started {age}", age=age)


def warning(history: RunHistory) -> tuple[str, str, str]:
    """The warning to read first, its hint, and the others."""
    if not history.pressing:
        return "", "", ""
    first, *others = history.pressing
    more = tr_n("{n} more warning in the details.", "{n} more warnings in the details.", len(others)) if others else ""
    details = "\n".join(format.sentences(other.message, other.hint) for other in others)
    return first.message, format.sentences(first.hint, more), details


def of_samples(run: Run, samples: SamplePredictions) -> str:
    """Whose predictions samples are."""
    best = run.history.best
    if best is None or best.epoch != samples.epoch:
        return tr("epoch {epoch}", epoch=samples.epoch)
    if run.state in ("running", "paused"):
        return tr("epoch {epoch}, the best so far", epoch=samples.epoch)
    return tr("epoch {epoch}, the model that was kept", epoch=samples.epoch)


def speed(history: RunHistory) -> tuple[str, str]:
    """Images a second, and memory."""
    if history.step is None:
        return "", ""
    rate = tr("{rate:.1f} img/s", rate=history.step.images_per_second)
    return rate, tr("{amount:,.0f} MB of memory", amount=history.step.memory_mb)


def patience(run: Run) -> tuple[str, str, str]:
    """Caption, value and note: how many validations without progress training still allows; afterwards mAP50."""
    history = run.history
    if run.state != "running":
        return tr("Best mask mAP50"), f"{history.best.map50:.3f}" if history.best else "", ""
    caption = tr("Patience left")
    if history.plan is None:
        return caption, "", ""
    if not history.plan.patience:
        return caption, tr("off"), tr("trains all epochs")
    left = history.eta.patience_left if history.eta else history.plan.patience
    note = tr_n("of {n} validation", "of {n} validations", history.plan.patience)
    return caption, f"{left}", note


def setting(run: Run) -> str:
    """What it trains on and with, in one line."""
    plan, step = run.history.plan, run.history.step
    if plan is None:
        return run.folder.name
    images = tr_n(
        "{train:,} training and {n} validation image",
        "{train:,} training and {n} validation images",
        plan.validation_images,
        train=plan.train_images,
    )
    limit = limit_note(run.history.best.max_detections) if run.history.best is not None else ""
    size = tr("{millions:.2f} M parameters", millions=plan.parameters / 1e6)
    rate = tr("learning rate {rate:.2g}", rate=step.learning_rate) if step is not None else ""
    return " · ".join(filter(None, (images, limit, plan.device, plan.precision, size, rate)))


def loss(run: Run) -> str:
    """What cancelling throws away."""
    history = run.history
    spent = format.duration(history.seconds + history.silence)
    if history.best is None:
        return tr("Cancelling throws away {spent} of work. It cannot be undone.", spent=spent)
    return tr(
        "Cancelling throws away {spent} of work and the best model so far (mAP {map:.3f}). It cannot be undone.",
        spent=spent,
        map=history.best.map,
    )


def in_order(summaries: Iterable[RunSummary], owned: Callable[[str], bool]) -> list[RunSummary]:
    """Trainings on the open dataset first, for which ``owned`` holds, then dataset by dataset, the one trained on last
    first. In each, the best before the newest."""
    summaries = list(summaries)
    latest: dict[str, float] = {}
    for summary in summaries:
        latest[summary.dataset] = max(latest.get(summary.dataset, 0.0), summary.file.created)

    def key(summary: RunSummary) -> tuple[bool, float, str, float, float]:
        dataset = summary.dataset
        group = (False, 0.0, "") if owned(dataset) else (True, -latest[dataset], dataset)
        return *group, -(summary.best if summary.best is not None else -1.0), -summary.file.created

    return sorted(summaries, key=key)


_DEEPEST = 4
"""Parts of a path that a name has at most."""


def dataset_names(paths: Iterable[str]) -> dict[str, str]:
    """Names of datasets by their paths, with folders around them where two would be called alike."""
    names = {path: dataset_name(path) for path in paths}
    for depth in range(1, _DEEPEST):
        alike = Counter(names.values())
        for path, name in names.items():
            if alike[name] > 1:
                names[path] = printable("/".join((*Path(path).parts[-1 - depth : -1], Path(path).name)))
    return names

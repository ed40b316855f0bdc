"""Runs in words, and the order in which they are listed."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from app.runs.job_list import Run
from app.style import format
from core.evaluation.remarks import of_training
from core.evaluation.scores import limit_note
from core.jobs import TrainJob
from core.jobs.job import dataset_name
from core.plain_text import printable
from core.recipes.model_spec import COCO_DETECTIONS
from core.runs.ending_reason import in_short
from core.runs.events import Sample
from core.runs.history import RunHistory, State
from core.runs.job_file import JobFile
from core.runs.summary import RunSummary
from core.words import tr, tr_n

STATE = {
    "running": "Running",
    "done": "Done",
    "stopped": "Stopped",
    "paused": "Paused",
    "cancelled": "Cancelled",
    "failed": "Failed",
}
ASKED = {"pause": "Pausing…", "stop": "Stopping…", "cancel": "Cancelling…"}
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
    return " · ".join((dataset, score, when(summary.file, now), title(summary.file)))


def when(file: JobFile, now: float) -> str:
    """The age of a run, the same wherever it stands: since it was started."""
    return format.ago(file.created, now)


def state(run: Run) -> str:
    """One word, or what was asked and is not done yet."""
    return ASKED[run.asked] if run.state == "running" and run.asked else STATE[run.state]


def stage(run: Run) -> tuple[str, str]:
    """What the run is doing, and how far that is."""
    if run.state != "running":
        return STATE[run.state], _ended(run)
    history = run.history
    progress = history.progress
    if progress is None or not progress.total:
        return history.stage or "Starting", ""
    return history.stage, tr(
        "{done:,} of {total:,} {unit}", done=progress.done, total=progress.total, unit=progress.unit
    ).rstrip()


def _ended(run: Run) -> str:
    how_it_stands: dict[State, str] = {
        "done": in_short(run.history.why),
        "stopped": tr("the best model was kept"),
        "paused": tr("goes on at the same step"),
        "cancelled": tr("nothing was kept"),
    }
    return how_it_stands.get(run.state, "")


def ended(run: Run) -> str:
    """How a run stands and why, in a line: “Done · early stopping: mask mAP has not risen for 10 validations”."""
    why = run.history.why if run.state != "running" else ""
    return f"{state(run)} · {why}" if why else state(run)


def why(state: State, reason: str) -> str:
    """How a training in a list ended, in two or three words."""
    return in_short(reason) if reason and state in ("done", "stopped") else STATE[state].lower()


def epoch(history: RunHistory) -> str:
    """“7 / 40”."""
    return f"{history.epoch} / {history.plan.epochs}" if history.plan else ""


def best(history: RunHistory) -> tuple[str, str]:
    """Best mask AP and where it was reached."""
    if history.best is None:
        return "", ""
    standard = history.best.map_100
    note = [
        tr("at epoch {epoch}", epoch=history.best.epoch),
        tr("{standard:.3f} with COCO’s {coco_detections}", standard=standard, coco_detections=COCO_DETECTIONS)
        if standard is not None
        else "",
    ]
    return f"{history.best.map:.3f}", "\n".join(filter(None, note))


def time_left(run: Run, now: float) -> tuple[str, str, str]:
    """Caption, value and note: the time left while a run goes on, the time it took afterwards, and its age ``now``."""
    history = run.history
    if run.state == "running":
        promised = history.eta or history.estimate
        left = promised.seconds - history.silence if promised else -1.0
        so_far = format.duration(history.seconds + history.silence)
        return tr("Time left"), format.duration(left) if left >= 0 else "", tr("running for {so_far}", so_far=so_far)
    caption = tr("Trained for") if run.state == "paused" else "Took"
    return caption, format.duration(history.seconds), tr("started {when}", when=when(run.file, now))


def expected(run: Run) -> tuple[str, str]:
    """What a training will take, in a sentence and its advice: after its first steps, until it knows better."""
    found = run.history.estimate
    if found is None or run.state != "running" or run.history.eta is not None or not found.advice:
        return "", ""
    return found.advice[0], " ".join(found.advice[1:])


def warning(history: RunHistory) -> tuple[str, str, str]:
    """The warning to read first, its hint, and the others."""
    if not history.pressing:
        return "", "", ""
    first, *others = history.pressing
    more = (
        tr("{warnings} in the details.", warnings=tr_n("{n} more warning", "{n} more warnings", len(others)))
        if others
        else ""
    )
    details = "\n".join(format.sentences(other.message, other.hint) for other in others)
    return first.message, format.sentences(first.hint, more), details


def remarks(history: RunHistory) -> tuple[str, str]:
    """What the figures of a training are worth: a sentence, and the others."""
    said = of_training(history)
    return (said[0], " ".join(said[1:])) if said else ("", "")


def of_samples(run: Run, samples: Sample) -> str:
    """Whose predictions samples are."""
    best = run.history.best
    if best is None or best.epoch != samples.epoch:
        return tr("epoch {epoch}", epoch=samples.epoch)
    going_on = run.state in ("running", "paused")
    return tr(
        "epoch {epoch}, {what}",
        epoch=samples.epoch,
        what=tr("the best so far") if going_on else tr("the model that was kept"),
    )


def speed(history: RunHistory) -> tuple[str, str]:
    """Images a second, and memory."""
    if history.step is None:
        return "", ""
    return tr("{images_per_second:.1f} img/s", images_per_second=history.step.images_per_second), tr(
        "{memory_mb:,.0f} MB of memory", memory_mb=history.step.memory_mb
    )


def patience(run: Run) -> tuple[str, str, str]:
    """Caption, value and note: how many validations without progress training still allows; afterwards mAP50."""
    history = run.history
    if run.state != "running":
        return tr("Best mask mAP50"), f"{history.best.map50:.3f}" if history.best else "", ""
    caption = tr("Patience left")
    if history.plan is None:
        return caption, "", ""
    if not history.plan.patience:
        return caption, "off", tr("trains all epochs")
    left = history.eta.patience_left if history.eta else history.plan.patience
    return caption, f"{left}", tr("of {patience} validations", patience=history.plan.patience)


def setting(run: Run) -> str:
    """What it trains on and with, in one line."""
    plan, step = run.history.plan, run.history.step
    if plan is None:
        return run.name
    parts = [
        tr(
            "{train_images:,} training and {validation_images:,} validation images",
            train_images=plan.train_images,
            validation_images=plan.validation_images,
        ),
        f"{plan.device} {plan.precision}",
        tr("{parameters:.2f} M parameters", parameters=plan.parameters / 1e6),
    ]
    if step is not None:
        parts.append(tr("learning rate {learning_rate:.2g}", learning_rate=step.learning_rate))
    if run.history.best is not None:
        parts.insert(1, limit_note(run.history.best.max_detections))
    return " · ".join(filter(None, parts))


def loss(run: Run) -> str:
    """What cancelling throws away."""
    history = run.history
    spent = format.duration(history.seconds + history.silence)
    parts = [tr("Cancelling throws away {spent} of work", spent=spent)]
    if history.best is not None:
        parts.append(tr(" and the best model so far (mAP {map:.3f})", map=history.best.map))
    return "".join(parts) + ". It cannot be undone."


_DEEPEST = 4


def in_order(lines: Iterable[RunSummary], owned: Callable[[str], bool]) -> list[RunSummary]:
    """Trainings on the open dataset first, for which ``owned`` holds, then dataset by dataset, the one trained on last
    first. In each, the best before the newest."""
    lines = list(lines)
    latest: dict[str, float] = {}
    for line in lines:
        latest[line.dataset] = max(latest.get(line.dataset, 0.0), line.file.created)

    def key(line: RunSummary) -> tuple[bool, float, str, float, float]:
        group = (False, 0.0, "") if owned(line.dataset) else (True, -latest[line.dataset], line.dataset)
        return *group, -(line.best if line.best is not None else -1.0), -line.file.created

    return sorted(lines, key=key)


def dataset_names(paths: Iterable[str]) -> dict[str, str]:
    """Names of datasets by their paths, with folders around them where two would be called alike."""
    names = {path: dataset_name(path) for path in paths}
    for depth in range(1, _DEEPEST):
        alike = Counter(names.values())
        for path, name in names.items():
            if alike[name] > 1:
                names[path] = printable("/".join((*Path(path).parts[-1 - depth : -1], Path(path).name)))
    return names

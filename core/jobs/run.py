"""Run a job: the same in a child process and in the command."""

import os
import signal
import traceback
from pathlib import Path
from types import FrameType

from core.errors import in_words
from core.files import home
from core.held_signals import let_in
from core.runs.control import SIGNALS, CancelRequested, Check, PauseRequested, Report, StopRequested, ignore, never
from core.runs.events import (
    TERMINAL,
    AnyEvent,
    Artifact,
    Cancelled,
    Data,
    Done,
    Failed,
    Paused,
    Stage,
    Stopped,
    Terminal,
)
from core.runs.folder import RunFolder
from core.runs.history import RunHistory
from core.runs.job import (
    AnyJob,
    EvaluateJob,
    ExportJob,
    PredictJob,
    ProbeJob,
    RankJob,
    SampleJob,
    SuggestJob,
    TrainJob,
)
from core.runs.rank import rank


def execute(job: AnyJob, folder: RunFolder, report: Report, check: Check) -> Terminal:
    """Do ``job`` in ``folder`` and say exactly one terminal event, last; it is returned too. Never raises.

    What went wrong becomes ``Failed``: in the words of a ``UserError``, or with the traceback of a bug.
    """
    listener = _Listener(report, None if takes_part(job) else folder)
    _share_the_processor()
    try:
        _settle()
        _dispatch(job, folder, listener, check)
        terminal: Terminal = listener.terminal or Done()
    except CancelRequested:
        folder.discard(job)
        terminal = Cancelled()
    except StopRequested:
        terminal = Stopped()
    except PauseRequested:
        terminal = _paused(folder) if isinstance(job, TrainJob) else Stopped()  # others have nothing to go on from
    except Exception as error:  # noqa: BLE001 - whatever happens, the person is told
        terminal = _failed(error)
    report(terminal)
    return terminal


def takes_part(job: AnyJob) -> bool:
    """Whether this process is one of several that do ``job`` together, and not the first one."""
    return isinstance(job, TrainJob) and rank(job.devices * job.nodes) > 0


def take_part(job: AnyJob, folder: RunFolder) -> Terminal:
    """Do ``job`` as one of several processes: what it says and what a person asks is the first one's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of them
    for name in ("SIGTERM", "SIGUSR1"):  # and so does what torchrun and SLURM send
        if hasattr(signal, name):  # Windows has only the first
            signal.signal(getattr(signal, name), _do_nothing)  # Lightning calls what it finds: not SIG_IGN
    let_in(SIGNALS)
    return execute(job, folder, ignore, never)


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """A signal handler."""


def _settle() -> None:
    """Have a working directory and a home, without which some libraries cannot be loaded. The directory in which the
    command was typed may have been deleted, and a container may not know its user. All paths of a job are absolute."""
    try:
        Path.cwd()
    except OSError:
        os.chdir(os.sep)
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = str(home())


def _share_the_processor() -> None:
    """Let torch's threads sleep soon when they wait for each other; has to be said before torch loads OpenMP.

    By default they spin for long, and on a busy machine each barrier then waits for a time slice. A step of RTMDet at
    256², batch 4, on two cores: 0.19 s on a quiet machine either way; at a load of 9, 5 s by default, 2.9 s with this.
    Never spinning is better still under load (1.5 s), but costs half as much again on a quiet machine (0.28 s).
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")


class _Listener:
    """Passes events on, but holds back the terminal one: it is said last, even if something fails after it."""

    def __init__(self, report: Report, folder: RunFolder | None) -> None:
        """``folder`` is where the data is kept in mind that the job speaks of."""
        self._report = report
        self._folder = folder
        self.terminal: Terminal | None = None

    def __call__(self, event: AnyEvent) -> None:
        if isinstance(event, TERMINAL):
            self.terminal = event
            return
        if isinstance(event, Data) and self._folder:
            self._folder.keep_fingerprint(event.fingerprint)
        self._report(event)


def _paused(folder: RunFolder) -> Paused:
    """A training that was paused before it came to train stands where it stood before."""
    history = RunHistory()
    history.add(folder.records())
    return Paused(epoch=history.epoch, step=history.step.step if history.step else 0)


def _failed(error: Exception) -> Failed:
    """What a person can act on, in words; else a bug, with where it is."""
    if (said := in_words(error)) is not None:
        return Failed(message=said.message, hint=said.hint)
    details = "".join(traceback.format_exception(error))
    return Failed(message=f"{type(error).__name__}: {error}", hint="This is a fault in Maskwright.", traceback=details)


def _dispatch(job: AnyJob, folder: RunFolder, report: Report, check: Check) -> None:
    # Each room is imported only by the job that needs it: most take seconds.
    match job:
        case TrainJob():
            from core.training import train

            train(job, folder, report, check)
        case ProbeJob():
            from core.training.probe import probe

            probe(job, report, check)
        case EvaluateJob():
            from core.evaluation.measure import measure

            measure(job, folder, report, check)
        case ExportJob():
            from core.deployment.export import export

            export(job, report, check)
        case PredictJob():
            _predict(job, report, check)
        case SuggestJob():
            _suggest(job, report, check)
        case RankJob():
            _rank(job, report, check)
        case SampleJob():
            _make_sample(job, report, check)


def _predict(job: PredictJob, report: Report, check: Check) -> None:
    from core.dataset.fingerprint import of_pictures
    from core.inference.loading import load_model
    from core.inference.predict import collect_images, predict_images

    images = collect_images(job.images, report)
    report(Data(fingerprint=of_pictures(images)))
    report(Stage(name="Loading the model"))
    model = load_model(Path(job.model), max_detections=job.max_detections)
    predict_images(model, images, Path(job.output), job.confidence, report, check)


def _suggest(job: SuggestJob, report: Report, check: Check) -> None:
    from core.annotation.suggestions.suggest import chosen_images, suggest
    from core.dataset import open_dataset
    from core.dataset.fingerprint import report_data
    from core.inference.loading import load_model

    dataset = open_dataset(Path(job.dataset))
    report_data(dataset, report)
    images = chosen_images(dataset, job.images, every=job.all)
    report(Stage(name="Loading the model"))
    model = load_model(Path(job.model), max_detections=job.max_detections)
    suggest(model, Path(job.model), dataset, job.confidence, report, check, images)


def _rank(job: RankJob, report: Report, check: Check) -> None:
    from core.annotation.suggestions.ranking import rank_dataset
    from core.dataset import open_dataset
    from core.dataset.fingerprint import report_data
    from core.inference.loading import load_model

    dataset = open_dataset(Path(job.dataset))
    report_data(dataset, report)
    predictor = None
    if job.model:
        report(Stage(name="Loading the model"))
        predictor = load_model(Path(job.model))
    rank_dataset(predictor, job.model or "", dataset, report, check)


def _make_sample(job: SampleJob, report: Report, check: Check) -> None:
    from core.sample import make_sample

    report(Stage(name="Making the sample"))
    made = make_sample(
        Path(job.output),
        job.train_images,
        job.validation_images,
        seed=job.seed,
        size=job.size,
        report=report,
        check=check,
    )
    report(Artifact(kind="dataset", path=str(made)))
    report(Done(summary={"train_images": job.train_images, "validation_images": job.validation_images}))

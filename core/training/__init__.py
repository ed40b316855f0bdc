"""Training: data and augmentation, the step, what it says and keeps while it runs. Lightning is the engine."""

from core.jobs import TrainJob
from core.runs.control import Check, Report
from core.runs.events import Stage, Warning
from core.runs.fingerprint import difference
from core.runs.folder import RunFolder
from core.runs.rank import rank
from core.training.fast_import import swift_imports
from core.words import tr


def train(job: TrainJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Train, validate and keep the best model in ``folder``; or go on with the training it holds.

    Ends with ``Done``, or with ``Stopped`` after ``check`` raised ``StopRequested``; either way the best model is in
    ``checkpoints/best.safetensors``. After ``PauseRequested`` it ends with ``Paused``, and ``checkpoints/last.ckpt``
    holds all that is needed to go on at the same step. Raises ``UserError`` for what a person can mend, and from
    ``check`` ``CancelRequested``, or ``PauseRequested`` when it did not come to train.
    """
    from core.dataset.health.quick_leaks import HINT, look_for_leaks
    from core.training.preparation import open_data, small_objects, warning_of_small_objects
    from core.training.resuming import model_to_go_on

    before = folder.read_job().fingerprint if job.resume else None
    data = open_data(job, report, model_to_go_on(folder) if job.resume else None)
    if changes := difference(before, data.fingerprint):
        message = tr("The dataset has changed since this run was last at work: {changes}.", changes=changes)
        report(Warning(message=message, hint=tr("It goes on with what is there now.")))
    if warning := warning_of_small_objects(data, job.recipe, small_objects(data, job.recipe)):
        report(warning)
    if rank(job.processes) == 0:
        report(Stage(name=tr("Comparing training and validation pictures")))
        leaks = look_for_leaks(data.dataset, data.training, data.validation)  # seconds at most: not worth a check
        if message := leaks.in_words(data.dataset):
            report(Warning(message=message, hint=HINT, matters=True))
    check()
    report(Stage(name=tr("Loading libraries")))
    with swift_imports():
        from core.training.fit import fit  # torch and Lightning: seconds

    fit(job, data, folder, report, check)

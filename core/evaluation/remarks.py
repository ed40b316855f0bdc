"""Remarks on figures that are worth little, a sentence each, by rules on numbers that anybody can check.

Torch-free, for the window and the command alike.
"""

from collections.abc import Iterator
from statistics import fmean

from core.evaluation.scores import Scores
from core.runs.events import Plan, Validation
from core.runs.history import Curve, RunHistory
from core.words import tr, tr_n

FEW = 10
"""Number of images up to which a figure says little: each is a tenth of it or more, and a single odd picture moves it
further than most changes of a training do."""
NOTHING = 0.01
"""AP below which nothing has been learnt that is of use."""
SOME = 0.05
"""Box AP from which on objects are found."""
RISE = 0.005
"""Rise of AP in the last validation that promises more."""
FALL = 0.2
"""Fall of the training loss, as a share, that should have shown in AP."""


def of_training(history: RunHistory) -> list[str]:
    """Remarks on the best model of a training that has ended, or was paused."""
    best, plan = history.best, history.plan
    if best is None or plan is None or history.end is None:
        return []
    steps = history.step.step if history.step else 0
    if best.map < NOTHING:
        return [_nothing(best, steps)]
    return [*_few(best.map, plan.validation_images), *_course(history, best, plan)]


def of_scores(scores: Scores) -> list[str]:
    """Remarks on an evaluation."""
    ap = scores.mask.ap
    if 0 <= ap < NOTHING:
        return [tr("Mask mAP {ap:.3f}: the model finds next to nothing of what is annotated here.", ap=ap)]
    return list(_few(ap, scores.images))


def _few(figure: float, images: int) -> Iterator[str]:
    if images < FEW:
        yield tr(
            "{figure:.3f} on {images} is a guess: other images can give quite another figure. {enough} or more tell "
            "better.",
            figure=figure,
            images=tr_n("{n} image", "{n} images", images),
            enough=FEW,
        )


def _nothing(best: Validation, steps: int) -> str:
    if best.box_map >= SOME:
        return tr(
            "Mask mAP {map:.3f}: objects are found (box mAP {box_map:.3f}), but not their masks yet. Train longer; if "
            "that changes nothing, see whether the annotations outline the objects.",
            map=best.map,
            box_map=best.box_map,
        )
    return tr(
        "Mask mAP {map:.3f}: the model has learned nothing yet, in {steps}. Train longer; if that "
        "changes nothing, see whether objects are too small for the input, and whether all are annotated.",
        map=best.map,
        steps=tr_n("{n} step", "{n} steps", steps),
    )


def _course(history: RunHistory, best: Validation, plan: Plan) -> Iterator[str]:
    """Remarks on the course of AP over the epochs, and against the loss."""
    values = [validation.map for validation in history.validations]
    if len(values) < 3:
        return
    if best.epoch >= plan.epochs and values[-1] - max(values[:-1]) >= RISE:
        yield tr("Mask mAP was still rising in the last epoch: more epochs may give a better model.")
    fall = _fall(history.losses.get("total"), best.epoch)
    if best.epoch <= history.epoch / 2 and fall >= FALL:
        yield tr(
            "Mask mAP has not risen since epoch {best} of {last}, while the training loss fell by {fall:.0%}: more "
            "images will help more than more epochs.",
            best=best.epoch,
            last=history.epoch,
            fall=fall,
        )


def _fall(loss: Curve | None, epoch: int) -> float:
    """How far the loss fell after ``epoch``, as a share of its mean in that epoch."""
    if not loss:
        return 0.0
    x, y = loss.points()
    before, after = (
        fmean([value for at, value in zip(x, y, strict=True) if end - 1 < at <= end] or [0.0]) for end in (epoch, x[-1])
    )
    return 1 - after / before if before > 0 else 0.0

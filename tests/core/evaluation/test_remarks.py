"""A figure that is worth little is not left without a word, and one that is worth something is left alone."""

import pytest

from core.evaluation.remarks import of_scores, of_training
from core.evaluation.scores import Metrics, Scores
from core.runs import events
from core.runs.events import Record
from core.runs.history import RunHistory


def training(
    values: list[float],
    *,
    images: int = 50,
    epochs: int | None = None,
    box: float | None = None,
    losses: list[float] | None = None,
    ended: bool = True,
) -> RunHistory:
    """A training with these mask APs, one an epoch of ten steps, and these mean losses."""
    said: list[events.AnyEvent] = [
        events.Plan(
            epochs=epochs or len(values),
            steps_per_epoch=10,
            train_images=20,
            validation_images=images,
            device="cpu",
            precision="fp32",
            parameters=1,
            patience=0,
        )
    ]
    best = -1.0
    for epoch, value in enumerate(values, 1):
        loss = (losses or [1.0] * len(values))[epoch - 1]
        rate = {"learning_rate": 0.1, "images_per_second": 1.0, "memory_mb": 1.0}
        for step in range(10 * epoch - 9, 10 * epoch + 1):
            said.append(events.Step(epoch=epoch, step=step, losses={"total": loss}, **rate))
        box_map = value if box is None else box
        said.append(
            events.Validation(
                epoch=epoch, map=value, map50=value, box_map=box_map, per_class={}, best=value > best, seconds=1.0
            )
        )
        best = max(best, value)
    history = RunHistory()
    said += [events.Done()] * ended
    history.add(Record(1, number, 0.0, event) for number, event in enumerate(said, 1))
    return history


def test_a_sound_training_needs_no_remark() -> None:
    assert of_training(training([0.2, 0.4, 0.5, 0.5])) == []
    assert of_training(training([0.688], images=1, ended=False)) == [], "not while it goes on"
    assert of_training(RunHistory()) == []


@pytest.mark.parametrize(("images", "words"), [(1, "0.688 on 1 image is a guess"), (9, "0.688 on 9 images is a guess")])
def test_few_images_are_a_guess(images: int, words: str) -> None:
    (remark,) = of_training(training([0.688, 0.6, 0.6], images=images))
    assert remark.startswith(words)
    assert of_training(training([0.688, 0.6, 0.6], images=10)) == []


def test_nothing_learnt_is_said_with_what_it_saw() -> None:
    (remark,) = of_training(training([0.0, 0.001]))
    assert "has learned nothing yet, in 20 steps" in remark and "0.001" in remark
    (remark,) = of_training(training([0.0, 0.001], box=0.3))
    assert "objects are found (box mAP 0.300), but not their masks" in remark
    assert of_training(training([0.0, 0.01])) == []
    (remark,) = of_training(training([0.0], images=2))
    assert "learned nothing" in remark, "however few images say so"


def test_who_still_rose_may_go_on() -> None:
    (remark,) = of_training(training([0.2, 0.3, 0.4]))
    assert "still rising in the last epoch" in remark
    assert of_training(training([0.2, 0.3, 0.302])) == [], "hardly"
    assert of_training(training([0.2, 0.3, 0.4], epochs=10)) == [], "was ended before"
    assert of_training(training([0.3, 0.4])) == [], "two points are no course"


def test_who_learns_by_heart_needs_more_images() -> None:
    values = [0.2, 0.4, 0.39, 0.38, 0.39]
    (remark,) = of_training(training(values, losses=[1.0, 0.8, 0.7, 0.6, 0.4]))
    assert "has not risen since epoch 2 of 5, while the training loss fell by 50%: more images" in remark
    assert of_training(training(values, losses=[1.0, 0.8, 0.8, 0.8, 0.75])) == []
    nan = float("nan")
    assert of_training(training(values, losses=[1.0, nan, 0.8, 0.8, nan])) == []


def test_an_evaluation_is_judged_alike() -> None:
    assert of_scores(_scores(0.5, 50)) == []
    assert of_scores(_scores(0.688, 1))[0].startswith("0.688 on 1 image is a guess")
    assert "next to nothing" in of_scores(_scores(0.004, 50))[0]
    assert of_scores(_scores(-1, 50)) == []


def _scores(ap: float, images: int) -> Scores:
    numbers = dict.fromkeys(Metrics.__struct_fields__[:12], ap)
    metrics = Metrics(**numbers, per_class={})  # type: ignore[arg-type]
    return Scores(mask=metrics, box=metrics, images=images)

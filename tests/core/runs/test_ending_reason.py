"""Every end of a training has its reason in words."""

import pytest

from core.runs import events
from core.runs.ending_reason import in_short, why_ended

EARLY = "early stopping: mask mAP has not risen by 0.001 for 10 validations"


@pytest.mark.parametrize(
    ("end", "epoch", "why"),
    [
        (None, 3, ""),
        (events.Done(summary={"ended": EARLY}), 21, EARLY),
        (events.Done(summary={"stopped": "no progress in 10 validations"}), 21, "no progress in 10 validations"),
        (events.Done(summary={"stopped": None}), 40, "all epochs: 40 of 40"),
        (events.Done(), 21, ""),  # an older run that said nothing: no reason is made up
        (events.Stopped(), 3, "on request: in epoch 3 of 40"),
        (events.Stopped(), 0, "on request"),
        (events.Stopped(summary={"ended": "on request: in epoch 3 of 40"}), 0, "on request: in epoch 3 of 40"),
        (events.Paused(epoch=5, step=100), 5, "on request: in epoch 5 of 40"),
        (events.Cancelled(), 5, "on request"),
        (events.Failed(message="the loss is no longer a number"), 5, "the loss is no longer a number"),
    ],
)
def test_why_a_training_ended(end: events.Terminal | None, epoch: int, why: str) -> None:
    assert why_ended(end, epoch, 40) == why


def test_a_list_has_room_for_the_kind_only() -> None:
    assert [in_short(why) for why in (EARLY, "all epochs: 40 of 40", "")] == ["early stopping", "all epochs", ""]

"""Why a training ended, in words: as it reported, or as its terminal event tells.

The words before a colon are enough for a list: “early stopping: mask mAP has not risen by 0.001 for 10 validations”.
"""

from core.runs import events
from core.words import tr

ALL_EPOCHS = tr("all epochs")
ON_REQUEST = tr("on request")


def why_ended(end: events.Terminal | None, epoch: int, epochs: int) -> str:
    """The reason for the end of a training that came to ``epoch`` of ``epochs``; empty while it goes on, and where it
    is not known."""
    match end:
        case events.Done(summary=summary) | events.Stopped(summary=summary):
            told = summary.get("ended") or summary.get("stopped")  # as runs said it before
            return str(told or (_on_request(epoch, epochs) if isinstance(end, events.Stopped) else _all(epoch, epochs)))
        case events.Paused(epoch=epoch):
            return _on_request(epoch, epochs)
        case events.Cancelled():
            return ON_REQUEST
        case events.Failed(message=message):
            return message
        case None:
            return ""


def in_short(why: str) -> str:
    """The words of a reason before its colon, for a list."""
    return why.partition(":")[0]


def _all(epoch: int, epochs: int) -> str:
    return tr("{all_epochs}: {epochs} of {epochs}", all_epochs=ALL_EPOCHS, epochs=epochs) if 0 < epochs <= epoch else ""


def _on_request(epoch: int, epochs: int) -> str:
    return (
        tr("{on_request}: in epoch {epoch} of {epochs}", on_request=ON_REQUEST, epoch=epoch, epochs=epochs)
        if epoch and epochs
        else ON_REQUEST
    )

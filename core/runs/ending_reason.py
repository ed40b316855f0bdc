"""Why a training ended, in words: as it reported, or as its terminal event tells.

The words before a colon are enough for a list: “early stopping: mask mAP has not risen by 0.001 for 10 validations”.
They are in the language of the process that ended the training, whoever reads them.
"""

import re

from core.runs import events
from core.words import tr

_COLON = re.compile(r"\s*[:：]")
"""A translation may have a space before it, or the wide one."""


def why_ended(end: events.Terminal | None, epoch: int, epochs: int) -> str:
    """The reason for the end of a training that came to ``epoch`` of ``epochs``; empty while it goes on, and where it
    is not known."""
    match end:
        case events.Done(summary=summary) | events.Stopped(summary=summary):
            if reason := summary.get("ended") or summary.get("stopped"):  # the key in runs of earlier versions
                return str(reason)
            if isinstance(end, events.Stopped):
                return _on_request(epoch, epochs)
            return tr("all epochs: {epochs} of {epochs}", epochs=epochs) if 0 < epochs <= epoch else ""
        case events.Paused(epoch=epoch):
            return _on_request(epoch, epochs)
        case events.Cancelled():
            return tr("on request")
        case events.Failed(message=message):
            return message
        case None:
            return ""


def in_short(why: str) -> str:
    """The words of a reason before its colon, for a list."""
    return _COLON.split(why, maxsplit=1)[0]


def _on_request(epoch: int, epochs: int) -> str:
    if not (epoch and epochs):
        return tr("on request")
    return tr("on request: in epoch {epoch} of {epochs}", epoch=epoch, epochs=epochs)

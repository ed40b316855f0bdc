"""Looks at images one after the other and keeps what is found in them as suggestions."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.annotation.suggestions.suggestions import Suggestion, Suggestions, write
from core.dataset import Dataset, Image
from core.errors import UserError, no_image_readable
from core.runs.control import PROGRESS_EVERY, Check, Report, StopRequested, Throttle
from core.runs.events import Log, Progress, Warning
from core.words import tr, tr_n

_KEEP_EVERY = 30.0
"""Seconds of work that may be lost."""


def make(
    dataset: Dataset,
    begun: Suggestions,
    images: Sequence[Image],
    find: Callable[[Image], tuple[Suggestion, ...]],
    report: Report,
    check: Check,
) -> dict[int, tuple[Suggestion, ...]]:
    """What ``find`` suggests for each image, by ``Image.index``; kept beside what ``begun`` holds of other images.

    An image for which ``find`` raises ``UserError`` is reported and left out; ``UserError`` where that is so for all of
    them. What there is is kept every half minute, and when it is asked to stop.
    """
    found: dict[int, tuple[Suggestion, ...]] = {}
    unreadable: list[UserError] = []
    keeping, telling = Throttle(_KEEP_EVERY), Throttle(PROGRESS_EVERY)

    def keep() -> None:
        write(dataset, replace(begun, images={**begun.images, **found}))

    try:
        for done, image in enumerate(images, 1):
            check()
            try:
                found[image.index] = find(image)
            except UserError as error:
                report(Warning(message=error.message, hint=error.hint))
                unreadable.append(error)
            if telling.due() or done == len(images):
                report(Progress(done=done, total=len(images), unit=tr("images")))
            if keeping.due():
                keep()
    except StopRequested:
        keep()
        raise
    if unreadable and not found:
        raise no_image_readable(unreadable)
    keep()
    if unreadable:
        report(
            Log(
                message=tr(
                    "{unreadable:,} of {images} could not be read.",
                    unreadable=len(unreadable),
                    images=tr_n("{n} image", "{n} images", len(images)),
                )
            )
        )
    return found

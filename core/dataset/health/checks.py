"""The slow checks: those that decode every annotation or open every picture. Each is done once for a dataset, whichever
thread asks first."""

import contextlib
from collections.abc import Sequence
from itertools import pairwise

from core.dataset.coco.entries import stated_fields
from core.dataset.dataset import Dataset
from core.dataset.folder.layout import relative_to
from core.dataset.health.crowds import HINT, crowds
from core.dataset.health.image_sizes import OWN_SIZE_TAKEN
from core.dataset.lenient_json import identity
from core.dataset.model import Image
from core.dataset.problems import Problem, ProblemLog, Remedy
from core.errors import UserError
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress, Warning
from core.words import tr, tr_n

_KINDS = 20
"""Kinds of problems that are reported as warnings."""
_LOOKED_AT = 2000
"""Images whose pictures are looked at before a job."""


def examine(dataset: Dataset, report: Report = ignore, check: Check = never, *, pictures: bool = True) -> list[Problem]:
    """Look into every annotation and, unless told not to, at the header of every picture; returns all problems of the
    dataset.

    Takes a while with many images: meant for a thread of its own.
    """
    foreign_images(dataset, report, check)
    if pictures:
        dataset.once("headers", lambda: dataset.set_problems("headers", _examine_pictures(dataset, report, check)))
    return dataset.problems


def foreign_images(dataset: Dataset, report: Report = ignore, check: Check = never) -> frozenset[int]:
    """By ``Image.index``, the images some of whose annotations do not stand in the file as COCO has them. Looks into
    every annotation for it, and notes their faults."""

    def look() -> frozenset[int]:
        problems, foreign = _examine_annotations(dataset, report, check)
        dataset.set_problems("annotations", problems)
        return foreign

    return dataset.once("foreign images", look)


def _examine_annotations(dataset: Dataset, report: Report, check: Check) -> tuple[list[Problem], frozenset[int]]:
    """The faults of every annotation (what is left out of masks, boxes that had to be guessed), ``foreign_images``."""
    log = ProblemLog()
    foreign = set()
    progress = Throttle(PROGRESS_EVERY)
    for done, image in enumerate(dataset.images, 1):
        check()
        for place, (_, faults, plain) in enumerate(dataset.read_instances(image)):
            if not plain:
                foreign.add(image.index)
            for message, remedy in faults:
                log.add(_file(dataset, image), _called(dataset, image, place), message, remedy, image.index)
        if progress.due() or done == len(dataset.images):
            report(Progress(done=done, total=len(dataset.images), unit=tr("images")))
    for (first, end), file in zip(pairwise(dataset.first_images), dataset.files, strict=True):
        if doubt := crowds(dataset, dataset.images[first:end]).doubt():
            log.add(relative_to(dataset.root, file.path), "", doubt, HINT)
    return log.problems(), frozenset(foreign)


def _called(dataset: Dataset, image: Image, place: int) -> str:
    """What problems call one of the instances of an image: by the id that the file has for it, if it has one."""
    annotations = dataset.annotations
    row = annotations.rows(image.index).start + place
    id = identity(stated_fields(annotations.entries[annotations.order[row]]).id)
    if id is None:
        return tr("an annotation without an id (image {image})", image=image.id)
    return tr("annotation {id} (image {image})", id=id, image=image.id)


def _examine_pictures(dataset: Dataset, report: Report, check: Check) -> list[Problem]:
    """Pictures that cannot be opened, that break off, or that have another size than the file states. Reads only their
    headers and the ends of their files."""
    from core.images.decoding import PictureFault, faults

    log = ProblemLog()
    progress = Throttle(PROGRESS_EVERY)
    for done, image in enumerate(dataset.images, 1):
        check()
        if dataset.has_picture(image):
            entry = tr("image {id} ({file_name})", id=image.id, file_name=image.file_name)
            try:
                found = faults(dataset.image_path(image), (image.height, image.width))
            except UserError as error:
                found = [PictureFault(error.message, error.hint, "broken_picture")]
            for message, hint, kind in found:
                log.add(_file(dataset, image), entry, message, Remedy(kind, hint), image.index)
        if progress.due() or done == len(dataset.images):
            report(Progress(done=done, total=len(dataset.images), unit=tr("images")))
    return log.problems()


def warn_of_sizes(dataset: Dataset, images: Sequence[Image], report: Report) -> None:
    """Say, where nobody sees the problems of a dataset, that pictures have another size than the file states. Reads
    headers, of very many images those of some."""
    from core.images.decoding import size_faults

    wanted = {image.index for image in images}
    faulty = [
        (tr("{entry} {fault}", entry=problem.entry, fault=problem.message), problem.hint)
        for problem in dataset.problems
        if problem.kind == OWN_SIZE_TAKEN.kind and problem.image in wanted
    ]
    for image in images[:: max(len(images) // _LOOKED_AT, 1)]:
        with contextlib.suppress(UserError):  # it is reported when it is to be read
            found = size_faults(dataset.image_path(image), (image.height, image.width))
            faulty += [
                (tr("image {id} ({file_name}) {fault}", id=image.id, file_name=image.file_name, fault=fault), hint)
                for fault, hint, _ in found
            ]
    if faulty:
        first, hint = faulty[0]
        message = tr(
            "The file states other sizes than {number:,} of {pictures} have; the first: {first}.",
            number=len(faulty),
            pictures=tr_n("{n} picture", "{n} pictures", len(images)),
            first=first,
        )
        report(Warning(message=message, hint=hint, matters=True))


def warn_of_unread(dataset: Dataset, report: Report) -> None:
    """Say which annotation files could not be read, beside those that could."""
    for problem in dataset.failed:
        message = tr("{file} {fault}.", file=problem.file, fault=problem.message)
        report(Warning(message=message, hint=_as_sentence(problem.hint), matters=True))


def warn_of_leftovers(dataset: Dataset, report: Report) -> None:
    """Say which files in the folder of a dataset, such as annotations in other formats, are not read."""
    for problem in dataset.leftovers:
        message = tr("{where}: {message}", where=problem.file, message=problem.message)
        report(Warning(message=message, hint=_as_sentence(problem.hint), matters=True))


def warn_of_crowds(dataset: Dataset, images: Sequence[Image], report: Report) -> None:
    """Say how many instances of some images are crowds that look like single objects."""
    if doubt := crowds(dataset, images).doubt():
        report(Warning(message=_as_sentence(doubt), hint=_as_sentence(HINT), matters=True))


def _as_sentence(phrase: str) -> str:
    return f"{phrase[:1].upper()}{phrase[1:]}."


def _file(dataset: Dataset, image: Image) -> str:
    return relative_to(dataset.root, dataset.files[dataset.file_number(image)].path)


def report_problems(problems: Sequence[Problem], report: Report) -> None:
    """Report problems as warnings: the first of each kind, and how many there are of it."""
    kinds: dict[str, list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(problem.kind + problem.hint, []).append(problem)
    for of_kind in list(kinds.values())[:_KINDS]:
        first = of_kind[0]
        where = " ".join(filter(None, (first.file, first.entry)))
        message = tr("{where}: {message}", where=where, message=first.message)
        if len(of_kind) > 1:
            message = tr(
                "{where}: {message}, and {n:,} more like it", where=where, message=first.message, n=len(of_kind) - 1
            )
        report(Warning(message=message, hint=first.hint))

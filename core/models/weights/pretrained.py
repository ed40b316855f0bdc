"""Public weights: getting them, and putting them into a network.

Each architecture's ``Segmenter`` lists its own. They are looked for in a folder (``$MASKWRIGHT_WEIGHTS``, else
``weights`` in Maskwright's home), then on a mirror (the address ``$MASKWRIGHT_MIRROR``, with the files by their
published names), then where their authors publish them. What ships with Maskwright is there when nothing better can be
had. Only ``load_into`` imports torch.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.errors import UserError
from core.models.weights.published import PublicWeights, fetched, folder
from core.resources import resource_folder
from core.runs.control import Check, Report
from core.runs.events import Log, Warning
from core.runs.folder import RunFolder
from core.runs.model_file import described, metadata
from core.runs.summary import validated_classes
from core.words import some_of, tr, tr_n

if TYPE_CHECKING:
    from core.models.segmenter import Segmenter


_LISTED = 5
"""Most names of classes in a message."""


_ENDINGS = (".safetensors", ".pth", ".pt")


class _Listing(Protocol):
    """What is asked of a ``Segmenter``, so that torch need not be imported."""

    @property
    def public_weights(self) -> Mapping[str, PublicWeights]: ...

    @property
    def bundled_weights(self) -> Mapping[str, str]: ...


def obtain(segmenter: _Listing, names: Sequence[str], report: Report, check: Check) -> Path | None:
    """The file of the first of ``names`` that can be had, best first; what ships comes last.

    When no public weights can be had, that is said in one warning, with what ships instead, else the answer is
    ``None``; without a network this takes three seconds. Raises ``UserError`` for a name that ``segmenter`` does not
    list, and what ``check`` raises.
    """
    public, bundled = segmenter.public_weights, segmenter.bundled_weights
    for name in names:
        if name not in public and name not in bundled:
            raise UserError(
                tr("there are no public weights called “{name}”", name=name),
                tr("known are {names}", names=", ".join([*public, *bundled])),
            )
    shipped = next((name for name in names if name in bundled), None)
    problems: list[str] = []
    unreachable: set[str | None] = set()
    for name in names:
        if name in bundled:
            continue
        weights = public[name]
        # In the folder it lies under its published name, or under ours.
        files = [folder() / file for file in (weights.file_name, *(name + ending for ending in _ENDINGS))]
        path = next(filter(Path.is_file, files), None) or fetched(
            weights, folder(), problems, unreachable, report, check
        )
        if path:
            for problem in problems:
                report(
                    Log(message=tr("{problem}; starting from {title} instead", problem=problem, title=weights.title))
                )
            return path
    if problems:
        best = next(public[name] for name in names if name in public)
        title, why = best.title, "; ".join(problems)
        message = tr("{title} cannot be had: {problems}.", title=title, problems=why)
        if shipped:
            message = tr(
                "{title} cannot be had: {problems}. Starting from {bundled}.",
                title=title,
                problems=why,
                bundled=bundled[shipped],
            )
        hint = tr(
            "Put {file} into {folder}, or name a mirror in MASKWRIGHT_MIRROR.", file=best.file_name, folder=folder()
        )
        report(Warning(message=message, hint=hint))
    return resource_folder("weights") / f"{shipped}.safetensors" if shipped else None


def load_into(segmenter: "Segmenter", path: Path, classes: Sequence[str], report: Report) -> None:
    """Start ``segmenter``, which learns ``classes``, from the weights in a file: public ones of its architecture, or a
    Maskwright model's.

    Classes of the same name continue with their heads, which is reported. Layers that fine-tuning should leave alone
    are frozen. Raises ``UserError`` when the file cannot be read or belongs to another architecture.
    """
    from core.models.weights.checkpoint import class_count, fill
    from core.models.weights.weights_file import read_tensors

    tensors = read_tensors(path)
    try:
        weights = segmenter.translate(tensors)
        if tensors.keys() == segmenter.state_dict().keys():
            rows = class_count(tensors, segmenter.class_rows)
            own = next((names for names in _own_classes(path) if len(names) == rows), None)
            weights = weights._replace(classes=own or weights.classes)
        continued = fill(segmenter, weights, classes)
    except UserError as error:
        raise UserError(tr("{path} does not fit: {message}", path=path, message=error.message), error.hint) from error
    report(Log(message=_in_words(classes, continued)))
    segmenter.freeze_pretrained()


def _own_classes(path: Path) -> Iterator[list[str]]:
    """What may be the classes of a model of ours, in the order of their rows, the surest first: as the weights say, as
    they were when the model was found to be the best, as ``model.json`` has them. In earlier versions that file could
    become one of other classes."""
    if path.suffix == ".safetensors":
        if spec := described(path):
            yield [item.name for item in spec.classes]
        if named := metadata(path).get("classes"):
            yield named.split(",")
    run = RunFolder(path.parent.parent)
    yield validated_classes(run)
    for place in (run, RunFolder(path.parent)):
        if spec := place.read_model():
            yield [item.name for item in spec.classes]


def _in_words(classes: Sequence[str], continued: Sequence[str]) -> str:
    new = [name for name in classes if name not in continued]
    names = some_of(new, _LISTED)
    if not continued:
        return tr("The weights know none of the classes; new: {names}", names=names)
    if not new:
        return tr_n(
            "{n} of {classes} classes continues with its head",
            "{n} of {classes} classes continue with their heads",
            len(continued),
            classes=len(classes),
        )
    return tr_n(
        "{n} of {classes} classes continues with its head; new: {names}",
        "{n} of {classes} classes continue with their heads; new: {names}",
        len(continued),
        classes=len(classes),
        names=names,
    )

"""What all kinds of jobs have in common, and how their fields are typed on the command line: read by the command, and
written by “Copy as command”."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import msgspec

from core.plain_text import printable
from core.recipes.model_spec import MAX_DETECTIONS
from core.words import tr

Reading = Literal["as it is", "path", "run", "pictures"]
"""What a typed text stands for: a ``path`` is made absolute, a ``run`` may be given by its name, ``pictures`` are
files, folders or globs."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A field that is given by its place; a tuple takes several words."""

    metavar: str
    help: str
    reading: Reading = "path"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A field that is given by its name, ``--validation-images``, unless ``names`` says otherwise; a tuple by repeating
    it."""

    help: str | None = None
    names: tuple[str, ...] = ()
    metavar: str | None = None
    reading: Reading = "as it is"
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    default: str | None = None
    """What is meant when nothing is typed, where the field itself has no default."""
    shown_default: str | None = None
    """Words for a default that is no value."""
    always: bool = False
    """Written even when it is the default."""

    def require(self, field: str, value: Any) -> None:
        """Raises ``ValueError`` where ``value`` of ``field`` is none of the choices or not within the bounds."""
        if self.choices and value not in self.choices:
            raise ValueError(tr("{field} is one of {choices}", field=field, choices=", ".join(self.choices)))
        if value is not None and self.least is not None and not value >= self.least:
            raise ValueError(tr("{field} is at least {least:g}", field=field, least=self.least))
        if value is not None and self.most is not None and not value <= self.most:
            raise ValueError(tr("{field} is at most {most:g}", field=field, most=self.most))

    def words(self, field: str, value: Any) -> list[str]:
        """The words that give ``value`` to the field called ``field``."""
        name = self.names[0] if self.names else f"--{field.replace('_', '-')}"
        if isinstance(value, bool):
            return [name if value else f"--no-{name.removeprefix('--')}"]
        values = value if isinstance(value, tuple) else (value,)
        return [word for one in values for word in (name, str(one))]


RUN = Argument("RUN", tr("The folder or the name of a training run."), "run")
MODEL = Argument("MODEL", tr("A run (its folder or name), or an exported model.xml."), "run")
DATASET = Argument("DATASET", tr("A dataset folder or a COCO file."))
LIMIT = Option(
    help=tr("Find up to so many objects in an image."),
    metavar="N",
    least=1,
    most=MAX_DETECTIONS,
    shown_default=tr("as trained"),
)


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """Base of all jobs: what a process is asked to do, as ``job.json`` holds it. Paths are absolute.

    A field says by an ``Argument`` or an ``Option`` in its annotation how it is typed; a kind of which some field does
    not has a command written by hand.
    """

    help: ClassVar[str]
    """What the command does, in a sentence."""

    function: ClassVar[str]
    """``module:function`` of what does the job, imported when there is one to do; called with the job, its run folder,
    ``report`` and ``check`` (see ``core.runs.control``)."""
    icon: ClassVar[str]
    """Name of a Phosphor icon."""
    page: ClassVar[str] = "train"
    """Key of the page of the window that shows such a job."""
    resumable: ClassVar[bool] = False
    """Whether such a job can be paused and resumed; others can only be stopped."""
    finding: ClassVar[str] = ""
    """The figure of the summary, if any, for which the command ends with 1 where it is not 0."""
    result: ClassVar[str] = ""
    """The file in the run folder, if any, that holds what the job found; the command prints it with ``--json``, and the
    figures of the summary where there is none."""

    def __post_init__(self) -> None:
        """Raises ``ValueError`` where a value is not within the bounds of its option: ``job.json`` may be edited."""
        for field, typed in typed_fields(type(self)):
            if isinstance(typed, Option):
                typed.require(field.name, getattr(self, field.name))

    @classmethod
    def kind(cls) -> str:
        """The kind's name, in ``job.json`` and as the name of its command."""
        return str(cls.__struct_config__.tag)

    @property
    def title(self) -> str:
        """What the job is called in a list."""
        raise NotImplementedError

    @property
    def processes(self) -> int:
        """How many processes do the job together."""
        return 1

    def arguments(self) -> list[str]:
        """The words after ``maskwright`` that ask for this job. What equals the default is mostly left out."""
        words = [self.kind()]
        for field, typed in typed_fields(type(self)):
            value = getattr(self, field.name)
            if isinstance(typed, Argument):
                words += value if isinstance(value, tuple) else [value]
            elif typed.always or value != field.default:
                words += typed.words(field.name, value)
        return words


def typed_fields(kind: type[Job]) -> Iterator[tuple[msgspec.structs.FieldInfo, Argument | Option]]:
    """The fields of a kind that say how they are typed, and how."""
    for field in msgspec.structs.fields(kind):
        metadata: tuple[Any, ...] = getattr(field.type, "__metadata__", ())
        for typed in metadata:
            if isinstance(typed, Argument | Option):
                yield field, typed


def dataset_name(path: str) -> str:
    """What the dataset at ``path`` is called: its folder; with the file where one was opened by itself."""
    place = Path(path)
    if place.suffix.lower() != ".json":
        return printable(place.name)
    inside = place.parent.name.lower().startswith("annotation")
    return printable(f"{(place.parent.parent if inside else place.parent).name}/{place.name}")

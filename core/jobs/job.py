"""What all kinds of jobs have in common."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from core.jobs.words import Argument, Option
from core.plain_text import printable


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """Base of all jobs: what a process is asked to do, as ``job.json`` holds it. Paths are absolute.

    The first paragraph of a kind's docstring is the help of its command. A field says by an ``Argument`` or an
    ``Option`` in its annotation how it is typed; a kind of which some field does not has a command written by hand.
    """

    function: ClassVar[str]
    """``module:function`` of what does the job, imported when there is one to do; called with the job, its run folder,
    ``report`` and ``check`` (see ``core.runs.control``)."""
    icon: ClassVar[str]
    """Name of a Phosphor icon."""
    page: ClassVar[str] = "train"
    """Key of the page of the window that shows such a job."""
    resumable: ClassVar[bool] = False
    """Whether such a job can be paused and resumed; others can only be stopped."""

    def __post_init__(self) -> None:
        """Raises ``ValueError`` where a value is not within the bounds of its option: ``job.json`` may be edited."""
        for field, typed in typed_fields(type(self)):
            if isinstance(typed, Option):
                typed.require(field.name, getattr(self, field.name))

    @classmethod
    def kind(cls) -> str:
        """The kind's name, in ``job.json`` and as the verb of its command."""
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

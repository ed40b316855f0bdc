"""How the fields of a job are typed on the command line: read by the command, and written by “Copy as command”."""

from dataclasses import dataclass
from typing import Any, Literal

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

"""The recipes that ship, read from ``resources/recipes``, and reading a recipe of one's own."""

import contextlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from core.errors import UserError
from core.reading import read_yaml
from core.recipes.fields import fields
from core.recipes.schema import Recipe, ScheduleName, TrainingSettings
from core.resources import resource_folder
from core.words import tr, translated

FOLDER = resource_folder("recipes")


@cache
def catalogue() -> tuple[Recipe, ...]:
    """All recipes that ship, by name, with what they say of themselves in the person's language."""
    return tuple(
        msgspec.structs.replace(
            recipe, good_for=translated(recipe.good_for), why_schedule=translated(recipe.why_schedule)
        )
        for recipe in map(read, sorted(FOLDER.glob("*.yaml")))
    )


def find(name: str) -> Recipe:
    """The recipe called ``name``, or read from the file ``name``. Raises ``UserError`` when there is neither."""
    for recipe in catalogue():
        if recipe.name == name:
            return recipe
    if name.endswith((".yaml", ".yml")):
        return read(Path(name))
    raise UserError(
        tr("there is no recipe called “{name}”", name=name),
        tr("choose one of {names}", names=", ".join(recipe.name for recipe in catalogue())),
    )


def read(path: Path) -> Recipe:
    """The recipe in a YAML file, as it stands there. Raises ``UserError`` naming the file and the setting that is
    wrong."""
    return read_yaml(
        path, Recipe, tr("{path} is not a recipe: {reason}"), tr("“maskwright find” lists those that ship")
    )


def with_settings(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """A copy of ``recipe`` with some settings changed.

    Values may be strings, as from a command line. Raises ``UserError`` naming the setting and its range.
    """
    known = {field.name: field for field in fields()}
    for name in changes:
        if name not in known:
            raise UserError(
                tr("there is no setting called “{name}”", name=name),
                tr("settings are {names}", names=", ".join(sorted(known))),
            )
    values = msgspec.to_builtins(recipe.settings) | dict(changes)
    numbers = {}
    for name, value in changes.items():  # “.5” is a number in Python and not in JSON
        if known[name].kind == "float" and isinstance(value, str):
            with contextlib.suppress(ValueError):
                numbers[name] = float(value)
    try:
        settings = msgspec.convert(values | numbers, TrainingSettings, strict=False)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$.")
        name = where.rstrip("`")
        raise UserError(
            tr(
                "{name} = {value!r} will not do: {problem}",
                name=name,
                value=values.get(name),
                problem=problem[:1].lower() + problem[1:],
            )
        ) from error
    return msgspec.structs.replace(recipe, settings=settings)


def with_schedule(recipe: Recipe, name: ScheduleName) -> Recipe:
    """The recipe that ships under the same name, set to one of its schedules; all settings as shipped.

    Raises ``UserError`` when it has no such schedule.
    """
    shipped = next((other for other in catalogue() if other.name == recipe.name), recipe)
    if name == shipped.schedule:
        return shipped
    if name not in shipped.alternatives:
        raise UserError(
            tr("{title} has no schedule “{name}”", title=shipped.title, name=name),
            tr("it has {schedule}", schedule=shipped.schedule),
        )
    return msgspec.structs.replace(with_settings(shipped, shipped.alternatives[name]), schedule=name)


def changes(recipe: Recipe) -> dict[str, Any]:
    """The settings that differ from the shipped recipe of that name with the same schedule, or from the defaults for a
    recipe of one's own."""
    shipped = any(other.name == recipe.name for other in catalogue())
    reference = msgspec.to_builtins(with_schedule(recipe, recipe.schedule).settings if shipped else TrainingSettings())
    return {name: value for name, value in msgspec.to_builtins(recipe.settings).items() if value != reference[name]}

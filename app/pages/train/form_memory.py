"""What a person set in the form the last time, for each recipe: it is there again after a restart."""

import json
from collections.abc import Mapping
from typing import Any

from app.settings.settings import Settings
from core.errors import UserError
from core.recipes.catalogue import with_settings
from core.recipes.schema import Recipe

_LAST = "train/recipe"


class FormMemory:
    """Reads and writes the settings of the window."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def last(self) -> str | None:
        """The name of the recipe that was chosen last."""
        return self._settings.text(_LAST)

    def keep(self, recipe: Recipe, changes: Mapping[str, Any]) -> None:
        """``recipe`` with its schedule is chosen, and these settings differ from it."""
        self._settings.write(_LAST, recipe.name)
        told = {"schedule": recipe.schedule, "changes": dict(changes)}
        self._settings.write(_place(recipe), json.dumps(told))

    def schedule(self, shipped: Recipe) -> str | None:
        """The schedule that was chosen for a recipe; ``None`` where that is not known."""
        return self._read(shipped).get("schedule")

    def changes(self, recipe: Recipe) -> dict[str, Any]:
        """The settings that a person changed; without those that this version does not take."""
        told, kept = self._read(recipe).get("changes"), {}
        for name, value in told.items() if isinstance(told, dict) else ():
            try:
                with_settings(recipe, {name: value})
            except UserError:
                continue
            kept[name] = value
        return kept

    def _read(self, recipe: Recipe) -> dict[str, Any]:
        try:
            told = json.loads(self._settings.text(_place(recipe)) or "{}")
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}


def _place(recipe: Recipe) -> str:
    return f"train/form/{recipe.name}"

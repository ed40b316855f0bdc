"""The settings of a recipe as a form, and what a person left in it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.pages.train.setting_editor import SettingEditor, choice_words
from app.settings.settings import Settings
from app.style import tokens
from app.widgets.containers import Disclosure, column
from app.widgets.flow import Flow
from app.widgets.labels import label
from core.errors import UserError
from core.recipes.catalogue import with_settings
from core.recipes.fields import Field, fields
from core.recipes.schema import Recipe
from core.words import tr

_CELL = 216
_FIELDS = fields()
_GROUPS = {
    "optimizer": "Optimizer",
    "schedule": "Schedule",
    "data": "Data",
    "augmentation": "Augmentation",
    "tiling": "Tiling",
    "run": tr("Run and when to stop"),
}


class SettingsForm(QWidget):
    """The three settings that matter, and the rest folded away: those are made one by one while nobody waits."""

    changed = Signal()
    made = Signal()
    """All settings have their cells."""

    def __init__(self, beside: Mapping[str, QWidget] | None = None) -> None:
        """``beside``: what stands under the heading of a group, besides its settings."""
        super().__init__()
        self.cells: dict[str, SettingEditor] = {}
        self._beside = beside or {}
        self.usual: dict[str, Any] = {}
        """The recipe's values."""
        self._folded: dict[str, Any] = {}
        """Values of settings that have no cell yet."""
        self._filling = False
        basic = _flow()
        for field in _FIELDS:
            if field.group == "basic":
                basic.addWidget(self._make(field))
        content = QWidget()
        content.setLayout(column(gap=tokens.SMALL))
        self.rest = Disclosure(tr("All settings"), content)
        self._making = self._make_rest()
        self._maker = QTimer(self, interval=0)
        self._maker.timeout.connect(self._make_next)
        self.rest.button.toggled.connect(self.prepare)
        self.setLayout(column(basic, self.rest, gap=tokens.SMALL))

    def prepare(self) -> None:
        """Make the cells that are folded away, one each time the window has nothing else to do."""
        self._maker.start()

    def _make(self, field: Field) -> SettingEditor:
        cell = self.cells[field.name] = SettingEditor(field)
        if field.name in self._folded:
            cell.start_from(self.usual[field.name], self._folded.pop(field.name))
            _settle(cell, self.values())
        cell.changed.connect(self._changed)
        return cell

    def _make_rest(self) -> Iterator[None]:
        content = self.rest.content.layout()
        assert content is not None
        for group, title in _GROUPS.items():
            heading = label(title, "heading")
            heading.setContentsMargins(0, tokens.MEDIUM if content.count() else 0, 0, 0)
            content.addWidget(heading)
            if group in self._beside:
                content.addWidget(self._beside[group])
                yield
            cells = QWidget()
            cells.setLayout(flow := _flow())
            content.addWidget(cells)
            for field in _FIELDS:
                if field.group == group:
                    cell = self._make(field)
                    flow.addWidget(cell)
                    for part in cell.findChildren(QWidget):
                        part.ensurePolished()  # or all of it would be styled in the frame that unfolds it
                    yield

    def _make_next(self) -> None:
        try:
            next(self._making)
        except StopIteration:
            self._maker.stop()
            self.made.emit()

    def show_recipe(self, recipe: Recipe, changes: Mapping[str, Any] | None = None) -> None:
        """Start from the recipe's settings, with some already changed."""
        self.usual = msgspec.to_builtins(recipe.settings)
        values = self.usual | dict(changes or {})
        self._folded = {name: value for name, value in values.items() if name not in self.cells}
        self._filling = True
        for name, cell in self.cells.items():
            cell.start_from(self.usual[name], values[name])
        self._filling = False
        self._changed()

    def set_value(self, name: str, value: Any) -> None:
        """Change one setting, as if the person had."""
        if name in self.cells:
            self.cells[name].show_value(value)
        else:
            self._folded[name] = value
            self._changed()

    def values(self) -> dict[str, Any]:
        """What stands there, by the names of the settings."""
        return self._folded | {name: cell.value() for name, cell in self.cells.items()}

    def changes(self) -> dict[str, Any]:
        """The settings that differ from the recipe's."""
        return {name: value for name, value in self.values().items() if value != self.usual[name]}

    def problem(self) -> str:
        """What is wrong with the first value that will not do; empty when all will."""
        for cell in self.cells.values():
            if problem := cell.problem():
                return f"{cell.field.title}: {problem}"
        return ""

    def _changed(self) -> None:
        if self._filling:
            return
        values = self.values()
        for cell in self.cells.values():
            _settle(cell, values)
        basic = {field.name for field in _FIELDS if field.group == "basic"}
        hidden = self.changes().keys() - basic
        self.rest.button.setText(
            tr("All settings · {hidden} changed", hidden=len(hidden)) if hidden else tr("All settings")
        )
        self.changed.emit()


def _settle(cell: SettingEditor, values: Mapping[str, Any]) -> None:
    """Grey the cell out when its setting does not matter with the others as they are."""
    if cell.field.needs is not None:
        name, choices = cell.field.needs
        cell.rest("" if values[name] in choices else _only_with(name, choices))


def _only_with(name: str, choices: tuple[str, ...]) -> str:
    """“Only with tiling: by hand.”"""
    title = next(field.title for field in _FIELDS if field.name == name)
    return tr(
        "Only with {lower}: {choice_words}.",
        lower=title.lower(),
        choice_words=" or ".join(choice_words(choice) for choice in choices),
    )


def _flow() -> Flow:
    return Flow(gap=tokens.MEDIUM, stretch_to=_CELL)


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

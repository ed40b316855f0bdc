"""The settings of a recipe as a form, and its values as they were left, remembered for each recipe."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.pages.train.setting_editor import SettingEditor, value_text
from app.settings.settings import Settings
from app.style import tokens
from app.widgets.containers import Disclosure, column
from app.widgets.flow import Flow
from app.widgets.labels import label
from core.errors import UserError
from core.recipes.catalogue import with_settings
from core.recipes.fields import SettingField, fields
from core.recipes.schema import Recipe
from core.words import tr, tr_n

_CELL = 216
_FIELDS = {field.name: field for field in fields()}
_GROUPS = {
    "optimizer": tr("Optimizer"),
    "schedule": tr("Schedule"),
    "data": tr("Data"),
    "augmentation": tr("Augmentation"),
    "tiling": tr("Tiling"),
    "run": tr("Run and when to stop"),
}


class SettingsForm(QWidget):
    """The three settings that matter, and the rest folded away: their cells are made one by one while nobody waits."""

    changed = Signal()
    made = Signal()
    """All settings have their cells."""

    def __init__(self, beside: Mapping[str, QWidget] | None = None) -> None:
        """``beside``: what stands under the heading of a group, besides its settings."""
        super().__init__()
        self.cells: dict[str, SettingEditor] = {}
        self.defaults: dict[str, Any] = {}
        """The recipe's values."""
        self._beside = beside or {}
        self._folded: dict[str, Any] = {}
        """Values of settings that have no cell yet."""
        self._filling = False
        basic = Flow(gap=tokens.MEDIUM, stretch_to=_CELL)
        for field in _FIELDS.values():
            if field.group == "basic":
                basic.addWidget(self._make_cell(field))
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

    def _make_cell(self, field: SettingField) -> SettingEditor:
        cell = self.cells[field.name] = SettingEditor(field)
        if field.name in self._folded:
            cell.start_from(self.defaults[field.name], self._folded.pop(field.name))
            _enable(cell, self.values())
        cell.changed.connect(self._on_changed)
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
            cells.setLayout(flow := Flow(gap=tokens.MEDIUM, stretch_to=_CELL))
            content.addWidget(cells)
            for field in _FIELDS.values():
                if field.group == group:
                    cell = self._make_cell(field)
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
        self.defaults = msgspec.to_builtins(recipe.settings)
        values = self.defaults | dict(changes or {})
        self._folded = {name: value for name, value in values.items() if name not in self.cells}
        self._filling = True
        for name, cell in self.cells.items():
            cell.start_from(self.defaults[name], values[name])
        self._filling = False
        self._on_changed()

    def set_value(self, name: str, value: Any) -> None:
        """Change one setting, as if the person had."""
        if name in self.cells:
            self.cells[name].show_value(value)
        else:
            self._folded[name] = value
            self._on_changed()

    def values(self) -> dict[str, Any]:
        """What the form says, by the names of the settings."""
        return self._folded | {name: cell.value() for name, cell in self.cells.items()}

    def changes(self) -> dict[str, Any]:
        """The settings that differ from the recipe's."""
        return {name: value for name, value in self.values().items() if value != self.defaults[name]}

    def problem(self) -> str:
        """What is wrong with the first value that will not do; empty when all will."""
        for cell in self.cells.values():
            if problem := cell.problem():
                return f"{cell.field.title}: {problem}"
        return ""

    def _on_changed(self) -> None:
        if self._filling:
            return
        values = self.values()
        for cell in self.cells.values():
            _enable(cell, values)
        folded = sum(_FIELDS[name].group != "basic" for name in self.changes())
        title = (
            tr_n("All settings · {n} changed", "All settings · {n} changed", folded) if folded else tr("All settings")
        )
        self.rest.button.setText(title)
        self.changed.emit()


def _enable(cell: SettingEditor, values: Mapping[str, Any]) -> None:
    """Let a cell be edited where its setting has an effect with the other ``values``: “Only with “Tiling”: by hand.”"""
    if cell.field.needs is None:
        return
    name, choices = cell.field.needs
    if values[name] in choices:
        cell.disable("")
        return
    *others, needed = (value_text(choice) for choice in choices)
    if others:
        needed = tr("{choices} or {choice}", choices=", ".join(others), choice=needed)
    cell.disable(tr("Only with “{setting}”: {choice}.", setting=_FIELDS[name].title, choice=needed))


_FORM = "train/form/{recipe}"
CHOSEN = "train/recipe"
"""Where the settings of the window keep the name of the recipe that was chosen last."""


def remember(settings: Settings, recipe: Recipe, changes: Mapping[str, Any]) -> None:
    """Keep that ``recipe`` with its schedule is chosen, and that these settings differ from it."""
    settings.write(CHOSEN, recipe.name)
    form = {"schedule": recipe.schedule, "changes": dict(changes)}
    settings.write(_FORM.format(recipe=recipe.name), json.dumps(form))


def recall(settings: Settings, recipe: Recipe) -> tuple[str | None, dict[str, Any]]:
    """The schedule that was chosen for a recipe, ``None`` where that is not known; and the settings that a person
    changed, without those that this version does not take."""
    try:
        form = json.loads(settings.text(_FORM.format(recipe=recipe.name)) or "{}")
        schedule, entries = form.get("schedule"), form.get("changes", {}).items()
    except (ValueError, AttributeError):  # another version wrote it, or a person
        return None, {}
    changes = {}
    for name, value in entries:
        try:
            with_settings(recipe, {name: value})
        except UserError:
            continue
        changes[name] = value
    return schedule, changes

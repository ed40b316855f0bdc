"""The form of a recipe's settings, made from the schema: nothing here knows a setting by name."""

from collections.abc import Mapping
from typing import Any

import msgspec
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QSizePolicy, QWidget

from app import theme, tokens
from app.widgets.buttons import tool_button
from app.widgets.containers import Item, column, row
from app.widgets.disclosure import Disclosure
from app.widgets.flow import Flow
from app.widgets.labels import label, set_role
from app.widgets.number_box import NumberBox, plain
from core.recipes.schema import Field, Recipe, fields

_CELL = 216
_GROUPS = {
    "optimizer": "Optimizer",
    "schedule": "Schedule",
    "data": "Data",
    "augmentation": "Augmentation",
    "tiling": "Tiling",
    "run": "Run",
}


class SettingsForm(QWidget):
    """The three settings that matter, and the rest folded away: those are made when they are first unfolded."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.cells: dict[str, Cell] = {}
        self._usual: dict[str, Any] = {}
        self._folded: dict[str, Any] = {}
        """Values of settings that have no cell yet."""
        basic = _flow(self._make("basic"))
        self.rest = Disclosure("All settings", QWidget())
        self.rest.button.toggled.connect(self._make_rest)
        self.setLayout(column(basic, self.rest, gap=tokens.SMALL))

    def _make(self, group: str) -> "list[Cell]":
        made = {field.name: Cell(field) for field in fields() if field.group == group}
        for cell in made.values():
            cell.changed.connect(self._changed)
        self.cells |= made
        return list(made.values())

    def _make_rest(self) -> None:
        if self.rest.content.layout() is not None:
            return
        groups: list[Item] = []
        for group, title in _GROUPS.items():
            groups += [label(title, "heading"), _flow(self._make(group)), tokens.SMALL]
        values = self._folded
        self._folded = {}
        for name, value in values.items():
            self.cells[name].start_from(self._usual[name], value)
        self.rest.content.setLayout(column(*groups, gap=tokens.SMALL))

    def show_recipe(self, recipe: Recipe, changes: Mapping[str, Any] | None = None) -> None:
        """Start from the recipe's settings, with some already changed."""
        self._usual = msgspec.to_builtins(recipe.settings)
        values = self._usual | dict(changes or {})
        self._folded = {name: value for name, value in values.items() if name not in self.cells}
        for name, cell in self.cells.items():
            cell.start_from(self._usual[name], values[name])

    def changes(self) -> dict[str, Any]:
        """The settings that differ from the recipe's."""
        values = self._folded | {name: cell.value() for name, cell in self.cells.items()}
        return {name: value for name, value in values.items() if value != self._usual[name]}

    def problem(self) -> str:
        """What is wrong with the first value that will not do; empty when all will."""
        for cell in self.cells.values():
            if problem := cell.problem():
                return f"{cell.field.title}: {problem}"
        return ""

    def _changed(self) -> None:
        basic = {cell.field.name for cell in self.cells.values() if cell.field.group == "basic"}
        hidden = self.changes().keys() - basic
        self.rest.button.setText(f"All settings · {len(hidden)} changed" if hidden else "All settings")
        self.changed.emit()


class Cell(QWidget):
    """One setting: title, a mark when it differs from the recipe, a way back, the editor, its unit, its help."""

    changed = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self._usual: Any = None
        self.mark = _Mark()
        self.reset_button = tool_button("arrow-counter-clockwise", f"Back to the recipe’s {field.title.lower()}")
        self.reset_button.setIconSize(QSize(14, 14))
        self.reset_button.setFixedSize(20, 20)
        self.reset_button.setProperty("small", True)
        self.reset_button.clicked.connect(self.reset)
        keep_room(self.reset_button)
        self._help = label(field.help, "caption", wrap=True)
        self._help.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.editor = _editor(field, self._edited)
        self.editor.setAccessibleName(field.title)
        self.editor.setAccessibleDescription(field.help)
        name = QLabel(field.title)
        name.setBuddy(self.editor)
        line = row(self.editor)
        line.setStretch(0, 1)
        if field.unit:
            line.addWidget(label(field.unit, "dim"))
        self.setLayout(column(row(name, self.mark, None, self.reset_button, gap=6), line, self._help, None, gap=2))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def start_from(self, usual: Any, value: Any) -> None:
        """The recipe says ``usual``; show ``value``."""
        self._usual = usual
        tip = f"{self.field.help}\n{allowed(self.field)}"
        self.editor.setToolTip(f"{tip} The recipe’s value is {_shown(usual)}.".strip())
        self._show(value)
        self._edited()

    def reset(self) -> None:
        self._show(self._usual)
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def value(self) -> Any:
        """What stands there; ``None`` for a number that is none."""
        match self.editor:
            case QCheckBox():
                return self.editor.isChecked()
            case QComboBox():
                return self.editor.currentData()
            case _:
                return self.editor.value()

    def differs(self) -> bool:
        return bool(self.value() != self._usual)

    def problem(self) -> str:
        """Why the value will not do; empty when it will."""
        return problem(self.field, self.value())

    def _show(self, value: Any) -> None:
        match self.editor:
            case QCheckBox():
                self.editor.setChecked(value)
            case QComboBox():
                self.editor.setCurrentIndex(self.editor.findData(value))
            case _:
                self.editor.set_value(value)

    def _edited(self) -> None:
        self.mark.setVisible(self.differs())
        self.reset_button.setVisible(self.differs())
        wrong = self.problem()
        self._help.setText(wrong[:1].upper() + wrong[1:] if wrong else self.field.help)
        set_role(self._help, "wrong" if wrong else "caption")
        if isinstance(self.editor, NumberBox):
            self.editor.mark_wrong(bool(wrong))
        self.changed.emit()


class _Mark(QWidget):
    """A dot: this is not the recipe's value."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(8, 8)
        self.setToolTip("Differs from the recipe")
        self.setAccessibleName("Differs from the recipe")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        painter.drawEllipse(1, 1, 6, 6)


class _Choice(QComboBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the form scrolls


def _editor(field: Field, changed: Any) -> "NumberBox | QCheckBox | QComboBox":
    if field.kind == "bool":
        switch = QCheckBox("On")
        switch.toggled.connect(changed)
        switch.setMinimumHeight(tokens.CONTROL)
        return switch
    if field.kind == "choice":
        box = _Choice()
        for choice in field.choices:
            box.addItem(_CHOICES.get(choice, choice.replace("_", " ").capitalize()), choice)
        box.currentIndexChanged.connect(changed)
        return box
    number = NumberBox(
        whole=field.kind == "int", step=field.multiple_of or 1, minimum=field.minimum, maximum=field.maximum
    )
    number.changed.connect(changed)
    return number


_CHOICES = {"sgd": "SGD", "adamw": "AdamW", "bf16": "bf16", "fp16": "fp16", "fp32": "fp32"}


def allowed(field: Field) -> str:
    """The range of a number in words, empty when there is none."""
    if field.kind not in ("int", "float") or field.minimum is None or field.maximum is None:
        return ""
    low, high = (f"{bound:,}" if bound == int(bound) else plain(bound) for bound in (field.minimum, field.maximum))
    start = f"more than {low}" if field.exclusive_minimum else f"{low}"
    end = f"less than {high}" if field.exclusive_maximum else high
    several = f"a multiple of {field.multiple_of:g}, " if field.multiple_of and field.multiple_of != 1 else ""
    words = f"{several}{start} to {end}{f' {field.unit}' if field.unit else ''}"
    return f"{words[:1].upper()}{words[1:]}."


def problem(field: Field, value: Any) -> str:
    """Why ``value`` will not do for a number field; empty when it will."""
    if field.kind not in ("int", "float"):
        return ""
    if value is None:
        return "a whole number is needed" if field.kind == "int" else "a number is needed"
    low, high = field.minimum, field.maximum
    too_low = low is not None and (value <= low if field.exclusive_minimum else value < low)
    too_high = high is not None and (value >= high if field.exclusive_maximum else value > high)
    uneven = bool(field.multiple_of) and value % field.multiple_of != 0
    range_ = allowed(field)
    return f"must be {range_[:1].lower()}{range_[1:].rstrip('.')}" if too_low or too_high or uneven else ""


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return plain(value) if isinstance(value, int | float) else _CHOICES.get(value, str(value))


def keep_room(widget: QWidget) -> None:
    """Keep a widget's place when it is hidden, so that nothing jumps."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)


def _flow(cells: "list[Cell]") -> Flow:
    flow = Flow(gap=tokens.MEDIUM, stretch_to=_CELL)
    for cell in cells:
        flow.addWidget(cell)
    return flow

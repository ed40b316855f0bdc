"""One setting of the form: its editor, its help, and what is wrong with it. Made from the schema's description."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from app.style import tokens
from app.style.format import tool_tip
from app.style.icons import Icon
from app.widgets.buttons import tool_button
from app.widgets.containers import column, row
from app.widgets.inputs import ComboBox, NumberBox, plain
from app.widgets.labels import label, set_role
from core.recipes.fields import SettingField
from core.words import tr


class SettingEditor(QWidget):
    """Title, a mark when it differs from the recipe, a way back, the editor, its unit, its help."""

    changed = Signal()

    def __init__(self, field: SettingField) -> None:
        super().__init__()
        self.field = field
        self._default: Any = None
        """The recipe's value."""
        self._without_effect = ""
        """Why the setting has no effect now; empty when it has."""
        self.mark = Icon("circle-fill", 8, "accent")
        self.mark.setToolTip(tool_tip(tr("Differs from the recipe")))
        self.mark.setAccessibleName(tr("Differs from the recipe"))
        self.reset_button = tool_button(
            "arrow-counter-clockwise", tr("Back to the recipe’s value of “{setting}”", setting=field.title)
        )
        self.reset_button.setIconSize(QSize(14, 14))
        self.reset_button.setFixedSize(20, 20)
        self.reset_button.setProperty("small", True)
        self.reset_button.clicked.connect(self._on_reset)
        policy = self.reset_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that nothing jumps
        self.reset_button.setSizePolicy(policy)
        self.help = label(field.help, "caption", wrap=True)
        self.help.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.editor = _editor(field, self._on_edited)
        self.editor.setAccessibleName(field.title)
        self.editor.setAccessibleDescription(field.help)
        name = label(field.title)
        name.setBuddy(self.editor)
        line = row(self.editor)
        line.setStretch(0, 1)
        if field.unit:
            line.addWidget(label(field.unit, "dim"))
        self.setLayout(column(row(name, self.mark, None, self.reset_button, gap=6), line, self.help, None, gap=2))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def start_from(self, default: Any, value: Any) -> None:
        """The recipe's value is ``default``; show ``value``."""
        self._default = default
        text = tr("The recipe’s value is {value}.", value=value_text(default))
        if numbers := _range(self.field):
            text = f"{numbers[:1].upper()}{numbers[1:]}. {text}"
        self.editor.setToolTip(tool_tip(f"{self.field.help}\n{text}"))
        self.show_value(value)
        self._on_edited()

    def disable(self, why: str) -> None:
        """Grey the editor out and show why; enable it when ``why`` is empty."""
        if why != self._without_effect:
            self._without_effect = why
            self.editor.setEnabled(not why)
            self._show_help()

    def value(self) -> Any:
        """What stands in the editor; ``None`` for a number that is none."""
        match self.editor:
            case QCheckBox():
                return self.editor.isChecked()
            case ComboBox():
                return self.editor.currentData()
            case _:
                return self.editor.value()

    def problem(self) -> str:
        """Why the value will not do; empty when it will."""
        field, value = self.field, self.value()
        if field.kind not in ("int", "float"):
            return ""
        if value is None:
            return tr("a whole number is needed") if field.kind == "int" else tr("a number is needed")
        low, high = field.minimum, field.maximum
        too_low = low is not None and (value <= low if field.exclusive_minimum else value < low)
        too_high = high is not None and (value >= high if field.exclusive_maximum else value > high)
        uneven = bool(field.multiple_of) and value % field.multiple_of != 0
        return tr("must be {range}", range=_range(field)) if too_low or too_high or uneven else ""

    def show_value(self, value: Any) -> None:
        """As if the person had entered it."""
        match self.editor:
            case QCheckBox():
                self.editor.setChecked(value)
            case ComboBox():
                self.editor.setCurrentIndex(self.editor.findData(value))
            case _:
                self.editor.set_value(value)

    def _on_reset(self) -> None:
        self.show_value(self._default)
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_edited(self) -> None:
        differs = self.value() != self._default
        self.mark.setVisible(differs)
        self.reset_button.setVisible(differs)
        self._show_help()
        self.changed.emit()

    def _show_help(self) -> None:
        wrong = self.problem()
        text = wrong or self._without_effect or self.field.help
        self.help.setText(text[:1].upper() + text[1:])
        set_role(self.help, "wrong" if wrong else "caption")
        if isinstance(self.editor, NumberBox):
            self.editor.mark_wrong(bool(wrong))


_CHOICES = {
    "sgd": "SGD",
    "adamw": "AdamW",
    "plateau": tr("plateau"),
    "cosine": tr("cosine"),
    "flat_cosine": tr("flat cosine"),
    "random": tr("random"),
    "class_balanced": tr("class balanced"),
    "off": tr("off"),
    "auto": tr("auto"),
    "by_hand": tr("by hand"),
    "fp32": "fp32",
    "bf16": "bf16",
    "fp16": "fp16",
}
_NAMES = ("sgd", "adamw", "fp32", "bf16", "fp16")
"""Choices that are written as they are, also where a line begins."""


def value_text(value: Any) -> str:
    """A value of a setting as people read it: “on”, “0.0007”, “by hand”."""
    if isinstance(value, bool):
        return tr("on") if value else tr("off")
    return plain(value) if isinstance(value, int | float) else _CHOICES.get(value, value)


def _editor(field: SettingField, changed: Callable[[], None]) -> NumberBox | QCheckBox | ComboBox:
    if field.kind == "bool":
        switch = QCheckBox(tr("On"))
        switch.toggled.connect(changed)
        switch.setMinimumHeight(tokens.CONTROL)
        return switch
    if field.kind == "choice":
        box = ComboBox()
        for choice in field.choices:
            text = value_text(choice)
            box.addItem(text if choice in _NAMES else text[:1].upper() + text[1:], choice)
        box.currentIndexChanged.connect(changed)
        return box
    number = NumberBox(
        whole=field.kind == "int", step=field.multiple_of or 1, minimum=field.minimum, maximum=field.maximum
    )
    number.changed.connect(changed)
    return number


def _range(field: SettingField) -> str:
    """The numbers that a field takes: “more than 0 to 10”, “a multiple of 32, 64 to 4,096 px”; empty for others."""
    if field.minimum is None or field.maximum is None:
        return ""
    low, high = (f"{bound:,}" if bound == int(bound) else plain(bound) for bound in (field.minimum, field.maximum))
    if field.unit:
        high = f"{high} {field.unit}"
    if field.exclusive_minimum and field.exclusive_maximum:
        numbers = tr("more than {low} to less than {high}", low=low, high=high)
    elif field.exclusive_minimum:
        numbers = tr("more than {low} to {high}", low=low, high=high)
    elif field.exclusive_maximum:
        numbers = tr("{low} to less than {high}", low=low, high=high)
    else:
        numbers = tr("{low} to {high}", low=low, high=high)
    if field.multiple_of in (None, 1):
        return numbers
    return tr("a multiple of {step:g}, {numbers}", step=field.multiple_of, numbers=numbers)

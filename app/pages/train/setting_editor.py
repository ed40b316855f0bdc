"""One setting of the form: its editor, and what is said about it. Made from the schema's description of it."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from app.style import theme, tokens
from app.style.format import tool_tip
from app.widgets.buttons import tool_button
from app.widgets.containers import column, row
from app.widgets.inputs import ComboBox, NumberBox, plain
from app.widgets.labels import label, set_role
from core.recipes.fields import Field
from core.words import tr


class SettingEditor(QWidget):
    """Title, a mark when it differs from the recipe, a way back, the editor, its unit, its help."""

    changed = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self._usual: Any = None
        self._idle = ""
        """Why the setting does not matter now; empty when it does."""
        self.mark = _Mark()
        self.reset_button = tool_button(
            "arrow-counter-clockwise", tr("Back to the recipe’s {lower}", lower=field.title.lower())
        )
        self.reset_button.setIconSize(QSize(14, 14))
        self.reset_button.setFixedSize(20, 20)
        self.reset_button.setProperty("small", True)
        self.reset_button.clicked.connect(self.reset)
        keep_room(self.reset_button)
        self.help = label(field.help, "caption", wrap=True)
        self.help.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.editor = _editor(field, self._edited)
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

    def start_from(self, usual: Any, value: Any) -> None:
        """The recipe says ``usual``; show ``value``."""
        self._usual = usual
        tip = f"{self.field.help}\n{allowed(self.field)}"
        self.editor.setToolTip(
            tool_tip(tr("{tip} The recipe’s value is {shown}.", tip=tip, shown=shown(usual)).strip())
        )
        self.show_value(value)
        self._edited()

    def reset(self) -> None:
        self.show_value(self._usual)
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def rest(self, why: str) -> None:
        """Grey the editor out and say why; without a reason, let it work."""
        if why != self._idle:
            self._idle = why
            self.editor.setEnabled(not why)
            self._say()

    def value(self) -> Any:
        """What stands there; ``None`` for a number that is none."""
        match self.editor:
            case QCheckBox():
                return self.editor.isChecked()
            case ComboBox():
                return self.editor.currentData()
            case _:
                return self.editor.value()

    def differs(self) -> bool:
        return bool(self.value() != self._usual)

    def problem(self) -> str:
        """Why the value will not do; empty when it will."""
        return problem(self.field, self.value())

    def show_value(self, value: Any) -> None:
        """As if the person had entered it."""
        match self.editor:
            case QCheckBox():
                self.editor.setChecked(value)
            case ComboBox():
                self.editor.setCurrentIndex(self.editor.findData(value))
            case _:
                self.editor.set_value(value)

    def _edited(self) -> None:
        self.mark.setVisible(self.differs())
        self.reset_button.setVisible(self.differs())
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        wrong = self.problem()
        said = wrong or self._idle or self.field.help
        self.help.setText(said[:1].upper() + said[1:])
        set_role(self.help, "wrong" if wrong else "caption")
        if isinstance(self.editor, NumberBox):
            self.editor.mark_wrong(bool(wrong))


class _Mark(QWidget):
    """A dot: this is not the recipe's value."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(8, 8)
        self.setToolTip(tr("Differs from the recipe"))
        self.setAccessibleName(tr("Differs from the recipe"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        painter.drawEllipse(1, 1, 6, 6)


def _editor(field: Field, changed: Callable[[], None]) -> NumberBox | QCheckBox | ComboBox:
    if field.kind == "bool":
        switch = QCheckBox(tr("On"))
        switch.toggled.connect(changed)
        switch.setMinimumHeight(tokens.CONTROL)
        return switch
    if field.kind == "choice":
        box = ComboBox()
        for choice in field.choices:
            title = choice_words(choice)
            box.addItem(title if choice in _CHOICES else title.capitalize(), choice)
        box.currentIndexChanged.connect(changed)
        return box
    number = NumberBox(
        whole=field.kind == "int", step=field.multiple_of or 1, minimum=field.minimum, maximum=field.maximum
    )
    number.changed.connect(changed)
    return number


_CHOICES = {"sgd": "SGD", "adamw": "AdamW", "bf16": "bf16", "fp16": "fp16", "fp32": "fp32"}


def choice_words(choice: str) -> str:
    """A choice as people read it: “by hand” for ``by_hand``."""
    return _CHOICES.get(choice, choice.replace("_", " "))


def allowed(field: Field) -> str:
    """The range of a number in words, empty when there is none."""
    if field.kind not in ("int", "float") or field.minimum is None or field.maximum is None:
        return ""
    low, high = (f"{bound:,}" if bound == int(bound) else plain(bound) for bound in (field.minimum, field.maximum))
    start = tr("more than {low}", low=low) if field.exclusive_minimum else f"{low}"
    end = tr("less than {high}", high=high) if field.exclusive_maximum else high
    several = (
        tr("a multiple of {multiple_of:g}, ", multiple_of=field.multiple_of)
        if field.multiple_of and field.multiple_of != 1
        else ""
    )
    words = tr(
        "{several}{start} to {end}{what}",
        several=several,
        start=start,
        end=end,
        what=f" {field.unit}" if field.unit else "",
    )
    return f"{words[:1].upper()}{words[1:]}."


def problem(field: Field, value: Any) -> str:
    """Why ``value`` will not do for a number field; empty when it will."""
    if field.kind not in ("int", "float"):
        return ""
    if value is None:
        return tr("a whole number is needed") if field.kind == "int" else tr("a number is needed")
    low, high = field.minimum, field.maximum
    too_low = low is not None and (value <= low if field.exclusive_minimum else value < low)
    too_high = high is not None and (value >= high if field.exclusive_maximum else value > high)
    uneven = bool(field.multiple_of) and value % field.multiple_of != 0
    range_ = allowed(field)
    return (
        tr("must be {lower}{rstrip}", lower=range_[:1].lower(), rstrip=range_[1:].rstrip("."))
        if too_low or too_high or uneven
        else ""
    )


def shown(value: Any) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return plain(value) if isinstance(value, int | float) else choice_words(value)


def keep_room(widget: QWidget) -> None:
    """Keep a widget's place when it is hidden, so that nothing jumps."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)

"""The options of the tool in hand, in a thin bar above the picture; kept between sessions."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from app.settings.settings import Settings
from app.style import tokens
from app.style.format import tool_tip
from app.tools.tool import NumberOption, SwitchOption, Tool, ToolOption
from app.widgets import label, row
from app.widgets.containers import group
from app.widgets.flow import Flow
from app.widgets.inputs import Slider, SpinBox

_SLIDER, _BOX = 96, 88
_STEPS = 1000
_LEAST_HELP = 150
"""Widget pixels: in less than that the sentence would stand in a column of single words."""

_Editor = tuple[QWidget, Callable[[Any], None]]
"""A widget that sets an option, and a function that shows the value of the option in it."""


class OptionsBar(QWidget):
    """Names the tool, shows its options, and says in one sentence how it is used."""

    field_left = Signal()
    """Enter or Escape in a field: the keys are the picture's again."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._tool: Tool | None = None
        self._editors: dict[str, _Editor] = {}
        """By ``ToolOption.key``, of the tool in hand."""
        self._title, self._help = label(role="heading"), label(role="caption", wrap=True)
        self._lines = _Lines()
        bar = row(self._title, self._lines, self._help, gap=tokens.MEDIUM)
        bar.setStretch(2, 1)
        bar.setContentsMargins(tokens.MEDIUM, tokens.TINY, tokens.MEDIUM, tokens.TINY)
        self.setLayout(bar)
        self.setMinimumHeight(tokens.CONTROL + 2 * tokens.SMALL + tokens.TINY)  # three lines of help, for each tool

    def prepare(self, tool: Tool) -> None:
        """Give a tool that was just made the values that the person left it with."""
        for option in tool.options:
            stored = self._settings.text(f"tool/{tool.key}/{option.key}")
            if stored is not None and (value := _value_of(option, stored)) is not None:
                tool.set_option(option.key, value)
        tool.option_set.connect(lambda key: self._on_option_set(tool, key))
        tool.note_changed.connect(self._show_help)

    def show_tool(self, tool: Tool) -> None:
        """Show the options of the tool in hand."""
        for editor, _ in self._editors.values():
            self._lines.flow.removeWidget(editor)
            editor.hide()
            editor.deleteLater()
        self._tool = tool
        self._title.setText(tool.entry.title)
        self._title.setToolTip(tool_tip(tool.entry.help))  # there may be little room for the sentence itself
        self._editors = {option.key: _editor(tool, option) for option in tool.options}
        for key, (editor, show_value) in self._editors.items():
            show_value(tool.values[key])
            self._lines.flow.addWidget(editor)
        self._show_help()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.field_left.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_help()

    @Slot()
    def _show_help(self) -> None:
        """Where there is no room for the sentence, the title has it under the mouse."""
        if self._tool is None:
            return
        parts = (self._title, *(editor for editor, _ in self._editors.values()))
        used = sum(part.sizeHint().width() + tokens.MEDIUM for part in parts) + 2 * tokens.MEDIUM
        note, help = self._tool.note, self._tool.entry.help
        self._help.setText(" · ".join(filter(None, (note, help))) if self.width() - used >= _LEAST_HELP else note)

    def _on_option_set(self, tool: Tool, key: str) -> None:
        self._settings.write(f"tool/{tool.key}/{key}", str(tool.values[key]))
        if tool is self._tool and key in self._editors:
            _, show = self._editors[key]
            show(tool.values[key])


class _Lines(QWidget):
    """Holds the options: on one line where there is room, on more in a narrow window."""

    def __init__(self) -> None:
        super().__init__()
        self.flow = Flow(gap=tokens.MEDIUM)
        self.setLayout(self.flow)

    def sizeHint(self) -> QSize:
        lines = self.flow
        widths = [item.sizeHint().width() for place in range(lines.count()) if (item := lines.itemAt(place))]
        width = sum(widths) + tokens.MEDIUM * max(len(widths) - 1, 0)
        return QSize(width, lines.heightForWidth(width))

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self.setFixedHeight(self.flow.heightForWidth(self.width()))
        return done


def _value_of(option: ToolOption, stored: str) -> float | bool | None:
    """A value as the settings have it; ``None`` for one that cannot be."""
    match option:
        case NumberOption():
            try:
                return min(max(float(stored), option.least), option.most)
            except ValueError:
                return None
        case SwitchOption():
            return stored == "True"


def _editor(tool: Tool, option: ToolOption) -> _Editor:
    """What shows one option and sets it."""

    def set_value(value: float | bool) -> None:
        if value != tool.values[option.key]:
            tool.set_option(option.key, value)

    match option:
        case NumberOption():
            return _number_editor(option, set_value)
        case SwitchOption():
            switch = QCheckBox(option.title)
            switch.toggled.connect(set_value)
            return group(switch), switch.setChecked


def _number_editor(option: NumberOption, set_value: Callable[[float], None]) -> _Editor:
    """A slider, finer where the numbers are small, and a box."""
    slider, box = Slider(option.title, _SLIDER), SpinBox()
    slider.setRange(0, _STEPS)
    box.setRange(option.least, option.most)
    box.setSingleStep(option.step)
    box.setDecimals(0 if float(option.step).is_integer() else 1)
    box.setSuffix(f" {option.unit}" if option.unit else "")
    box.setKeyboardTracking(False)
    box.setFixedWidth(_BOX)
    box.setAccessibleName(option.title)
    box.setToolTip(tool_tip(option.title))
    span = option.most - option.least

    def show_value(value: float) -> None:
        with QSignalBlocker(slider), QSignalBlocker(box):
            slider.setValue(round(max((value - option.least) / span, 0.0) ** 0.5 * _STEPS))
            box.setValue(value)

    def on_slid(position: int) -> None:
        set_value(option.least + round((position / _STEPS) ** 2 * span / option.step) * option.step)

    slider.valueChanged.connect(on_slid)
    box.valueChanged.connect(set_value)
    return group(label(option.title, "dim"), slider, box), show_value

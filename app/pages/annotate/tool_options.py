"""The options of the tool in hand, in a thin bar above the picture; kept between sessions."""

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from app.settings.settings import Settings
from app.style import tokens
from app.style.format import tool_tip
from app.tools.tool import ChoiceOption, NumberOption, Option, SwitchOption, Tool
from app.widgets import label, row
from app.widgets.flow import Flow
from app.widgets.inputs import ComboBox, Slider, SpinBox

_SLIDER, _BOX = 96, 88
_STEPS = 1000
_LEAST_HELP = 150
"""Widget pixels: in less than that the sentence would stand in a column of single words."""
_LEAVING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class OptionsBar(QWidget):
    """Names the tool, shows its options, and says in one sentence how it is used."""

    left = Signal()
    """Enter or Escape in a field: the keys are the picture's again."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._tool: Tool | None = None
        self._editors: dict[str, _Editor] = {}
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
            kept = self._settings.text(f"tool/{tool.key}/{option.key}")
            if kept is not None and (value := _read(option, kept)) is not None:
                tool.set_option(option.key, value)
        tool.option_set.connect(lambda key: self._keep(tool, key))
        tool.noted.connect(self._show_help)

    def show_tool(self, tool: Tool) -> None:
        """Show the options of the tool in hand."""
        for editor in self._editors.values():
            self._lines.flow.removeWidget(editor)
            editor.hide()
            editor.deleteLater()
        self._tool = tool
        self._title.setText(tool.entry.title)
        self._title.setToolTip(tool_tip(tool.entry.help))  # there may be little room for the sentence itself
        self._editors = {option.key: _editor(tool, option) for option in tool.options}
        for editor in self._editors.values():
            self._lines.flow.addWidget(editor)
        self._show_help()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _LEAVING:
            self.left.emit()
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
        parts = (self._title, *self._editors.values())
        taken = sum(part.sizeHint().width() + tokens.MEDIUM for part in parts) + 2 * tokens.MEDIUM
        fits = self.width() - taken >= _LEAST_HELP
        note, help = self._tool.note, self._tool.entry.help
        self._help.setText(" · ".join(filter(None, (note, help))) if fits else note)

    def _keep(self, tool: Tool, key: str) -> None:
        self._settings.write(f"tool/{tool.key}/{key}", str(tool.values[key]))
        if tool is self._tool and key in self._editors:
            self._editors[key].show_value(tool.values[key])


def _read(option: Option, kept: str) -> float | str | bool | None:
    """A value as the settings have it; ``None`` for one that cannot be."""
    match option:
        case NumberOption():
            try:
                return min(max(float(kept), option.least), option.most)
            except ValueError:
                return None
        case ChoiceOption():
            return kept if kept in dict(option.values) else None
        case SwitchOption():
            return kept == "True"


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


class _Editor(QWidget):
    """Shows one option and sets it."""

    def __init__(self, tool: Tool, option: Option) -> None:
        super().__init__()
        self._tool, self._key = tool, option.key

    def show_value(self, value: float | str | bool) -> None:
        """The option has this value now."""
        raise NotImplementedError

    def _set(self, value: float | str | bool) -> None:
        if value != self._tool.values[self._key]:
            self._tool.set_option(self._key, value)


def _editor(tool: Tool, option: Option) -> _Editor:
    match option:
        case NumberOption():
            return _NumberEditor(tool, option)
        case ChoiceOption():
            return _ChoiceEditor(tool, option)
        case SwitchOption():
            return _SwitchEditor(tool, option)


class _NumberEditor(_Editor):
    """A slider, finer where the numbers are small, and a box."""

    def __init__(self, tool: Tool, option: NumberOption) -> None:
        super().__init__(tool, option)
        self._option = option
        self._slider = Slider(option.title, _SLIDER)
        self._slider.setRange(0, _STEPS)
        self._box = SpinBox()
        self._box.setRange(option.least, option.most)
        self._box.setSingleStep(option.step)
        self._box.setDecimals(0 if float(option.step).is_integer() else 1)
        self._box.setSuffix(f" {option.unit}" if option.unit else "")
        self._box.setKeyboardTracking(False)
        self._box.setFixedWidth(_BOX)
        self._box.setAccessibleName(option.title)
        self._box.setToolTip(tool_tip(option.title))
        self.setLayout(row(label(option.title, "dim"), self._slider, self._box))
        self.show_value(tool.values[option.key])
        self._slider.valueChanged.connect(self._slid)
        self._box.valueChanged.connect(self._set)

    def show_value(self, value: float | str | bool) -> None:
        span = self._option.most - self._option.least
        share = (float(value) - self._option.least) / span
        with QSignalBlocker(self._slider), QSignalBlocker(self._box):
            self._slider.setValue(round(max(share, 0.0) ** 0.5 * _STEPS))
            self._box.setValue(float(value))

    def _slid(self, position: int) -> None:
        span = self._option.most - self._option.least
        value = self._option.least + (position / _STEPS) ** 2 * span
        self._set(self._option.least + round((value - self._option.least) / self._option.step) * self._option.step)


class _ChoiceEditor(_Editor):
    def __init__(self, tool: Tool, option: ChoiceOption) -> None:
        super().__init__(tool, option)
        self._box = ComboBox()
        self._box.setAccessibleName(option.title)
        for key, title in option.values:
            self._box.addItem(title, key)
        self.setLayout(row(label(option.title, "dim"), self._box))
        self.show_value(tool.values[option.key])
        self._box.currentIndexChanged.connect(lambda place: self._set(str(self._box.itemData(place))))

    def show_value(self, value: float | str | bool) -> None:
        with QSignalBlocker(self._box):
            self._box.setCurrentIndex(self._box.findData(value))


class _SwitchEditor(_Editor):
    def __init__(self, tool: Tool, option: SwitchOption) -> None:
        super().__init__(tool, option)
        self._box = QCheckBox(option.title)
        self.setLayout(row(self._box))
        self.show_value(tool.values[option.key])
        self._box.toggled.connect(self._set)

    def show_value(self, value: float | str | bool) -> None:
        with QSignalBlocker(self._box):
            self._box.setChecked(bool(value))

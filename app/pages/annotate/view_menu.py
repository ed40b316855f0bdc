"""How the picture is shown: brightness, contrast, crosshair, minimap. Kept between images and sessions."""

from dataclasses import asdict, replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QMenu, QWidget, QWidgetAction

from app.canvas.backdrop import DisplaySettings
from app.settings.settings import Settings
from app.style import tokens
from app.widgets import column, label, link_button, tool_button
from app.widgets.inputs import Slider
from core.words import tr

_SLIDERS = (("brightness", tr("Brightness")), ("contrast", tr("Contrast")))
_SWITCHES = (("crosshair", tr("Crosshair")), ("minimap", tr("Minimap while zoomed in")))
_STEPS = 100
_WIDTH = 160


class ViewMenu(QWidget):
    """A button for a bar, with what it opens."""

    changed = Signal(object)
    """Other ``DisplaySettings`` were chosen; give them to ``ImageView.set_display``."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.display = _stored_display(settings)
        tip = tr("View: brightness, contrast, crosshair, minimap")
        self.button = tool_button("sliders-horizontal", tip, checkable=True)
        self.button.setPopupMode(self.button.ToolButtonPopupMode.InstantPopup)
        self.sliders: dict[str, Slider] = {}
        self.switches: dict[str, QCheckBox] = {}
        self.hint = label(role="dim")
        menu = QMenu(self.button)
        action = QWidgetAction(menu)
        action.setDefaultWidget(self._make_content())
        menu.addAction(action)
        self.button.setMenu(menu)
        self.setLayout(column(self.button, gap=0))
        settings.shortcuts.changed.connect(self._name_loupe)
        self._name_loupe()
        self._show()

    def _make_content(self) -> QWidget:
        grid = QGridLayout()
        grid.setSpacing(tokens.SMALL)
        for line, (key, title) in enumerate(_SLIDERS):
            slider = self.sliders[key] = Slider(title, _WIDTH)
            slider.setRange(-_STEPS, _STEPS)
            slider.valueChanged.connect(lambda value, key=key: self._set(**{key: value / _STEPS}))
            grid.addWidget(label(title, "dim"), line, 0)
            grid.addWidget(slider, line, 1)
        for key, title in _SWITCHES:
            switch = self.switches[key] = QCheckBox(title)
            switch.toggled.connect(lambda on, key=key: self._set(**{key: on}))
        usual = link_button(tr("As the picture is"), tr("Brightness and contrast as they are in the file"))
        usual.clicked.connect(lambda: self._set(brightness=0.0, contrast=0.0))
        content = QWidget()
        content.setLayout(column(grid, usual, *self.switches.values(), self.hint, margin=tokens.SMALL))
        return content

    @Slot()
    def _name_loupe(self) -> None:
        key = self._settings.shortcuts.text("view.loupe")
        self.hint.setText(tr("Hold {key} for the loupe", key=key) if key else "")

    def _set(self, **changes: Any) -> None:
        self.display = replace(self.display, **changes)
        for key, value in asdict(self.display).items():
            self._settings.write(f"display/{key}", value)
        self._show()
        self.changed.emit(self.display)

    def _show(self) -> None:
        changed = bool(self.display.brightness or self.display.contrast)  # a picture that is all white has a reason
        self.button.setChecked(changed)
        self.button.setAccessibleDescription(tr("not as the picture is") if changed else "")
        for key, slider in self.sliders.items():
            with QSignalBlocker(slider):
                slider.setValue(round(getattr(self.display, key) * _STEPS))
        for key, switch in self.switches.items():
            with QSignalBlocker(switch):
                switch.setChecked(getattr(self.display, key))


def _stored_display(settings: Settings) -> DisplaySettings:
    """As it was left; what is out of range is brought into it."""
    values = asdict(DisplaySettings())
    for key, usual in values.items():
        if isinstance(usual, bool):
            values[key] = settings.flag(f"display/{key}", usual)
        else:
            values[key] = min(max(settings.number(f"display/{key}", usual), -1.0), 1.0)
    return DisplaySettings(**values)

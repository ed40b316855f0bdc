"""How the picture is shown: brightness, contrast, crosshair, minimap. Kept between images and sessions."""

from dataclasses import asdict, fields, replace

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QMenu, QWidget, QWidgetAction

from app.canvas.backdrop import DisplaySettings
from app.settings.settings import Settings
from app.style import tokens
from app.widgets import column, label, link_button, tool_button
from app.widgets.inputs import Slider
from core.words import tr

_SLIDERS = (("brightness", "Brightness"), ("contrast", "Contrast"))
_SWITCHES = (("crosshair", "Crosshair"), ("minimap", tr("Minimap while zoomed in")))
_STEPS = 100
_WIDTH = 160


class ViewMenu(QWidget):
    """A button for a bar, with what it opens."""

    changed = Signal(object)
    """The ``DisplaySettings`` that is wanted now; give it to ``ImageView.set_display``."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.display = _read(settings)
        self.button = tool_button(
            "sliders-horizontal", tr("View: brightness, contrast, crosshair, minimap"), checkable=True
        )
        self.button.setPopupMode(self.button.ToolButtonPopupMode.InstantPopup)
        self.sliders = {key: self._slider(key, title) for key, title in _SLIDERS}
        self.switches = {key: self._switch(key, title) for key, title in _SWITCHES}
        self.hint = label(role="dim")
        menu = QMenu(self.button)
        action = QWidgetAction(menu)
        action.setDefaultWidget(self._content())
        menu.addAction(action)
        self.button.setMenu(menu)
        self.setLayout(column(self.button, gap=0))
        settings.shortcuts.changed.connect(self._name_loupe)
        self._name_loupe()
        self._show()

    def _content(self) -> QWidget:
        grid = QGridLayout()
        grid.setSpacing(tokens.SMALL)
        for line, (key, title) in enumerate(_SLIDERS):
            grid.addWidget(label(title, "dim"), line, 0)
            grid.addWidget(self.sliders[key], line, 1)
        usual = link_button(tr("As the picture is"), tr("Brightness and contrast as they are in the file"))
        usual.clicked.connect(lambda: self._set(replace(self.display, brightness=0.0, contrast=0.0)))
        content = QWidget()
        content.setLayout(column(grid, usual, *self.switches.values(), self.hint, margin=tokens.SMALL))
        return content

    def _slider(self, key: str, title: str) -> Slider:
        slider = Slider(title, _WIDTH)
        slider.setRange(-_STEPS, _STEPS)
        slider.valueChanged.connect(lambda value: self._set(replace(self.display, **{key: value / _STEPS})))
        return slider

    def _switch(self, key: str, title: str) -> QCheckBox:
        switch = QCheckBox(title)
        switch.toggled.connect(lambda on: self._set(replace(self.display, **{key: on})))
        return switch

    @Slot()
    def _name_loupe(self) -> None:
        key = self._settings.shortcuts.text("view.loupe")
        self.hint.setText(tr("Hold {key} for the loupe", key=key) if key else "")

    def _set(self, display: DisplaySettings) -> None:
        self.display = display
        for key, value in asdict(display).items():
            self._settings.write(f"display/{key}", value)
        self._show()
        self.changed.emit(display)

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


def _read(settings: Settings) -> DisplaySettings:
    """As it was left; what is out of range is brought into it."""
    values: dict[str, float | bool] = {}
    for field in fields(DisplaySettings):
        usual = field.default
        if isinstance(usual, bool):
            values[field.name] = settings.flag(f"display/{field.name}", usual)
        else:
            values[field.name] = min(max(settings.number(f"display/{field.name}", usual), -1.0), 1.0)
    return DisplaySettings(**values)  # type: ignore[arg-type]

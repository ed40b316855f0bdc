"""Turns the design tokens into the look of the window: palette, style sheet, font; follows the system or a choice."""

from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import Literal

from PySide6.QtCore import QDir, QObject, QStandardPaths, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from app.style import tokens
from app.style.tokens import Colors
from core.files import write_atomically
from core.resources import resource_folder

Choice = Literal["system", "dark", "light"]

_FOLDER = resource_folder("themes")

# What fontconfig answers on a desktop that names no font; anything below reads better.
_FALLBACK_FAMILIES = {"DejaVu Sans", "Bitstream Vera Sans", "Sans Serif", "Sans", "Helvetica", ""}
_BETTER_FAMILIES = ["Inter", "Noto Sans", "Cantarell", "Ubuntu", "Liberation Sans"]

_colors: Colors = tokens.DARK


def color(name: str, alpha: float = 1.0) -> QColor:
    """The token ``name`` of the theme in use. Ask while painting, do not keep it."""
    value = QColor(getattr(_colors, name))
    if alpha < 1:
        value.setAlphaF(alpha)
    return value


class Theme(QObject):
    """Keeps the application in the chosen theme. ``changed`` comes after everything has been restyled."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: Choice = "system") -> None:
        super().__init__(app)
        self._app = app
        self._choice: Choice = choice
        self.name = ""
        app.setStyle("Fusion")
        app.setFont(font())
        app.styleHints().colorSchemeChanged.connect(self._apply)
        self._apply()

    def choose(self, choice: Choice) -> None:
        """Dark, light, or whatever the system says."""
        self._choice = choice
        self._apply()

    def _apply(self) -> None:
        global _colors
        name: str = self._choice
        if name == "system":  # one that does not say gets the dark one: there the picture is the brightest thing
            light = self._app.styleHints().colorScheme() == Qt.ColorScheme.Light
            name = "light" if light else "dark"
        if name == self.name:
            return
        self.name = name
        _colors = tokens.THEMES[name]
        self._app.setPalette(palette(_colors))
        self._app.setStyleSheet(style_sheet(name))
        self.changed.emit()


def font(size: int = tokens.TEXT_SIZE, *, strong: bool = False) -> QFont:
    """The system's font at ``size`` pixels, with figures of equal width."""
    chosen = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if chosen.family() in _FALLBACK_FAMILIES:
        chosen.setFamilies([*_BETTER_FAMILIES, chosen.family()])
    chosen.setPixelSize(size)
    if strong:
        chosen.setWeight(QFont.Weight.DemiBold)
    chosen.setFeature(QFont.Tag("tnum"), 1)
    return chosen


def palette(scheme: Colors) -> QPalette:
    """What Fusion and item views draw with where the style sheet says nothing."""
    role = QPalette.ColorRole
    values = {
        role.Window: scheme.canvas,
        role.WindowText: scheme.text,
        role.Base: scheme.surface,
        role.AlternateBase: scheme.canvas,
        role.Text: scheme.text,
        role.Button: scheme.raised,
        role.ButtonText: scheme.text,
        role.ToolTipBase: scheme.raised,
        role.ToolTipText: scheme.text,
        role.PlaceholderText: scheme.dim,
        role.Highlight: scheme.accent,
        role.HighlightedText: scheme.on_accent,
        role.Link: scheme.accent_text,
        role.LinkVisited: scheme.accent_text,
        role.Accent: scheme.accent,
        role.Light: scheme.hover,
        role.Midlight: scheme.raised,
        role.Mid: scheme.line,
        role.Dark: scheme.line,
        role.Shadow: scheme.canvas,
    }
    result = QPalette()
    for key, value in values.items():
        result.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, QColor(scheme.dim))
    return result


def style_sheet(name: str) -> str:
    """The window's style sheet in the theme ``name``."""
    scheme = tokens.THEMES[name]
    values: dict[str, str] = asdict(scheme)
    values |= {key.lower(): str(value) for key, value in vars(tokens).items() if isinstance(value, int | float)}
    # The few pictures that a style sheet can only take as files are tinted; it finds them under ``theme:``.
    cache = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
    folder = Path(cache or QDir.tempPath()) / "theme" / name
    folder.mkdir(parents=True, exist_ok=True)
    for source in _FOLDER.glob("*.svg"):
        tinted = Template(source.read_text(encoding="utf-8")).substitute(values)
        target = folder / source.name
        if not target.exists() or target.read_text(encoding="utf-8") != tinted:
            write_atomically(target, tinted.encode())
    QDir.setSearchPaths("theme", [str(folder)])
    return Template((_FOLDER / "window.qss").read_text(encoding="utf-8")).substitute(values)

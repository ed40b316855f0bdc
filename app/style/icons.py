"""Icons: glyphs of the Phosphor font that qtawesome ships, in one weight, tinted by the theme as they are painted.

The font is read straight from qtawesome's folder: importing the package loads a dozen other fonts and costs 0.2 s of
the window's start.
"""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPainterPath, QPaintEvent, QPixmap, QRawFont, QTransform
from PySide6.QtWidgets import QWidget

from app.style import theme
from core.resources import resource_folder

_EM = 256.0


def icon(name: str, color: str = "text") -> QIcon:
    """The Phosphor icon ``name`` ("house", "folder-open") in the color token ``color``; accent while checked."""
    return QIcon(_GlyphEngine(name, color))


def application_icon() -> QIcon:
    """Maskwright's own icon."""
    return QIcon(str(resource_folder("icons") / "maskwright.svg"))


def paint(painter: QPainter, name: str, rect: QRectF, color: str = "text", alpha: float = 1.0) -> None:
    """Paint the icon centred in ``rect``, as large as its shorter side."""
    side = min(rect.width(), rect.height())
    path = _glyph(name)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center() - QPointF(side / 2, side / 2))
    painter.scale(side, side)
    painter.fillPath(path, theme.color(color, alpha))
    painter.restore()


class Icon(QWidget):
    """An icon that stands on a page."""

    def __init__(self, name: str, size: int, color: str = "dim") -> None:
        super().__init__()
        self._name, self._color = name, color
        self.setFixedSize(QSize(size, size))

    def set_icon(self, name: str, color: str) -> None:
        """Show another icon in this place."""
        self._name, self._color = name, color
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint(QPainter(self), self._name, QRectF(self.rect()), self._color)


class _GlyphEngine(QIconEngine):
    def __init__(self, name: str, color: str) -> None:
        super().__init__()
        self._name = name
        self._color = color

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        color = "accent_text" if state == QIcon.State.On and self._color != "on_accent" else self._color
        alpha = 1.0
        if mode == QIcon.Mode.Disabled:  # on a button that is grey then, the color of its words
            color, alpha = ("dim", 1.0) if color == "on_accent" else (color, 0.5)
        paint(painter, self._name, QRectF(rect), color, alpha)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        result = QPixmap(size)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return result

    def clone(self) -> QIconEngine:
        return _GlyphEngine(self._name, self._color)


@cache
def _font() -> tuple[QRawFont, dict[str, int]]:
    """The font, and the character of each name."""
    spec = find_spec("qtawesome")
    assert spec is not None and spec.submodule_search_locations, "qtawesome is a dependency"
    folder = Path(spec.submodule_search_locations[0]) / "fonts"
    font = QRawFont(str(next(folder.glob("phosphor-[0-9]*.ttf"))), _EM)
    names = json.loads(next(folder.glob("phosphor-charmap-*.json")).read_text(encoding="utf-8"))
    return font, {name: int(code, 16) for name, code in names.items()}


@cache
def _glyph(name: str) -> QPainterPath:
    """The outline of an icon in a unit square."""
    font, names = _font()
    index = font.glyphIndexesForString(chr(names[name]))[0]
    path = font.pathForGlyph(index)
    path.translate(0, font.ascent())
    return QTransform.fromScale(1 / _EM, 1 / _EM).map(path)

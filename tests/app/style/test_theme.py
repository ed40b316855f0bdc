"""The look's promises: contrast, colors in one file, icons that exist, sizes on the grid."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon

from app.style import icons, tokens
from app.style.theme import Theme, color, style_sheet
from app.widgets.buttons import primary_button
from core.jobs import KINDS

ROOT = Path(__file__).parents[3]

ON_SURFACES = ("text", "dim", "accent_text", "good_text", "warning_text", "bad_text")
SURFACES = ("canvas", "surface", "raised", "hover")
PAIRS = [
    *((text, surface) for text in ON_SURFACES for surface in SURFACES),
    ("text", "pressed"),
    ("text", "selection"),
    ("dim", "pressed"),
    ("dim", "selection"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_accent", "accent_pressed"),
]


def luminance(color: str) -> float:
    """WCAG 2.2's relative luminance."""
    channels = (QColor(color).redF(), QColor(color).greenF(), QColor(color).blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", tokens.THEMES)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(theme, text, ground):
    scheme = tokens.THEMES[theme]
    assert contrast(getattr(scheme, text), getattr(scheme, ground)) >= 4.5


@pytest.mark.parametrize("theme", tokens.THEMES)
def test_the_focus_and_the_ring_of_a_job_can_be_seen(theme):
    scheme = tokens.THEMES[theme]
    assert contrast(scheme.accent, scheme.canvas) >= 3 and contrast(scheme.accent, scheme.surface) >= 3


def test_labels_on_a_picture_can_be_read_whatever_lies_below():
    for scheme in tokens.THEMES.values():
        scrim = QColor(scheme.scrim)
        over_white = 255 * (1 - scrim.alphaF()) + scrim.red() * scrim.alphaF()
        assert contrast(scheme.on_scrim, QColor.fromRgb(*[round(over_white)] * 3).name()) >= 4.5


def test_no_color_is_written_outside_the_tokens():
    sources = [*(ROOT / "app").rglob("*.py"), *(ROOT / "resources" / "themes").iterdir()]
    written = {
        str(path.relative_to(ROOT)): found
        for path in sources
        if path.name != "tokens.py"
        and (
            found := re.findall(
                r"#[0-9a-fA-F]{6,8}\b|QColor\(\s*[\d\"']|(?<!\.)rgba?\(", path.read_text(encoding="utf-8")
            )
        )
    }
    assert written == {}
    assert len(sources) > 20


@pytest.mark.parametrize("theme", tokens.THEMES)
def test_the_style_sheet_is_complete(qapp, theme):
    sheet = style_sheet(theme)
    assert "$" not in sheet and tokens.THEMES[theme].accent in sheet


def test_every_icon_that_the_window_names_exists(qapp):
    """Names are strings: a wrong one would show only when its page does."""
    _, known = icons._font()
    call = re.compile(r"(?:icon|Icon|icons\.paint|tool_button|button|EmptyState|Entry)\(([^()]*)")
    used = set()
    for path in (ROOT / "app").rglob("*.py"):
        for arguments in call.findall(path.read_text(encoding="utf-8")):
            used.update(re.findall(r"\"([a-z]+(?:-[a-z]+)+|house|image|polygon|tag|x|moon|sun|keyboard)\"", arguments))
    assert len(used) > 15
    assert sorted(name for name in used if name not in known) == []


def test_the_icon_of_every_job_kind_exists(qapp):
    for kind in KINDS:
        assert not icons.icon(kind.icon).pixmap(24).toImage().isNull()


def test_an_icon_takes_the_color_of_the_theme(qapp):
    theme = Theme(qapp, "dark")
    try:
        seen = {}
        for name in ("dark", "light"):
            theme.choose(name)
            image = icons.icon("stop").pixmap(32, 32).toImage()
            opaque = [image.pixelColor(x, y) for x in range(32) for y in range(32)]
            seen[name] = {color.name() for color in opaque if color.alpha() == 255}
            assert color("text").name() in seen[name]
        assert seen["dark"] != seen["light"]
    finally:
        theme.deleteLater()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_icon_of_a_main_button_that_is_disabled_can_be_seen(qapp, theme):
    themes = Theme(qapp, theme)
    scheme = tokens.THEMES[theme]
    ink = primary_button("Start", "play").icon().pixmap(QSize(64, 64), QIcon.Mode.Disabled).toImage()
    solid = max((ink.pixelColor(x, y) for x in range(64) for y in range(64)), key=QColor.alpha)
    assert solid.alpha() > 250 and contrast(solid.name(), scheme.pressed) >= 3
    themes.deleteLater()


def test_the_application_icon_renders_small_and_large(qapp):
    for side in (16, 256):
        image = icons.application_icon().pixmap(side, side).toImage()
        assert len({image.pixelColor(x, side // 2).name() for x in range(side)}) > 3


def test_the_system_decides_unless_the_person_did(qapp):
    theme = Theme(qapp, "system")
    try:
        system = "light" if qapp.styleHints().colorScheme() == Qt.ColorScheme.Light else "dark"
        assert theme.name == system
        theme.choose("light")
        assert theme.name == "light" and qapp.palette().window().color().name() == tokens.LIGHT.canvas.lower()
    finally:
        theme.deleteLater()

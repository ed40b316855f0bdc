"""Design tokens: every color, distance and type size of the window. Nothing else in ``app`` writes one down."""

from dataclasses import dataclass

from core.geometry.mask_style import MASK_OPACITY as MASK_OPACITY
from core.geometry.mask_style import OUTLINE as OUTLINE


@dataclass(frozen=True, slots=True)
class Colors:
    """One theme. ``*_text`` colors are for words and thin strokes: at least 4.5:1 on canvas, surface and raised."""

    canvas: str
    surface: str
    raised: str
    hover: str
    pressed: str
    selection: str
    text: str
    dim: str
    line: str
    control_line: str
    """Border of a control: stronger than a hairline."""
    accent: str
    accent_hover: str
    accent_pressed: str
    accent_text: str
    on_accent: str
    good: str
    good_text: str
    warning: str
    warning_text: str
    bad: str
    bad_text: str
    scrim: str
    """Laid over a picture behind words, and over the window while something is dragged; with alpha."""
    on_scrim: str


DARK = Colors(
    canvas="#16181D",
    surface="#1E2127",
    raised="#262A31",
    hover="#2B3038",
    pressed="#323842",
    selection="#24344F",
    text="#E6E8EB",
    dim="#9AA1AC",
    line="#333842",
    control_line="#454C58",
    accent="#4C8DFF",
    accent_hover="#6AA0FF",
    accent_pressed="#3F7DEB",
    accent_text="#7FAEFF",
    on_accent="#0B1220",
    good="#2FB380",
    good_text="#4CC796",
    warning="#E0A030",
    warning_text="#E6B054",
    bad="#E5534B",
    bad_text="#FF8A82",
    scrim="#D90E1014",
    on_scrim="#F2F4F7",
)

LIGHT = Colors(
    canvas="#F7F8FA",
    surface="#FFFFFF",
    raised="#FFFFFF",
    hover="#F0F2F5",
    pressed="#E6E9EE",
    selection="#E1ECFD",
    text="#1B1E24",
    dim="#5C6470",
    line="#DDE1E7",
    control_line="#BFC6D0",
    accent="#1F6FEB",
    accent_hover="#1A64D8",
    accent_pressed="#1557BF",
    accent_text="#1A5FCC",
    on_accent="#FFFFFF",
    good="#2FB380",
    good_text="#14734F",
    warning="#E0A030",
    warning_text="#835300",
    bad="#E5534B",
    bad_text="#BC2F27",
    scrim="#D9101318",
    on_scrim="#F7F8FA",
)

THEMES = {"dark": DARK, "light": LIGHT}

# Distances in logical pixels: the 8-pixel grid.
TINY, SMALL, MEDIUM, LARGE = 4, 8, 16, 24
RADIUS = 6
CONTROL = 28
PRIMARY = 32
RAIL = 72
TITLE_BAR = 48
STATUS_BAR = 28
INSPECTOR = 280
FILTERS = 232

# Type sizes in logical pixels.
CAPTION_SIZE, TEXT_SIZE, FIGURE_SIZE, TITLE_SIZE = 11, 13, 16, 20

# How masks are drawn, beside ``MASK_OPACITY`` and ``OUTLINE``, which files and thumbnails share.
OUTLINE_SELECTED = 2.5

# How tools draw and where they catch, in logical pixels.
HANDLE = 8.0
REACH = 9.0
"""How far from a point, an edge or a border the mouse may be to mean it."""

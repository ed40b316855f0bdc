"""How masks look wherever they are painted: in the window, in thumbnails and in files. Imports nothing: the window's
design tokens, which are read before numpy is, take the figures from here."""

Color = tuple[int, int, int]
"""sRGB, 0–255."""

MASK_OPACITY = 0.45
OUTLINE = 1.5
"""Width of an outline, in logical pixels of a screen; in files, see ``core.inference.overlay``."""
NO_CLASS: Color = (140, 146, 156)
"""Of what belongs to no class."""

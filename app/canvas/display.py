"""How a person wants to see the picture itself. The pixels that tools and models get stay what they are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """Of the picture and of what helps to aim."""

    brightness: float = 0.0
    """From -1, all black, to 1, all white."""
    contrast: float = 0.0
    """From -1, all grey, to 1, black and white only."""
    crosshair: bool = False
    """Lines through the mouse, across the view."""
    minimap: bool = True
    """Where one looks, while not all of the picture is in view."""


def lookup(display: DisplaySettings) -> NDArray[np.uint8] | None:
    """What each of the 256 values is shown as, shape ``(256,)``; ``None`` when they are shown as they are."""
    if not display.brightness and not display.contrast:
        return None
    values = np.arange(256) / 255
    slope = np.tan((min(display.contrast, 0.99) + 1) * np.pi / 4)
    shown = (values - 0.5) * slope + 0.5 + display.brightness
    return np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)

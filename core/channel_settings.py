"""What is seen of pictures with more than 8 bits or other channels.

Chosen once for a dataset, and kept with it and with the models that learn from it, so that all read the same pixels.
``core.images.rendering`` does it.
"""

import math
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Scale = Literal["percentiles", "values"]
"""From what to what a channel is stretched: shares of the pixels of each picture, or the same values in all."""
Channel = Annotated[int, Meta(ge=0, le=255)]


class ChannelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which stored channels are red, green and blue, counted from 0, and which of their values become 0 and 255."""

    sources: tuple[Channel, Channel, Channel] = (0, 1, 2)
    """A picture with fewer channels shows its last one in place of those it lacks."""
    scale: Scale = "percentiles"
    low: float = 0.5
    """A percentile, 0–100, or a value."""
    high: float = 99.5

    def __post_init__(self) -> None:
        finite = math.isfinite(self.low) and math.isfinite(self.high)
        inside = self.scale == "values" or (self.low >= 0 and self.high <= 100)
        if not (finite and inside and self.low < self.high):
            raise ValueError(f"low {self.low}, high {self.high}")

"""Pictures as a person chose to see them (see ``core.channel_settings``)."""

import numpy as np
from numpy.typing import NDArray

from core.channel_settings import ChannelSettings
from core.images.channels import Picture, Values

_MOST = 1_000_000
"""Pixels of a picture of which percentiles are taken, evenly spread."""


def render(values: Values, settings: ChannelSettings) -> Picture:
    """The whole picture, stored as ``values`` of shape ``(height, width, channels)``, as RGB of 8 bits. What is no
    number counts as 0."""
    last = values.shape[2] - 1
    made: dict[int, NDArray[np.uint8]] = {}
    for source in settings.sources:
        place = min(source, last)
        if place not in made:
            made[place] = _stretched(values[:, :, place], settings)
    return np.stack([made[min(source, last)] for source in settings.sources], axis=2)


def _stretched(channel: Values, settings: ChannelSettings) -> NDArray[np.uint8]:
    numbers = np.nan_to_num(channel.astype(np.float32), posinf=0, neginf=0)
    low, high = settings.low, settings.high
    if settings.scale == "percentiles":
        step = max(int(np.sqrt(numbers.size / _MOST)), 1)
        low, high = map(float, np.percentile(numbers[::step, ::step], (low, high)))
    scaled = (numbers - low) * (255 / max(high - low, 1e-12))
    return np.asarray(np.rint(np.clip(scaled, 0, 255)), np.uint8)

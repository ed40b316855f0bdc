"""Pictures as a person chose to see them (see ``core.channel_settings``)."""

import numpy as np
from numpy.typing import NDArray

from core.channel_settings import ChannelSettings
from core.geometry.masks import Size
from core.images.channels import Picture, Values

_MOST = 1_000_000
"""Pixels of a picture of which percentiles are taken, evenly spread."""


Limits = dict[int, tuple[float, float]]
"""The values that become 0 and 255, by channel."""


def render(values: Values, settings: ChannelSettings, limits: Limits | None = None) -> Picture:
    """A picture, stored as ``values`` of shape ``(height, width, channels)``, as RGB of 8 bits. What is no number
    counts as 0. Without ``limits`` it is the whole one."""
    last = values.shape[2] - 1
    if limits is None:
        step = sampling_step(values.shape[:2])
        limits = limits_of(values[::step, ::step], settings)
    made = {place: _stretched(values[:, :, place], *of_channel) for place, of_channel in limits.items()}
    return np.stack([made[min(source, last)] for source in settings.sources], axis=2)


def sampling_step(size: Size) -> int:
    """Every how many rows and columns a picture of ``size`` is looked at for its percentiles."""
    return max(int(np.sqrt(size[0] * size[1] / _MOST)), 1)


def limits_of(sampled: Values, settings: ChannelSettings) -> Limits:
    """The limits of the channels that ``settings`` show, for a picture of which these are every ``sampling_step``-th
    row and column."""
    places = {min(source, sampled.shape[2] - 1) for source in settings.sources}
    if settings.scale == "values":
        return dict.fromkeys(places, (settings.low, settings.high))
    found: Limits = {}
    for place in places:
        low, high = np.percentile(_numbers(sampled[:, :, place]), (settings.low, settings.high))
        found[place] = float(low), float(high)
    return found


def _numbers(channel: Values) -> NDArray[np.float32]:
    return np.asarray(np.nan_to_num(channel.astype(np.float32), posinf=0, neginf=0))


def _stretched(channel: Values, low: float, high: float) -> NDArray[np.uint8]:
    scaled = (_numbers(channel) - low) * (255 / max(high - low, 1e-12))
    return np.asarray(np.rint(np.clip(scaled, 0, 255)), np.uint8)

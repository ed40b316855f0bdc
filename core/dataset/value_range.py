"""From which value to which the pictures of a dataset go."""

import time

import numpy as np

from core.channel_settings import ChannelSettings
from core.dataset.dataset import Dataset
from core.errors import UserError
from core.images.decoding import sampled_values

_PICTURES, _SECONDS = 16, 10.0


def value_range(dataset: Dataset, settings: ChannelSettings, low: float, high: float) -> tuple[float, float] | None:
    """Two percentiles, 0–100, of the values in the channels that ``settings`` show: of 16 pictures, evenly spread over
    the dataset, or as many as ten seconds are enough for. ``None`` where none can be read."""
    places = np.unique(np.linspace(0, len(dataset.images) - 1, _PICTURES).astype(int)) if dataset.images else ()
    until, found = time.monotonic() + _SECONDS, []
    for place in places:
        try:
            found.append(sampled_values(dataset.image_path(dataset.images[place]), settings))
        except UserError:
            continue  # it is listed as a problem
        if time.monotonic() > until:
            break
    if not found:
        return None
    first, last = np.percentile(np.concatenate(found), (low, high))
    return float(first), float(last)

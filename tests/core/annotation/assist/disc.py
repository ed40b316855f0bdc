"""A picture for the tools that look at colors."""

import numpy as np

SIZE, HUGE = (120, 160), (20_000, 20_000)
DISC = np.hypot(*(np.indices(SIZE) - 60)) <= 25


def picture(noise=0.0):
    """A bright disc at (60, 60) on a dark ground."""
    pixels = np.where(DISC[..., None], (220, 180, 60), (40, 40, 40)).astype(float)
    return np.clip(pixels + np.random.default_rng(0).normal(0, noise, pixels.shape), 0, 255).astype(np.uint8)


def iou(mask, expected=DISC):
    found = mask.full() > 0
    return (found & expected).sum() / (found | expected).sum()

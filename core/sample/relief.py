"""What is struck on coins: a number or a head, and letters around it."""

from functools import lru_cache

import cv2
import numpy as np

from core.sample.noise import Array, noise, smoothstep

_SIDE = 256


@lru_cache(maxsize=16)
def coin_relief(design: int) -> Array:
    """The height of a struck design over the field of a coin, shape ``(256, 256)``, in radii."""
    rng = np.random.default_rng(design)
    middle = _SIDE / 2
    axis = (np.arange(_SIDE, dtype=np.float32) + 0.5 - middle) / middle
    u, v = np.meshgrid(axis, axis)
    r = np.hypot(u, v)
    raised = np.zeros((_SIDE, _SIDE), np.float32)
    if design % 2:
        figure = str(rng.choice(("1", "2", "5", "10", "20", "50")))
        scale = 3.6 if len(figure) == 1 else 2.6
        (width, height), _ = cv2.getTextSize(figure, cv2.FONT_HERSHEY_DUPLEX, scale, 14)
        origin = (round(middle - width / 2), round(middle + height / 2))
        cv2.putText(raised, figure, origin, cv2.FONT_HERSHEY_DUPLEX, scale, 1.0, 14, cv2.LINE_AA)
    else:
        raised += _profile(u, v, rng)
    ring = np.zeros_like(raised)
    count = int(rng.integers(14, 26))
    letters = "ABCDEFGHIKLMNOPRSTUVX"
    for place in range(count):
        if rng.random() < 0.85:
            _letter(ring, letters[rng.integers(len(letters))], 2 * np.pi * place / count)
    rim = smoothstep(0.87, 0.91, r)
    relief = cv2.GaussianBlur(np.maximum(raised, ring), (0, 0), 2.0) * 0.05
    return (relief + 0.055 * rim - 0.05 * smoothstep(0.965, 1.0, r)).astype(np.float32)


def _profile(u: Array, v: Array, rng: np.random.Generator) -> Array:
    """Something like a head in profile: a skull, a face, a neck, hair."""
    skull = smoothstep(0.42, 0.1, np.hypot(u * 1.05, (v + 0.12) * 0.95))
    face = smoothstep(0.05, -0.05, np.maximum(np.abs(u - 0.24) - 0.14, np.abs(v - 0.02) - 0.26 + 0.5 * (u - 0.2)))
    neck = smoothstep(
        0.05, -0.05, np.maximum(np.abs(u + 0.03) - 0.17 - 0.2 * np.maximum(v - 0.3, 0), np.abs(v - 0.4) - 0.2)
    )
    hair = noise(u + rng.random(), v + rng.random(), 1.0, period=2.0, period_y=6.0) * 0.16 * skull
    head = np.maximum(np.maximum(skull, 0.8 * face), 0.7 * neck) + hair
    return head if rng.random() < 0.5 else head[:, ::-1].copy()


def _letter(ring: Array, letter: str, angle: float) -> None:
    """Strike a letter near the rim, its foot towards the middle."""
    tile = np.zeros((32, 32), np.float32)
    cv2.putText(tile, letter, (5, 27), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1.0, 4, cv2.LINE_AA)
    middle, radius = _SIDE / 2, _SIDE / 2 * 0.76
    turn = cv2.getRotationMatrix2D((16, 16), -np.degrees(angle) - 90, 0.85)
    turn[:, 2] += (middle - 16 + radius * np.cos(angle), middle - 16 + radius * np.sin(angle))
    np.maximum(ring, cv2.warpAffine(tile, turn, (_SIDE, _SIDE)), out=ring)

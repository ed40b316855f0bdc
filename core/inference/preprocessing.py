"""From a picture to a network's input: one geometry for training, validation, PyTorch and OpenVINO.

It is the geometry of OpenVINO Model API's ``fit_to_window``, to the rounding of the sides, so that an exported model
answers the same there.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Size
from core.recipes.model_spec import InputSpec


class Placement(NamedTuple):
    """Where a picture lies in a network's input: top left, ``height × width`` pixels large."""

    height: int
    width: int
    scale_x: float
    """Input pixels for one picture pixel; differs from ``scale_y`` by the rounding of the sides."""
    scale_y: float


def placement(size: Size, spec: InputSpec) -> Placement:
    """Where a picture of ``size`` = (height, width) goes: as large as fits, proportions kept."""
    height, width = size
    # float32 and halves to even, as the resize that Model API puts into the graph.
    scale = min(np.float32(spec.height) / np.float32(height), np.float32(spec.width) / np.float32(width))
    fitted_height = min(max(int(np.rint(np.float32(height) * scale)), 1), spec.height)
    fitted_width = min(max(int(np.rint(np.float32(width) * scale)), 1), spec.width)
    return Placement(fitted_height, fitted_width, fitted_width / width, fitted_height / height)


def resize_and_pad(image: NDArray[np.uint8], spec: InputSpec) -> tuple[NDArray[np.uint8], Placement]:
    """An RGB image ``(h, w, 3)`` as uint8 ``(spec.height, spec.width, 3)``, padded right and below, and its place."""
    place = placement(image.shape[:2], spec)
    padded = np.full((spec.height, spec.width, 3), spec.pad_value, np.uint8)
    padded[: place.height, : place.width] = cv2.resize(
        image, (place.width, place.height), interpolation=cv2.INTER_LINEAR
    )
    return padded, place


def normalise(image: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.float32]:
    """uint8 ``(H, W, 3)`` to float32 ``(3, H, W)``: mean taken off, divided by the standard deviation."""
    pixels = (image - np.asarray(spec.mean, np.float32)) / np.asarray(spec.std, np.float32)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def fit(image: NDArray[np.uint8], spec: InputSpec) -> tuple[NDArray[np.float32], Placement]:
    """An RGB image as the network wants it, float32 ``(1, 3, H, W)``, and where the picture lies in it."""
    padded, place = resize_and_pad(image, spec)
    return normalise(padded, spec)[None], place

"""Whether images are cut into tiles, and how large those are: decided once a training, from its objects. Torch-free."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.dataset import Dataset, Image
from core.dataset.coco.extents import coverage
from core.recipes.model_spec import Tiling
from core.recipes.schema import TrainingSettings
from core.training.data.items import learnt
from core.words import tr

ENOUGH = 16.0
"""Pixels at the network's input: two cells of RTMDet's finest level, half of Mask R-CNN's smallest anchor. Where a
small object measures so much, tiles would cost time and gain little."""
WANTED = 24.0
"""What tiles are to give a small object: three cells, and enough that the anchor of 32 pixels overlaps it by half."""
_SMALL, _LARGE = 25, 95
"""Percentiles of the objects' sizes: a quarter is smaller than a small one."""
_FITS_TWICE = 2
"""A large object takes at most half of a tile's side, so that tiles show most of them whole."""
_WORTHWHILE = 1.3
"""The least a tile has to enlarge, compared with the whole image."""
_LEAST, _STEP = 64, 16
_LOOKED_AT = 2000
"""Images, evenly picked, that sizes are taken from: enough to tell, and quick with any dataset."""

Floats = NDArray[np.float64]


class TilingChoice(NamedTuple):
    """How images are cut, if they are, and the reason in a sentence for people."""

    tiling: Tiling | None
    why: str


class _Sizes(NamedTuple):
    """Of objects, in image pixels, shape ``(N,)``."""

    side: Floats
    """Of the square of the same area."""
    length: Floats
    """The longer side of the box."""
    image: Floats
    """The longer side of the image."""


def choose_tiling(dataset: Dataset, images: Sequence[Image], settings: TrainingSettings) -> TilingChoice:
    """The tiles for training on ``images``, some with instances, as ``settings.tiling`` asks.

    ``auto`` makes tiles only where a small object (the 25th percentile of √area) measures less than ``ENOUGH`` at the
    input of the whole image, and then so large that it measures ``WANTED``, but at least twice as large as large
    objects (the 95th percentile of the longer side). Where such a tile would enlarge by less than 1.3, there are none.
    """
    if settings.tiling == "off":
        return TilingChoice(None, "")
    sizes = _sizes(dataset, images)
    if not sizes.side.size:
        return TilingChoice(None, tr("Images are not cut into tiles: no object says how large those should be."))
    small = float(np.percentile(sizes.side, _SMALL))
    small_at_input = float(np.percentile(sizes.side / sizes.image * settings.input_size, _SMALL))
    if settings.tiling == "by_hand":
        return _chosen(settings, settings.tile_size, small, small_at_input)
    if small_at_input >= ENOUGH:
        why = tr(
            "Images are not cut into tiles: a small object measures {pixels:.0f} pixels at the network's input, which "
            "is enough.",
            pixels=small_at_input,
        )
        return TilingChoice(None, why)
    wanted = settings.input_size * small / WANTED
    least = max(_FITS_TWICE * float(np.percentile(sizes.length, _LARGE)), _LEAST)
    side = int(np.ceil(max(wanted, least) / _STEP)) * _STEP
    if float(np.median(sizes.image)) / side < _WORTHWHILE:
        why = tr(
            "Images are not cut into tiles: a small object measures {pixels:.0f} pixels at the network's input, but "
            "large ones need tiles as large as the images.",
            pixels=small_at_input,
        )
        return TilingChoice(None, why)
    return _chosen(settings, side, small, small_at_input)


def _chosen(settings: TrainingSettings, side: int, small: float, small_at_input: float) -> TilingChoice:
    in_tile = small * settings.input_size / side
    return TilingChoice(
        Tiling(size=side, overlap=settings.tile_overlap, whole=settings.tile_whole),
        tr(
            "Images are cut into tiles of {side} × {side} pixels: a small object, {small:.0f} pixels wide, measures "
            "{small_at_input:.0f} at the network's input when it sees the whole image, {in_tile:.0f} in a tile.",
            side=side,
            small=small,
            small_at_input=small_at_input,
            in_tile=in_tile,
        ),
    )


def _sizes(dataset: Dataset, images: Sequence[Image]) -> _Sizes:
    """Of the objects that are learnt, as their masks have it, whatever the file states of them."""
    step = max(len(images) // _LOOKED_AT, 1)
    rows = [
        (area**0.5, max(width, height), max(image.width, image.height))
        for image in images[::step]
        for instance in learnt(dataset, image)
        for area, width, height in [coverage(instance.segmentation, (image.height, image.width))]
        if area > 0
    ]
    return _Sizes(*np.array(rows, np.float64).reshape(-1, 3).T)

"""What the network is shown, as NumPy values: augmented pictures and their objects.

A sample depends on (seed, epoch, place in the list) and on nothing else, so that neither the number of loader processes
nor an interruption changes a training. Torch-free: the window shows samples before a training starts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.dataset import Dataset
from core.errors import UserError
from core.geometry.masks import Mask, Size, crop
from core.geometry.tiles import cut_mask, cut_picture
from core.images.channels import Picture
from core.recipes.schema import Recipe
from core.training.data.augmentation import InputView, choose_mosaic, choose_view, jitter_color, plain_view
from core.training.data.items import TrainingItem, is_enough
from core.training.data.sources import CACHE_BYTES, SourceImage, SourceObject, Sources
from core.training.data.warping import hard, lay_masks, lay_picture, mapped_reaches, paste_piece

FEWEST_PIXELS = 4
"""Of an object in the network's input. Nothing can be learnt from less."""

_TRIES = 3
"""How often a view is chosen in which an item shows none of its objects."""


class Key(NamedTuple):
    """Which sample."""

    epoch: int
    """From 0."""
    position: int
    """In the list of items."""
    turn: int = 0
    """How often the item came before in the same epoch."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Takes the place of a sample whose image cannot be read."""

    image: int
    """``Image.index``."""
    message: str
    hint: str


@dataclass(frozen=True, slots=True, eq=False)
class Object:
    """An instance as the network learns it."""

    mask: Mask
    label: int


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSample:
    """A picture as the network gets it, and what it is to find there."""

    image: int
    """``Image.index`` of its item; a mosaic shows others besides."""
    picture: Picture
    """RGB ``(H, W, 3)`` of the recipe's input size."""
    objects: list[Object]
    """Their masks have the same size."""
    unknown: Mask | None
    """Where it is not known what there is, objects apart: nothing is learnt from it. Of the same size."""
    without_pixels: int
    """Annotations of the image that cannot be learnt: they have only a box, or an area of 0."""

    def boxes(self) -> NDArray[np.float32]:
        """``(n, 4)``: x1, y1, x2, y2, tight around the masks."""
        boxes = np.array([found.mask.box for found in self.objects], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        return boxes


class TrainingSet:
    """Augmented samples by ``Key``.

    An object that the border of the input or of a cropped part cuts off is learnt if enough of it is left (see
    ``items.is_enough``) and if it has ``FEWEST_PIXELS``; otherwise what is left of it is background.
    """

    def __init__(
        self, dataset: Dataset, items: Sequence[TrainingItem], recipe: Recipe, cache_bytes: int = CACHE_BYTES
    ) -> None:
        self._sources = Sources(dataset, items, recipe, cache_bytes)
        self._settings = recipe.settings
        self._spec = recipe.input_spec()
        self._window = self._spec.height, self._spec.width

    def __len__(self) -> int:
        return len(self._sources)

    def __getitem__(self, key: Key) -> TrainingSample | Unreadable:
        epoch, position, _ = key
        image = self._sources.items[position].image.index
        try:
            source = self._sources[position]
        except UserError as error:
            return Unreadable(image, error.message, error.hint)
        random = np.random.default_rng((self._settings.seed, *key))
        plain = epoch >= self._settings.epochs - self._settings.plain_epochs
        picture, objects, unknown = self._shown(random, source, plain)
        if not plain and random.random() < self._settings.mixup and (other := self._partner(random)):
            second, more, more_unknown = self._shown(random, other, plain=True)
            picture = np.asarray(cv2.addWeighted(picture, 0.5, second, 0.5, 0.0), np.uint8)
            objects, unknown = objects + more, unknown + more_unknown
        return TrainingSample(image, picture, objects, _without_objects(unknown, objects), source.without_pixels)

    def _shown(
        self, random: np.random.Generator, source: SourceImage, plain: bool
    ) -> tuple[Picture, list[Object], list[Mask]]:
        """An item in a random view, with others in a mosaic perhaps: one that shows an object if the item has any. Its
        picture, what is to be learnt, and where nothing is known."""
        for _ in range(_TRIES):
            arranged = self._arranged(random, source, plain)
            objects = self._seen(arranged)
            if objects or not source.objects:
                break
        else:
            arranged = [(source, plain_view(random, source.picture.shape[:2], source.fitted, self._settings))]
            objects = self._seen(arranged)
        unknown = [mask for one, view in arranged for mask in _laid_unknown(one.unknown, view, self._window)]
        return self._drawn(random, arranged), objects, unknown

    def _arranged(
        self, random: np.random.Generator, source: SourceImage, plain: bool
    ) -> list[tuple[SourceImage, InputView]]:
        """What lies where: an item alone, or four of them."""
        if plain or random.random() >= self._settings.mosaic:
            size = source.picture.shape[:2]
            return [(source, choose_view(random, size, source.fitted, self._spec, self._settings, crop=not plain))]
        four = [source, *(self._partner(random) or source for _ in range(3))]
        sources = [four[index] for index in random.permutation(4)]
        sizes = [(one.picture.shape[:2], one.fitted) for one in sources]
        return list(zip(sources, choose_mosaic(random, sizes, self._spec, self._settings), strict=True))

    def _partner(self, random: np.random.Generator) -> SourceImage | None:
        """Any item; ``None`` when its image cannot be read, which is reported when its own turn comes."""
        try:
            return self._sources[int(random.integers(len(self._sources)))]
        except UserError:
            return None

    def _drawn(self, random: np.random.Generator, arranged: Sequence[tuple[SourceImage, InputView]]) -> Picture:
        canvas = np.full((*self._window, 3), self._spec.pad_value, np.uint8)
        for source, view in arranged:
            part = cut_picture(source.picture, view.part) if view.part else source.picture
            piece = lay_picture(part, view.matrix, self._window)
            if piece:
                strength = self._settings.color_jitter
                paste_piece(canvas, piece, jitter_color(random, piece.pixels, strength) if strength else piece.pixels)
        return canvas

    def _seen(self, arranged: Sequence[tuple[SourceImage, InputView]]) -> list[Object]:
        return [found for source, view in arranged for found in _visible(source.objects, view, self._window)]


def _visible(objects: Sequence[SourceObject], view: InputView, window: Size) -> list[Object]:
    """What is to be learnt of objects in a view."""
    parts = _cut([found.mask for found in objects], view)
    reach = mapped_reaches(parts, view.matrix)
    outside = np.any((reach[:, :2] < 0) | (reach[:, 2:] > np.array(window[::-1])), axis=1)
    scale = abs(float(np.linalg.det(view.matrix[:, :2])))
    seen = []
    for found, part, laid, cut in zip(objects, parts, lay_masks(parts, view.matrix, window), outside, strict=True):
        mask = hard(laid)
        visible = mask.area
        cut = cut or part.bitmap.shape != found.mask.bitmap.shape
        if visible >= FEWEST_PIXELS and (not cut or is_enough(visible, found.area * scale, window)):
            seen.append(Object(mask, found.label))
    return seen


def _laid_unknown(masks: Sequence[Mask], view: InputView, window: Size) -> list[Mask]:
    return [hard(mask) for mask in lay_masks(_cut(masks, view), view.matrix, window)] if masks else []


def _cut(masks: Sequence[Mask], view: InputView) -> list[Mask]:
    """What a view shows of soft masks, before it lays it into the input."""
    return [cut_mask(mask, view.part) for mask in masks] if view.part else list(masks)


def _without_objects(unknown: Sequence[Mask], objects: Sequence[Object]) -> Mask | None:
    """The pixels of any of the masks in which no object is drawn; ``None`` where there are none."""
    if not unknown:
        return None
    region = np.zeros(unknown[0].size, np.uint8)
    for mask, change in [(mask, 1) for mask in unknown] + [(found.mask, 0) for found in objects]:
        height, width = mask.bitmap.shape
        region[mask.y : mask.y + height, mask.x : mask.x + width][mask.bitmap > 0] = change
    return crop(region) if region.any() else None

"""From a dataset's files to batches.

What a sample looks like depends on (seed, epoch, image) and on nothing else, so that neither the number of loader
processes nor an interruption changes a training.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from core.dataset import Dataset, Image
from core.errors import UserError
from core.geometry.masks import Mask
from core.inference.preprocessing import resize_and_pad
from core.models.segmenter import Target
from core.recipes.schema import Recipe
from core.training.augmentation import View, choose_view, jitter_color, lay_mask, lay_picture

CACHE_BYTES = 2**30
_AHEAD = 2
"""Batches made before they are asked for."""

Key = tuple[int, int]
"""Epoch, and position in the list of training images."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Takes the place of a sample whose image cannot be read."""

    position: int
    message: str
    hint: str


@dataclass(slots=True)
class Batch:
    """Images of equal size and their instances."""

    images: Tensor
    """``(B, H, W, 3)`` uint8 RGB."""
    targets: list[Target]
    unreadable: list[Unreadable]
    """Samples that are missing from it."""

    def __len__(self) -> int:
        return len(self.targets)

    def to(self, device: torch.device, non_blocking: bool = True) -> "Batch":
        """A copy on ``device``."""
        images = self.images.to(device, non_blocking=non_blocking)
        return Batch(images, [target.to(device) for target in self.targets], self.unreadable)


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    """An image as it fits the network's input, before augmentation: what is worth keeping in memory."""

    picture: NDArray[np.uint8]
    masks: list[Mask]
    labels: list[int]

    @property
    def nbytes(self) -> int:
        return self.picture.nbytes + sum(mask.bitmap.nbytes for mask in self.masks)


class TrainingSet(TorchDataset[tuple[NDArray[np.uint8], Target] | Unreadable]):
    """Augmented samples by ``Key``: an RGB picture ``(H, W, 3)`` of the recipe's input size, and its target.

    Crowd regions are left out, as are instances of which augmentation leaves no pixel. Fitted images are kept in
    memory until ``cache_bytes`` are used up.
    """

    def __init__(
        self, dataset: Dataset, images: Sequence[Image], recipe: Recipe, cache_bytes: int = CACHE_BYTES
    ) -> None:
        self.images = images
        self._dataset = dataset
        self._settings = recipe.settings
        self._spec = recipe.input_spec()
        self._kept: dict[int, _Fitted] = {}
        self._room = min(cache_bytes, psutil.virtual_memory().available // 4)

    def __getitem__(self, key: Key) -> tuple[NDArray[np.uint8], Target] | Unreadable:
        epoch, position = key
        try:
            fitted = self._fitted(position)
        except UserError as error:
            return Unreadable(position, error.message, error.hint)
        random = np.random.default_rng((self._settings.seed, epoch, position))
        window = self._spec.height, self._spec.width
        view = choose_view(random, fitted.picture.shape[:2], window, self._settings)
        picture = fitted.picture
        if self._settings.color_jitter:
            picture = jitter_color(random, picture, self._settings.color_jitter)
        return lay_picture(picture, view, self._spec.pad_value), _target(fitted, view)

    def _fitted(self, position: int) -> _Fitted:
        if position in self._kept:
            return self._kept[position]
        fitted = self._read(self.images[position])
        if fitted.nbytes <= self._room:
            self._room -= fitted.nbytes
            self._kept[position] = fitted
        return fitted

    def _read(self, image: Image) -> _Fitted:
        picture = self._dataset.read_image(image)
        padded, place = resize_and_pad(picture, self._spec)
        view = View((place.height, place.width), (0, 0), (place.height, place.width))
        instances = [instance for instance in self._dataset.instances(image) if not instance.crowd]
        masks = [lay_mask(self._dataset.mask(image, instance), view) for instance in instances]
        labels = [instance.label for instance in instances]
        return _Fitted(padded[: place.height, : place.width].copy(), masks, labels)


def _target(fitted: _Fitted, view: View) -> Target:
    """The instances that are left in a view; their boxes are those of the pixels that are left."""
    seen = [
        (mask, label)
        for mask, label in zip((lay_mask(mask, view) for mask in fitted.masks), fitted.labels, strict=True)
        if mask.bitmap.size
    ]
    masks = np.zeros((len(seen), *view.window), np.uint8)
    boxes = np.zeros((len(seen), 4), np.float32)
    for index, (mask, _) in enumerate(seen):
        height, width = mask.bitmap.shape
        masks[index, mask.y : mask.y + height, mask.x : mask.x + width] = mask.bitmap
        boxes[index] = mask.x, mask.y, mask.x + width, mask.y + height
    labels = np.array([label for _, label in seen], np.int64)
    return Target(torch.from_numpy(boxes), torch.from_numpy(labels), torch.from_numpy(masks))


def collate(samples: Sequence[tuple[NDArray[np.uint8], Target] | Unreadable]) -> Batch:
    """Samples as a batch; it has no images when none of them could be read."""
    good = [sample for sample in samples if not isinstance(sample, Unreadable)]
    images = torch.from_numpy(np.stack([picture for picture, _ in good])) if good else torch.empty(0)
    return Batch(
        images, [target for _, target in good], [sample for sample in samples if isinstance(sample, Unreadable)]
    )


class Loader:
    """The batches of one epoch after the other, each a new shuffle; ``iter`` begins the next epoch.

    All batches have the same size: the last one is filled up with images from the start of the epoch's order. Its
    state is the place it has reached, so that an interrupted epoch goes on with the next batch.
    """

    def __init__(self, samples: TrainingSet, batch_size: int, seed: int, workers: int) -> None:
        self._samples = samples
        self._size = min(batch_size, len(samples.images))
        self._seed = seed
        self._epoch = 0
        self._done = 0
        self._processes = (
            DataLoader(
                samples,
                batch_sampler=_Remaining(self),
                num_workers=workers,
                collate_fn=collate,
                persistent_workers=True,
                multiprocessing_context="spawn",
            )
            if workers
            else None
        )

    def __len__(self) -> int:
        return math.ceil(len(self._samples.images) / self._size)

    def __iter__(self) -> Iterator[Batch]:
        if self._done >= len(self):
            self._epoch, self._done = self._epoch + 1, 0
        batches = iter(self._processes) if self._processes else _made_ahead(self._make, self.remaining())
        for batch in batches:
            self._done += 1
            yield batch

    def remaining(self) -> list[list[Key]]:
        """The batches of the current epoch that have not been handed out."""
        order = np.random.default_rng((self._seed, self._epoch)).permutation(len(self._samples.images)).tolist()
        order += order[: len(self) * self._size - len(order)]
        starts = range(self._done * self._size, len(order), self._size)
        return [[(self._epoch, position) for position in order[start : start + self._size]] for start in starts]

    def state_dict(self) -> dict[str, int]:
        return {"epoch": self._epoch, "done": self._done}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self._epoch, self._done = state["epoch"], state["done"]

    def _make(self, keys: list[Key]) -> Batch:
        return collate([self._samples[key] for key in keys])


class _Remaining:
    """Tells loader processes that live for many epochs what is left of the current one."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __iter__(self) -> Iterator[list[Key]]:
        return iter(self._loader.remaining())

    def __len__(self) -> int:
        return len(self._loader)


def _made_ahead(make: Callable[[list[Key]], Batch], batches: list[list[Key]]) -> Iterator[Batch]:
    """``make`` of each batch, in a thread that works while the network does."""
    with ThreadPoolExecutor(1, thread_name_prefix="loader") as pool:
        pending: deque[Future[Batch]] = deque()
        for keys in batches:
            pending.append(pool.submit(make, keys))
            if len(pending) > _AHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()

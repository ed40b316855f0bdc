"""From samples to batches of tensors."""

import math
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from core.models.segmenter import Target
from core.training.samples import Key, Sample, TrainingSet, Unreadable
from core.training.sampling import epoch_order

_AHEAD = 2
"""Batches made before they are asked for."""


@dataclass(slots=True)
class Batch:
    """Images of equal size and their instances."""

    images: Tensor
    """``(B, H, W, 3)`` uint8 RGB."""
    targets: list[Target]
    unreadable: list[Unreadable]
    """Samples that are missing from it."""
    without_pixels: dict[int, int] = field(default_factory=dict)
    """Annotations that cannot be learnt, by ``Image.index``; only of images that have such."""

    def __len__(self) -> int:
        return len(self.targets)

    def to(self, device: torch.device, non_blocking: bool = True) -> "Batch":
        """A copy on ``device``."""
        images = self.images.to(device, non_blocking=non_blocking)
        return Batch(images, [target.to(device) for target in self.targets], self.unreadable, self.without_pixels)


def collate(samples: Sequence[Sample | Unreadable]) -> Batch:
    """Samples as a batch; it has no images when none of them could be read."""
    good = [sample for sample in samples if isinstance(sample, Sample)]
    return Batch(
        torch.from_numpy(np.stack([sample.picture for sample in good])) if good else torch.empty(0),
        [to_target(sample) for sample in good],
        [sample for sample in samples if isinstance(sample, Unreadable)],
        {sample.image: sample.without_pixels for sample in good if sample.without_pixels},
    )


def to_target(sample: Sample) -> Target:
    """The objects of a sample as tensors."""
    masks = np.zeros((len(sample.objects), *sample.picture.shape[:2]), np.uint8)
    for canvas, found in zip(masks, sample.objects, strict=True):
        height, width = found.mask.bitmap.shape
        canvas[found.mask.y : found.mask.y + height, found.mask.x : found.mask.x + width] = found.mask.bitmap
    labels = np.array([found.label for found in sample.objects], np.int64)
    return Target(torch.from_numpy(sample.boxes()), torch.from_numpy(labels), torch.from_numpy(masks))


class Loader:
    """The batches of one epoch after the other, each a new shuffle; ``iter`` begins the next epoch.

    All batches have the same size: the last one is filled up from the start of the epoch's order. An epoch has as many
    samples as there are items; with ``factors`` (see ``sampling``) some items come more often than others. Of
    ``world_size`` processes that train together, each takes its share of every ``world_size · batch_size`` samples:
    what they see together is what one process would see with so much larger a batch.

    Its state is the place it has reached, so that an interrupted epoch goes on with the next batch.
    """

    def __init__(
        self,
        samples: TrainingSet,
        batch_size: int,
        seed: int,
        workers: int,
        factors: NDArray[np.float64] | None = None,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self._samples = samples
        self._share = min(batch_size, math.ceil(len(samples) / world_size))
        self._factors = factors
        self._rank, self._world_size = rank, world_size
        self._seed = seed
        self._epoch = 0
        self._done = 0
        self._processes = (
            DataLoader(
                cast("TorchDataset[Sample | Unreadable]", samples),
                batch_sampler=_Remaining(self),
                num_workers=workers,
                collate_fn=collate,
                persistent_workers=True,
                multiprocessing_context="spawn",
                worker_init_fn=_one_thread,
            )
            if workers
            else None
        )

    def __len__(self) -> int:
        return math.ceil(len(self._samples) / (self._share * self._world_size))

    def __iter__(self) -> Iterator[Batch]:
        if self._done >= len(self):
            self._epoch, self._done = self._epoch + 1, 0
        batches = iter(self._processes) if self._processes else _made_ahead(self._make, self.remaining())
        for batch in batches:
            self._done += 1
            yield batch

    def remaining(self) -> list[list[Key]]:
        """This process's share of the current epoch's batches that have not been handed out."""
        steps, together = len(self), self._share * self._world_size
        random = np.random.default_rng((self._seed, self._epoch))
        order = np.resize(epoch_order(random, len(self._samples), self._factors), steps * together)
        turns: Counter[int] = Counter()
        keys = []
        for position in order.tolist():
            keys.append(Key(self._epoch, position, turns[position]))
            turns[position] += 1
        starts = range(self._rank * self._share, len(keys), together)
        return [keys[start : start + self._share] for start in starts[self._done :]]

    def state_dict(self) -> dict[str, int]:
        return {"epoch": self._epoch, "done": self._done}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self._epoch, self._done = state["epoch"], state["done"]

    def _make(self, keys: list[Key]) -> Batch:
        return collate([self._samples[key] for key in keys])


def _one_thread(worker: int) -> None:
    """There are as many processes as a person wants; OpenCV would start a thread per core in each."""
    cv2.setNumThreads(1)


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

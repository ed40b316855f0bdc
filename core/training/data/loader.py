"""From samples to batches of tensors."""

import math
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from core.training.data.samples import Key, TrainingSample, TrainingSet, Unreadable
from core.training.data.sampling import epoch_order
from core.training.data.sharing import Shared

_LONGEST_WAIT = 600.0
"""Seconds for a batch from a process. One that lacks shared memory says so to nobody, and sends nothing."""
_AHEAD = 2
"""Batches made before they are asked for."""


@dataclass(slots=True)
class InstanceTensors:
    """The objects of a sample, their masks cut to their boxes: batches wait and travel, and whole masks of a crowded
    image take hundreds of megabytes."""

    boxes: Tensor
    """``(n, 4)`` float32: x1, y1, x2, y2, whole numbers."""
    labels: Tensor
    """``(n,)`` int64."""
    pixels: Tensor
    """uint8, 0 or 1: the masks inside their boxes, row by row, one after the other."""
    sizes: list[tuple[int, int, int, int]]
    """Left, top, width and height of the boxes, where no device has to be waited for."""
    unknown: Tensor | None = None
    """``Target.unknown``"""

    def to(self, device: torch.device, non_blocking: bool = True) -> "InstanceTensors":
        """A copy on ``device``."""
        boxes, labels, pixels = (
            value.to(device, non_blocking=non_blocking) for value in (self.boxes, self.labels, self.pixels)
        )
        unknown = None if self.unknown is None else self.unknown.to(device, non_blocking=non_blocking)
        return InstanceTensors(boxes, labels, pixels, self.sizes, unknown)

    def target(self, height: int, width: int) -> Target:
        """What a segmenter learns from, for an input of this size."""
        masks = self.pixels.new_zeros((len(self.sizes), height, width))
        parts = torch.split(self.pixels, [rows * columns for _, _, columns, rows in self.sizes])
        for mask, part, (x, y, columns, rows) in zip(masks, parts, self.sizes, strict=True):
            mask[y : y + rows, x : x + columns] = part.view(rows, columns)
        return Target(self.boxes, self.labels, masks, self.unknown)


@dataclass(slots=True)
class Batch:
    """Images of equal size and their instances."""

    images: Tensor
    """``(B, H, W, 3)`` uint8 RGB."""
    instances: list[InstanceTensors]
    unreadable: list[Unreadable]
    """Samples that are missing from it."""
    without_pixels: dict[int, int] = field(default_factory=dict)
    """Annotations that cannot be learnt, by ``Image.index``; only of images that have such."""

    def __len__(self) -> int:
        return len(self.instances)

    @property
    def targets(self) -> list[Target]:
        """What a segmenter learns from; made anew each time."""
        return [found.target(*self.images.shape[1:3]) for found in self.instances]

    def to(self, device: torch.device, non_blocking: bool = True) -> "Batch":
        """A copy on ``device``."""
        images = self.images.to(device, non_blocking=non_blocking)
        instances = [found.to(device, non_blocking) for found in self.instances]
        return Batch(images, instances, self.unreadable, self.without_pixels)


def collate(samples: Sequence[TrainingSample | Unreadable]) -> Batch:
    """Samples as a batch; it has no images when none of them could be read."""
    good = [sample for sample in samples if isinstance(sample, TrainingSample)]
    return Batch(
        torch.from_numpy(np.stack([sample.picture for sample in good])) if good else torch.empty(0),
        [to_instances(sample) for sample in good],
        [sample for sample in samples if isinstance(sample, Unreadable)],
        {sample.image: sample.without_pixels for sample in good if sample.without_pixels},
    )


def to_instances(sample: TrainingSample) -> InstanceTensors:
    """The objects of a sample as tensors."""
    masks = [found.mask for found in sample.objects]
    pixels = np.concatenate([mask.bitmap.ravel() for mask in masks]) if masks else np.zeros(0, np.uint8)
    return InstanceTensors(
        torch.from_numpy(sample.boxes()),
        torch.tensor([found.label for found in sample.objects], dtype=torch.int64),
        torch.from_numpy(pixels),
        [(mask.x, mask.y, mask.bitmap.shape[1], mask.bitmap.shape[0]) for mask in masks],
        None if sample.unknown is None else torch.from_numpy(sample.unknown.full()),
    )


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
                cast("TorchDataset[TrainingSample | Unreadable]", Shared(samples)),
                batch_sampler=_Remaining(self),
                num_workers=workers,
                timeout=_LONGEST_WAIT,
                collate_fn=collate,
                persistent_workers=True,
                multiprocessing_context="spawn",
                worker_init_fn=_begin_work,
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

    def remaining(self) -> Iterator[list[Key]]:
        """This process's share of the current epoch's batches that have not been handed out. Made one by one: the keys
        of a million samples take long, and hundreds of megabytes."""
        steps, together = len(self), self._share * self._world_size
        random = np.random.default_rng((self._seed, self._epoch))
        order = np.resize(epoch_order(random, len(self._samples), self._factors), steps * together)
        return self._keys(order.reshape(steps, together), self._epoch, self._done)

    def _keys(self, steps: NDArray[np.int64], epoch: int, done: int) -> Iterator[list[Key]]:
        turns = np.zeros(len(self._samples), np.int32)
        own = slice(self._rank * self._share, (self._rank + 1) * self._share)
        for step, positions in enumerate(steps):
            keys = []
            for position in positions.tolist():
                keys.append(Key(epoch, position, int(turns[position])))
                turns[position] += 1
            if step >= done:
                yield keys[own]

    def state_dict(self) -> dict[str, int]:
        return {"epoch": self._epoch, "done": self._done}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self._epoch, self._done = state["epoch"], state["done"]

    def _make(self, keys: list[Key]) -> Batch:
        return collate([self._samples[key] for key in keys])


def _begin_work(worker: int) -> None:
    """There are as many processes as a person wants; OpenCV would start a thread per core in each. Ctrl-C reaches all
    of them, and asks the training to end, not its loaders."""
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Remaining:
    """Tells loader processes that live for many epochs what is left of the current one."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __iter__(self) -> Iterator[list[Key]]:
        return self._loader.remaining()

    def __len__(self) -> int:
        return len(self._loader)


def _made_ahead(make: Callable[[list[Key]], Batch], batches: Iterable[list[Key]]) -> Iterator[Batch]:
    """``make`` of each batch, in a thread that works while the network does."""
    with ThreadPoolExecutor(1, thread_name_prefix="loader") as pool:
        pending: deque[Future[Batch]] = deque()
        for keys in batches:
            pending.append(pool.submit(make, keys))
            if len(pending) > _AHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()

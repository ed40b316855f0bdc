"""Embeddings of the pictures seen last."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Size
from core.geometry.tiles import Tile

Value = TypeVar("Value")


def digest(canvas: NDArray[np.float32], size: Size, region: Tile) -> bytes:
    """Names a picture by what SAM sees of it, so that a file that changed is another picture."""
    named = hashlib.blake2b(canvas.astype(np.uint8).tobytes(), digest_size=16)
    named.update(repr((size, region)).encode())
    return named.digest()


class Cache(Generic[Value]):
    """The ``most`` values that were asked for last. Any threads may ask; one that is being made is made once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[bytes, Value] = OrderedDict()
        self._access, self._making = threading.Lock(), threading.Lock()

    def get(self, key: bytes, make: Callable[[], Value]) -> Value:
        """The value of ``key``, made if it is not there."""
        if (known := self._known(key)) is not None:
            return known
        with self._making:
            if (known := self._known(key)) is not None:
                return known
            made = make()
            with self._access:
                self._values[key] = made
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
            return made

    def _known(self, key: bytes) -> Value | None:
        with self._access:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

"""libvips: it decodes a picture from top to bottom and keeps no more of it than a few rows.

It is held to the loaders named here and never chooses one by what a file holds; it keeps nothing of a file, which may
change under its name. Both are settings of the process, made when this module is imported. Rows are taken in the thread
that asks for them, without the library's own threads. A process that was forked after the first picture would hang:
those that load pictures are spawned.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyvips

from core.geometry.masks import Size
from core.images.channels import Values

LOADERS = {"JPEG": "jpegload", "MPO": "jpegload", "PNG": "pngload", "TIFF": "tiffload", "WEBP": "webpload"}
"""By the name that Pillow has for a kind."""
_CLASSES = ("Jpeg", "Png", "Tiff", "Webp")
_TYPES: dict[str, type[np.generic]] = {
    "uchar": np.uint8,
    "char": np.int8,
    "ushort": np.uint16,
    "short": np.int16,
    "uint": np.uint32,
    "int": np.int32,
    "float": np.float32,
    "double": np.float64,
}

pyvips.cache_set_max(0)
pyvips.block_untrusted_set(True)
pyvips.operation_block_set("VipsForeignLoad", True)
for _name in _CLASSES:
    pyvips.operation_block_set(f"VipsForeignLoad{_name}", False)


class VipsError(ValueError):
    """libvips cannot decode a picture. Without its own message, which all threads of a process share."""


def value_strips(file: Path | bytes, kind: str, size: Size, rows: int, page: int = 0) -> Iterator[Values]:
    """The pixels of a page in a file, or in its bytes, of a ``kind`` in ``LOADERS``: strips of so many
    ``rows``, from top to bottom, as they are stored. Raises ``VipsError``, also where they have not the stated ``size``
    (height, width)."""
    loader, what = (LOADERS[kind], os.fsencode(file)) if isinstance(file, Path) else (f"{LOADERS[kind]}_buffer", file)
    options: dict[str, Any] = {"page": page} if page else {}
    try:
        image = pyvips.Operation.call(loader, what, access="sequential", fail_on="error", **options)
        if (image.height, image.width) != size:
            raise VipsError
        region = pyvips.Region.new(image)
        for top in range(0, image.height, rows):
            data = region.fetch(0, top, image.width, min(rows, image.height - top))
            yield np.frombuffer(data, _TYPES[image.format]).reshape(-1, image.width, image.bands)
    except pyvips.Error as error:
        raise VipsError from error

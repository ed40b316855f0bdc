"""How large the pixels of an image are: as its entry says, where a person measured them, or its file."""

from pathlib import Path

from core.dataset.dataset import Dataset
from core.dataset.model import Image
from core.images.pixel_size import PixelSize, stated_pixel_size


def pixel_size(dataset: Dataset, image: Image) -> PixelSize | None:
    """The side of a pixel of an image in the dataset; ``None`` where nobody knows. May read the header of a file."""
    if (stated := dataset.pixel_sizes.get(image.index)) is not None:
        return stated
    if not image.file_name.lower().endswith((".tif", ".tiff")) or not dataset.has_picture(image):
        return None
    path: Path = dataset.image_path(image)
    return dataset.once(("pixel size", image.index), lambda: stated_pixel_size(path))

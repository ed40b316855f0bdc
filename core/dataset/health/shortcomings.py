"""What a dataset lacks as a whole: counted fast, to be said as soon as it is open."""

import re

from core.dataset.dataset import Dataset
from core.pacing import paced

_NO_SHAPE = re.compile(rb'"segmentation"\s*:\s*(?:null|""|\[\s*\]|\{\s*\})')


def shortcomings(dataset: Dataset) -> tuple[int, int]:
    """The number of missing pictures, and that of instances without a mask. Decodes no annotation: 860,000 of them take
    about a second."""
    missing = sum(not dataset.has_picture(image) for image in dataset.images)
    table = dataset.annotations
    entries = (bytes(table.entries[place]) for place in paced(table.order.tolist()))
    return missing, sum(b'"segmentation"' not in entry or bool(_NO_SHAPE.search(entry)) for entry in entries)

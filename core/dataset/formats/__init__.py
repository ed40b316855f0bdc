"""Every format of annotations but COCO: a module each, which reads it and, where people need it, writes it.

A reader makes a ``ForeignDataset`` of a folder; ``coco_folder`` writes that as a COCO dataset beside it, which is then
opened like any other. A writer takes an open ``Dataset``. Nothing is ever written into the folder that is read.
"""

from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, Format
from core.dataset.formats.recognition import FORMATS, recognise

__all__ = ["FORMATS", "ForeignDataset", "ForeignImage", "ForeignInstance", "Format", "recognise"]

"""Procedural scenes to pre-train on: nothing in them is a photograph, and every mask is exact.

Wider than the sample: table-tops, fluorescence, transmitted light, flakes on wafers and the sample's parts; things from
a few pixels to half the picture, alone, touching or in heaps, in any colour, pattern and light, among litter that is no
instance.
"""

from core.dataset.scenes.draw import Drawing, draw
from core.dataset.scenes.shapes import CLASSES

__all__ = ["CLASSES", "Drawing", "draw"]

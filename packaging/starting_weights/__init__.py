"""How the weights that ship were made: pre-training (``pretrain``) on procedural scenes.

The scenes: nothing in them is a photograph, and every mask is exact.

Wider than the sample: table-tops, fluorescence, transmitted light, flakes on wafers and the sample's parts; things from
a few pixels to half the picture, alone, touching or in heaps, in any color, pattern and light, among litter that is no
instance.
"""

from starting_weights.draw import Drawing, draw
from starting_weights.shapes import CLASSES

__all__ = ["CLASSES", "Drawing", "draw"]

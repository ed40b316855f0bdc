"""The procedural sample: pictures of nuts, bolts, washers, coins and gears, any number from a seed, with exact masks.

``compose`` draws a scene, what lies where in which light; ``render`` makes the picture at a size.
Used by the demo, by tests and benchmarks, and by the window for a first try.
"""

from core.sample.parts import CATEGORIES
from core.sample.writer import make_sample, sample_picture

__all__ = ["CATEGORIES", "make_sample", "sample_picture"]

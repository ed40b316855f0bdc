"""The one picture view that every page uses.

``ImagePyramid`` and ``Shape`` are made in a worker, out of an image and its masks; ``ImageView`` shows them.
"""

from app.canvas.image_view import ImageView
from app.canvas.picture import ImagePyramid
from app.canvas.shape import Shape

__all__ = ["ImagePyramid", "ImageView", "Shape"]

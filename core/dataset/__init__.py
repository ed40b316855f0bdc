"""The model of a dataset, and reading and writing it. COCO is the native format.

``open_dataset`` reads a folder or a file once, fast, and checks it; segmentations stay undecoded until somebody looks
at their image. ``coco`` and ``folder`` read what is on disk, ``splits`` says what each image is for, ``health`` checks
all of it, ``writing`` writes it, ``ground_truth`` hands it to evaluators, and ``palette`` gives classes their colors.
"""

from core.dataset.dataset import Dataset
from core.dataset.model import Category, Image, Instance
from core.dataset.opening import open_dataset
from core.dataset.problems import Problem

__all__ = ["Category", "Dataset", "Image", "Instance", "Problem", "open_dataset"]

"""The figures of an evaluation: COCO's average precision and recall, of masks and of boxes."""

import msgspec

SCORES = "scores.json"
"""The file in a run's ``report/`` that keeps the ``Scores``."""


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """COCO's twelve numbers (cocodataset.org/#detection-eval), 0–1; −1 where no instance counts.

    AP is the mean over IoU .50 to .95 and the classes; small is below 32², large above 96² pixels; ``ar10`` allows ten
    detections an image.
    """

    ap: float
    ap50: float
    ap75: float
    ap_small: float
    ap_medium: float
    ap_large: float
    ar1: float
    ar10: float
    ar100: float
    ar_small: float
    ar_medium: float
    ar_large: float
    per_class: dict[str, float]
    """AP by class name; classes without an instance are left out."""


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """How well a model does on some images."""

    mask: Metrics
    box: Metrics
    images: int
    """That could be read and were counted."""

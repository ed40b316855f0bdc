"""The classes of COCO (https://cocodataset.org), which public checkpoints know."""

# fmt: off
CLASSES: tuple[str, ...] = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant",
    "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard",
    "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli",
    "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet",
    "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink",
    "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)
# fmt: on
"""All 80, in the order of their ids: what models trained with mmdetection count from 0."""

_UNUSED_IDS = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}


def _by_id() -> tuple[str | None, ...]:
    names = iter(CLASSES)
    return tuple(None if number in _UNUSED_IDS else next(names) for number in range(1, 91))


CLASSES_BY_ID = _by_id()
"""Ids 1 to 90, with the gaps that COCO left: what torchvision's models count from 1, after the background."""

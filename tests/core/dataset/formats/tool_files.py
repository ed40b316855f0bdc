"""The files of other tools (see ``make_files`` and ``make_via.js``) and the formats they are of."""

from pathlib import Path

FILES = Path(__file__).parent / "files"
FORMATS = {
    "labelme": "labelme",
    "label_studio": "label-studio",
    "imagej": "imagej",
    "cellpose": "masks",
    "supervisely": "supervisely",
    "cvat": "cvat",
    "voc": "voc",
    "via": "via",
    "via_1": "via",
    "via_csv": "via",
    "via_3": "via",
    "yolo": "yolo",
    "yolo_elsewhere": "yolo",
}
"""By the folder below ``FILES``: a key in ``core.dataset.formats.FORMATS``."""

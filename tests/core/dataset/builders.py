"""Entries of COCO files."""

from copy import deepcopy

CATEGORIES = [{"id": 3, "name": "nut"}, {"id": 7, "name": "bolt"}]
TRIANGLE = [[10.0, 10.0, 30.0, 10.0, 30.0, 25.0]]


def image(id, file_name=None, width=40, height=30, **other):
    return {"id": id, "file_name": file_name or f"{id}.png", "width": width, "height": height, **other}


def annotation(id, image_id=1, category_id=3, **other):
    entry = {"id": id, "image_id": image_id, "category_id": category_id, "iscrowd": 0}
    return entry | {"bbox": [10.0, 10.0, 20.0, 15.0], "area": 150.0, "segmentation": TRIANGLE} | other


def coco(images, annotations=(), categories=CATEGORIES, **other):
    return {"images": list(images), "annotations": list(annotations), "categories": deepcopy(list(categories)), **other}

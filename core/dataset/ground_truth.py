"""A dataset as evaluators of COCO take it."""

from collections.abc import Iterable
from typing import Any

from core.dataset.dataset import Dataset
from core.dataset.model import Image, Instance
from core.geometry.masks import to_rle
from core.geometry.segmentation import mask_of


def ground_truth(dataset: Dataset, images: Iterable[Image]) -> dict[str, Any]:
    """Some images of a dataset as the content of a COCO file.

    Image ids are ``Image.index``, category ids ``Category.id``, annotation ids count from 1 (evaluators take 0 for
    none). An instance without a mask becomes a crowd region of its box: whether a prediction there is right cannot
    be known, and evaluators ignore what lies in crowds. So what is not labelled becomes a crowd region of every class.
    """
    images = list(images)
    instances = [(image, instance) for image in images for instance in dataset.instances(image)]
    annotations = [
        {
            "image_id": image.index,
            "category_id": dataset.categories[instance.label].id,
            "bbox": list(instance.box),
            "area": instance.area,
            "iscrowd": int(instance.crowd or instance.segmentation is None),
            "segmentation": instance.segmentation.coco if instance.segmentation else _box_outline(image, instance),
        }
        for image, instance in instances
    ]
    for image in images:
        mask = mask_of(dataset.not_labelled(image), (image.height, image.width))
        shared = {"image_id": image.index, "bbox": list(mask.box), "area": mask.area, "iscrowd": 1}
        for category in dataset.categories if mask.area else ():
            annotations.append(shared | {"category_id": category.id, "segmentation": to_rle(mask)})
    return {
        "images": [
            {"id": image.index, "file_name": image.file_name, "width": image.width, "height": image.height}
            for image in images
        ],
        "categories": [{"id": category.id, "name": category.name} for category in dataset.categories],
        "annotations": [{"id": number} | annotation for number, annotation in enumerate(annotations, 1)],
    }


def _box_outline(image: Image, instance: Instance) -> list[list[float]]:
    """The part of an instance's box that lies in the image, as a polygon."""
    x, y, width, height = instance.box
    left, right = (min(max(side, 0.0), float(image.width)) for side in (x, x + width))
    top, bottom = (min(max(side, 0.0), float(image.height)) for side in (y, y + height))
    return [[left, top, right, top, right, bottom, left, bottom]]

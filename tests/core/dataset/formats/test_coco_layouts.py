"""COCO as it comes from the services and tools that people use: as a folder, one level too deep, and in an archive."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.dataset import Dataset, open_dataset
from core.dataset.formats.convert import convert
from core.dataset.formats.found import OtherFormatError, require_coco
from core.jobs import ConvertJob
from core.runs.control import never
from core.runs.folder import RunFolder
from core.runs.job_file import describe
from tests.core.dataset.builders import annotation, coco, image


def roboflow(folder) -> None:
    """“COCO Segmentation” of Roboflow: a folder a split, class 0 that stands for all others, readmes."""
    all_of_them = {"id": 0, "name": "parts", "supercategory": "none"}
    categories = [all_of_them, {"id": 1, "name": "nut", "supercategory": "parts"}]
    for number, split in enumerate(("train", "valid", "test")):
        name = f"IMG_{number}_jpg.rf.0123456789abcdef0123456789abcde{number}.jpg"
        folder.pictures([f"{split}/{name}"])
        entry = image(0, name, license=1, date_captured="2024-05-17T12:33:10+00:00", extra={"name": "IMG.jpg"})
        content = coco([entry], [annotation(0, 0, 1)], categories, licenses=[{"id": 1, "url": "", "name": "CC BY 4.0"}])
        folder.json(f"{split}/_annotations.coco.json", content)
    (folder.path / "README.roboflow.txt").write_text("parts - v1")
    (folder.path / "README.dataset.txt").write_text("# parts > 1")


def cvat(folder) -> None:
    """“COCO 1.0” of CVAT with pictures: a task without subsets."""
    folder.pictures(["images/default/1.png", "images/default/sub/2.png", "images/default/3.png"])
    images = [image(n, name) for n, name in enumerate(("1.png", "sub/2.png", "3.png"), 1)]
    annotations = [annotation(n, n, attributes={"occluded": False}) for n in (1, 2, 3)]
    folder.json("annotations/instances_default.json", coco(images, annotations))


def datumaro(folder) -> None:
    """What Datumaro itself writes as “coco_instances”, with splits."""
    import datumaro as dm
    import numpy as np
    from datumaro.components.annotation import Polygon
    from datumaro.components.media import Image

    outline = [10, 10, 30, 10, 30, 25]
    items = [
        dm.DatasetItem(
            str(number),
            subset=split,
            media=Image.from_numpy(np.full((30, 40, 3), 90, np.uint8)),
            annotations=[Polygon(outline, label=0, id=number, group=number)],
        )
        for number, split in enumerate(("train", "val", "test"), 1)
    ]
    dataset = dm.Dataset.from_iterable(items, categories=["nut", "bolt"], media_type=Image)
    dataset.export(str(folder.path), "coco_instances", save_media=True)


def beside(folder) -> None:
    """A file beside its pictures, as Label Studio and Supervisely export it."""
    folder.pictures(["images/1.png", "images/2.png", "images/3.png"])
    images = [image(n, f"images/{n}.png") for n in (1, 2, 3)]
    folder.json("result.json", coco(images, [annotation(n, n) for n in (1, 2, 3)]))


LAYOUTS: dict[Callable[..., None], tuple[str, ...]] = {
    roboflow: ("train", "val", "test"),
    cvat: ("train", "val"),
    datumaro: ("train", "val", "test"),
    beside: ("train", "val"),
}
"""With the splits that are to be seen: of what has none, some images are set aside."""


def packed(path: Path, form: str) -> Path:
    """The folder as it is, within another, or in an archive."""
    if form == "folder":
        return path
    if form == "deeper":
        (around := path.parent / "around").mkdir()
        shutil.move(path, around / "export 12")
        return around
    archive = shutil.make_archive(str(path.parent / "packed"), form, path)
    shutil.rmtree(path)
    return Path(archive)


def opened(source: Path, tmp_path: Path) -> Dataset:
    if source.is_dir():
        require_coco([source])
        return open_dataset(source)
    with pytest.raises(OtherFormatError):
        require_coco([source])
    job = ConvertJob(source=str(source), output=str(tmp_path / "made"))
    convert(job, RunFolder.create(tmp_path / "runs", "convert", describe(job)), lambda event: None, never)
    return open_dataset(Path(job.output))


@pytest.mark.parametrize("form", ["folder", "deeper", "zip", "tar", "gztar"])
@pytest.mark.parametrize("make", LAYOUTS, ids=lambda make: make.__name__)
def test_images_masks_classes_and_splits_are_those_that_are_meant(make, form: str, folder, tmp_path: Path):
    make(folder)
    dataset = opened(packed(folder.path, form), tmp_path)
    assert len(dataset.images) == 3 and all(map(dataset.has_picture, dataset.images))
    assert dataset.splits == LAYOUTS[make]
    for each in dataset.images:
        (instance,) = dataset.instances(each)
        assert dataset.categories[instance.label].name == "nut"
        assert 120 < instance.segmentation.mask((30, 40)).area < 180
    assert [problem.message for problem in dataset.problems] == []

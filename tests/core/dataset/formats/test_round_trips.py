"""What is written in a format is read again as it was, as far as the format can hold it."""

import errno
import json
import os
import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.dataset import Dataset, open_dataset
from core.dataset.formats import placing
from core.dataset.formats.convert import convert
from core.dataset.formats.losses import FIELDS, OVERLAPS, losses
from core.dataset.formats.preview import preview, read_preview
from core.dataset.formats.recognition import FORMATS, exported_name
from core.errors import UserError
from core.geometry.masks import crop, to_rle
from core.geometry.segmentation import mask_of
from core.jobs import ConvertJob, PreviewJob
from core.jobs.convert import TARGETS
from core.runs.control import StopRequested, never
from core.runs.events import Done, Warning
from core.runs.folder import RunFolder
from core.runs.job_file import describe

SIZE = (120, 160)
YS, XS = np.mgrid[: SIZE[0], : SIZE[1]]
DONUT = (np.hypot(XS - 45, YS - 60) <= 30) & (np.hypot(XS - 45, YS - 60) >= 12)
PAIR = (np.hypot(XS - 110, YS - 25) <= 12) | (np.hypot(XS - 140, YS - 60) <= 9)


def rle(mask):
    return to_rle(crop(mask.astype(np.uint8)))


@pytest.fixture
def dataset_folder(tmp_path) -> Path:
    """Two splits, three classes of which one is unused; holes, parts, a crowd, a box alone, overlaps, odd names."""
    folder = tmp_path / "ours"
    categories = [{"id": 9, "name": "ring"}, {"id": 3, "name": "late “leaf”, 50%"}, {"id": 5, "name": "unused"}]
    for split, names in {"train": ["a b.png", "sub/x.png", "x.png"], "val": ["v.png", "w.png"]}.items():
        images, annotations = [], []
        for id, name in enumerate(names, 1):
            path = folder / "images" / split / name
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.full((*SIZE, 3), 40 * id, np.uint8))
            images.append({"id": id, "file_name": name, "width": SIZE[1], "height": SIZE[0], "mine": [1, 2]})
        shapes = [
            {"image_id": 1, "category_id": 9, "segmentation": rle(DONUT)},
            {"image_id": 1, "category_id": 3, "segmentation": [[100.0, 80, 150, 80, 150, 110.25, 100, 110.25]]},
            {"image_id": 1, "category_id": 3, "segmentation": rle(PAIR)},
            {
                "image_id": len(images),
                "category_id": 3,
                "segmentation": [[5.0, 5, 25, 5, 25, 25, 5, 25], [40.0, 5, 55, 5, 50, 30]],
                "mine": "kept",
            },
            {"image_id": len(images), "category_id": 9, "bbox": [60, 60, 40, 30], "area": 1200},
        ]
        if split == "val":
            shapes.append({"image_id": 1, "category_id": 9, "iscrowd": 1, "segmentation": rle((YS > 100) & (XS < 60))})
        annotations = [{"id": id, "iscrowd": 0, **shape} for id, shape in enumerate(shapes, 1)]
        (folder / "annotations").mkdir(exist_ok=True)
        content = {"images": images, "annotations": annotations, "categories": categories}
        (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
    return folder


def converted(tmp_path: Path, source: Path, to: str, **more) -> tuple[Path, list]:
    job = ConvertJob(source=str(source), output=str(tmp_path / f"as {to}"), to=to, **more)
    events: list = []
    convert(job, RunFolder.create(tmp_path / "runs", "convert", describe(job)), events.append, never)
    return Path(job.output), events


def contents(dataset: Dataset) -> dict[str, list[tuple]]:
    """What each picture shows, by split and by how gray it is, which no format changes."""
    found = {}
    for image in dataset.images:
        gray = int(dataset.read_image(image)[0, 0, 0])
        found[f"{image.split} {gray}"] = [
            (
                dataset.categories[each.label].name,
                each.crowd,
                each.segmentation is None,
                mask_of(each.segmentation, SIZE).full() > 0,
                each.box,
            )
            for each in dataset.instances(image)
        ]
    return found


LOSES = {"coco": ()} | {format.key: format.loses for format in FORMATS if format.writer}
WITHOUT_CROWDS = [key for key in TARGETS if "crowds" in LOSES[key]]
WITHOUT_BOXES = [key for key in TARGETS if "boxes" in LOSES[key]]
"""VOC keeps them in its XML, which is read only where there are no masks."""


@pytest.mark.parametrize("to", TARGETS)
def test_masks_classes_and_splits_come_back(to: str, dataset_folder: Path, tmp_path: Path):
    before = {path: path.read_bytes() for path in dataset_folder.rglob("*") if path.is_file()}
    made, events = converted(tmp_path, dataset_folder, to)
    assert isinstance(events[-1], Done) and not list(tmp_path.glob(".*unfinished"))
    back, _ = converted(tmp_path / "back", made, "coco", **({"format": to} if to != "coco" else {}))
    assert before == {path: path.read_bytes() for path in dataset_folder.rglob("*") if path.is_file()}
    ours, theirs = open_dataset(dataset_folder), open_dataset(back)
    used = ["late “leaf”, 50%", "ring"]
    assert {name for name in (each.name for each in theirs.categories) if name != "unused"} == set(used)
    assert [each.name for each in theirs.categories] == [each.name for each in ours.categories]
    wanted, found = contents(ours), contents(theirs)
    taken = "boxes become masks" in LOSES[to]
    assert wanted.keys() == found.keys()
    for key, objects in wanted.items():
        if to in WITHOUT_BOXES:
            objects = [each for each in objects if not each[2]]
        assert len(found[key]) == len(objects), key
        for name, crowd, alone, mask, box in objects:
            same = [each for each in found[key] if each[0] == name and (each[2] == alone or taken)]
            if alone:
                assert any(np.allclose(each[4], box, atol=0.51) for each in same), (key, name)
                continue
            ious = [(each[3] & mask).sum() / (each[3] | mask).sum() for each in same]
            assert max(ious, default=0) >= (0.999 if to != "yolo" else 0.99), (key, name, ious)
            assert to in WITHOUT_CROWDS or any(each[1] == crowd for each in same)


@pytest.mark.parametrize("to", TARGETS)
def test_what_a_format_cannot_hold_is_told(to: str, dataset_folder: Path, tmp_path: Path):
    _, events = converted(tmp_path, dataset_folder, to)
    dataset = open_dataset(dataset_folder)
    lost = losses(dataset, dataset.images, LOSES[to])
    assert bool(lost) == (to != "coco")
    assert set(lost) <= {event.message for event in events if isinstance(event, Warning)}
    [file] = (tmp_path / "runs").rglob(ConvertJob.result)
    assert set(lost) <= set(json.loads(file.read_text())["warnings"])


def test_a_preview_tells_what_is_left_out(dataset_folder: Path, tmp_path: Path):
    file = dataset_folder / "annotations" / "instances_train.json"
    file.write_text(file.read_text().replace('"image_id": 1', '"image_id": 77', 1))
    with zipfile.ZipFile(tmp_path / "ours.zip", "w") as archive:
        archive.writestr("../outside.txt", "x")
        for each in filter(Path.is_file, dataset_folder.rglob("*")):
            archive.write(each, each.relative_to(dataset_folder))
    job, events = PreviewJob(source=str(tmp_path / "ours.zip")), []
    folder = RunFolder.create(tmp_path / "runs", "preview", describe(job))
    preview(job, folder, events.append, never)
    for words in ("lies outside of the archive", "image_id 77 does not exist"):
        assert any(words in event.message for event in events if isinstance(event, Warning))
        assert any(words in problem.message for problem in read_preview(folder.path).problems)


@pytest.mark.parametrize("to", ["coco", "yolo"])
def test_entries_of_coco_that_are_left_out_are_told(to: str, dataset_folder: Path, tmp_path: Path):
    file = dataset_folder / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    content["images"][1]["id"] = content["images"][0]["id"]
    file.write_text(json.dumps(content))
    _, events = converted(tmp_path, dataset_folder, to)
    assert any("has the id of an earlier image" in event.message for event in events if isinstance(event, Warning))


def test_a_class_of_two_lines_is_one_in_labelme(dataset_folder: Path, tmp_path: Path):
    for file in dataset_folder.glob("annotations/*.json"):
        file.write_text(file.read_text().replace('"ring"', json.dumps("ring\nof steel")))
    made, _ = converted(tmp_path, dataset_folder, "labelme")
    back, _ = converted(tmp_path / "back", made, "coco")
    names = {category.name for category in open_dataset(back).categories}
    assert names == {category.name for category in open_dataset(dataset_folder).categories}


def test_what_is_lost_is_said_before(dataset_folder: Path):
    dataset = open_dataset(dataset_folder)

    def said(to: str, split: str = "val") -> list[str]:
        return losses(dataset, dataset.of_split(split), LOSES[to])

    assert said("coco") == [] and said("datumaro") == [FIELDS]
    crowd, parts = "1 crowd region becomes an ordinary instance.", "The parts of 1 instance are joined by"
    assert said("yolo")[0] == crowd and said("yolo")[1].startswith(parts) and said("yolo")[2:] == [FIELDS]
    alone = "1 instance has only a box, which is "
    assert said("masks") == said("voc") == [crowd, f"{alone}lost beside masks.", OVERLAPS, FIELDS]
    assert said("labelme", "train") == [f"{alone}taken for its outline.", FIELDS]


@pytest.mark.parametrize("to", [key for key in LOSES if key != "coco"])
def test_regions_and_pixel_sizes_that_are_lost_are_said_before(to: str, tmp_path: Path):
    stated = {"not_labelled": [[0, 0, 9, 0, 9, 9]], "pixel_size": {"value": 0.65, "unit": "µm"}}
    entries = [{"id": id, "file_name": f"{id}.png", "width": 20, "height": 10} for id in (1, 2)]
    content = {"images": [entries[0] | stated, entries[1]], "annotations": [], "categories": []}
    (tmp_path / "instances.json").write_text(json.dumps(content))
    dataset = open_dataset(tmp_path)
    said = losses(dataset, dataset.images, LOSES[to])
    assert any(words.startswith("1 image is not labelled all over") for words in said)
    assert "The size of its pixels, which 1 image states, stays behind." in said
    assert losses(dataset, dataset.images[1:], LOSES[to]) == losses(dataset, [], LOSES[to])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("bench", "bench (YOLO)"), ("bench (COCO)", "bench (YOLO)"), ("bench (2024)", "bench (2024) (YOLO)")],
)
def test_what_is_exported_again_is_named_after_one_format(name: str, wanted: str):
    assert exported_name(name, "YOLO") == wanted


def test_a_stopped_export_goes_on_and_never_mixes_with_another(dataset_folder: Path, tmp_path: Path, monkeypatch):
    copied: list[str] = []
    real = placing.shutil.copyfileobj

    def copy(source, target, *more):
        if len(copied) == 2:
            raise StopRequested
        copied.append(source.name)
        real(source, target, *more)

    monkeypatch.setattr(placing.shutil, "copyfileobj", copy)
    with pytest.raises(StopRequested):
        converted(tmp_path, dataset_folder, "yolo", pictures="copy")
    assert len(copied) == 2 and not (tmp_path / "as yolo").exists()
    before, copied[:] = list(copied), ["", "", ""]
    made, _ = converted(tmp_path, dataset_folder, "yolo", pictures="copy")
    assert len(copied) == 6 and not set(before) & set(copied[3:]), "what was there is not copied again"
    assert not list(tmp_path.glob(".*unfinished")) and not (made / ".content").exists()
    shutil.rmtree(made)
    copied[:] = ["", ""]
    with pytest.raises(StopRequested):
        converted(tmp_path, dataset_folder, "yolo", pictures="copy")
    (tmp_path / ".as yolo.unfinished" / "images" / "train" / "gone.png").write_bytes(b"of another dataset")
    copied[:] = ["", "", ""]
    made, _ = converted(tmp_path, dataset_folder, "yolo", pictures="copy", only_split=("val",))
    assert sorted(path.name for path in made.rglob("*.png")) == ["v.png", "w.png"]


def test_names_with_colons_are_told_apart_in_voc(dataset_folder: Path, tmp_path: Path):
    for file in dataset_folder.glob("annotations/*.json"):
        file.write_text(file.read_text().replace('"ring"', '"a: b"').replace('"unused"', '"a  b"'))
    made, events = converted(tmp_path, dataset_folder, "voc")
    assert any("is called “a  b_”" in event.message for event in events if isinstance(event, Warning))
    back, _ = converted(tmp_path / "back", made, "coco")
    assert [each.name for each in open_dataset(back).categories] == ["late “leaf”, 50%", "a  b", "a  b_"]


def test_fields_that_nobody_knows_survive_from_coco_to_coco(dataset_folder: Path, tmp_path: Path):
    made, _ = converted(tmp_path, dataset_folder, "coco")
    content = json.loads((made / "annotations" / "instances_train.json").read_text())
    assert [image["mine"] for image in content["images"]] == [[1, 2]] * 3
    assert "kept" in [each.get("mine") for each in content["annotations"]]


def test_pictures_are_links_or_copies(dataset_folder: Path, tmp_path: Path):
    linked, _ = converted(tmp_path, dataset_folder, "yolo")
    copied, _ = converted(tmp_path / "copy", dataset_folder, "yolo", pictures="copy")
    original = dataset_folder / "images" / "val" / "v.png"
    assert (linked / "images" / "val" / "v.png").samefile(original)
    assert not (copied / "images" / "val" / "v.png").samefile(original)


def test_a_folder_that_is_there_is_left_alone(dataset_folder: Path, tmp_path: Path):
    (tmp_path / "as yolo").mkdir()
    (tmp_path / "as yolo" / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        converted(tmp_path, dataset_folder, "yolo")
    with pytest.raises(UserError, match="lies in the dataset"):
        job = ConvertJob(source=str(dataset_folder), output=str(dataset_folder / "inside"), to="yolo")
        convert(job, RunFolder.create(tmp_path / "runs", "convert", describe(job)), print, never)


def test_whether_there_is_room_for_the_output_is_asked_before_anything_is_read(tmp_path: Path):
    (tmp_path / "damaged.zip").write_bytes(b"PK")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for output, words in (("full", "is there already"), ("full/mine.txt/made", "a part of this path is a file")):
        job = ConvertJob(source=str(tmp_path / "damaged.zip"), output=str(tmp_path / output), to="yolo")
        with pytest.raises(UserError, match=words):
            convert(job, RunFolder.create(tmp_path / "runs", "convert", describe(job)), print, never)


def test_an_archive_may_be_called_like_what_is_made_on_the_way(dataset_folder: Path, tmp_path: Path):
    made, _ = converted(tmp_path, dataset_folder, "labelme")
    archive = shutil.make_archive(str(tmp_path / "coco"), "zip", made)
    assert (converted(tmp_path, Path(archive), "yolo")[0] / "data.yaml").is_file()


def test_no_picture_is_a_link_to_what_is_gone(dataset_folder: Path, tmp_path: Path, monkeypatch):
    """The output lies on another disk than the run folder, where a conversion between two formats passes by."""
    yolo, _ = converted(tmp_path, dataset_folder, "yolo")
    link = os.link

    def other_disk(source, target, **more):
        if "as voc" in str(target):
            raise OSError(errno.EXDEV, "another disk")
        link(source, target, **more)

    monkeypatch.setattr(os, "link", other_disk)
    made, _ = converted(tmp_path, yolo, "voc")
    pictures = sorted((made / "JPEGImages").iterdir())
    assert len(pictures) == 5 and all(path.is_file() for path in pictures)

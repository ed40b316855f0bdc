"""What is in a dataset of another format, before anything is written: counts, splits, what is missing or would be lost,
and some pictures with their masks.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import cv2
import msgspec
import numpy as np

from core.dataset.dataset import Dataset
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats.archive import is_archive, unpack
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ForeignInstance, ReaderLog
from core.dataset.formats.recognition import chosen_format, read_all
from core.dataset.formats.sequence import TITLES, key_of, sequences_at
from core.dataset.health.checks import report_problems
from core.dataset.opening import open_dataset
from core.dataset.palette import class_color
from core.dataset.problems import Problem
from core.errors import UserError
from core.files import make_folders, write_atomically
from core.geometry.mask_painting import tint
from core.geometry.segmentation import Polygons, Segmentation
from core.images.channels import Picture
from core.images.pages import pages
from core.images.video import opened_video
from core.jobs import PreviewJob
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle
from core.runs.events import Done, Progress, Stage
from core.runs.folder import RunFolder
from core.words import tr

SAMPLES = 6
"""Pictures that are shown."""
SIDE = 400
"""Pixels of the longer side of such a picture."""
FILE = "preview.json"
_CONSIDERED = 60
"""Pictures among which those with most instances are shown: the first would all be of one folder."""


class Preview(msgspec.Struct, frozen=True):
    """What was found; ``preview.json`` in the folder of the job."""

    format: str
    title: str
    """Of the format."""
    images: int
    missing: int
    """Images whose picture is not there."""
    splits: dict[str, int]
    """Images by split; ``""`` for those without one."""
    classes: dict[str, int]
    """Instances by class, in the order of the format."""
    boxes: int
    """Instances without a mask."""
    problems: list[Problem]
    samples: list[str]
    """Files in the folder of the job: small pictures with their masks."""
    seconds: float = 0
    """Of videos: how long they are together. ``images`` are all of their frames then."""

    @property
    def instances(self) -> int:
        """Of all classes."""
        return sum(self.classes.values())


def preview(job: PreviewJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a preview job. Raises ``UserError`` where nothing can be read."""
    source, left_out = Path(job.source), list[Problem]()
    if source.is_file() and is_archive(source):
        report(Stage(name=tr("Unpacking")))
        source = folder.path / "unpacked"
        shutil.rmtree(source, ignore_errors=True)
        left_out = unpack(Path(job.source), source, report, check)
        report_problems(left_out, report)
    try:
        if sequences := [] if job.format else sequences_at(source):
            found = look_into_sequences(sequences, folder.samples, check)
        else:
            found = look_into(source, job.format, folder.samples, report, check)
    finally:
        if source != Path(job.source):
            shutil.rmtree(source, ignore_errors=True)
    report_problems(found.problems, report)
    found = msgspec.structs.replace(found, problems=[*left_out, *found.problems])
    write_atomically(folder.path / FILE, msgspec.json.encode(found))
    report(
        Done(
            summary={
                "format": found.title,
                "images": found.images,
                "instances": found.instances,
                "classes": len(found.classes),
                "missing": found.missing,
                "boxes": found.boxes,
            }
        )
    )


def look_into(source: Path, key: str, samples: Path, report: Report, check: Check) -> Preview:
    """Read the dataset in the folder ``source`` image by image; small pictures go into the folder ``samples``. Raises
    ``UserError``."""
    format = chosen_format(source, key)
    title = format.title if format else "COCO"
    report(Stage(name=tr("Reading {format}", format=title)))
    dataset = read_all(format, FolderTree(source)) if format else _of_coco(open_dataset(source))
    images = missing = boxes = 0
    splits: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    candidates: list[ForeignImage] = []
    progress = Throttle(PROGRESS_EVERY)
    for image in dataset.images:
        check()
        images += 1
        missing += image.path is None and image.content is None
        splits[image.split] += 1
        classes.update(instance.label for instance in image.instances)
        boxes += sum(instance.segmentation is None for instance in image.instances)
        if image.path is not None and image.instances and len(candidates) < _CONSIDERED:
            candidates.append(image)
        if progress.due():
            report(Progress(done=images, total=0, unit=tr("images")))
    counts = {name: classes[name] for name in dict.fromkeys([*dataset.classes, *classes])}
    best = sorted(candidates, key=lambda image: -len(image.instances))[:SAMPLES]
    shown = [name for place, image in enumerate(best) if (name := _sample(image, list(counts), samples, place))]
    problems = dataset.log.problems()
    return Preview(
        format.key if format else "coco", title, images, missing, dict(splits), counts, boxes, problems, shown
    )


def look_into_sequences(files: list[Path], samples: Path, check: Check) -> Preview:
    """What is in some videos or TIFFs of several pages; pictures from beginning to end go into the folder ``samples``.
    Raises ``UserError`` where none of them can be read."""
    key, log = key_of(files), ReaderLog()
    images, seconds = 0, 0.0
    shown: list[str] = []
    for file in files:
        check()
        try:
            count, length, pictures = (_of_video if key == "video" else _of_stack)(file, SAMPLES - len(shown))
        except UserError as error:
            if len(files) == 1:
                raise
            log.add(file.name, "", error.message.removeprefix(f"{file} "), tr("it is left out"))
            continue
        images += count
        seconds += length
        for picture in pictures:
            shown.append(_write_sample(_smaller(picture), samples, len(shown)))
    return Preview(key, TITLES[key], images, 0, {"": images}, {}, 0, log.problems(), shown, seconds)


def _of_video(file: Path, most: int) -> tuple[int, float, list[Picture]]:
    """How many frames there are, how many seconds, and ``most`` of them from beginning to end."""
    with opened_video(file) as video:
        near = [video.frame_near((place + 0.5) / most) for place in range(most)]
        return video.count, video.seconds, [np.asarray(each[..., ::-1], np.uint8) for each in near if each is not None]


def _of_stack(file: Path, most: int) -> tuple[int, float, list[Picture]]:
    """The same of a TIFF. A page that cannot be read is not shown: it is told when it is converted."""
    count, pictures = sum(1 for _ in pages(file)), []
    chosen = {round(place * (count - 1) / max(most - 1, 1)) for place in range(most)}
    for page in pages(file):
        with suppress(UserError):
            pictures += [page.shown()] if page.number in chosen else []
    return count, 0.0, pictures


def _smaller(picture: Picture) -> Picture:
    scale = min(SIDE / max(picture.shape[:2]), 1.0)
    size = max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _of_coco(dataset: Dataset) -> ForeignDataset:
    """A COCO dataset, or a plain folder of pictures, that lies in an archive."""
    log = ReaderLog()
    for problem in dataset.problems:
        log.add(problem.file, problem.entry, problem.message, problem.hint)
    names = [category.name for category in dataset.categories]

    def images() -> Iterator[ForeignImage]:
        for image in dataset.images:
            path = dataset.image_path(image) if dataset.has_picture(image) else None
            instances = [
                ForeignInstance(names[each.label], each.segmentation, each.box, each.crowd)
                for each in dataset.instances(image)
            ]
            yield ForeignImage(image.file_name, path, instances, (image.height, image.width), image.split)

    return ForeignDataset(dataset.root, images(), names, log)


def _sample(image: ForeignImage, classes: list[str], samples: Path, place: int) -> str:
    """Write a small picture with the masks of an image; its name, empty for a picture that cannot be read."""
    from core.images.thumbnails import small_picture

    assert image.path is not None
    try:
        picture = np.ascontiguousarray(small_picture(image.path, SIDE, image.size))
    except UserError:
        return ""
    for instance in image.instances:
        shape: Segmentation | None = instance.segmentation
        if shape is None and instance.box is not None:
            x, y, width, height = instance.box
            shape = Polygons([[x, y, x + width, y, x + width, y + height, x, y + height]])
        size = image.size or picture.shape[:2]
        if shape is not None and shape.fault(size) is None:
            tint(picture, shape, size, class_color(classes.index(instance.label)))
    return _write_sample(picture, samples, place)


def _write_sample(picture: Picture, samples: Path, place: int) -> str:
    """Write a small picture, RGB; its name in the folder of the job."""
    make_folders(samples)
    _, jpeg = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    write_atomically(samples / f"{place}.jpg", jpeg.tobytes())
    return f"{samples.name}/{place}.jpg"


def read_preview(folder: Path) -> Preview:
    """What a preview job found, by its run folder. Raises ``UserError``."""
    from core.reading import read_json

    return read_json(folder / FILE, Preview, tr("{path} is not a preview: {reason}"))

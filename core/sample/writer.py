"""Writing the sample: a COCO folder with pictures and exact masks."""

import shutil
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np

from core.errors import UserError
from core.geometry.masks import crop, to_rle
from core.jobs import SampleJob
from core.reading import decoded, read_bytes
from core.runs.control import Check, Report, ignore, never
from core.runs.events import Artifact, Done, Progress, Stage
from core.runs.folder import RunFolder
from core.sample.compose import compose
from core.sample.parts import CATEGORIES
from core.sample.render import RenderedScene, render
from core.words import tr

VERSION = 1
"""Of the pictures: raised whenever the same seed would give others."""
_SPLITS = ("train", "val")


def write_sample(job: SampleJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a sample job. Raises ``UserError`` as ``make_sample`` does."""
    report(Stage(name=tr("Making the sample")))
    made = make_sample(
        Path(job.output),
        job.train_images,
        job.validation_images,
        seed=job.seed,
        size=job.size,
        report=report,
        check=check,
    )
    report(Artifact(kind="dataset", path=str(made)))
    report(Done(summary={"train_images": job.train_images, "validation_images": job.validation_images}))


def sample_picture(seed: int, split: str, index: int, size: int) -> RenderedScene:
    """Picture ``index`` (from 0) of a split (``"train"`` or ``"val"``): it depends on nothing else."""
    return render(compose(np.random.default_rng([seed, _SPLITS.index(split), index])), size)


def make_sample(
    folder: Path,
    train_images: int,
    validation_images: int,
    *,
    seed: int = 0,
    size: int = 512,
    report: Report = ignore,
    check: Check = never,
) -> Path:
    """Make the procedural sample dataset in ``folder``: parts scattered on a table, ``size`` × ``size`` pixels.

    Writes ``images/{train,val}/*.jpg`` and ``annotations/instances_{train,val}.json`` (COCO; masks as compressed RLE,
    because most have holes). The folder appears only when it is complete, so that an interrupted one is made anew;
    one that was made with the same arguments is returned as it is. ``size`` changes the resolution, not the scenes.

    Raises ``UserError`` when ``folder`` holds something else or cannot be written.
    """
    info = {
        "description": "Maskwright procedural sample",
        "version": str(VERSION),
        "sample": {"seed": seed, "size": size, "images": [train_images, validation_images]},
    }
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if _info(folder) == info:
            return folder
        raise UserError(
            tr("{folder} exists and is not this sample", folder=folder), tr("choose another folder or remove it")
        )
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)  # ours, not one that somebody else laid there with links in it
        total = train_images + validation_images
        for split, count, before in zip(_SPLITS, (train_images, validation_images), (0, train_images), strict=True):
            (unfinished / "images" / split).mkdir(parents=True)
            images: list[dict[str, Any]] = []
            annotations: list[dict[str, Any]] = []
            for index in range(count):
                check()
                picture, name = sample_picture(seed, split, index, size), f"{split}_{index:05}.jpg"
                images.append({"id": index + 1, "file_name": name, "width": size, "height": size})
                annotations += _annotations(picture, index + 1, len(annotations) + 1)
                _write_jpeg(unfinished / "images" / split / name, picture.image)
                report(Progress(done=before + index + 1, total=total, unit=tr("images")))
            (unfinished / "annotations").mkdir(exist_ok=True)
            content = _content(info, images, annotations)
            (unfinished / "annotations" / f"instances_{split}.json").write_bytes(msgspec.json.encode(content))
        if folder.exists():
            folder.rmdir()  # an empty one, such as a file dialog makes
        unfinished.replace(folder)
    except OSError as error:
        raise UserError(
            tr("the sample cannot be written to {folder}: {reason}", folder=folder, reason=error.strerror),
            tr("choose another folder"),
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _content(info: dict[str, Any], images: list[dict[str, Any]], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    """A COCO file."""
    categories = [{"id": id, "name": name, "supercategory": "part"} for id, name in enumerate(CATEGORIES, 1)]
    return {
        "info": info,
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }


def _annotations(picture: RenderedScene, image_id: int, first_id: int) -> list[dict[str, Any]]:
    """The annotations of a picture as COCO has them."""
    masks = [crop(bitmap) for bitmap in picture.masks]
    return [
        {
            "id": id,
            "image_id": image_id,
            "category_id": label + 1,
            "bbox": mask.box,
            "area": mask.area,
            "iscrowd": 0,
            "segmentation": to_rle(mask),
        }
        for id, (label, mask) in enumerate(zip(picture.labels, masks, strict=True), first_id)
    ]


def _info(folder: Path) -> Any:
    """What a sample in ``folder`` says about itself, or ``None``."""
    try:
        content = decoded(read_bytes(folder / "annotations" / "instances_val.json"), dict[str, msgspec.Raw])
    except OSError:
        return None
    return decoded(bytes(content["info"]), dict) if content and "info" in content else None


def _write_jpeg(path: Path, image: Any) -> None:
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not done:
        raise OSError(0, tr("the picture could not be encoded"))
    path.write_bytes(data.tobytes())

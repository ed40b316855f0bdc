"""A dataset as a COCO folder of its own: entries as they stand, a file for each split, pictures beside them."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Raw

from core.dataset import channel_file
from core.dataset.coco.entries import with_fields
from core.dataset.dataset import Dataset
from core.dataset.folder.plain_folder import without_claim
from core.dataset.formats.export import content_key, new_folder
from core.dataset.formats.placing import LinkOrCopy, PictureNames, bring
from core.dataset.model import Image
from core.dataset.problems import Problem, ProblemLog
from core.dataset.writing import write
from core.files import make_folders, write_atomically
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress
from core.words import tr


def write_coco(
    dataset: Dataset,
    output: Path,
    *,
    images: Sequence[Image] | None = None,
    pictures: LinkOrCopy = "link",
    report: Report = ignore,
    check: Check = never,
) -> list[Problem]:
    """Write ``images`` of a dataset, or all, into the new folder ``output``; fields of entries that are unknown here
    survive. Returns what is missing. Raises ``UserError`` where the folder is there already or cannot be written."""
    log, names = ProblemLog(), PictureNames()
    chosen, progress = dataset.images if images is None else images, Throttle(PROGRESS_EVERY)
    with new_folder(output, of=content_key(dataset, chosen, "coco", pictures)) as folder:
        splits: defaultdict[str, list[Image]] = defaultdict(list)
        called: dict[int, str] = {}
        for done, image in enumerate(chosen, 1):
            check()
            called[image.index] = names.free(image.split, image.file_name, flat=True)
            splits[image.split].append(image)
            if dataset.has_picture(image):
                target = folder / "images" / image.split / called[image.index]
                bring(dataset.image_path(image), target, pictures)
            else:
                log.add(image.file_name, "", tr("the picture is missing"), tr("its annotations are written"))
            if progress.due() or done == len(chosen):
                report(Progress(done=done, total=len(chosen), unit=tr("images")))
        make_folders(folder / "annotations")
        if dataset.channels is not None:
            channel_file.write(folder, dataset.channels)
        for split, of_split in splits.items():
            check()
            path = folder / "annotations" / f"instances_{split}.json"
            write(dataset, path, of_split)
            _rename(path, [called[image.index] for image in sorted(of_split, key=lambda image: image.index)])
    return log.problems()


def _rename(path: Path, names: list[str]) -> None:
    """Give the images of a file these names, in its order, where they have others."""
    from core.dataset.writing import encode

    content = msgspec.json.decode(path.read_bytes(), type=dict[str, Raw])
    images = msgspec.json.decode(content.pop("images"), type=list[Raw])
    annotations, categories = (
        msgspec.json.decode(content.pop(name), type=list[Raw]) for name in ("annotations", "categories")
    )
    renamed = [with_fields(raw, {"file_name": name}) for raw, name in zip(images, names, strict=True)]
    write_atomically(path, encode(without_claim(content), (renamed, annotations, categories)))

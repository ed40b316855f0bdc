"""Videos and TIFFs of several pages: pictures in an order, in one file. Each becomes an image that remembers where it
comes from, so that a split can keep together what belongs together.

The entries in COCO have ``video``, ``frame`` and ``time`` (seconds), or ``stack``, ``page`` and, where the file says
it, ``t``, ``z`` and ``c``; all but the seconds are counted from 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.dataset.file_kinds import is_picture
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats.foreign import ForeignDataset, ForeignImage, ReaderLog
from core.dataset.formats.pictures import files_of
from core.errors import UserError
from core.images.axes import axes, stated_images
from core.images.pages import is_stack, pages
from core.images.video import SUFFIXES, Frame, Video, frames_every, frames_of_scenes, is_video, opened_video
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress
from core.words import tr

TITLES = {"video": tr("Video"), "pages": tr("TIFF of pages")}
"""What such files are called, by their key as a format."""
MOST_IMAGES = 200_000
"""More frames than anybody looks at."""
_BREAKS_OFF = tr("what comes after is left out; copy the video again if there should be more")
_ENDS_SHORT = 0.95
"""A video that has fewer than this share of the frames that it states breaks off; a few less are usual."""


@dataclass(frozen=True, slots=True)
class FrameChoice:
    """Which frames of a video become images."""

    every: float = 1.0
    """Seconds between two of them; 0 for all."""
    scenes: bool = False
    """The first of each scene instead."""


EACH_SECOND = FrameChoice()


def sequences_at(source: Path) -> list[Path]:
    """The video or the TIFF of several pages that ``source`` is, or the videos in a folder without any pictures; none
    where it is something else."""
    if source.is_file():
        return [source] if is_video(source) or is_stack(source) else []
    return videos_in(FolderTree(source)) if source.is_dir() else []


def videos_in(tree: FolderTree) -> list[Path]:
    """The videos in a tree without any pictures."""
    found = files_of(tree, SUFFIXES)
    if found and any(is_picture(name) for folder in tree.folders for name in tree.files(folder)):
        return []
    return [tree.root / file for file in found]


def key_of(files: list[Path]) -> str:
    """What some sequences are, as a format: a key of ``TITLES``."""
    return "video" if is_video(files[0]) else "pages"


def read_sequences(
    files: list[Path], root: Path, choice: FrameChoice, report: Report = ignore, check: Check = never
) -> ForeignDataset:
    """The images of some videos and TIFFs below the folder ``root``. Progress is reported while they are read: of a
    video, frames come between those that become images. Raises ``UserError`` where none of them can be read."""
    log = ReaderLog()
    return ForeignDataset(root, _images(files, root, choice, log, report, check), [], log)


def _images(
    files: list[Path], root: Path, choice: FrameChoice, log: ReaderLog, report: Report, check: Check
) -> Iterator[ForeignImage]:
    made = 0
    for file in files:
        name = file.relative_to(root).as_posix()
        images = _of_video(file, name, choice, log, report, check) if is_video(file) else _of_stack(file, name, log)
        try:
            for image in images:
                made += 1
                if made > MOST_IMAGES:
                    raise UserError(
                        tr("{file} comes to more than {n:,} images", file=file, n=MOST_IMAGES),
                        tr("take a frame at longer intervals"),
                    )
                check()
                yield image
        except UserError as error:
            if len(files) == 1 or made > MOST_IMAGES:
                raise
            log.add(name, "", error.message.removeprefix(f"{file} "), tr("it is left out; {hint}", hint=error.hint))


def _of_video(
    file: Path, name: str, choice: FrameChoice, log: ReaderLog, report: Report, check: Check
) -> Iterator[ForeignImage]:
    progress = Throttle(PROGRESS_EVERY)
    with opened_video(file) as video:
        chosen = frames_of_scenes(video) if choice.scenes else frames_every(video, choice.every)
        read = 0
        for read, frame in enumerate(chosen, 1):
            check()
            if progress.due():
                report(Progress(done=min(read, video.count or read), total=video.count, unit=tr("frames")))
            if frame is not None:
                yield _image(file, name, frame)
        _look_at_end(video, read, name, log)


def _look_at_end(video: Video, read: int, name: str, log: ReaderLog) -> None:
    if read == 0:
        raise UserError(tr("{name} has no frame that can be decoded", name=name), tr("save the video again as MP4"))
    if read < _ENDS_SHORT * video.count:
        said = tr("ends after {read:,} of {frames:,} frames", read=read, frames=video.count)
        log.add(name, "", said, _BREAKS_OFF)


def _image(file: Path, name: str, frame: Frame) -> ForeignImage:
    height, width = frame.pixels.shape[:2]
    return ForeignImage(
        file_name=f"{name.rpartition('.')[0]}_{frame.number:06}.jpg",
        path=None,
        instances=[],
        size=(height, width),
        content=frame.jpeg,
        source=file,
        fields={"video": name, "frame": frame.number, "time": round(frame.time, 3)},
    )


def _of_stack(file: Path, name: str, log: ReaderLog) -> Iterator[ForeignImage]:
    count = sum(1 for _ in pages(file))
    if (stated := stated_images(file)) > count:
        said = tr("states {stated:,} images and describes {pages:,}", stated=stated, pages=count)
        log.add(name, "", said, tr("the others are left out; save it again in Fiji as OME-TIFF"))
    places = axes(file, count)
    for page in pages(file):
        place = places[page.number]
        ending = "".join(f"_{axis}{number:03}" for axis, number in place.items()) or f"_{page.number:04}"
        try:
            suffix, data = page.encoded()
        except UserError as error:
            log.add(name, tr("page {number}", number=page.number), error.message, error.hint)
            continue
        yield ForeignImage(
            file_name=f"{name.rpartition('.')[0]}{ending}{suffix}",
            path=None,
            instances=[],
            size=page.size,
            content=partial(bytes, data),
            source=file,
            fields={"stack": name, "page": page.number, **place},
        )

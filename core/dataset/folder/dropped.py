"""What a person means who opens several files and folders at once, or something that is no dataset.

One dataset is open at a time. Pictures are a dataset of their own, as long as one folder holds them all: that is where
their annotations will lie. A COCO file is opened with whatever lies beside it. Everything else is told what it is, and
what can be done with it.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.dataset import file_kinds
from core.dataset.file_kinds import FileKind, is_picture
from core.errors import UserError
from core.plain_text import printable
from core.words import tr, tr_n

_MODELS = frozenset((".pt", ".pth", ".ckpt", ".safetensors", ".onnx", ".xml", ".bin"))
_ANNOTATIONS = ("annotations", "annotation")
_MODEL = FileKind(
    lambda n: tr_n("{n} file of a model", "{n} files of a model", n),
    lambda name: tr("“{name}” is a file of a model", name=name),
)
_TEXT = FileKind(
    lambda n: tr_n("{n} text file", "{n} text files", n), lambda name: tr("“{name}” is a text file", name=name)
)
_GONE = FileKind(
    lambda n: tr_n("{n} file that is not there", "{n} files that are not there", n),
    lambda name: tr("“{name}” is a file that is not there", name=name),
)
_OTHER = FileKind(
    lambda n: tr_n("{n} file of a kind that is not known", "{n} files of a kind that is not known", n),
    file_kinds.UNKNOWN.is_one,
)
_OPEN = tr("open a folder of images, pictures, a dataset folder, a COCO file, an archive, or a video")
_HINTS = {
    file_kinds.ARCHIVE: tr("open one zip or tar by itself; of another kind, unpack it and open the folder"),
    file_kinds.VIDEO: tr("open one of them by itself, or the folder that holds only videos"),
    file_kinds.OTHER_PICTURE: tr("save it as PNG, JPEG, TIFF, BMP or WebP, and open that"),
    _MODEL: tr("under Train, “Start from: a file” begins with it"),
    **dict.fromkeys((_TEXT, _GONE, _OTHER), _OPEN),
}
_CONVERT = tr("open the folder in which they lie with their images: what is known there is converted to COCO")


@dataclass(frozen=True, slots=True)
class Dropped:
    """What to open."""

    path: Path
    """A folder or a COCO file."""
    pictures: tuple[str, ...] = ()
    """Names of the pictures in the folder that are meant; empty for all of it."""
    aside: tuple[str, ...] = ()
    """Names of what is left aside."""


def understand(paths: Sequence[Path]) -> Dropped:
    """What ``paths`` mean together; at least one. Raises ``UserError``, which names them, where they mean nothing."""
    paths = [Path(os.path.abspath(path.expanduser())) for path in paths]  # noqa: PTH100 - links are kept
    folders = [path for path in paths if path.is_dir()]
    if len(paths) == 1 and (folders or paths[0].suffix.lower() == ".json" or not paths[0].exists()):
        if (paths[0] / "job.json").is_file() and (paths[0] / "events.jsonl").is_file():  # it holds pictures too
            raise UserError(
                tr("{folder} is the folder of a job", folder=paths[0]),
                tr("open the dataset; its trainings stand on the Train page"),
            )
        return Dropped(paths[0])
    coco = [path for path in paths if path not in folders and _kind(path) == file_kinds.COCO]
    pictures = [path for path in paths if path not in folders and path.is_file() and is_picture(path.name)]
    if len(coco) == 1:
        return Dropped(coco[0])  # pictures and folders beside it are its own
    if folders:
        return _of_folders(paths, folders)
    if coco:
        raise UserError(
            tr("{files} at once", files=file_kinds.COCO.counted(len(coco))),
            tr("one dataset is open at a time: open one of them, or the folder they lie in"),
        )
    if pictures:
        return _of_pictures(pictures, [path for path in paths if path not in pictures])
    raise _no_dataset(paths)


def _of_folders(paths: Sequence[Path], folders: Sequence[Path]) -> Dropped:
    parents = {path.parent for path in paths}
    if len(parents) == 1 and any(folder.name.lower() in _ANNOTATIONS for folder in folders):
        return Dropped(parents.pop())  # the parts of one dataset
    what = tr_n("{n} folder", "{n} folders", len(folders))
    if rest := len(paths) - len(folders):
        message = tr("{folders} and {files} at once", folders=what, files=tr_n("{n} file", "{n} files", rest))
    else:
        message = tr("{folders} at once", folders=what)
    if len(parents) > 1:
        raise UserError(message, tr("one dataset is open at a time: open one folder"))
    around = printable(str(parents.pop()))
    hint = tr("one dataset is open at a time: open one folder, or {folder}, which holds them all", folder=around)
    raise UserError(message, hint)


def _of_pictures(pictures: Sequence[Path], others: Sequence[Path]) -> Dropped:
    parents = sorted({path.parent for path in pictures})
    if len(parents) == 1:
        names = tuple(path.name for path in pictures)
        return Dropped(parents[0], names, tuple(path.name for path in others))
    common = Path(os.path.commonpath(parents)) if len({path.anchor for path in parents}) == 1 else Path()
    hint = tr("open those of one folder, or the folder that holds them all")
    if len(common.parts) > 2:  # not all that somebody has
        around = printable(str(common))
        hint = tr("open those of one folder, or the folder that holds them all: {folder}", folder=around)
    raise UserError(tr("the pictures lie in {number} folders", number=len(parents)), hint)


def _no_dataset(paths: Sequence[Path]) -> UserError:
    """What files are from which no dataset can be made, and what to do with those of the commonest kind."""
    kind, number = Counter(map(_kind, paths)).most_common(1)[0]
    name, hint = printable(paths[0].name), _HINTS.get(kind, _CONVERT)
    if len(paths) == 1:
        return UserError(kind.is_one(name), hint)
    files = kind.counted(number)
    if number == len(paths):
        return UserError(tr("{files}, such as “{name}”", files=files, name=name), hint)
    others = tr_n("{n} other file", "{n} other files", len(paths) - number)
    return UserError(tr("{files} and {others}, such as “{name}”", files=files, others=others, name=name), hint)


def _kind(path: Path) -> FileKind:
    try:
        kind = file_kinds.kind_of(path)
    except OSError:
        return _GONE
    if path.suffix.lower() in _MODELS and kind in (file_kinds.UNKNOWN, file_kinds.XML):
        return _MODEL
    return _OTHER if kind is file_kinds.UNKNOWN else kind or _TEXT

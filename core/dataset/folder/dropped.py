"""What a person means who opens several files and folders at once, or something that is no dataset.

One dataset is open at a time. Pictures are a dataset of their own, as long as one folder holds them all: that is where
their annotations will lie. A COCO file is opened with whatever lies beside it. Everything else is told what it is, and
what can be done with it.
"""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.dataset import file_kinds
from core.dataset.file_kinds import is_picture
from core.errors import UserError
from core.plain_text import printable
from core.words import count, tr, tr_n

_MODELS = frozenset((".pt", ".pth", ".ckpt", ".safetensors", ".onnx", ".xml", ".bin"))
_ANNOTATIONS = ("annotations", "annotation")
_HINTS = {
    file_kinds.ARCHIVE: tr("unpack it, and open the folder that comes out"),
    file_kinds.VIDEO: tr(
        "take pictures out of it and open their folder: “ffmpeg -i VIDEO -r 1 %05d.png” takes one a second"
    ),
    file_kinds.OTHER_PICTURE: tr("save it as PNG, JPEG, TIFF, BMP or WebP, and open that"),
}
_CONVERT = tr(
    "such annotations cannot be read yet: convert them to COCO, or open the folder of images to annotate them here"
)
_WANTED = tr("open a folder of images, pictures, a dataset folder, or a COCO file")
_ONE = tr("one dataset is open at a time")


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
        return _checked(Dropped(paths[0]))
    coco = [path for path in paths if path not in folders and _kind(path) == file_kinds.COCO]
    pictures = [path for path in paths if path not in folders and path.is_file() and is_picture(path.name)]
    if len(coco) == 1:
        return Dropped(coco[0])  # pictures and folders beside it are its own
    if folders:
        return _of_folders(paths, folders)
    if coco:
        raise UserError(
            tr("{count} at once", count=count(len(coco), file_kinds.COCO)),
            tr("{one_}: open one of them, or the folder they lie in", one_=_ONE),
        )
    if pictures:
        return _of_pictures(pictures, [path for path in paths if path not in pictures])
    raise _no_dataset(paths)


def _checked(dropped: Dropped) -> Dropped:
    """A training's folder holds pictures too, but is no dataset."""
    if (dropped.path / "job.json").is_file() and (dropped.path / "events.jsonl").is_file():
        raise UserError(
            tr("{path} is the folder of a job", path=dropped.path),
            tr("open the dataset; its trainings stand on the Train page"),
        )
    return dropped


def _of_folders(paths: Sequence[Path], folders: Sequence[Path]) -> Dropped:
    parents = {path.parent for path in paths}
    if len(parents) == 1 and any(folder.name.lower() in _ANNOTATIONS for folder in folders):
        return Dropped(parents.pop())  # the parts of one dataset
    rest = len(paths) - len(folders)
    what = tr_n("{n} folder", "{n} folders", len(folders)) + (
        tr(" and {files}", files=tr_n("{n} file", "{n} files", rest)) if rest else ""
    )
    whole = (
        tr(", or {next}, which holds them all", next=printable(str(next(iter(parents))))) if len(parents) == 1 else ""
    )
    raise UserError(tr("{what} at once", what=what), tr("{one_}: open one folder{whole}", one_=_ONE, whole=whole))


def _of_pictures(pictures: Sequence[Path], others: Sequence[Path]) -> Dropped:
    parents = sorted({path.parent for path in pictures})
    if len(parents) == 1:
        names = tuple(path.name for path in pictures)
        return Dropped(parents[0], names, tuple(path.name for path in others))
    common = Path(os.path.commonpath(parents)) if len({path.anchor for path in parents}) == 1 else Path()
    whole = f": {printable(str(common))}" if len(common.parts) > 2 else ""  # not all that somebody has
    raise UserError(
        tr("the pictures lie in {parents} folders", parents=len(parents)),
        tr("open those of one folder, or the folder that holds them all{whole}", whole=whole),
    )


def _no_dataset(paths: Sequence[Path]) -> UserError:
    """What files are from which no dataset can be made, and what to do with those of the commonest kind."""
    found = Counter(map(_kind, paths))
    kind, number = found.most_common(1)[0]
    name = f"“{printable(paths[0].name)}”"  # a page begins its sentences with a capital: not this name
    if len(paths) == 1:
        return UserError(
            tr("{name} is {what} {kind}", name=name, what="an" if kind[0] in "aei" else "a", kind=kind), _hint(kind)
        )
    more = (
        tr(" and {files}", files=tr_n("{n} other file", "{n} other files", len(paths) - number))
        if number < len(paths)
        else ""
    )
    return UserError(
        tr("{count}{more}, such as {name}", count=count(number, kind, _plural(kind)), more=more, name=name), _hint(kind)
    )


def _plural(kind: str) -> str:
    """“videos”, “files of a model”."""
    head, *rest = re.split(r"(?= of | that )", kind, maxsplit=1)
    return f"{head}s{''.join(rest)}"


def _hint(kind: str) -> str:
    if kind == _MODEL:
        return tr("under Train, “Start from: a file” begins with it")
    if kind in _HINTS:
        return _HINTS[kind]
    return _WANTED if kind in (_TEXT, _OTHER, _GONE) else _CONVERT


_MODEL, _TEXT, _GONE = tr("file of a model"), tr("text file"), tr("file that is not there")
_OTHER = tr("file of a kind that is not known")


def _kind(path: Path) -> str:
    """What one file is called."""
    try:
        kind = file_kinds.kind_of(path)
    except OSError:
        return _GONE
    if path.suffix.lower() in _MODELS and kind in (file_kinds.UNKNOWN, "XML file"):
        return _MODEL
    return _OTHER if kind == file_kinds.UNKNOWN else kind or _TEXT

"""Which image files a person names: files, folders and globs. There may be millions."""

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import overload

from core.dataset.file_kinds import PICTURES, is_other_picture
from core.dataset.folder.folder_tree import is_of_system
from core.dataset.folder.own_outputs import is_drawn
from core.errors import UserError
from core.plain_text import printable
from core.runs.control import Report, ignore
from core.runs.events import Warning
from core.words import tr, tr_n

_NAMED = 3
"""Pictures of kinds that are not read that are named."""
_WANTED = tr(
    "images end in {endings}; those with masks that Maskwright drew are left out", endings=", ".join(sorted(PICTURES))
)


class PathList(Sequence[Path]):
    """Paths, of which memory holds little more than the names of the files: an object for each would take ten times as
    much. A ``Path`` is made when somebody asks for it."""

    def __init__(self) -> None:
        self._folders: dict[str, int] = {}
        self._folder_names: list[str] = []
        self._folder_of, self._ends, self._names = array("L"), array("Q"), bytearray()

    def append(self, folder: str, name: str) -> None:
        """Add the file ``name`` in ``folder`` to the end."""
        number = self._folders.setdefault(folder, len(self._folders))
        if number == len(self._folder_names):
            self._folder_names.append(folder)
        self._folder_of.append(number)
        self._names += os.fsencode(name)
        self._ends.append(len(self._names))

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, place: int) -> Path: ...
    @overload
    def __getitem__(self, place: slice) -> list[Path]: ...
    def __getitem__(self, place: int | slice) -> Path | list[Path]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        start = self._ends[place - 1] if place else 0
        name = os.fsdecode(bytes(self._names[start : self._ends[place]]))
        return Path(self._folder_names[self._folder_of[place]], name)


def collect_images(patterns: Iterable[str], report: Report = ignore) -> PathList:
    """The image files that files, folders (all they hold, in depth) and globs name, each once, in this order. Pictures
    that Maskwright drew are left out unless they are named themselves, and so are those of kinds that are not read,
    which is reported.

    Raises ``UserError`` for a pattern that names none.
    """
    wanted = tuple(patterns)
    found, known = PathList(), set[Path]()
    for pattern in wanted:
        by_name, anything, others, left_out = Path(pattern).is_file(), False, list[str](), 0
        for folder, name in _files(pattern):
            ending = os.path.splitext(name)[1].lower()  # noqa: PTH122  (objects for a million paths take long)
            if by_name or (ending in PICTURES and not is_drawn(os.path.join(folder, name))):  # noqa: PTH118
                anything = True
                if len(wanted) > 1 and Path(folder, name) in known:
                    continue
                found.append(folder, name)
                known.update([Path(folder, name)] if len(wanted) > 1 else ())
            elif is_other_picture(name):
                left_out += 1
                others += [name] if left_out <= _NAMED else []
        if left_out:
            report(_left_out(others, left_out))
        if not anything and not has_magic(pattern) and not Path(pattern).exists():
            raise UserError(tr("“{pattern}” does not exist", pattern=pattern), tr("name pictures, folders or globs"))
        if not anything:
            raise UserError(tr("“{pattern}” names no image", pattern=pattern), _WANTED)
    return found


def _files(pattern: str) -> Iterator[tuple[str, str]]:
    """Folder and name of the files that a pattern names: one whatever it is called, all that folders and globs hold."""
    path = Path(pattern)
    if path.is_file():
        yield os.path.split(path)
    elif path.is_dir():
        yield from _below(str(path))
    elif has_magic(pattern):
        # Path.glob takes no absolute pattern
        matches = sorted(glob(pattern, recursive=True))  # noqa: PTH207
        yield from (os.path.split(match) for match in matches if Path(match).is_file())


def _below(folder: str) -> Iterator[tuple[str, str]]:
    """The files below a folder in the order of their paths. Those that are hidden or a system's own, as in archives
    made on a Mac, are left out. Links to folders are not followed, as they may lead in circles."""
    try:
        with os.scandir(folder) as entries:
            listed = sorted(
                (os.path.normcase(entry.name), entry.name, entry.is_dir(follow_symlinks=False))
                for entry in entries
                if entry.is_dir(follow_symlinks=False) or (entry.is_file() and not entry.name.startswith("."))
            )
    except OSError:
        return
    for _, name, is_folder in listed:
        if not is_folder:
            yield folder, name
        elif not is_of_system(name):
            yield from _below(os.path.join(folder, name))  # noqa: PTH118


def _left_out(names: Sequence[str], count: int) -> Warning:
    shown = ", ".join(map(printable, names)) + (", …" if count > len(names) else "")
    return Warning(
        message=tr_n(
            "{n} picture is left out, of a kind that is not read: {names}",
            "{n} pictures are left out, of a kind that is not read: {names}",
            count,
            names=shown,
        ),
        hint=tr("save them as PNG, TIFF or JPEG"),
    )

"""Which image files a person names: files, folders and globs. There may be millions."""

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from glob import glob, has_magic
from itertools import chain
from pathlib import Path

from core.dataset.file_kinds import PICTURES, is_other_picture
from core.dataset.folder.folder_tree import is_of_system
from core.dataset.folder.own_outputs import is_drawn
from core.errors import UserError
from core.plain_text import printable
from core.runs.control import Report, ignore
from core.runs.events import Warning
from core.words import tr, tr_n

_UNKNOWN, _WANTED, _DRAWN = range(3)
_NAMED = 3
"""Pictures of kinds that are not read that are named."""
_WANTED_KINDS = tr(
    "images end in {endings}; those with masks that Maskwright drew are left out", endings=", ".join(sorted(PICTURES))
)


class PathList:
    """The image files that somebody names, of which memory holds little more than the names: an object for each would
    take ten times as much. Each ``Path`` is made when its turn comes, and only then is the file opened to see whether
    Maskwright drew it: for a million files that takes a minute.
    """

    def __init__(self) -> None:
        self._folders: dict[str, int] = {}
        self._folder_names: list[str] = []
        self._folder_of, self._ends, self._names = array("L"), array("Q"), bytearray()
        self._states = bytearray()
        """What is known of each: one of ``_UNKNOWN``, ``_WANTED``, ``_DRAWN``."""
        self._left_out = 0

    def append(self, folder: str, name: str) -> None:
        """Add the file ``name`` in ``folder`` to the end."""
        number = self._folders.setdefault(folder, len(self._folders))
        if number == len(self._folder_names):
            self._folder_names.append(folder)
        self._folder_of.append(number)
        self._names += os.fsencode(name)
        self._ends.append(len(self._names))
        self._states.append(_UNKNOWN)

    @property
    def listed(self) -> int:
        """How many were added."""
        return len(self._ends)

    def __len__(self) -> int:
        """How many there are, but for those known to be drawn: it shrinks while somebody goes through them."""
        return self.listed - self._left_out

    def __iter__(self) -> Iterator[Path]:
        return (self._path(place) for place in range(self.listed) if self.has(place))

    def has(self, place: int) -> bool:
        """Whether the file that was added as number ``place``, from 0, is one of them: not if Maskwright drew it."""
        if self._states[place] == _UNKNOWN:
            self._states[place] = _DRAWN if is_drawn(self._path(place)) else _WANTED
            self._left_out += self._states[place] == _DRAWN
        return self._states[place] == _WANTED

    def want(self, place: int) -> None:
        """Have the file that was added as number ``place`` whoever drew it."""
        self._left_out -= self._states[place] == _DRAWN
        self._states[place] = _WANTED

    def _path(self, place: int) -> Path:
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
    found, known = PathList(), dict[Path, int]()
    for pattern in wanted:
        by_name, first, before, others, left_out = Path(pattern).is_file(), found.listed, list[int](), list[str](), 0
        for folder, name in _files(pattern):
            ending = os.path.splitext(name)[1].lower()  # noqa: PTH122  (objects for a million paths take long)
            if by_name or ending in PICTURES:
                place = known.setdefault(Path(folder, name), found.listed) if len(wanted) > 1 else found.listed
                if place < first:
                    before.append(place)
                elif place == found.listed:
                    found.append(folder, name)
                if by_name:
                    found.want(place)
            elif is_other_picture(name):
                left_out += 1
                others += [name] if left_out <= _NAMED else []
        if left_out:
            report(_left_out(others, left_out))
        if not any(map(found.has, chain(before, range(first, found.listed)))):
            if has_magic(pattern) or Path(pattern).exists():
                raise UserError(tr("“{pattern}” names no image", pattern=pattern), _WANTED_KINDS)
            raise UserError(tr("“{pattern}” does not exist", pattern=pattern), tr("name pictures, folders or globs"))
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
    names, folders = list[str](), set[str]()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.add(entry.name)
                elif not entry.is_file() or entry.name.startswith("."):
                    continue
                names.append(entry.name)
    except OSError:
        return
    names.sort()
    names.sort(key=os.path.normcase)  # as paths are compared
    for name in names:
        if name not in folders:
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

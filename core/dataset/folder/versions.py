"""Two versions of an annotation file: somebody else changed it while a person annotated, who then saved beside it.

``x (mine).json`` stands in the place of ``x.json`` wherever its folder is opened: in the window, in a training, for a
command. Under the name ``x (mine, not used).json`` it waits, and ``x.json`` counts. So the folder itself says which of
them is worked on, and nobody can show one and train on the other.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from core.errors import UserError, refusal
from core.files import move_new
from core.words import tr

MINE = " (mine)"
_UNUSED = " (mine, not used"
_NAME = re.compile(r"(?P<stem>.+?)(?: \(mine(?P<unused>, not used(?: (?P<number>\d+))?)?\))+\.json", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Version:
    """An annotation file that is read, and the other version of it."""

    shown: Path
    other: Path

    @property
    def is_mine(self) -> bool:
        """Whether the person's own is read."""
        return is_mine(self.shown.name)

    def turn(self) -> "Version":
        """Have the folder read the other one; returns how it stands then. Nothing is written over. Raises
        ``UserError`` where that is not possible."""
        if self.is_mine:
            stem, suffix = self.other.stem, self.other.suffix
            names = (f"{stem}{_UNUSED}{f' {number}' if number > 1 else ''}){suffix}" for number in count(1))
            other = next(path for path in map(self.other.with_name, names) if not path.exists())
            _rename(self.shown, other)
            return Version(self.other, other)
        shown = mine(self.shown)
        _rename(self.other, shown)
        return Version(shown, self.shown)


def mine(file: Path) -> Path:
    """Where a person's own version of an annotation file goes when somebody else changed the file meanwhile."""
    return file.with_name(f"{file.stem}{MINE}{file.suffix}")


def theirs(file: Path) -> Path:
    """The file that a person's own version is one of."""
    found = _NAME.fullmatch(file.name)
    return file.with_name(f"{found['stem']}{file.suffix}") if found else file


def is_mine(name: str) -> bool:
    """Whether a file is called like a person's own version, used or not."""
    return _NAME.fullmatch(name) is not None


def is_unused(name: str) -> bool:
    """Whether a file is called like a person's own version that waits."""
    found = _NAME.fullmatch(name)
    return found is not None and found["unused"] is not None


def unused(file: Path) -> list[Path]:
    """The versions of a person that wait beside a file, the newest last."""
    try:
        found = [(_NAME.fullmatch(path.name), path) for path in file.parent.iterdir()]
    except OSError:  # without such a folder, nothing waits in it
        return []
    numbered = [
        (int(name["number"] or 1), path)
        for name, path in found
        if name is not None and name["unused"] and name["stem"] == file.stem
    ]
    return [path for _, path in sorted(numbered)]


def versions(files: Iterable[Path]) -> list[Version]:
    """Those of the files that are read of which there is another version."""
    found = []
    for file in files:
        others = [theirs(file)] if is_mine(file.name) else [*unused(file), mine(file)]
        if there := [other for other in others if other.is_file()]:
            found.append(Version(file, there[-1]))
    return found


def _rename(file: Path, path: Path) -> None:
    try:
        move_new(file, path)
    except OSError as error:
        raise refusal(error, file) or UserError(
            tr("{file} cannot be renamed to {name}: {reason}", file=file, name=path.name, reason=error.strerror)
        ) from error

"""A disk that loses what nobody waited for.

What a program does to a folder is recorded: at each call that changes a name or waits for the disk, what is in the
folder, and what of that is on the disk for sure. A name is once its folder was synced, a content once its file was.
When the power fails, anything else may be there or not.
"""

import ctypes
import os
import random
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core import files

Names = dict[Path, int | None]
"""The inode of each file; ``None`` for a folder."""


@dataclass(frozen=True)
class Moment:
    """Between two calls."""

    call: str
    acknowledged: int
    """What ``Disk.acknowledged`` was then."""
    newest: int
    saved: int
    names: Names
    sure_names: Names
    contents: dict[int, bytes]
    sure_contents: dict[int, bytes]


class Disk:
    """Records what happens in ``root`` while it is used as a context."""

    def __init__(self, root: Path, monkeypatch) -> None:
        self._root, self._patch = root, monkeypatch
        self.moments: list[Moment] = []
        self.acknowledged = self.newest = self.saved = 0
        """Numbers of the states that the person may rely on, that could be there at best, and that the files have."""
        self._held: dict[int, int] = {}
        """Open descriptors by inode, so that no inode is used twice."""
        self._sure_contents: dict[int, bytes] = {}
        self._sure_names: Names = {}

    def __enter__(self) -> "Disk":
        """All that is there is on the disk."""
        self._sure_names, self._sure_contents = self._look()
        for name in ("replace", "rename", "mkdir", "unlink"):
            self._watch(os, name)
        self._watch(files, "_renameat2")
        fsync = os.fsync

        def sync(descriptor: int) -> None:
            self.note("before fsync")
            fsync(descriptor)
            self._settle(descriptor)
            self.note("fsync")

        self._patch.setattr(os, "fsync", sync)
        return self

    def __exit__(self, *failure: object) -> None:
        self.note("end")
        self._patch.undo()
        for descriptor in self._held.values():
            os.close(descriptor)

    def _watch(self, module: object, name: str) -> None:
        function = getattr(module, name)
        if function is None:
            return

        def watched(*args, **more):
            self.note(f"before {name}")
            result = function(*args, **more)
            if name == "_renameat2" and result:
                number = ctypes.get_errno()
                self.note(name)
                ctypes.set_errno(number)
            else:
                self.note(name)
            return result

        self._patch.setattr(module, name, watched)

    def note(self, call: str) -> None:
        """The power may fail now."""
        names, contents = self._look()
        known = dict(self._sure_names), dict(self._sure_contents)
        moment = Moment(call, self.acknowledged, self.newest, self.saved, names, known[0], contents, known[1])
        self.moments.append(moment)

    def _settle(self, descriptor: int) -> None:
        """A file or a folder is on the disk."""
        status, place = os.fstat(descriptor), Path(f"/proc/self/fd/{descriptor}").readlink()
        if stat.S_ISREG(status.st_mode):
            self._sure_contents[status.st_ino] = Path(f"/proc/self/fd/{descriptor}").read_bytes()
        elif place == self._root or self._root in place.parents:
            names, _ = self._look()
            kept = {path: inode for path, inode in self._sure_names.items() if path.parent != place}
            self._sure_names = kept | {path: inode for path, inode in names.items() if path.parent == place}

    def _look(self) -> tuple[Names, dict[int, bytes]]:
        names: Names = {}
        contents = {}
        for path in sorted(self._root.rglob("*")):
            if path.is_dir():
                names[path] = None
            elif path.name != "lock":
                names[path] = inode = path.stat().st_ino
                contents[inode] = path.read_bytes()
                if inode not in self._held:
                    self._held[inode] = os.open(path, os.O_RDONLY)
        return names, contents

    def crashes(self, seed: int = 0, chances: int = 6) -> Iterator[tuple[str, Moment]]:
        """Puts ``root`` into states in which it may be after a power failure, and says what each is. The recording must
        have ended."""
        dice, seen = random.Random(seed), set()
        ways = [("all", lambda: True), ("nothing", lambda: False), *[("some", lambda: dice.random() < 0.5)] * chances]
        for number, moment in enumerate(self.moments):
            for name, chance in ways:
                tree = _mixed(moment, chance, dice)
                key = moment.acknowledged, moment.newest, moment.saved, tuple(sorted(tree.items(), key=str))
                if key not in seen:
                    seen.add(key)
                    self._write(tree)
                    yield f"{number}: {moment.call}, {name} of what is not sure is on the disk", moment

    def _write(self, tree: dict[Path, bytes | None]) -> None:
        for path in self._root.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path, content in tree.items():
            if content is None:
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(content)


def _mixed(moment: Moment, chance: Callable[[], bool], dice: random.Random) -> dict[Path, bytes | None]:
    """Each name, and each content, as it was at the moment or as it is on the disk for sure."""
    tree: dict[Path, bytes | None] = {}
    for path in sorted(moment.names.keys() | moment.sure_names.keys()):
        names = moment.names if chance() else moment.sure_names
        if path not in names or (path.parent in moment.names and path.parent not in tree):
            continue  # or its folder is not there
        inode = names[path]
        tree[path] = None if inode is None else _content(moment, inode, chance, dice)
    return tree


def _content(moment: Moment, inode: int, chance: Callable[[], bool], dice: random.Random) -> bytes:
    sure = moment.sure_contents.get(inode, b"")
    now = moment.contents.get(inode, sure)
    if chance():
        return now
    if now.startswith(sure) and chance():  # a part of what was appended, or its length only
        cut = dice.randint(len(sure), len(now))
        return now[:cut] + (b"\0" * (len(now) - cut) if chance() else b"")
    return sure

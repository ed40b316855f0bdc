"""Archives of datasets: zip and tar, unpacked with a bound on everything.

Names lead nowhere but into the new folder, links and devices are left out, and so is what would grow beyond what data
honestly packs into so few bytes.
"""

import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from core.dataset.folder.folder_tree import is_of_system
from core.dataset.formats.export import new_folder
from core.dataset.problems import Problem, ProblemLog
from core.errors import UserError
from core.files import make_folders, replacing
from core.plain_text import is_utf_8, printable
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress
from core.words import tr

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
MOST_FILES = 2_000_000
MOST_TIMES = 200
"""So many times its own size an archive may unpack to: label images and JSON come to 50."""
_SPARE = 1 << 30
"""Bytes that stay free on the disk; an archive of less may unpack to so much in any case."""
_AT_ONCE = 1 << 20
_MOST_BEHIND = 64
"""So many times ``_AT_ONCE`` bytes are looked at behind the last member: honest archives have some zeros there."""
_LEFT_OUT = tr("it is left out")

DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""What reading an archive may raise that is damaged, needs a password or is packed in a way that is not known."""

Member = tuple[str, int, IO[bytes] | None]
"""Name, size as it is stated, and content; none for what is no file."""


def is_archive(path: Path) -> bool:
    """Whether a file is called like an archive that can be unpacked."""
    return path.name.lower().endswith(SUFFIXES)


def unpack(archive: Path, output: Path, report: Report = ignore, check: Check = never) -> list[Problem]:
    """Unpack ``archive`` into the new folder ``output``; returns what was left out. Raises ``UserError`` for what is no
    archive, is damaged, needs a password, or is larger than it should be."""
    log, progress = ProblemLog(), Throttle(PROGRESS_EVERY)
    try:
        most = max(MOST_TIMES * archive.stat().st_size, _SPARE)
        room = shutil.disk_usage(output.parent if output.parent.exists() else Path.cwd()).free - _SPARE
        with new_folder(output, resumable=False) as folder:
            written = 0
            for done, (name, stated, content) in enumerate(_members(archive), 1):
                check()
                if done > MOST_FILES:
                    raise _too_large(archive, tr("it has more than {n:,} files", n=MOST_FILES))
                place = _place(name)
                if content is None or place is None:
                    log.add(archive.name, printable(name), tr("is no file, or lies outside of the archive"), _LEFT_OUT)
                    continue
                if any(map(is_of_system, place.parts)):
                    continue
                if written + stated > min(most, room):
                    raise _too_large(archive, tr("it would unpack to more than {n:,} MB", n=min(most, room) >> 20))
                written += _write(content, folder / place, min(most, room) - written, archive)
                if progress.due():
                    report(Progress(done=done, total=0, unit=tr("files")))
            if not written:
                raise UserError(tr("{archive} holds no files", archive=archive), tr("choose another one"))
    except (*DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the disk, not a reader of gzip or bzip2
            raise
        raise UserError(
            tr("{archive} cannot be unpacked: {reason}", archive=archive, reason=str(error)),
            tr("unpack it by another program, and open the folder"),
        ) from error
    return log.problems()


def _members(archive: Path) -> Iterator[Member]:
    if archive.name.lower().endswith(".zip"):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                if not info.is_dir():
                    kind = info.external_attr >> 16 & 0o170000
                    with zipped.open(info) as content:
                        yield info.filename, info.file_size, content if kind in (0, 0o100000) else None
        return
    with tarfile.open(archive) as tarred:
        for member in tarred:
            if not member.isdir():
                yield member.name, member.size, tarred.extractfile(member) if member.isreg() else None
        assert tarred.fileobj is not None
        for _ in range(_MOST_BEHIND):  # the sum by which gzip tells damage comes last
            if not tarred.fileobj.read(_AT_ONCE):
                break


def _place(name: str) -> PurePosixPath | None:
    """Where a member goes; ``None`` for a name that leads out of the folder, or that no annotation file could name."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    absolute = name.startswith(("/", "\\")) or ":" in (parts[0] if parts else "")
    if absolute or ".." in parts or not parts or not is_utf_8(name) or "\0" in name:
        return None
    return PurePosixPath(*parts)


def _write(content: IO[bytes], path: Path, most: int, archive: Path) -> int:
    """Write a member; returns its size, which is not always the stated one."""
    make_folders(path.parent)
    written = 0
    with replacing(path) as file:
        while data := content.read(_AT_ONCE):
            written += len(data)
            if written > most:
                raise _too_large(archive, tr("it would unpack to more than its size allows"))
            file.write(data)
    return written


def _too_large(archive: Path, why: str) -> UserError:
    return UserError(
        tr("{archive} is not unpacked: {why}", archive=archive, why=why),
        tr("unpack it by another program if you trust it, and open the folder"),
    )

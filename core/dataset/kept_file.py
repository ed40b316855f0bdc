"""Small files in which a dataset keeps, in its own folder, what a person decided about it."""

from pathlib import Path
from typing import TypeVar

import msgspec

from core.errors import UserError, away, refused
from core.files import write_atomically
from core.reading import read_json
from core.words import tr

Kept = TypeVar("Kept")


def read(path: Path, kind: type[Kept], what: str, way_out: str) -> Kept | None:
    """What the file holds, if it is there. Raises ``UserError`` where it cannot be read or holds something else:
    ``what`` is a sentence about that with ``{path}`` and ``{reason}``, ``way_out`` what a person can do."""
    return read_json(path, kind, what, way_out) if path.exists() else None


def write(path: Path, value: msgspec.Struct | None) -> None:
    """Keep a value, or take the file away. Raises ``UserError`` where that is not possible. Whoever calls it has read
    what is there: it may be worth something to a person even where it cannot be read."""
    try:
        if value is None:
            path.unlink(missing_ok=True)
        else:
            write_atomically(path, msgspec.json.format(msgspec.json.encode(value), indent=1))
    except OSError as error:
        if not path.parent.is_dir():
            raise UserError(away(path.parent), tr("bring it back, then do this once more")) from error
        hint = tr("it is kept in the dataset’s folder: copy the dataset to where you may write")
        raise refused(error, path, "written", hint) from error

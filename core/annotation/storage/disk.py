"""Errors of a disk that cannot be written, as sentences that a person can act on."""

import errno
import os
from pathlib import Path

from core import errors
from core.errors import UserError


def refused(error: OSError, path: Path, way_out: str) -> UserError:
    """The error for a file that cannot be written; ``way_out`` ends its hint. No other place is proposed: the file
    belongs to the dataset."""
    said = errors.refused(error, path, "written", movable=False)
    hint = said.hint
    return UserError(said.message, f"{hint}; {way_out}" if hint else way_out)


def check_writable(path: Path) -> None:
    """Raise ``PermissionError`` for a file that is marked as read-only: replacing it would go around that mark."""
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

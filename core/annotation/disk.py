"""What a disk says when it refuses, in words a person can act on."""

import errno
import os
from pathlib import Path

from core.errors import UserError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def refused(error: OSError, path: Path, way_out: str) -> UserError:
    """The error for a file that cannot be written; ``way_out`` ends the hint."""
    if error.errno in _FULL:
        return UserError(f"there is no space left to write {path}", f"make room on the disk; {way_out}")
    if error.errno in _FORBIDDEN:
        return UserError(f"{path} may not be written", f"ask for the right to write there; {way_out}")
    return UserError(f"{path} cannot be written: {error.strerror or error}", way_out)


def check_writable(path: Path) -> None:
    """Raise ``PermissionError`` for a file that is marked as read-only: replacing it would go around that mark."""
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

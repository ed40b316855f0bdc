"""``UserError``, which a person is meant to read; ``Interruption``, which ends work on request; and refusals of the
operating system in words."""

import errno
import os
from collections.abc import Sequence
from typing import Literal

from core.plain_text import printable
from core.words import tr, tr_n


class UserError(Exception):
    """Something a person can act on: a bad file, a missing folder, a setting that cannot work.

    ``message`` says what is wrong and names the file and the entry; ``hint`` says what to do about it.
    Any other exception that reaches the top is a bug and keeps its traceback.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Interruption(Exception):  # noqa: N818 - not an error
    """The person wants the work to end. Raised by ``check``; handlers of errors must let it pass."""


_FULL = tr("there is no room left on the disk for {file}"), tr("make room there, or choose another place")
_FORBIDDEN = tr("{file} may not be opened or written"), tr("ask for the right to, or choose another place")
_IN_PLACE = {_FULL[1]: tr("make room there"), _FORBIDDEN[1]: tr("ask for the right to")}
"""Hints for files that belong where they are, instead of those that propose another place."""
_GONE = tr("the disk or the network with {file} does not answer"), tr("look whether it is still connected")
_MEMORY = tr("the computer ran out of memory"), tr("use a smaller batch or input size, or close other programs")
_FILES = tr("too many files are open"), tr("close other programs, or raise the limit (ulimit -n)")
_REFUSALS = {
    "ENOSPC": _FULL,
    "EDQUOT": _FULL,
    "EFBIG": _FULL,
    "EACCES": _FORBIDDEN,
    "EPERM": _FORBIDDEN,
    "EROFS": _FORBIDDEN,
    "ENOENT": (tr("{file} is not there"), tr("look whether it was moved, or its disk is not connected")),
    "ENOTDIR": (tr("{file} cannot be there: a part of this path is a file"), tr("give another path")),
    "EISDIR": (tr("{file} is a folder"), tr("a file is needed there")),
    "EEXIST": (tr("{file} is there already"), tr("choose another name")),
    "ENOTEMPTY": (tr("{file} is there already, and not empty"), tr("choose another name")),
    "ELOOP": (tr("{file} is a link that leads in a circle"), tr("give the file itself")),
    "ENAMETOOLONG": (tr("{file} is too long for the name of a file"), tr("use shorter names")),
    "EINVAL": (tr("{file} cannot be used: {reason}"), tr("give another file")),
    "EBUSY": (tr("{file} is in use by another program"), tr("close that, and try again")),
    "ETXTBSY": (tr("{file} is in use by another program"), tr("close that, and try again")),
    "EIO": _GONE,
    "ENXIO": _GONE,
    "ENODEV": _GONE,
    "ESTALE": _GONE,
    "ETIMEDOUT": _GONE,
    "EHOSTDOWN": _GONE,
    "ENOTCONN": _GONE,
    "EMFILE": _FILES,
    "ENFILE": _FILES,
    "ENOMEM": _MEMORY,
    "EAGAIN": (tr("the system starts no more processes or threads"), tr("close other programs")),
}
"""What an error of the operating system means and what can be done, by its name in ``errno``; not every system has all
of them."""
_SHOWN = 300
"""Most characters of a path or a quotation in a sentence."""
_LIBRARY_MESSAGES = (
    (("out of memory", "can't allocate memory"), tr("the device ran out of memory"), _MEMORY[1]),
    (("failed to map segment", "cannot allocate memory"), *_MEMORY),
    (
        ("dataloader worker",),
        tr("a process that loads images was ended by the system: probably out of memory"),
        tr("use fewer of them (the setting “workers”)"),
    ),
    (
        ("dataloader timed out",),
        tr("the processes that load images send nothing any more: probably for want of shared memory"),
        tr("use fewer of them (the setting “workers”), or give a container more (--shm-size)"),
    ),
    (
        ("connection reset by peer", "connection closed by peer", "remote process exited"),
        tr("another process of this training is gone"),
        tr("its own output may say why; resume the run to go on"),
    ),
)
"""Parts of messages of torch and its libraries, in lower case, for a lack of memory and for a lost process (a loader,
or another rank), with what they mean and what can be done."""


def in_words(error: BaseException) -> UserError | None:
    """``error`` as a ``UserError`` where the person, the system or the device caused it; ``None`` for a bug."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, MemoryError):
        return UserError(*_MEMORY)
    if isinstance(error, OSError):
        return refusal(error)
    if not isinstance(error, RuntimeError | ImportError):
        return None
    text = str(error).lower()
    for parts, message, hint in _LIBRARY_MESSAGES:
        if any(part in text for part in parts):
            return UserError(message, hint)
    cause = error.__context__  # of a writer of torch that was interrupted, it knows more
    return in_words(cause) if isinstance(cause, OSError | RuntimeError) else None


def refusal(error: OSError, path: object = None) -> UserError | None:
    """``error`` as a ``UserError``; ``None`` for one that no person can act on, which is a bug.

    ``path`` is the file it is about where ``error`` does not name it, or names only a temporary one.
    """
    known = _REFUSALS.get(errno.errorcode.get(error.errno or 0, ""))
    file = path or error.filename2 or error.filename
    if known is None or (error.errno == errno.EINVAL and file is None):
        return None
    named = tr("what is written")
    if isinstance(file, str | bytes | os.PathLike):
        named = shortened(printable(os.fsdecode(file)))
    message, hint = known
    return UserError(message.format(file=named, reason=error.strerror), hint)


def refused(
    error: OSError, path: os.PathLike[str], access: Literal["read", "written"], hint: str = "", *, movable: bool = True
) -> UserError:
    """A ``UserError`` saying that the file at ``path`` cannot be read or written, and why.

    ``hint`` says what to do, instead of what the kind of error suggests. For a file that belongs where it is, and is
    not ``movable``, no other place is proposed.
    """
    found = refusal(error, path)
    if found is None:
        reason = error.strerror or error
        if access == "read":
            found = UserError(tr("{path} cannot be read: {reason}", path=path, reason=reason))
        else:
            found = UserError(tr("{path} cannot be written: {reason}", path=path, reason=reason))
    return UserError(found.message, hint or (found.hint if movable else _IN_PLACE.get(found.hint, found.hint)))


def away(folder: os.PathLike[str]) -> str:
    """Why the folder of a dataset is not there any more, in words."""
    return tr("{folder} is not there: its disk was unmounted or pulled out, or it was renamed", folder=folder)


def shortened(text: str) -> str:
    """``text``, a path or a library's message, short enough for a sentence: the middle of a longer one is left out."""
    half = _SHOWN // 2
    return text if len(text) <= _SHOWN else f"{text[:half]}…{text[-half:]}"


def no_image_readable(errors: Sequence[UserError]) -> UserError:
    """One error for several, of which there is at least one, each about an image that cannot be read."""
    first, *others = errors
    if not others:
        return first
    message = tr_n(
        "none of the {n} images could be read; the first: {message}",
        "none of the {n} images could be read; the first: {message}",
        len(errors),
        message=first.message,
    )
    return UserError(message, first.hint)

"""``UserError``, which a person is meant to read; ``Interruption``, which ends work on request; and refusals of the
operating system in words."""

import errno
import os
from collections.abc import Sequence

from core.plain_text import printable
from core.words import tr


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


ELSEWHERE = tr(", or choose another place")
"""Ends hints."""
_FULL = tr("there is no room left on the disk for {file}"), tr("make room there{elsewhere}", elsewhere=ELSEWHERE)
_FORBIDDEN = tr("{file} may not be opened or written"), tr("ask for the right to{elsewhere}", elsewhere=ELSEWHERE)
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


_SIGNS = (
    ((tr("out of memory"), tr("can't allocate memory")), tr("the device ran out of memory"), _MEMORY[1]),
    ((tr("failed to map segment"), tr("cannot allocate memory")), *_MEMORY),
    (
        (tr("dataloader worker"),),
        tr("a process that loads images was ended by the system: probably out of memory"),
        tr("use fewer of them (the setting “workers”)"),
    ),
    (
        (tr("dataloader timed out"),),
        tr("the processes that load images send nothing any more: probably for want of shared memory"),
        tr("use fewer of them (the setting “workers”), or give a container more (--shm-size)"),
    ),
    (
        (tr("connection reset by peer"), tr("connection closed by peer"), tr("remote process exited")),
        tr("another process of this training is gone"),
        tr("its own output may say why; resume the run to go on"),
    ),
)
"""Messages of torch and its libraries for a lack of memory and for a lost process (a loader, or another rank): what
they mean and what can be done."""


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
    said = str(error).lower()
    found = (UserError(message, hint) for signs, message, hint in _SIGNS if any(sign in said for sign in signs))
    reason = error.__context__  # of a writer of torch that was interrupted, it knows more
    return next(found, None) or (in_words(reason) if isinstance(reason, OSError | RuntimeError) else None)


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


def refused(error: OSError, path: os.PathLike[str], what: str, hint: str = "") -> UserError:
    """A ``UserError`` saying that the file at ``path`` cannot be ``what`` (“read”, “written”) and why. ``hint`` says
    what to do."""
    said = refusal(error, path) or UserError(
        tr("{path} cannot be {what}: {what_2}", path=path, what=what, what_2=error.strerror or error)
    )
    return UserError(said.message, hint or said.hint)


def shortened(text: str) -> str:
    """``text``, a path or a library's message, short enough for a sentence: the middle of a longer one is left out."""
    half = _SHOWN // 2
    return text if len(text) <= _SHOWN else f"{text[:half]}…{text[-half:]}"


def of_all(errors: Sequence[UserError], name: str) -> UserError:
    """One error for several, of which there is at least one, each about something called ``name``."""
    first, *others = errors
    if not others:
        return first
    return UserError(
        tr(
            "none of the {errors:,} {name}s could be read; the first: {message}",
            errors=len(errors),
            name=name,
            message=first.message,
        ),
        first.hint,
    )

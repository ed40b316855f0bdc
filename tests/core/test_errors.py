"""What the system refuses, as a person reads it."""

import errno
import os
from pathlib import Path

import pytest

from core.errors import UserError, in_words, refusal, refused


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "no room left on the disk for /data/run/model.json"),
        (errno.EFBIG, "no room left"),
        (errno.EACCES, "/data/run/model.json may not be opened or written"),
        (errno.EROFS, "may not be"),
        (errno.ENOENT, "/data/run/model.json is not there"),
        (errno.EISDIR, "is a folder"),
        (errno.ELOOP, "in a circle"),
        (errno.ENAMETOOLONG, "too long"),
        (errno.EIO, "does not answer"),
        (errno.EMFILE, "too many files"),
    ],
)
def test_what_the_system_refuses_names_the_file_and_a_way_out(number: int, words: str) -> None:
    said = in_words(OSError(number, os.strerror(number), "/data/run/model.json"))
    assert said is not None and words in said.message and said.hint


def test_a_file_that_only_the_caller_knows_is_named() -> None:
    said = refusal(OSError(errno.ENOSPC, "full"), Path("/data/run"))
    assert said is not None and said.message.endswith("for /data/run")
    said = refused(OSError("odd"), Path("/data/run"), "read", "look again")
    assert (said.message, said.hint) == ("/data/run cannot be read: odd", "look again")
    unnamed = in_words(OSError(errno.ENOSPC, "full"))
    assert unnamed is not None and unnamed.message.endswith("for what is written")


def test_a_path_without_an_end_is_shortened() -> None:
    said = in_words(OSError(errno.ENAMETOOLONG, "long", "/" + "a" * 5000))
    assert said is not None and len(said.message) < 400


def _while_handling(reason: Exception, error: Exception) -> Exception:
    try:
        try:
            raise reason
        except type(reason):
            raise error  # noqa: B904 - as a library that says nothing of the reason
    except type(error) as raised:
        return raised


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "ran out of memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "ran out of memory"),
        (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. "), "a process that loads images"),
        (RuntimeError("DataLoader timed out after 600 seconds"), "send nothing any more"),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), "ran out of memory"),
        (RuntimeError("gloo: Read error [127.0.0.1]: Connection reset by peer"), "another process of this training"),
        (_while_handling(OSError(errno.ENOSPC, "full"), RuntimeError("unexpected pos 704 vs 598")), "no room left"),
        (_while_handling(RuntimeError("DataLoader worker …"), RuntimeError("unexpected pos")), "loads images"),
        (UserError("as it is"), "as it is"),
    ],
)
def test_what_a_library_met_is_said_in_words(error: Exception, words: str) -> None:
    said = in_words(error)
    assert said is not None and words in said.message


@pytest.mark.parametrize(
    "error",
    [
        ValueError("out of memory"),
        OSError("no number"),
        OSError(errno.EBADF, "Bad file descriptor"),
        _while_handling(UserError("earlier"), RuntimeError("a bug")),
    ],
)
def test_a_bug_stays_one(error: Exception) -> None:
    assert in_words(error) is None

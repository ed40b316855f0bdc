"""A dataset opened for editing, as a window does it."""

from contextlib import contextmanager

from core.annotation.storage.recovery import open_draft
from core.dataset import open_dataset


@contextmanager
def session(folder):
    """Until the block ends. Nothing is saved by itself then, as if the window had been killed."""
    opened = open_draft(open_dataset(folder.path))
    try:
        yield opened
    finally:
        opened.journal.close()

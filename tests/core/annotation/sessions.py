"""A dataset opened for editing, as a window does it."""

from contextlib import contextmanager

from core.annotation.storage.recovery import open_draft
from core.annotation.storage.renewal import renewal
from core.annotation.storage.saving import save
from core.dataset import open_dataset
from tests.core.annotation.edits import add, square


@contextmanager
def session(folder):
    """Until the block ends. Nothing is saved by itself then, as if the window had been killed."""
    opened = open_draft(open_dataset(folder.path))
    try:
        yield opened
    finally:
        opened.journal.close()


def save_and_renew(opened, folder):
    """Save, and read the dataset anew, as a window does when another page wants it."""
    draft, journal = opened.draft, opened.journal
    save(snapshot := draft.snapshot(), journal)
    draft.saved(snapshot)
    found = renewal(folder, snapshot, [(target.path, target.digest) for target in journal.targets])
    if found is not None:
        draft.renew(found)
        journal.dataset = found.dataset
    return found


def draw(draft, count, start=0):
    for number in range(start, start + count):
        draft.apply(add(draft, number % 2, square(number, number)))


def saved(draft, journal):
    snapshot = draft.snapshot()
    save(snapshot, journal)
    draft.saved(snapshot)

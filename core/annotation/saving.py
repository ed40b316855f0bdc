"""Writing what was edited into the dataset's COCO files."""

from pathlib import Path

from core.annotation.draft import Snapshot
from core.annotation.journal import Journal
from core.errors import UserError


class ConflictError(UserError):
    """Somebody else changed a file since it was read: nothing was written."""

    def save_beside(self) -> list[Path]:
        """Write ours beside theirs, as ``instances_train (mine).json``; later saves go there too."""
        raise NotImplementedError

    def overwrite(self) -> None:
        """Write ours in place of theirs, of which a backup is kept."""
        raise NotImplementedError


def save(snapshot: Snapshot, journal: Journal) -> None:
    """Write ``snapshot`` to the dataset's files. For a worker thread; call ``Draft.saved`` afterwards.

    Raises ``UserError`` when a file cannot be written, ``ConflictError`` when somebody else changed one; the journal
    keeps the work.
    """
    raise NotImplementedError

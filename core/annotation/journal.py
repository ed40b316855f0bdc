"""Edits on disk before anybody sees them."""

from core.annotation.edits import Edit


class Journal:
    """The edits of one dataset, one a line, safe from a crash once ``append`` returns."""

    def append(self, edit: Edit) -> None:
        """Raises ``UserError`` when it cannot be kept."""
        raise NotImplementedError

    def close(self) -> None:
        """Let other windows edit the dataset."""
        raise NotImplementedError

"""Why a training broke off or cannot go on, and what can be done about it."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog

from app.widgets.banner import Banner
from app.widgets.states import in_words
from core.runs.events import Failed

_CLASSES = "A new training can start from its model: classes of the same name keep what they learnt."
_MISSING = "If it has moved, say where it is: the training goes on with it."


class Failure(Banner):
    """Hidden until something went wrong; offers the way out that fits."""

    anew_asked = Signal()
    """A new training from the run's model."""
    found = Signal(object)
    """The ``Path`` where the run's dataset is now."""

    def __init__(self) -> None:
        super().__init__("bad")
        self.anew = self.add_action("New training from this model")
        self.find = self.add_action("Find the dataset …")
        self.anew.clicked.connect(self.anew_asked)
        self.find.clicked.connect(self._ask)

    def show_end(self, failed: Failed | None) -> None:
        """Say why a run ended; hide where it did not fail."""
        self.anew.hide()
        self.find.hide()
        self.say(*((failed.message, failed.hint, failed.traceback) if failed else ("",)))

    def show_refusal(self, error: Exception) -> None:
        """Say why a run cannot go on."""
        from core.dataset.class_order import ClassesError  # loaded by who has tried
        from core.training.preparation import DatasetMissingError

        why, hint, details = in_words(error)
        self.anew.setVisible(isinstance(error, ClassesError))
        self.find.setVisible(isinstance(error, DatasetMissingError))
        if isinstance(error, ClassesError):
            hint = _CLASSES
        elif isinstance(error, DatasetMissingError):
            hint = _MISSING
        self.say("The training cannot go on.", f"{why}. {hint}".rstrip(), details)

    def _ask(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Where is the dataset now?", str(Path.home()))
        if chosen:
            self.found.emit(Path(chosen))

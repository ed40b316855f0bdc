"""For how many more epochs a training should go on."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from app.style import tokens
from app.widgets.buttons import button
from app.widgets.containers import row
from app.widgets.inputs import NumberBox
from app.widgets.labels import label
from core.words import tr

_MOST = 10_000


class ExtendTraining(QFrame):
    """One line above a run that has ended; hidden until it is asked for."""

    agreed = Signal(int)
    """The number of epochs, those that are done included."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._done = 0
        self.more = NumberBox(whole=True, minimum=1, maximum=_MOST)
        self.more.setFixedWidth(88)
        self.more.setAccessibleName(tr("More epochs"))
        self._total = label("", "dim")
        self.go_on = button(tr("Train longer"), "play", tr("Go on from the last checkpoint with these epochs"))
        self.leave = button(tr("Not now"))
        line = row(
            label(tr("Train for")), self.more, label(tr("more epochs")), self._total, None, self.leave, self.go_on
        )
        line.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.SMALL, tokens.SMALL)
        self.setLayout(line)
        self.more.changed.connect(self._show)
        self.go_on.clicked.connect(self._agree)
        self.leave.clicked.connect(self.hide)
        self.hide()

    def ask(self, done: int, planned: int) -> None:
        """Propose half as many again; ``done`` epochs of ``planned`` are over."""
        self._done = done
        self.more.set_value(max(planned // 2, 1))
        self.show()
        self.more.setFocus(Qt.FocusReason.PopupFocusReason)
        self.more.selectAll()

    def _epochs(self) -> int | None:
        more = self.more.value()
        return self._done + int(more) if more is not None and 1 <= more <= _MOST - self._done else None

    def _show(self) -> None:
        epochs = self._epochs()
        self.more.mark_wrong(epochs is None)
        self.go_on.setEnabled(epochs is not None)
        self._total.setText(tr("up to epoch {epochs:,}", epochs=epochs) if epochs is not None else "")

    def _agree(self) -> None:
        epochs = self._epochs()
        if epochs is not None:
            self.hide()
            self.agreed.emit(epochs)

"""The bar that asks for the class of what was drawn while the dataset had none."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.style import tokens
from app.tools.tool_context import ToolContext
from app.widgets import label, row
from app.widgets.buttons import button
from app.widgets.inputs import NameEdit
from core.words import tr


class NamingBar(QWidget):
    """Comes with the first shape that has no class; goes when all of them have one, or were taken back."""

    named = Signal(str)
    """The name of the class."""
    field_left = Signal()
    """The shapes were taken back: the keys are the picture's again."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__()
        self._context = context
        self.field = NameEdit(tr("Name of the class of what you drew"), tr("Name of its class"))
        self.field.setMaximumWidth(tokens.INSPECTOR)
        self.make = button(tr("Make the class"))
        self.discard = button(tr("Discard"), tip=tr("Take back what you drew (Esc)"))
        bar = row(label(tr("What did you draw?"), "heading"), self.field, self.make, self.discard, None)
        bar.setContentsMargins(tokens.SMALL, 0, tokens.SMALL, 0)
        self.setLayout(bar)
        for signal in (self.field.returnPressed, self.make.clicked):
            signal.connect(self._on_entered)
        for signal in (self.field.escaped, self.discard.clicked):
            signal.connect(self._on_discarded)
        context.unclassified.class_wanted.connect(self._on_class_wanted)
        context.unclassified.cleared.connect(self._on_cleared)
        context.category_changed.connect(self._on_category_changed)
        self.hide()

    @Slot()
    def _on_class_wanted(self) -> None:
        self.field.clear()
        self.show()
        self.field.setFocus()

    @Slot()
    def _on_entered(self) -> None:
        if self.field.text().strip():
            self.named.emit(self.field.text())

    @Slot()
    def _on_discarded(self) -> None:
        while self._context.unclassified.take_back():
            pass

    @Slot()
    def _on_cleared(self) -> None:
        self.field_left.emit()  # first: focus that moves by itself, from a field that hides, shows its ring
        self.hide()

    @Slot()
    def _on_category_changed(self) -> None:
        if self._context.category is not None:
            self.hide()

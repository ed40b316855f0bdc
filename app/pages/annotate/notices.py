"""Bars above the picture: what was rescued, why nothing is saved, what a drawn shape waits for. Nothing is modal."""

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from app import tokens
from app.canvas.easel import Easel
from app.document import Document
from app.widgets import column, label, row
from app.widgets.banner import Banner
from app.widgets.buttons import button
from app.widgets.states import in_words
from core.annotation.recovery import Recovered
from core.words import count


class Notices(QWidget):
    """Each bar is there only while it has something to say."""

    class_named = Signal(str)
    """The name of the class that drawn shapes wait for."""

    def __init__(self, document: Document, easel: Easel) -> None:
        super().__init__()
        self._document, self._easel = document, easel
        self.rescued, self.unsaved, self.refused = Banner("accent"), Banner("warning"), Banner("bad")
        self.keep, self.discard = self.rescued.add_action("Keep"), self.rescued.add_action("Discard")
        self.beside = self.unsaved.add_action("Save mine beside it")
        self.overwrite = self.unsaved.add_action("Overwrite, keep a backup")
        self.again = self.unsaved.add_action("Try again")
        self.dismiss = self.refused.add_action("Dismiss")
        self.naming = _Naming()
        self._bars = column(self.naming, self.rescued, self.unsaved, self.refused)
        self.setLayout(self._bars)
        self._connect()
        self.begin()

    def _connect(self) -> None:
        saver, editing = self._document.saver, self._document.editing
        self.keep.clicked.connect(self._keep)
        self.discard.clicked.connect(self._discard)
        self.beside.clicked.connect(saver.beside)
        self.overwrite.clicked.connect(saver.overwrite)
        self.again.clicked.connect(saver.save)
        self.dismiss.clicked.connect(self.refused.hide)
        saver.changed.connect(self._show_saving)
        editing.refused.connect(self._show_refusal)
        for kept in (editing.edited, saver.saved):  # whoever goes on with what was rescued has kept it
            kept.connect(self.rescued.hide)
        self._document.opened.connect(self.begin)
        self._easel.class_wanted.connect(self.naming.ask)
        self._easel.category_changed.connect(self._forget_naming)
        self.naming.named.connect(self.class_named)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a bar came or went: without any there is no margin either
            any_shown = any(not bar.isHidden() for bar in (self.naming, self.rescued, self.unsaved, self.refused))
            self._bars.setContentsMargins(tokens.SMALL, tokens.SMALL if any_shown else 0, tokens.SMALL, 0)
        return super().event(event)

    @Slot()
    def begin(self) -> None:
        """Another dataset is open."""
        opened = self._document.opened_draft
        recovered = opened.recovered if opened is not None else None
        self.rescued.say(*_rescued(recovered) if recovered is not None else ("",))
        locked = self._document.locked
        self.refused.say(locked.message if locked else "", locked.hint if locked else "")
        self.naming.hide()
        self._show_saving()

    @Slot()
    def _keep(self) -> None:
        self.rescued.hide()
        self._document.saver.save()

    @Slot()
    def _discard(self) -> None:
        self.rescued.hide()
        self._document.discard_rescued()

    @Slot()
    def _show_saving(self) -> None:
        problem = self._document.saver.problem
        words = in_words(problem) if problem is not None else ("",)
        conflict = self._document.saver.conflict is not None
        for choice in (self.beside, self.overwrite):
            choice.setVisible(conflict)
        self.again.setVisible(not conflict)
        self.unsaved.say(*words)

    @Slot(object)
    def _show_refusal(self, error: Exception) -> None:
        self.refused.say(*in_words(error))

    @Slot()
    def _forget_naming(self) -> None:
        if self._easel.category is not None:
            self.naming.hide()


def _rescued(recovered: Recovered) -> tuple[str, str, str]:
    """Message, hint and details."""
    lost = f" {count(recovered.skipped, 'edit')} could not be." if recovered.skipped else ""
    message = f"{count(recovered.edits, 'edit')} in {count(len(recovered.images), 'image')} rescued.{lost}"
    return message, "The last session ended before they were saved.", "\n".join(recovered.reasons)


class _Naming(QWidget):
    """Asks for the class of what was drawn while there was none."""

    named = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.field, self._give = QLineEdit(), button("Make the class")
        self.field.setPlaceholderText("Name of its class")
        self.field.setAccessibleName("Name of the class of what you drew")
        self.field.setMaximumWidth(tokens.INSPECTOR)
        bar = row(label("What did you draw?", "heading"), self.field, self._give, None)
        bar.setContentsMargins(tokens.SMALL, 0, tokens.SMALL, 0)
        self.setLayout(bar)
        self.field.returnPressed.connect(self._tell)
        self._give.clicked.connect(self._tell)
        self.hide()

    @Slot()
    def ask(self) -> None:
        """Show the field, ready to type into."""
        self.field.clear()
        self.show()
        self.field.setFocus()

    @Slot()
    def _tell(self) -> None:
        if self.field.text().strip():
            self.named.emit(self.field.text())
